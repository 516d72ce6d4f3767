//! What a step costs: money, energy, cliffs; and the reports of time against samples. All costs
//! come from formulas, so that the right numbers are known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};

use batchwright_find::{
    BatchSizes, EnergyError, Grid, Objective, Power, Rates, Remark, SizeResult, StepMeasurement, StepTime,
    StudyConfig, StudyResult, TargetSpec, Trial, TrialError, TrialRequest, TrialRow, VerdictKind, Workload,
    run_study_with,
};

/// 100 (1 + 128 / B) steps at rate 0.1, more at others, on a machine of which steps and watts are
/// formulas.
struct Machine<T> {
    seconds: T,
    watts: fn(u64) -> f64,
}

/// One run; its loss is the number of steps that it needs over the steps so far, so that the target
/// is 1.
struct Run {
    request: TrialRequest,
    needed: f64,
    step: u64,
}

impl Trial for Run {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let samples = self.step * self.request.batch_size;
        if samples >= self.request.max_samples {
            return Ok(None);
        }
        let next = (samples / self.request.eval_samples + 1) * self.request.eval_samples;
        self.step = next.div_ceil(self.request.batch_size);
        let samples = self.step * self.request.batch_size;
        Ok(Some(TrialRow {
            step: self.step,
            epoch: Some(samples as f64 / 1e5),
            samples,
            seconds: 0.0,
            val_loss: Some(self.needed / self.step as f64),
            own: None,
            val_accuracy: None,
        }))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

impl<T: Fn(u64) -> f64 + Sync> Workload for Machine<T> {
    fn samples(&self) -> Option<u64> {
        Some(100_000)
    }
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let off = (request.learning_rate / 0.1).ln();
        let needed = 100.0 * (1.0 + 128.0 / request.batch_size as f64) * (1.0 + off * off);
        Ok(Box::new(Run { request: *request, needed, step: 0 }))
    }
    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        let (time, watts) = ((self.seconds)(batch_size), (self.watts)(batch_size));
        let step_time = StepTime { median: time, low: time, high: time };
        let power = Some(Power { median: watts, low: watts, high: watts });
        Ok(StepMeasurement { step_time, power, input_share: Some(0.25), own_seconds: None, rounds: None })
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
    fn measures_energy(&self) -> Result<(), EnergyError> {
        Ok(())
    }
}

/// 10 ms a step and 0.1 ms a sample: least time at sqrt(100 * 128) = 113.
fn line(size: u64) -> f64 {
    0.01 + 1e-4 * size as f64
}

fn study(workload: &dyn Workload, objective: Objective) -> StudyResult {
    let config = StudyConfig {
        objective,
        price_per_hour: Some(36.0),
        sizes: BatchSizes::parse("16,32,64,128,256,512").unwrap(),
        rates: Rates::parse("0.05,0.1,0.2").unwrap(),
        target: TargetSpec::parse("val_loss<1").unwrap(),
        eval_samples: Some(1),
        // 64 is 8% slower than the best size.
        margin: 0.05,
        ..StudyConfig::default()
    };
    run_study_with(workload, &config, &mut Grid::default(), None, &mut ()).unwrap()
}

fn near(found: Option<f64>, truth: f64) -> bool {
    found.is_some_and(|found| (found / truth - 1.0).abs() < 1e-9)
}

/// Money is time in another unit: another answer than that of time, or another factor than the
/// price, would be wrong.
#[test]
fn money_is_time_times_price() {
    let machine = Machine { seconds: line, watts: |_| 50.0 };
    let (time, money) = (study(&machine, Objective::Time), study(&machine, Objective::Money));
    assert_eq!(money.recommended, time.recommended);
    assert_eq!((money.verdict.kind, &money.best_set), (time.verdict.kind, &time.best_set));
    for size in &money.sizes {
        let (seconds, money) = (size.seconds_to_target.unwrap(), size.money_to_target.unwrap());
        assert!(near(money.median, seconds.median.unwrap() * 0.01), "a hundredth a second: {size:?}");
    }
    let json = serde_json::to_value(&money).unwrap();
    assert_eq!((&json["objective"], &json["price_per_hour"]), (&"money".into(), &36.0.into()));
}

/// A size that is fastest because it draws more power may cost the most energy.
#[test]
fn energy_is_power_times_time() {
    let machine = Machine { seconds: line, watts: |size| if size < 64 { 10.0 } else { 100.0 } };
    let (time, energy) = (study(&machine, Objective::Time), study(&machine, Objective::Energy));
    assert_eq!(time.recommended.unwrap().batch_size, 128);
    assert_eq!(energy.recommended.unwrap().batch_size, 32);
    let joules = |size: &&SizeResult| size.joules_to_target.unwrap().median.unwrap();
    let least = energy.sizes.iter().min_by(|a, b| joules(a).total_cmp(&joules(b))).unwrap();
    assert_eq!(least.batch_size, 32);
    for size in &energy.sizes {
        let watts = (machine.watts)(size.batch_size);
        assert!(near(size.energy_per_step_joules.map(|joules| joules.median), watts * line(size.batch_size)));
        let seconds = size.seconds_to_target.unwrap().median.unwrap();
        assert!(near(size.joules_to_target.unwrap().median, watts * seconds), "{size:?}");
    }
}

/// Counters that can be opened and then stand still must not make a size cost nothing, nor
/// something else be judged in place of energy.
#[test]
fn without_power_energy_is_not_judged() {
    let machine = Machine { seconds: line, watts: |_| 0.0 };
    let result = study(&machine, Objective::Energy);
    assert_eq!((result.verdict.kind, &result.recommended), (VerdictKind::Undecided, &None));
    let all = result.sizes.iter().map(|size| size.batch_size).collect();
    assert!(result.remarks.contains(&Remark::NoStepEnergy { sizes: all }), "{:?}", result.remarks);
}

/// Memory that spills makes every step 20 times longer. Where only steps count that size would win,
/// and die on another day.
#[test]
fn a_size_beyond_a_cliff_is_flagged_and_not_recommended() {
    let spills = |size: u64| if size > 128 { 20.0 * line(size) } else { line(size) };
    let machine = Machine { seconds: spills, watts: |_| 50.0 };
    for objective in [Objective::Steps, Objective::Time] {
        let result = study(&machine, objective);
        let recommended = result.recommended.unwrap();
        assert_eq!(recommended.batch_size, 128, "{objective:?}");
        assert!(recommended.tied_with.is_empty() && result.verdict.open.is_empty(), "{:?}", result.verdict);
        for size in [256, 512] {
            let flagged = result.remarks.iter().any(|remark| {
                matches!(remark, Remark::Cliff { batch_size, times, excluded: true } if *batch_size == size && *times > 8.0)
            });
            assert!(flagged, "{size}: {:?}", result.remarks);
        }
        assert!(
            result.sizes[4..].iter().all(|size| size.p_best == 0.0 && size.runs == 0),
            "no time is lost on them"
        );
        assert!(!result.remarks.iter().any(|remark| matches!(remark, Remark::NoneEnded { .. })));
        let model = result.step_time_model.unwrap();
        assert!(near(Some(model.seconds(64.0)), line(64)), "fitted to the ordinary sizes: {model:?}");
        assert!(result.predicted_best.unwrap().batch_size <= 128, "{:?}", result.predicted_best);
    }
}

/// Somebody else's work during the first pass must not shut a size out.
#[test]
fn one_disturbed_pass_is_no_cliff() {
    static PASSES: AtomicU64 = AtomicU64::new(0);
    let disturbed_once = |size: u64| {
        let first = size == 512 && PASSES.fetch_add(1, Ordering::Relaxed) == 0;
        if first { 20.0 * line(size) } else { line(size) }
    };
    let result = study(&Machine { seconds: disturbed_once, watts: |_| 50.0 }, Objective::Steps);
    assert_eq!(result.recommended.unwrap().batch_size, 512);
    assert!(
        !result.remarks.iter().any(|remark| matches!(remark, Remark::Cliff { .. })),
        "{:?}",
        result.remarks
    );
}

/// Times that no model describes must not be drawn as if one did, nor be left without a word.
#[test]
fn a_step_time_that_no_model_describes_is_said_to_have_none() {
    let wild = |size: u64| if size == 64 { 1.6 * line(size) } else { line(size) };
    let result = study(&Machine { seconds: wild, watts: |_| 50.0 }, Objective::Time);
    assert_eq!((result.step_time_model, result.predicted_best), (None, None));
    assert!(result.remarks.contains(&Remark::NoStepTimeModel), "{:?}", result.remarks);
}

/// The description beside the verdict: model, law, what they predict, and the frontier.
#[test]
fn model_prediction_and_frontier_are_told() {
    let result = study(&Machine { seconds: line, watts: |_| 50.0 }, Objective::Time);
    let model = result.step_time_model.unwrap();
    assert!((model.alpha / 0.01 - 1.0).abs() < 1e-3 && (model.beta / 1e-4 - 1.0).abs() < 1e-3, "{model:?}");
    // sqrt(0.01 * 128 / 1e-4) = 113; steps are whole, so that the law is fitted to rounded ones.
    let predicted = result.predicted_best.unwrap();
    assert!((108..=118).contains(&predicted.batch_size), "{predicted:?}");
    assert!((predicted.seconds / 4.54 - 1.0).abs() < 0.02, "{predicted:?}");
    assert_eq!(result.frontier, [16, 32, 64, 128], "above 128 both grow");
    assert!(result.sizes.iter().all(|size| size.input_share == Some(0.25)));
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json["frontier"], serde_json::json!([16, 32, 64, 128]));
    for key in ["alpha", "beta", "flat", "worst_log_residual"] {
        assert!(json["step_time_model"][key].is_number(), "{key}");
    }
}
