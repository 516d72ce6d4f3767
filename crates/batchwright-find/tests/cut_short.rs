//! How a study uses trials that the clock interrupted, sizes that could not be judged, and step
//! times that do not agree.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use batchwright_find::{
    BatchSizes, Grid, Objective, OpenPoint, Phase, Rates, Remark, StepMeasurement, StepTime, StudyConfig,
    StudyEvent, StudyObserver, StudyResult, TargetSpec, Trial, TrialEnd, TrialError, TrialRequest, TrialRow,
    VerdictKind, Workload, run_study_with,
};

/// Samples of the training split.
const N: u64 = 1000;

/// A workload whose runs are a formula: the loss after a number of samples. An endless trial stands
/// still once it has used `stop_at` samples, and raises a flag at which the observer stops the
/// study: so it is always cut there, however fast the machine.
struct Scripted {
    loss: fn(&TrialRequest, u64) -> Result<f64, TrialError>,
    endless: fn(&TrialRequest) -> bool,
    step_time: fn(u64) -> Result<StepTime, TrialError>,
    stop_at: u64,
    stop: AtomicBool,
}

struct Run<'a> {
    workload: &'a Scripted,
    request: TrialRequest,
    step: u64,
    samples: u64,
}

impl Run<'_> {
    /// One step an epoch is short.
    fn step(&mut self) {
        let left = N - self.samples % N;
        self.samples += self.request.batch_size.min(left);
        self.step += 1;
    }
}

impl Trial for Run<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let endless = (self.workload.endless)(&self.request);
        if !endless && self.samples >= self.request.max_samples {
            return Ok(None);
        }
        if endless && self.samples >= self.workload.stop_at {
            self.workload.stop.store(true, Ordering::Relaxed);
        } else {
            let next = (self.samples / self.request.eval_samples + 1) * self.request.eval_samples;
            while self.samples < next {
                self.step();
            }
        }
        let val_loss = (self.workload.loss)(&self.request, self.samples)?;
        Ok(Some(TrialRow {
            step: self.step,
            epoch: Some(self.samples as f64 / N as f64),
            samples: self.samples,
            seconds: self.step as f64,
            val_loss: Some(val_loss),
            val_accuracy: None,
            own: None,
        }))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

impl Workload for Scripted {
    fn samples(&self) -> Option<u64> {
        Some(N)
    }
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        Ok(Box::new(Run { workload: self, request: *request, step: 0, samples: 0 }))
    }
    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        // By a clock of its own, so that each pass is one measurement.
        let by_own_clock = |time| StepMeasurement { own_seconds: Some(0.0), ..StepMeasurement::from(time) };
        (self.step_time)(batch_size).map(by_own_clock)
    }
    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }
    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        1e-4 * batch_size as f64
    }
    fn metrics(&self) -> Vec<String> {
        vec!["val_loss".to_owned()]
    }
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            loss: |request, samples| Ok(valley(request, 4000.0) / samples as f64),
            endless: |_| false,
            step_time: |_| Ok(exactly(0.01)),
            stop_at: 0,
            stop: AtomicBool::new(false),
        }
    }
}

fn exactly(median: f64) -> StepTime {
    StepTime { median, low: median, high: median }
}

/// Samples to a loss of 1: least, `samples`, at the learning rate 0.1.
fn valley(request: &TrialRequest, samples: f64) -> f64 {
    samples * (1.0 + (request.learning_rate / 0.1).ln().powi(2))
}

/// Stops the study when the endless trial says so.
struct Watch<'a>(&'a Scripted);

impl StudyObserver for Watch<'_> {
    fn on_event(&mut self, _event: &StudyEvent) {}
    fn should_stop(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }
}

fn config(sizes: &str) -> StudyConfig {
    StudyConfig {
        sizes: BatchSizes::parse(sizes).unwrap(),
        rates: Rates::parse("0.025,0.05,0.1,0.2,0.4").unwrap(),
        target: TargetSpec::parse("val_loss<1").unwrap(),
        max_samples: Some(20_000),
        ..StudyConfig::default()
    }
}

fn study(workload: &Scripted, config: &StudyConfig) -> StudyResult {
    run_study_with(workload, config, &mut Grid::default(), None, &mut Watch(workload)).unwrap()
}

fn fresh_seed(request: &TrialRequest, seed: u64) -> bool {
    request.seed == 1000 + seed
}

/// A run that had used more samples than all others needed when the clock ended it is a miss:
/// dropped, the size would look faster than it is.
#[test]
fn a_run_cut_after_all_others_had_reached_the_target_is_censored() {
    let cut_at = |stop_at| {
        // The last of the three fresh seeds never reaches the target.
        let endless = |r: &TrialRequest| fresh_seed(r, 2);
        let loss = |r: &TrialRequest, samples: u64| {
            Ok(if fresh_seed(r, 2) { 2.0 } else { valley(r, 4000.0) / samples as f64 })
        };
        study(&Scripted { loss, endless, stop_at, ..Scripted::default() }, &config("10"))
    };
    let late = cut_at(5000).sizes[0].steps_to_target.unwrap();
    assert_eq!((late.censored, late.high), (1, None), "{late:?}");
    let early = cut_at(1000).sizes[0].steps_to_target.unwrap();
    assert_eq!(early.censored, 0, "before the others had it, it says nothing: {early:?}");
    assert!(late.median.is_some() && early.high.is_some());
}

/// Once fresh seeds are being run, the ones that chose the rate must not come back as the judge of
/// it.
#[test]
fn fresh_seeds_that_say_nothing_leave_the_size_unjudged() {
    let endless = |r: &TrialRequest| r.seed >= 1000;
    let result = study(&Scripted { endless, stop_at: 500, ..Scripted::default() }, &config("10"));
    assert!(result.trials.iter().any(|trial| trial.phase == Phase::Confirm));
    assert_eq!(result.sizes[0].steps_to_target, None, "nothing was measured on a fresh seed");
    assert_eq!((result.verdict.kind, result.recommended), (VerdictKind::Undecided, None));
    let json = serde_json::to_value(&result.sizes[0]).unwrap();
    assert!(json.get("steps_to_target").is_none() && json.get("seconds_to_target").is_none(), "{json:#}");
}

/// Where the clock cuts the pilot, the losses that it had seen still set a target; without one
/// nothing would be searched for.
#[test]
fn a_pilot_that_is_cut_short_sets_the_target() {
    let workload = Scripted { endless: |r| r.learning_rate > 0.05, stop_at: 3000, ..Scripted::default() };
    let result = study(&workload, &StudyConfig { target: TargetSpec::Auto, ..config("10") });
    assert!(result.trials.iter().all(|trial| trial.phase == Phase::Pilot));
    assert!(result.target.unwrap().goal > 0.0);

    let all = Scripted { endless: |_| true, loss: |_, _| Ok(2.0), stop_at: 3000, ..Scripted::default() };
    let result = study(&all, &StudyConfig { target: TargetSpec::Auto, ..config("10") });
    assert_eq!(result.target.unwrap().goal, 2.0, "the loss never moved from 2");
}

/// A loss that goes up at the highest rate is no start of a fall: the target would be so easy that
/// the first look passes it.
#[test]
fn an_automatic_target_does_not_start_at_a_rate_that_overshoots() {
    let loss = |r: &TrialRequest, samples: u64| {
        let from = if r.learning_rate > 0.3 { 5000.0 } else { 3.0 };
        Ok(0.5 + (from - 0.5) * (-(samples as f64) / valley(r, 1000.0)).exp())
    };
    let workload = Scripted { loss, ..Scripted::default() };
    let result = study(&workload, &StudyConfig { target: TargetSpec::Auto, ..config("10,20") });
    let goal = result.target.unwrap().goal;
    assert!((0.6..0.8).contains(&goal), "0.5 plus a tenth of the fall from 3: {goal}");
}

/// One short step an epoch: steps x B would count samples that were never used.
#[test]
fn samples_are_counted_not_computed() {
    let result = study(&Scripted::default(), &config("300,1000,4000,8000"));
    assert_eq!(result.sizes.iter().map(|size| size.batch_size).collect::<Vec<_>>(), [300, 1000]);
    let left_out = Remark::LeftOut { samples: N, same_as: 1000, sizes: vec![4000, 8000] };
    assert!(result.remarks.contains(&left_out), "{:?}", result.remarks);
    // The first look past 4000 samples: in the fifth epoch, after 4 x 4 + 1 steps, or 5 whole ones.
    for (size, steps, samples) in [(0, 17.0, 4300.0), (1, 5.0, 5000.0)] {
        let size = &result.sizes[size];
        assert_eq!(size.steps_to_target.unwrap().median, Some(steps));
        assert_eq!(size.samples_to_target.unwrap().median, Some(samples));
    }
    let larger = study(&Scripted::default(), &config("300,4000"));
    assert_eq!(larger.sizes[1].samples_to_target.unwrap().median, Some(5000.0));
    let most = larger.trials.iter().map(|trial| trial.request.max_samples).max().unwrap();
    assert!(most <= 20_000);
    let by_samples = StudyConfig { objective: Objective::Samples, ..config("300,4000") };
    assert_eq!(study(&Scripted::default(), &by_samples).recommended.unwrap().batch_size, 300);
}

/// "More than" is a number of runs too: a size that missed everywhere would look as if nothing had
/// been tried.
#[test]
fn misses_at_every_rate_are_counted_and_bound_the_steps() {
    let loss = |r: &TrialRequest, samples: u64| {
        Ok(if r.batch_size == 20 { 2.0 } else { valley(r, 4000.0) / samples as f64 })
    };
    let result = study(&Scripted { loss, ..Scripted::default() }, &config("10,20"));
    let missed = &result.sizes[1];
    let steps = missed.steps_to_target.unwrap();
    assert_eq!((steps.median, steps.high, steps.censored), (None, None, missed.runs));
    let used = result.trials.iter().filter(|trial| trial.request.batch_size == 20).map(|trial| trial.step);
    assert_eq!(steps.low, Some(used.min().unwrap() as f64));
    assert!(result.remarks.contains(&Remark::MissedTarget { sizes: vec![20] }));
    // 10 needs 400 steps, 20 more than its limit of at least 600: that is enough to lose.
    assert_eq!(result.verdict.kind, VerdictKind::Best, "{:?}", result.verdict);
}

/// A size that crashes at every rate may be the best one: to call another the best would be a claim
/// about what was never run.
#[test]
fn a_size_that_always_fails_leaves_the_verdict_open() {
    let loss = |r: &TrialRequest, samples: u64| match r.batch_size {
        20 => Err(TrialError::Failed("out of luck".to_owned())),
        _ => Ok(valley(r, 4000.0) / samples as f64),
    };
    let result = study(&Scripted { loss, ..Scripted::default() }, &config("10,20"));
    assert_eq!(result.verdict.kind, VerdictKind::Undecided);
    let not_judged = OpenPoint::NotJudged { sizes: vec![20] };
    assert!(result.verdict.open.contains(&not_judged), "{:?}", result.verdict);
    assert_eq!(result.recommended.unwrap().batch_size, 10);
    assert!(result.remarks.contains(&Remark::AllFailed { sizes: vec![20] }), "{:?}", result.remarks);
    assert!(!result.remarks.iter().any(|remark| matches!(remark, Remark::MissedTarget { .. })));
    assert_eq!(result.sizes[1].steps_to_target, None, "a crash is no measurement");
}

/// Crashes above the best rate don't show that higher rates are worse.
#[test]
fn a_crash_is_no_evidence_that_a_rate_is_worse() {
    let loss = |r: &TrialRequest, samples: u64| {
        if r.learning_rate > 0.1 {
            return Err(TrialError::Failed("out of luck".to_owned()));
        }
        Ok(4000.0 * 0.1 / r.learning_rate / samples as f64)
    };
    let workload = Scripted { loss, ..Scripted::default() };
    let result = study(&workload, &config("10"));
    assert!(!result.sizes[0].learning_rate.tuned);
    assert_eq!(result.verdict.kind, VerdictKind::Undecided);
}

/// More seeds cannot repair a step time: it must be measured again, by a bounded number of passes,
/// and a pass that disagrees be outvoted.
#[test]
fn open_step_times_are_measured_again() {
    static PASS: AtomicU64 = AtomicU64::new(0);
    // Passes 2 and 3 of size 20 are disturbed: of three, no two agree well.
    let step_time = |size: u64| {
        let pass = if size == 20 { PASS.fetch_add(1, Ordering::Relaxed) } else { 0 };
        Ok(exactly(match pass {
            1 => 0.020,
            2 => 0.027,
            _ => {
                if size == 20 {
                    0.015
                } else {
                    0.01
                }
            }
        }))
    };
    let result = study(&Scripted { step_time, ..Scripted::default() }, &config("10,20"));
    let passes = PASS.load(Ordering::Relaxed);
    assert!((4..=15).contains(&passes), "{passes}");
    assert!((result.sizes[1].step_seconds.unwrap().median - 0.015).abs() < 1e-12);
    // 400 steps of 10 ms against 200 of 15 ms.
    assert_eq!(result.recommended.unwrap().batch_size, 20, "{:?}", result.verdict);
    assert_eq!(result.verdict.kind, VerdictKind::Best, "{:?}", result.verdict);
    let confirm = result.trials.iter().filter(|trial| trial.phase == Phase::Confirm).count();
    assert!(confirm <= 8, "seeds were burnt: {confirm}");

    let never =
        Scripted { step_time: |_| Err(TrialError::Failed("no clock".to_owned())), ..Scripted::default() };
    let remarks = study(&never, &config("10")).remarks;
    let no_clock = |remark: &&Remark| matches!(remark, Remark::StepTimeFailed { error, .. } if error.contains("no clock"));
    assert_eq!(remarks.iter().filter(no_clock).count(), 1, "told once: {remarks:?}");
}

/// A run cut between two goals reached the easier one; of the harder one it says nothing, neither
/// hit nor miss.
#[test]
fn a_cut_run_is_no_miss_of_a_goal_that_it_was_on_its_way_to() {
    // A tenth of the fall is left after about 2300 samples, a twentieth after 3000. The second
    // fresh seed is cut in between: one hit and one miss of the harder goal would leave it without
    // a median.
    let loss = |r: &TrialRequest, samples: u64| Ok(0.5 + 2.5 * (-(samples as f64) / valley(r, 1000.0)).exp());
    let endless = |r: &TrialRequest| fresh_seed(r, 1);
    let workload = Scripted { loss, endless, stop_at: 2600, ..Scripted::default() };
    let result = study(&workload, &StudyConfig { target: TargetSpec::Auto, ..config("10") });
    let cut = result.trials.iter().find(|trial| fresh_seed(&trial.request, 1)).unwrap();
    assert_eq!(cut.end, TrialEnd::Target, "{cut:?}");
    assert_eq!(result.sensitivity.iter().map(|s| s.recommended).collect::<Vec<_>>(), [Some(10), Some(10)]);
}

/// A budget that ends within a pass would leave out the large sizes every time.
#[test]
fn passes_begin_at_either_end_in_turn() {
    static ORDER: std::sync::Mutex<Vec<u64>> = std::sync::Mutex::new(Vec::new());
    let step_time = |size: u64| {
        ORDER.lock().unwrap().push(size);
        Ok(exactly(0.01))
    };
    study(&Scripted { step_time, ..Scripted::default() }, &config("10,20,40"));
    assert_eq!(ORDER.lock().unwrap()[..9], [10, 20, 40, 40, 20, 10, 10, 20, 40]);
}

/// A size that was added but not run in time may be the best of all.
#[test]
fn a_size_added_too_late_leaves_the_verdict_open() {
    // Steps halve with the size at the same step time, so 32 is added to 8..16, and cut in its
    // first trial.
    let loss = |r: &TrialRequest, samples: u64| Ok(valley(r, 4000.0) / samples as f64);
    let endless = |r: &TrialRequest| r.batch_size == 32;
    let workload = Scripted { loss, endless, stop_at: 10, ..Scripted::default() };
    let result = study(&workload, &config("8..16"));
    assert_eq!(result.verdict.kind, VerdictKind::Undecided);
    let not_judged = OpenPoint::NotJudged { sizes: vec![32] };
    assert!(result.verdict.open.contains(&not_judged), "{:?}", result.verdict);
}

/// A measurement that the end of the budget cut is no fault of its size.
#[test]
fn a_measurement_that_was_interrupted_is_not_told_as_failed() {
    let workload = Scripted { step_time: |_| Err(TrialError::Interrupted), ..Scripted::default() };
    let study = study(&workload, &config("10,20"));
    let failed = |remark: &&Remark| matches!(remark, Remark::StepTimeFailed { .. });
    assert_eq!(study.remarks.iter().find(failed), None);
}
