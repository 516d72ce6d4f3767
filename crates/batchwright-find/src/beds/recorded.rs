//! Recorded trainings as a workload, with a virtual clock: a trial is one of the recorded runs,
//! chosen at random.
//!
//! Its metric is the curve through the recorded levels: at the step at which a level was passed it
//! is just better than the level; between two levels it is interpolated, a constant share a step.
//! So it passes every level at its recorded step and at no earlier one.

use crate::beds::ledger::Ledger;
use crate::beds::recording::{Found, Ladder, RecordedEnd, RecordedRun, RecordedSize, Recording};
use crate::trial::step_cost::{StepMeasurement, StepTime};
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};

/// How much better than a level a run is at the step at which it passes it, as a share. Less than
/// one step of any interpolation.
const JUST: f64 = 1e-9;

/// The test bed: one of the targets of a recording.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    recording: &'a Recording,
    target: usize,
    ladder: &'a Ladder,
}

impl<'a> Recorded<'a> {
    /// The bed of the target with this number; `None` if there are fewer.
    pub fn new(recording: &'a Recording, target: usize) -> Option<Self> {
        Some(Self { recording, target, ladder: recording.ladders.get(target)? })
    }

    /// The target and its levels.
    pub fn ladder(&self) -> &'a Ladder {
        self.ladder
    }

    /// What was recorded.
    pub fn recording(&self) -> &'a Recording {
        self.recording
    }

    /// Median seconds to the target over the runs that are never replayed; infinite if half of
    /// them or more missed it, and for a size that was not recorded.
    pub fn true_seconds(&self, batch_size: u64, learning_rate: f64) -> f64 {
        let Some(size) = self.size(batch_size) else { return f64::INFINITY };
        let Some(Found::Runs(rate, slowness)) = size.at(learning_rate) else { return f64::INFINITY };
        rate.true_steps(self.target) * slowness * size.step_seconds
    }

    fn size(&self, batch_size: u64) -> Option<&'a RecordedSize> {
        self.recording.sizes.iter().find(|size| size.batch_size == batch_size)
    }

    fn known(&self, batch_size: u64) -> Result<&'a RecordedSize, TrialError> {
        self.size(batch_size)
            .ok_or_else(|| TrialError::Failed(format!("batch size {batch_size} was not recorded")))
    }
}

impl Workload for Recorded<'_> {
    fn samples(&self) -> Option<u64> {
        Some(self.recording.samples)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let size = self.known(request.batch_size)?;
        let nothing = || TrialError::Failed("no run of this rate was recorded".to_owned());
        let curve = match size.at(request.learning_rate).ok_or_else(nothing)? {
            Found::TooHigh => None,
            Found::Runs(rate, slowness) => {
                let run = rate.draw(request.seed, request.batch_size, request.learning_rate);
                Some(Curve::new(self.ladder, run.ok_or_else(nothing)?, self.target, slowness))
            }
        };
        let step_seconds = size.step_seconds;
        Ok(Box::new(Run { bed: *self, ledger: Ledger::new(request), curve, step_seconds, over: false }))
    }

    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        let median = self.known(batch_size)?.step_seconds;
        Ok(StepTime { median, low: median, high: median }.into())
    }

    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    /// The middle of the recorded rates of all sizes: a recording stands for any training command,
    /// which does not report its rates.
    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        let rates = self.recording.sizes.iter().flat_map(|size| &size.rates).map(|rate| rate.learning_rate);
        let (low, high) =
            rates.fold((f64::INFINITY, 0.0_f64), |(low, high), rate| (low.min(rate), high.max(rate)));
        (low * high).sqrt()
    }

    fn metrics(&self) -> Vec<String> {
        vec![self.ladder.metric.clone()]
    }
}

/// The metric of one run, at any step.
#[derive(Debug)]
struct Curve<'a> {
    ladder: &'a Ladder,
    /// Steps at which the levels were passed.
    passed: Vec<u64>,
    end: RecordedEnd,
    steps: u64,
    /// Steps of the trial for one recorded step.
    slowness: f64,
}

impl<'a> Curve<'a> {
    fn new(ladder: &'a Ladder, run: &RecordedRun, target: usize, slowness: f64) -> Self {
        Self { ladder, passed: run.steps_of(target), end: run.end, steps: run.steps, slowness }
    }

    /// NaN from where the run diverged.
    fn value(&self, step: u64) -> f64 {
        let at = step as f64 / self.slowness;
        if self.end == RecordedEnd::Diverged && at >= self.steps as f64 {
            return f64::NAN;
        }
        self.ladder.value(self.level(at))
    }

    /// The multiple of the target's distance from perfect.
    fn level(&self, at: f64) -> f64 {
        let levels = &self.ladder.levels;
        let behind = self.passed.partition_point(|&step| step as f64 <= at);
        let (since, from) = match behind.checked_sub(1) {
            None => (0.0, self.ladder.start),
            Some(last) => (self.passed[last] as f64, levels[last] * (1.0 - JUST)),
        };
        let Some((until, to)) = self.next(behind) else { return from };
        let share = ((at - since) / (until - since)).clamp(0.0, 1.0);
        let level = from * (to / from).powf(share);
        // Rounding must not pass a level early.
        level.max(levels[behind])
    }

    /// Where the curve goes next. A run that was cut was on its way to its next level, and is never
    /// better than it.
    fn next(&self, behind: usize) -> Option<(f64, f64)> {
        let level = self.ladder.levels.get(behind)?;
        match self.passed.get(behind) {
            Some(&step) => Some((step as f64, *level)),
            None if self.end == RecordedEnd::Limit => Some((self.steps as f64, *level)),
            None => None,
        }
    }
}

struct Run<'a> {
    bed: Recorded<'a>,
    ledger: Ledger,
    /// `None` if it diverges at once.
    curve: Option<Curve<'a>>,
    step_seconds: f64,
    over: bool,
}

impl Trial for Run<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let steps = self.ledger.steps_to_next_evaluation().filter(|_| !self.over);
        let Some(steps) = steps else { return Ok(None) };
        self.ledger.step += steps;
        let value = self.curve.as_ref().map_or(f64::NAN, |curve| curve.value(self.ledger.step));
        self.over = value.is_nan();
        let seconds = self.ledger.step as f64 * self.step_seconds;
        let row = self.ledger.row(self.bed.recording.samples, seconds, value);
        Ok(Some(match self.bed.ladder.metric.as_str() {
            "val_loss" => row,
            "val_accuracy" => TrialRow { val_loss: None, val_accuracy: Some(value), ..row },
            _ => TrialRow { val_loss: None, own: Some(value), ..row },
        }))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beds::recording::RecordedRate;
    use proptest::prelude::*;

    fn ladder(metric: &str, goal: f64, perfect: f64) -> Ladder {
        Ladder { metric: metric.to_owned(), goal, perfect, start: 9.0, levels: vec![4.0, 2.0, 1.5, 1.0] }
    }

    fn run(seed: u64, end: RecordedEnd, steps: u64, gaps: &[u64]) -> RecordedRun {
        RecordedRun { seed, end, steps, passed: vec![gaps.to_vec(), gaps.to_vec()] }
    }

    fn recording(runs: &[RecordedRun]) -> Recording {
        let truth = vec![vec![Some(200), None, Some(100)], vec![Some(1), None]];
        let rate = |learning_rate| RecordedRate { learning_rate, runs: runs.to_vec(), truth: truth.clone() };
        let rates = vec![rate(0.1), rate(0.2)];
        Recording {
            model: "mlp:2".to_owned(),
            optimizer: "sgd".to_owned(),
            samples: 100,
            eval_samples: 16,
            ladders: vec![ladder("val_loss", 0.1, 0.0), ladder("val_accuracy", 0.9, 1.0)],
            sizes: vec![RecordedSize { batch_size: 8, step_seconds: 0.5, limit: 990, rates }],
        }
    }

    fn rows(bed: &Recorded, learning_rate: f64, seed: u64, eval_samples: u64) -> Vec<TrialRow> {
        let request = TrialRequest { batch_size: 8, learning_rate, seed, max_samples: 8_000, eval_samples };
        let mut trial = bed.start(&request).unwrap();
        std::iter::from_fn(|| trial.next_row().unwrap()).collect()
    }

    /// The step of the first row that passes each level.
    fn crossings(ladder: &Ladder, rows: &[TrialRow]) -> Vec<Option<u64>> {
        let crossing = |level: usize| {
            let passed = |row: &&TrialRow| ladder.passed(row.metric(&ladder.metric).unwrap()) >= level;
            rows.iter().find(passed).map(|row| row.step)
        };
        (1..=ladder.levels.len()).map(crossing).collect()
    }

    proptest! {
        /// A level that is passed one evaluation early or late makes every replay wrong by that.
        #[test]
        fn every_level_is_passed_at_its_recorded_step(gaps in prop::collection::vec(0u64..200, 0..5), target in 0usize..2) {
            let gaps: Vec<u64> = gaps.iter().enumerate().map(|(k, gap)| gap + u64::from(k == 0)).collect();
            let steps: Vec<u64> = gaps.iter().scan(0, |sum, gap| { *sum += gap; Some(*sum) }).collect();
            let end = if gaps.len() == 4 { RecordedEnd::Reached } else { RecordedEnd::Limit };
            let recording = recording(&[run(0, end, 990, &gaps)]);
            let bed = Recorded::new(&recording, target).unwrap();
            let found = crossings(bed.ladder(), &rows(&bed, 0.1, 3, 8));
            let want: Vec<Option<u64>> = (0..4).map(|level| steps.get(level).copied()).collect();
            prop_assert_eq!(found, want);
        }
    }

    /// Like a slower run, and unlike a jump, so that a study can extrapolate it.
    #[test]
    fn between_two_levels_the_loss_falls_by_a_constant_share() {
        let recording = recording(&[run(0, RecordedEnd::Reached, 40, &[10, 10, 10, 10])]);
        let bed = Recorded::new(&recording, 0).unwrap();
        let losses: Vec<f64> = rows(&bed, 0.1, 0, 8).iter().map(|row| row.val_loss.unwrap()).collect();
        assert!(losses.windows(2).all(|two| two[1] <= two[0]));
        for step in 11..19 {
            let share = losses[step] / losses[step - 1];
            assert!((share - 0.5f64.powf(0.1)).abs() < 1e-6, "{step}: {share}");
        }
        assert!((losses[9] - 0.4).abs() < 1e-6 && losses[9] < 0.4 && losses[39] < 0.1, "{losses:?}");
    }

    #[test]
    fn rates_beyond_the_recorded_ones_diverge_or_take_longer() {
        let recording = recording(&[run(0, RecordedEnd::Reached, 40, &[10, 10, 10, 10])]);
        let bed = Recorded::new(&recording, 0).unwrap();
        let at = |rate| crossings(bed.ladder(), &rows(&bed, rate, 0, 8))[3];
        // The grid's half step is a factor of 1.41.
        assert_eq!((at(0.14), at(0.28), at(0.08)), (Some(40), Some(40), Some(40)));
        assert_eq!(at(0.025), Some(160), "steps times rate is constant");
        let high = rows(&bed, 0.3, 0, 16);
        assert!(high.len() == 1 && high[0].step == 2 && high[0].diverged());
    }

    #[test]
    fn a_run_that_diverged_diverges_at_its_step() {
        let recording = recording(&[run(0, RecordedEnd::Diverged, 14, &[10])]);
        let bed = Recorded::new(&recording, 1).unwrap();
        let rows = rows(&bed, 0.1, 0, 8);
        assert_eq!((rows.len(), rows[13].diverged(), rows[12].diverged()), (14, true, false));
    }

    /// Otherwise the truth would be measured with the luck of the runs that it judges.
    #[test]
    fn the_truth_comes_from_runs_that_are_never_replayed() {
        let reached = |seed, steps| run(seed, RecordedEnd::Reached, steps, &[1, 0, 0, steps - 1]);
        let recording = recording(&[reached(0, 10), reached(2, 30)]);
        let bed = Recorded::new(&recording, 0).unwrap();
        let seen: Vec<u64> =
            (0..40).map(|seed| crossings(bed.ladder(), &rows(&bed, 0.2, seed, 8))[3].unwrap()).collect();
        assert!(seen.contains(&10) && seen.contains(&30) && seen.iter().all(|steps| *steps <= 30));
        // 200 steps of 0.5 s; half the lowest rate takes twice as long.
        assert_eq!((bed.true_seconds(8, 0.2), bed.true_seconds(8, 0.05)), (100.0, 200.0));
        assert!(Recorded::new(&recording, 1).unwrap().true_seconds(8, 0.2).is_infinite(), "half missed it");
        assert!(bed.true_seconds(8, 0.5).is_infinite() && bed.true_seconds(9, 0.2).is_infinite());
    }

    #[test]
    fn a_recording_is_written_and_read_back_the_same() {
        let recording =
            recording(&[run(0, RecordedEnd::Limit, 14, &[10]), run(1, RecordedEnd::Diverged, 3, &[])]);
        let text = serde_json::to_string(&recording).unwrap();
        assert_eq!(serde_json::from_str::<Recording>(&text).unwrap(), recording);
    }
}
