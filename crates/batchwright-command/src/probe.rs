//! Whether a training command runs at a batch size: it is started, read until it has shown enough,
//! and stopped.
//!
//! Enough are a few steps and an evaluation, because both take memory for the first time. To
//! confirm a size many steps are needed, because some memory is taken late. Where steps are slow, a
//! certain time is enough. A program whose output is not understood shows only that it keeps
//! running, or that it ends well; the answer says so ([`RunEvidence`]). Once one training has
//! reported steps, a training that reports none has shown nothing; one that ends without a step has
//! shown nothing in any case.
//!
//! Where the command takes the batch size of its evaluation apart from that of its training, these
//! are two questions: the probes of one keep the size of the other small.
//!
//! Left out: which size is run next, how an end is diagnosed (`process`).

use crate::step_time::{ARRIVAL_RESOLUTION, StepTimer};
use crate::trial::{CommandTrial, ReadEnd};
use crate::workload::CommandWorkload;
use batchwright_find::{ProbeLength, ProbeOutcome, Ran, RunEvidence, TrialError, TrialRequest, TrialRow};
use std::time::{Duration, Instant};

/// Steps that a training is asked for: more than any probe needs, so that a probe rarely waits for
/// what the program does at its end (a last evaluation, a checkpoint).
const STEPS: u64 = 1_000;
/// Steps between two evaluations, if the program takes an interval: a short run contains several.
const EVALUATE_EVERY: u64 = 5;
/// Intervals between rows that are needed to time a step: one of them may contain an evaluation.
const INTERVALS: usize = 2;
/// The smallest number of steps of a run, however slow they are.
const FEWEST_STEPS: u64 = 3;

/// When a run has shown enough.
struct StopRule {
    /// After this many steps, once there was an evaluation and steps were timed.
    steps: u64,
    /// This long after the first row in any case.
    after_first_row: Duration,
    /// This long after the first output for a program whose output is not understood.
    after_first_output: Duration,
}

impl From<ProbeLength> for StopRule {
    fn from(length: ProbeLength) -> Self {
        let (steps, time) = match length {
            ProbeLength::Short => (5, Duration::from_secs(10)),
            ProbeLength::Long => (100, Duration::from_secs(30)),
        };
        Self { steps, after_first_row: time, after_first_output: time }
    }
}

/// The sizes of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeSizes {
    /// Samples per step.
    pub batch_size: u64,
    /// Samples per pass of the evaluation; `None`: as many.
    pub eval_batch_size: Option<u64>,
}

/// What a run that did not fail showed.
enum Shown {
    Ran(Ran),
    NoStep,
}

impl CommandWorkload {
    /// Runs the command at these sizes and reports the outcome.
    ///
    /// If the program ends because memory ran out, this is [`ProbeOutcome::DoesNotFit`] with the
    /// evidence. Any other failure, and an interruption, tells nothing about the size and is
    /// [`ProbeOutcome::Failed`].
    pub fn probe(&self, sizes: ProbeSizes, length: ProbeLength) -> ProbeOutcome {
        match self.run_until_enough(sizes, &length.into()) {
            Ok(Shown::Ran(ran)) => ProbeOutcome::Runs(ran),
            Ok(Shown::NoStep) => ProbeOutcome::NoStep,
            Err(TrialError::DoesNotFit { reason, .. }) => ProbeOutcome::DoesNotFit { reason },
            Err(TrialError::Failed(reason)) => ProbeOutcome::Failed { reason },
            Err(error @ TrialError::Interrupted) => ProbeOutcome::Failed { reason: error.to_string() },
        }
    }

    fn run_until_enough(&self, sizes: ProbeSizes, rule: &StopRule) -> Result<Shown, TrialError> {
        let ProbeSizes { batch_size, eval_batch_size } = sizes;
        let mut progress = ProbeProgress {
            metric: &self.settings().metric,
            others_reported_steps: self.context.has_rows(),
            steps: 0,
            first_row: None,
            evaluated: false,
        };
        let mut trial =
            CommandTrial::start_evaluating(&self.context, &self.probe_request(batch_size), eval_batch_size)?;
        let read = trial.read_until(|trial, arrival| {
            // A row without a position is no step.
            if let Some((_, Ok(Some(row)))) = arrival {
                progress.add(&row);
            }
            progress.evidence(rule, trial)
        });
        let evidence = match read {
            ReadEnd::Enough(evidence) => evidence,
            ReadEnd::Ended => {
                trial.check_end()?;
                if progress.first_row.is_none() {
                    return Ok(Shown::NoStep);
                }
                RunEvidence::Steps
            }
            ReadEnd::Interrupted => return Err(TrialError::Interrupted),
        };
        trial.stop();
        let tells = |line: &&String| self.context.measured().tells_of_memory(batch_size, line);
        if let Some(line) = trial.survived_lacks_of_memory().iter().find(tells) {
            return Err(TrialError::DoesNotFit { batch_size, reason: format!("it went on after: {line}") });
        }
        // What a process has shared, or taken before its limit was set, is not refused.
        let largest = trial.ended().and_then(|ended| ended.largest_process_bytes);
        if let Some((held, limit)) =
            largest.zip(self.settings().memory_limit).filter(|(held, limit)| held > limit)
        {
            let reason = format!("one of its processes held {held} bytes, {limit} may be taken");
            return Err(TrialError::DoesNotFit { batch_size, reason });
        }
        let per_sample = |seconds: f64| seconds / batch_size as f64;
        Ok(Shown::Ran(Ran {
            steps: progress.steps,
            evidence,
            planned_bytes: None,
            peak_bytes: trial.ended().and_then(|ended| ended.peak_memory_bytes),
            card_bytes: trial.ended().and_then(|ended| ended.peak_card_memory_bytes),
            seconds_per_sample: fastest_step(trial.rows().timer()).map(per_sample),
            resolution_per_sample: trial.rows().uses_wall_clock().then_some(per_sample(ARRIVAL_RESOLUTION)),
        }))
    }

    /// A training of whole epochs, where the number of samples is known, at the lowest rate: it
    /// need not learn, and at this rate it does not diverge.
    fn probe_request(&self, batch_size: u64) -> TrialRequest {
        let settings = self.settings();
        let samples = batch_size.saturating_mul(STEPS);
        let whole = settings.samples.filter(|&epoch| epoch > 0);
        TrialRequest {
            batch_size,
            learning_rate: settings.rates.0,
            seed: 0,
            max_samples: whole.map_or(samples, |epoch| samples.div_ceil(epoch).saturating_mul(epoch)),
            eval_samples: batch_size.saturating_mul(EVALUATE_EVERY),
        }
    }
}

/// What a run has shown so far.
struct ProbeProgress<'a> {
    /// The metric whose rows are evaluations.
    metric: &'a str,
    /// Whether trainings at other sizes reported steps.
    others_reported_steps: bool,
    steps: u64,
    first_row: Option<Instant>,
    evaluated: bool,
}

impl ProbeProgress<'_> {
    fn add(&mut self, row: &TrialRow) {
        self.first_row.get_or_insert_with(Instant::now);
        self.steps = row.step;
        self.evaluated |= row.metric(self.metric).is_some();
    }

    /// What the run shows, once that is enough.
    fn evidence(&self, rule: &StopRule, trial: &CommandTrial) -> Option<RunEvidence> {
        let timed = trial.rows().timer().intervals() >= INTERVALS;
        let shown = self.evaluated && timed && self.steps >= rule.steps;
        let waited = self.first_row.is_some_and(|first| first.elapsed() >= rule.after_first_row);
        if shown || waited && self.steps >= FEWEST_STEPS {
            return Some(RunEvidence::Steps);
        }
        let no_steps = !self.others_reported_steps && self.first_row.is_none();
        let lived = no_steps && trial.printing_for() >= Some(rule.after_first_output);
        lived.then_some(RunEvidence::Lived)
    }
}

/// The median step; of a single burst the least that a step can have taken, so that no size seems slow
/// because its lines were held back.
fn fastest_step(timer: &StepTimer) -> Option<f64> {
    let time = timer.step_time()?;
    Some(if timer.is_burst() { time.low } else { time.median })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::template::CommandTemplate;
    use crate::settings::CommandSettings;

    /// Longer than any test waits.
    const NEVER: Duration = Duration::from_secs(600);

    /// A shell script as the training program; `$0` is the batch size.
    fn workload(script: &str) -> (CommandWorkload, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let words = ["sh", "-c", script, "{batch_size}"].map(Into::into);
        let settings = CommandSettings::new(CommandTemplate::parse(&words).unwrap());
        (CommandWorkload::new(settings, folder.path().to_owned()), folder)
    }

    /// The sizes of a run whose evaluation is as large as its steps.
    fn at(batch_size: u64) -> ProbeSizes {
        ProbeSizes { batch_size, eval_batch_size: None }
    }

    fn ran(workload: &CommandWorkload, batch_size: u64, rule: &StopRule) -> Ran {
        match workload.run_until_enough(at(batch_size), rule).unwrap() {
            Shown::Ran(ran) => ran,
            Shown::NoStep => panic!("no step"),
        }
    }

    const ROW: &str = r#"row() { echo "{\"step\": $1, \"seconds\": $1, \"val_loss\": 1}"; }; "#;

    /// A probe would wait for the end of a program whose output is not understood, or count its
    /// running as steps.
    #[test]
    fn what_is_not_understood_lives_long_enough() {
        let (workload, _folder) = workload("echo Epoch one; exec sleep 600");
        let rule =
            StopRule { steps: 1, after_first_row: NEVER, after_first_output: Duration::from_millis(20) };
        let ran = ran(&workload, 4, &rule);
        assert_eq!((ran.evidence, ran.steps, ran.seconds_per_sample), (RunEvidence::Lived, 0, None));
    }

    /// A program that has nothing to do at a size, or only prints its usage, would count as one that
    /// trains at it.
    #[test]
    fn an_end_without_a_step_shows_nothing() {
        let (workload, _folder) = workload(&format!(
            "{ROW} echo loading; [ $0 = 4 ] || exit 0; for i in 1 2 3 4 5; do row $i; done"
        ));
        let rule = StopRule { steps: 5, after_first_row: NEVER, after_first_output: NEVER };
        for _before_and_after_a_size_with_steps in 0..2 {
            assert_eq!(workload.probe(at(8), ProbeLength::Short), ProbeOutcome::NoStep);
            let ran = ran(&workload, 4, &rule);
            assert_eq!(
                (ran.evidence, ran.steps, ran.seconds_per_sample),
                (RunEvidence::Steps, 5, Some(0.25))
            );
            assert_eq!(ran.resolution_per_sample, None, "it has a clock of its own");
        }
    }

    /// A probe would wait for a hundred steps of a minute each, or be content with the first one.
    #[test]
    fn where_steps_are_slow_a_while_has_to_do() {
        let (workload, _folder) = workload(&format!("{ROW} row 1; row 2; row 3; exec sleep 600"));
        let rule =
            StopRule { steps: 100, after_first_row: Duration::from_millis(20), after_first_output: NEVER };
        let ran = ran(&workload, 4, &rule);
        assert_eq!((ran.evidence, ran.steps), (RunEvidence::Steps, 3));
    }

    /// A program that lowers the batch size itself would run at any size.
    #[test]
    fn a_program_that_goes_on_without_memory_does_not_fit() {
        let script = format!(
            "{ROW} echo 'on out of memory batches are skipped'; [ $0 = 4 ] || echo 'CUDA out of memory; reducing batch size to 4'; for i in 1 2 3 4 5 6; do row $i; done"
        );
        let (workload, _folder) = workload(&script);
        assert!(matches!(workload.probe(at(4), ProbeLength::Short), ProbeOutcome::Runs(_)));
        let ProbeOutcome::DoesNotFit { reason } = workload.probe(at(8), ProbeLength::Short) else {
            panic!("it fits")
        };
        assert!(reason.contains("reducing batch size to 4"), "{reason}");
    }

    /// Rows of the training loss alone would count as a complete run, although the memory of an
    /// evaluation was never taken.
    #[test]
    fn an_evaluation_belongs_to_a_run() {
        let script = r#"for i in 1 2 3 4 5 6 7; do echo "{\"step\": $i, \"seconds\": $i, \"loss\": 1}"; done;
            echo 'torch.OutOfMemoryError: CUDA out of memory.' >&2; exit 1"#;
        let (workload, _folder) = workload(script);
        let ProbeOutcome::DoesNotFit { reason } = workload.probe(at(4), ProbeLength::Short) else {
            panic!("it fits")
        };
        assert!(reason.contains("torch.OutOfMemoryError"), "{reason}");
    }
}
