//! What a study promises whatever happens in its trials: nothing is dropped, no result uses what
//! was not measured, and there is always an answer.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::{Form, Quadratic};
use batchwright_find::{
    BatchSizes, Direction, Grid, NoAnswer, Objective, OpenPoint, Phase, Rates, Remark, StepMeasurement,
    StepTime, StudyConfig, StudyEvent, StudyObserver, StudyResult, TargetSpec, Trial, TrialEnd, TrialError,
    TrialRequest, TrialRow, VerdictKind, Workload, run_study_with,
};

/// A workload whose steps to the target are a formula: `steps(request)`, infinite for never. Its
/// loss is steps / step so far, target 1.
struct Formula<F> {
    steps: F,
    step_time: fn(u64) -> Result<StepTime, TrialError>,
}

fn exactly(median: f64) -> StepTime {
    StepTime { median, low: median, high: median }
}

struct Counting {
    request: TrialRequest,
    steps: f64,
    step: u64,
}

impl Trial for Counting {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        if self.step * self.request.batch_size >= self.request.max_samples {
            return Ok(None);
        }
        let next =
            (self.step * self.request.batch_size / self.request.eval_samples + 1) * self.request.eval_samples;
        self.step = next.div_ceil(self.request.batch_size);
        let val_loss = if self.steps.is_infinite() { 2.0 } else { self.steps / self.step as f64 };
        let samples = self.step * self.request.batch_size;
        Ok(Some(TrialRow {
            step: self.step,
            epoch: Some(samples as f64 / 1000.0),
            samples,
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

impl<F: Fn(&TrialRequest) -> Result<f64, TrialError> + Sync> Workload for Formula<F> {
    fn samples(&self) -> Option<u64> {
        Some(1000)
    }
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        Ok(Box::new(Counting { request: *request, steps: (self.steps)(request)?, step: 0 }))
    }
    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        // By a clock of its own, so that each pass is one measurement.
        let by_own_clock = |time| StepMeasurement { own_seconds: Some(0.0), ..StepMeasurement::from(time) };
        (self.step_time)(batch_size).map(by_own_clock)
    }
    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }
    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        0.1
    }
    fn metrics(&self) -> Vec<String> {
        vec!["val_loss".to_owned()]
    }
}

/// A valley over log rate around `best`, lowest at `steps`.
fn valley(request: &TrialRequest, best: f64, steps: f64) -> f64 {
    steps * (1.0 + (request.learning_rate / best).ln().powi(2))
}

fn config(sizes: &str) -> StudyConfig {
    StudyConfig {
        sizes: BatchSizes::parse(sizes).unwrap(),
        target: TargetSpec::parse("val_loss<1").unwrap(),
        max_samples: Some(20_000),
        ..StudyConfig::default()
    }
}

fn study(workload: &dyn Workload, config: &StudyConfig) -> StudyResult {
    run_study_with(workload, config, &mut Grid::default(), None, &mut ()).unwrap()
}

/// A grid whose best rate lies at its edge says nothing about the size: two sizes would be compared
/// at rates of different quality.
#[test]
fn a_best_rate_at_the_edge_widens_the_grid() {
    let far =
        Formula { steps: |r: &TrialRequest| Ok(valley(r, 3.0, 50.0)), step_time: |_| Ok(exactly(0.01)) };
    let result = study(&far, &StudyConfig { rates: Rates::parse("0.01..0.1").unwrap(), ..config("4,8") });
    for size in &result.sizes {
        assert!(size.learning_rate.tuned);
        let best = size.learning_rate.best.unwrap();
        assert!((1.9..4.5).contains(&best), "{best}");
    }
    assert_eq!(result.verdict.kind, VerdictKind::Tie);
    let low =
        Formula { steps: |r: &TrialRequest| Ok(valley(r, 1e-3, 50.0)), step_time: |_| Ok(exactly(0.01)) };
    let result = study(&low, &config("4,8"));
    assert!(
        result.sizes.iter().all(|size| size.learning_rate.tuned && size.learning_rate.best.unwrap() < 2e-3)
    );
}

/// With widening forbidden such a size must not carry a verdict, however fast it looks.
#[test]
fn no_verdict_rests_on_an_untuned_size() {
    // Size 4 has its best rate inside 0.01..0.1, size 8 far above.
    let steps =
        |r: &TrialRequest| Ok(if r.batch_size == 4 { valley(r, 0.03, 100.0) } else { valley(r, 1.0, 5.0) });
    let workload = Formula { steps, step_time: |_| Ok(exactly(0.01)) };
    let fixed = || Rates::parse("0.01..0.1").unwrap().fixed();
    let result = study(&workload, &StudyConfig { rates: fixed(), ..config("4,8") });
    assert_eq!(result.sizes.iter().map(|s| s.learning_rate.tuned).collect::<Vec<_>>(), [true, false]);
    assert_eq!(result.recommended.unwrap().batch_size, 4);
    assert_eq!(result.sizes[1].p_best, 0.0);
    assert_eq!(
        result.verdict.kind,
        VerdictKind::Undecided,
        "size 8 is faster even untuned: {:?}",
        result.verdict
    );
    assert_eq!(result.verdict.open, [OpenPoint::NotJudged { sizes: vec![8] }]);
    assert!(result.remarks.contains(&Remark::NotTuned { sizes: vec![8] }), "{:?}", result.remarks);

    let only = study(&workload, &StudyConfig { rates: fixed(), ..config("8,16") });
    assert_eq!(only.verdict.kind, VerdictKind::Undecided);
    assert!(only.verdict.open.contains(&OpenPoint::NoRateTuned), "{:?}", only.verdict.open);
    let one_rate =
        study(&workload, &StudyConfig { rates: Rates::parse("0.05").unwrap().fixed(), ..config("4,8") });
    assert_eq!(one_rate.verdict.kind, VerdictKind::Undecided);
}

/// A target out of reach must end the study with what was reached instead of an endless search or a
/// made-up size.
#[test]
fn an_unreachable_target_says_how_near_it_came() {
    let never = Formula { steps: |_: &TrialRequest| Ok(f64::INFINITY), step_time: |_| Ok(exactly(0.01)) };
    let result = study(&never, &config("4,8"));
    assert_eq!(result.verdict.kind, VerdictKind::Unreachable);
    assert_eq!((&result.recommended, &result.best_set), (&None, &vec![]));
    let Err(NoAnswer::Missed { target, nearest: Some(nearest) }) = result.recommendation() else {
        panic!("{:?}", result.recommendation())
    };
    assert_eq!((target.metric.as_str(), target.goal, target.direction), ("val_loss", 1.0, Direction::Below));
    assert_eq!(nearest.value, 2.0);
    assert!(result.trials.iter().any(|trial| trial.request.batch_size == nearest.batch_size
        && trial.request.learning_rate == nearest.learning_rate
        && trial.best_metric == Some(nearest.value)));
    assert!(result.trials.iter().all(|trial| trial.end == TrialEnd::Budget));
    assert!(result.sizes.iter().all(|size| size.runs > 0 && size.steps_to_target.unwrap().median.is_none()));
}

/// One size in three of whose runs miss the target must carry its censored runs, not the median of
/// the lucky ones.
#[test]
fn missing_runs_are_counted() {
    let steps = |r: &TrialRequest| {
        let unlucky = r.batch_size == 8 && r.seed >= 1000 && !r.seed.is_multiple_of(3);
        Ok(if unlucky { f64::INFINITY } else { valley(r, 0.1, 50.0) })
    };
    let result = study(&Formula { steps, step_time: |_| Ok(exactly(0.01)) }, &config("4,8"));
    let size = &result.sizes[1];
    let steps = size.steps_to_target.unwrap();
    assert_eq!((steps.median, steps.high), (None, None));
    assert!(steps.censored >= 2 && size.p_best == 0.0);
    assert_eq!(result.recommended.unwrap().batch_size, 4);
}

/// A trial that crashes is data about that trial: the study goes on, and the record says what
/// happened.
#[test]
fn failing_trials_and_misfits_do_not_end_a_study() {
    let steps = |r: &TrialRequest| match r.batch_size {
        16 => Err(TrialError::DoesNotFit { batch_size: 16, reason: "2 bytes of 1".to_owned() }),
        8 if r.learning_rate > 0.15 => Err(TrialError::Failed("CUDA said no".to_owned())),
        _ => Ok(valley(r, 0.1, 50.0)),
    };
    let result = study(&Formula { steps, step_time: |_| Ok(exactly(0.01)) }, &config("4,8,16"));
    assert_eq!(
        result.sizes.iter().map(|s| s.fits).collect::<Vec<_>>(),
        [Some(true), Some(true), Some(false)]
    );
    assert_eq!(result.fit.largest_that_fits, Some(8));
    assert_eq!(result.fit.smallest_that_failed, Some(16));
    let failed: Vec<_> = result.trials.iter().filter(|t| t.end == TrialEnd::Failed).collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|t| t.error.as_deref() == Some("trial failed: CUDA said no"))
    );
    assert!(matches!(result.verdict.kind, VerdictKind::Best | VerdictKind::Tie), "{:?}", result.verdict);

    let broken = Formula {
        steps: |_: &TrialRequest| Err(TrialError::Failed("no such file".to_owned())),
        step_time: |_| Ok(exactly(0.01)),
    };
    let result = study(&broken, &config("4,8"));
    assert_eq!(result.verdict.kind, VerdictKind::Unreachable);
    let trials = result.trials.len() as u64;
    let error = "trial failed: no such file".to_owned();
    assert_eq!(result.recommendation(), Err(NoAnswer::AllFailed { trials, error }));

    let small = Quadratic { cap: 2, ..Quadratic::default() };
    let result = study(&small, &config("4,8"));
    assert_eq!(result.verdict.kind, VerdictKind::Unreachable);
    assert_eq!(result.recommendation(), Err(NoAnswer::NothingFits { smallest: 4 }));
    assert_eq!(result.trials, []);
}

/// A run whose loss is not a number, or that explodes on its way, must not win by having "no loss
/// above the goal".
#[test]
fn diverged_trials_never_win() {
    let bed = Quadratic { form: Form::Sampled, samples: 5000, ..Quadratic::default() };
    let target = TargetSpec::parse("val_loss<0.01").unwrap();
    let rates = Rates::parse("0.5,1,2.2,3,4").unwrap();
    let result = study(&bed, &StudyConfig { target, rates, max_samples: None, ..config("128,256") });
    assert!(result.trials.iter().any(|trial| trial.end == TrialEnd::Diverged));
    assert!(result.recommended.unwrap().learning_rate < 2.1);
}

/// A study of two sizes that are the same in all but name, with noise from seed to seed, must
/// answer "tie", end to end.
#[test]
fn a_size_compared_with_itself_is_a_tie() {
    let steps = |r: &TrialRequest| {
        let mut random = RandomStream::new(r.seed, Domain::Bed, r.batch_size, 7);
        Ok(valley(r, 0.1, 200.0) * (0.08 * random.normal()).exp())
    };
    let workload = Formula { steps, step_time: |_| Ok(exactly(0.01)) };
    let kinds = (0..20)
        .map(|seed| study(&workload, &StudyConfig { seed: seed * 7919, ..config("15,16") }).verdict.kind);
    let ties = kinds.filter(|kind| *kind == VerdictKind::Tie).count();
    assert!(ties >= 18, "{ties} of 20");
}

/// A range is a start: where the best size lies at its end the study must go on, and where it is a
/// list it must not.
#[test]
fn a_range_of_sizes_is_widened_and_a_list_is_not() {
    // Steps halve with the size while the step time stays: the best is the largest.
    let steps = |r: &TrialRequest| Ok(valley(r, 0.1, 4000.0 / r.batch_size as f64));
    let workload = Formula {
        steps,
        step_time: |b| {
            if b > 64 {
                Err(TrialError::DoesNotFit { batch_size: b, reason: "2 bytes of 1".to_owned() })
            } else {
                Ok(exactly(0.01))
            }
        },
    };
    let result = study(&workload, &config("8..16"));
    assert_eq!(result.recommended.as_ref().unwrap().batch_size, 64, "{:?}", result.verdict);
    assert_eq!(result.sizes.iter().map(|s| s.batch_size).collect::<Vec<_>>(), [8, 16, 32, 64, 128]);
    assert!(result.remarks.contains(&Remark::RangeExtended { batch_size: 32 }), "{:?}", result.remarks);
    assert_eq!(study(&workload, &config("8,16")).recommended.unwrap().batch_size, 16);
}

/// An automatic goal that some size cannot reach would leave that size unjudged; and it must say
/// how the verdict hangs on the goal.
#[test]
fn an_automatic_target_is_set_by_the_pilot_and_checked_at_two_others() {
    let bed = Quadratic { samples: 5000, ..Quadratic::default() };
    let config = StudyConfig {
        sizes: BatchSizes::parse("32,64,128,256").unwrap(),
        rates: Rates::parse("0.1..2").unwrap(),
        ..StudyConfig::default()
    };
    let result = study(&bed, &config);
    let target = result.target.unwrap();
    assert_eq!((target.metric.as_str(), target.how.as_str()), ("val_loss", "auto"));
    let pilot = result.trials.iter().filter(|t| t.phase == Phase::Pilot).filter_map(|t| t.best_metric);
    let best = pilot.fold(f64::INFINITY, f64::min);
    assert!(target.goal > best && target.goal < best + 0.5, "{} {best}", target.goal);
    let shares: Vec<f64> = result.sensitivity.iter().map(|s| s.share).collect();
    assert_eq!(shares, [0.05, 0.2]);
    assert!(result.sensitivity[0].goal < target.goal && target.goal < result.sensitivity[1].goal);
    assert!(result.sensitivity.iter().all(|s| s.recommended.is_some()), "{:?}", result.sensitivity);
    assert!(matches!(result.verdict.kind, VerdictKind::Best | VerdictKind::Tie), "{:?}", result.verdict);
}

struct Stops {
    trials: u64,
    stop_after: u64,
    stages: Vec<String>,
}

impl StudyObserver for Stops {
    fn on_event(&mut self, event: &StudyEvent) {
        match event {
            StudyEvent::TrialEnded(_) => self.trials += 1,
            StudyEvent::Stage(stage) => self.stages.push(format!("{stage:?}")),
            _ => {}
        }
    }
    fn should_stop(&self) -> bool {
        self.trials >= self.stop_after
    }
}

/// Ctrl-C, or a budget that ends at once, must still give an answer of what is known, and say what
/// was not reached.
#[test]
fn a_study_that_is_cut_short_still_answers() {
    let workload =
        Formula { steps: |r: &TrialRequest| Ok(valley(r, 0.1, 50.0)), step_time: |_| Ok(exactly(0.01)) };
    for stop_after in [0, 1, 3, 8, 15, 25] {
        let mut observer = Stops { trials: 0, stop_after, stages: Vec::new() };
        let result =
            run_study_with(&workload, &config("4,8,16"), &mut Grid::default(), None, &mut observer).unwrap();
        assert_eq!(observer.stages, ["StepTimes", "Pilot", "Search"]);
        assert!(result.cost.trials >= stop_after);
        assert!(result.remarks.contains(&Remark::StoppedEarly), "{stop_after}: {:?}", result.remarks);
        assert!(!matches!(result.verdict.kind, VerdictKind::Best), "{stop_after}: {:?}", result.verdict);
        let json = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<StudyResult>(&json).unwrap(), result);
    }
    let tiny = StudyConfig { budget: Some(Duration::from_nanos(1)), ..config("4,8") };
    let result = study(&workload, &tiny);
    assert!(!result.remarks.is_empty() && result.recommended.is_none());
}

/// Threads that race must not change what is run or found.
#[test]
fn the_outcome_does_not_depend_on_the_number_of_jobs() {
    let bed = Quadratic { form: Form::Sampled, eval_noise: 0.1, samples: 5000, ..Quadratic::default() };
    let target = || TargetSpec::parse("val_loss<0.02").unwrap();
    let run = |jobs| {
        let mut result =
            study(&bed, &StudyConfig { jobs, target: target(), max_samples: None, ..config("32,64,128") });
        result.cost.wall_seconds = 0.0;
        result.cost.seconds = 0.0;
        result
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
}

/// Estimates on the seeds that chose the rate flatter it: confirming trials must be on others, the
/// same ones at every size.
#[test]
fn confirming_seeds_are_fresh_and_paired() {
    let workload =
        Formula { steps: |r: &TrialRequest| Ok(valley(r, 0.1, 50.0)), step_time: |_| Ok(exactly(0.01)) };
    let result = study(&workload, &config("4,8"));
    let seeds = |phase, size| {
        let of = |t: &&batchwright_find::TrialRecord| t.phase == phase && t.request.batch_size == size;
        result.trials.iter().filter(of).map(|t| t.request.seed).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(seeds(Phase::Tune, 4).is_disjoint(&seeds(Phase::Confirm, 4)));
    assert_eq!(seeds(Phase::Confirm, 4), seeds(Phase::Confirm, 8));
    let confirm: Vec<_> = result.trials.iter().filter(|t| t.phase == Phase::Confirm).collect();
    assert!(confirm.iter().all(|t| t.request.eval_samples == confirm[0].request.eval_samples));
    assert!(seeds(Phase::Confirm, 4).iter().all(|&seed| seed < 1 << 31));
}

/// Hopeless rates would eat the budget at full length.
#[test]
fn a_hopeless_rate_is_dropped_within_its_size_only() {
    let workload =
        Formula { steps: |r: &TrialRequest| Ok(valley(r, 0.1, 50.0)), step_time: |_| Ok(exactly(0.01)) };
    let result = study(&workload, &StudyConfig { rates: Rates::parse("1e-4..10").unwrap(), ..config("4,8") });
    let lost: Vec<_> =
        result.trials.iter().filter(|t| t.phase == Phase::Tune && t.end == TrialEnd::Lost).collect();
    assert!(!lost.is_empty());
    for trial in lost {
        let whole = valley(&trial.request, 0.1, 50.0);
        assert!(trial.step as f64 > 1.7 * 50.0 && (trial.step as f64) < whole, "{trial:?} of {whole}");
    }
}

/// A drifting machine must show in the interval of the time instead of one pass being believed.
#[test]
fn step_times_are_measured_more_than_once() {
    static PASS: AtomicU64 = AtomicU64::new(0);
    let step_time = |_: u64| Ok(exactly(0.01 * (1.0 + PASS.fetch_add(1, Ordering::Relaxed) as f64)));
    let workload = Formula { steps: |r: &TrialRequest| Ok(valley(r, 0.1, 50.0)), step_time };
    let result = study(&workload, &config("4"));
    let time = result.sizes[0].step_seconds.unwrap();
    // Passes of 10, 20 and 30 ms: the last two agree best.
    assert!(
        (time.median - 0.0006f64.sqrt()).abs() < 1e-12 && time.low < 0.02 && time.high > 0.03,
        "{time:?}"
    );
    let seconds = result.sizes[0].seconds_to_target.unwrap();
    assert!(seconds.low.unwrap() < 0.9 * seconds.median.unwrap());
}

/// The field names are a contract with whoever parses `--json`.
#[test]
fn json_has_the_promised_fields() {
    let law = |r: &TrialRequest| valley(r, 0.1, 50.0 * (1.0 + 4.0 / r.batch_size as f64));
    let steps = |r: &TrialRequest| Ok(if r.batch_size == 8 { f64::INFINITY } else { law(r) });
    let result = study(&Formula { steps, step_time: |_| Ok(exactly(0.01)) }, &config("2,4,6,8"));
    let json = serde_json::to_value(&result).unwrap();
    for key in [
        "version",
        "study",
        "objective",
        "target",
        "sizes",
        "law",
        "fit",
        "best_set",
        "verdict",
        "recommended",
        "cost",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["objective"], "time");
    assert_eq!(
        json["target"],
        serde_json::json!({"metric": "val_loss", "goal": 1.0, "direction": "below", "how": "given"})
    );
    for key in [
        "batch_size",
        "fits",
        "step_seconds",
        "learning_rate",
        "runs",
        "steps_to_target",
        "samples_to_target",
        "seconds_to_target",
        "p_best",
    ] {
        assert!(json["sizes"][0].get(key).is_some(), "{key}");
    }
    assert!(json["sizes"][0].get("memory_bytes").is_none(), "what was not measured is absent");
    let missed = &json["sizes"][3]["steps_to_target"];
    assert!(missed["median"].is_null() && missed["high"].is_null() && missed.get("median").is_some());
    assert_eq!(missed["censored"], json["sizes"][3]["runs"], "every run at every rate missed");
    let whole = |k: usize| json["sizes"][k]["steps_to_target"]["median"].as_f64().unwrap().fract() == 0.0;
    assert!((0..3).all(whole), "a count is a whole number");
    assert_eq!(json["sizes"][3]["learning_rate"], serde_json::json!({"best": null, "tuned": false}));
    assert!(json["law"]["critical_batch_size"].get("value").is_some());
    for key in ["trials", "steps", "seconds", "wall_seconds"] {
        assert!(json["cost"][key].is_number(), "{key}");
    }
    for key in ["batch_size", "learning_rate", "tied_with"] {
        assert!(json["recommended"].get(key).is_some(), "{key}");
    }
    let p: f64 = result.sizes.iter().map(|size| size.p_best).sum();
    assert!((p - 1.0).abs() < 1e-9);
    assert!(json.get("report").is_none());
    assert_eq!(serde_json::from_value::<StudyResult>(json).unwrap(), result);
}

/// The objective time without any step time has no answer; it must say so instead of taking steps
/// for seconds.
#[test]
fn without_step_times_time_is_not_judged() {
    let workload = Formula {
        steps: |r: &TrialRequest| Ok(valley(r, 0.1, 50.0)),
        step_time: |_| Err(TrialError::Failed("the clock is broken".to_owned())),
    };
    let result = study(&workload, &config("4,8"));
    assert_eq!((result.verdict.kind, result.recommended), (VerdictKind::Undecided, None));
    assert!(result.remarks.iter().any(
        |remark| matches!(remark, Remark::StepTimeFailed { error, .. } if error.contains("the clock is broken"))
    ));
    let steps = study(&workload, &StudyConfig { objective: Objective::Steps, ..config("4,8") });
    assert_eq!(steps.verdict.kind, VerdictKind::Tie);
}
