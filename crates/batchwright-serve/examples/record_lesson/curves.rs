//! Two learning curves: a healthy one, and one of few samples with wrong labels, which overfits. Beside
//! each evaluation stands the verdict of a run that ends there. Such a run is the beginning of the long
//! one: same seed, same evaluations.

use crate::rounded;
use batchwright_data::{Dataset, OpenOptions, SplitOptions, Splits, open, sample_shape};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_train::{Duration, MonotonicClock, RunConfig, RunData, RunOutcome, Silent, train};
use serde_json::{Value, json};
use std::error::Error;

const BATCH_SIZE: u64 = 32;

struct Setting {
    name: &'static str,
    split: SplitOptions,
    hidden: usize,
    learning_rate: f64,
    /// Epochs between evaluations.
    every: u64,
    evaluations: u64,
}

pub(crate) fn record() -> Result<Value, Box<dyn Error>> {
    let healthy = Setting {
        name: "healthy",
        split: SplitOptions::default(),
        hidden: 64,
        learning_rate: 0.02,
        every: 1,
        evaluations: 30,
    };
    let overfitting = Setting {
        name: "overfitting",
        split: SplitOptions { limit_samples: Some(200), label_noise: 0.2, ..SplitOptions::default() },
        hidden: 64,
        learning_rate: 0.02,
        every: 4,
        evaluations: 40,
    };
    [healthy, overfitting].iter().map(curve).collect()
}

fn curve(setting: &Setting) -> Result<Value, Box<dyn Error>> {
    let digits = open(None, &OpenOptions::default())?;
    let splits = Splits::new(&digits, &setting.split)?;
    let mut rows = Vec::new();
    for evaluation in 1..=setting.evaluations {
        let outcome = run(setting, &splits, evaluation * setting.every)?;
        let row = outcome.rows.last().ok_or("a run without rows")?;
        rows.push(json!([
            row.epoch.round() as u64,
            rounded(row.train.loss, 3),
            rounded(row.validation.loss, 3),
            outcome.verdict.kind,
            outcome.verdict.since_step,
        ]));
    }
    let samples = splits.train.len() as u64;
    Ok(
        json!({ "name": setting.name, "samples": samples, "validation": splits.validation.len(), "batch": BATCH_SIZE,
        "steps_per_epoch": samples.div_ceil(BATCH_SIZE), "noise": setting.split.label_noise, "rows": rows }),
    )
}

fn run(setting: &Setting, splits: &Splits, epochs: u64) -> Result<RunOutcome, Box<dyn Error>> {
    let samples = &splits.train;
    let config = RunConfig {
        batch_size: BATCH_SIZE,
        duration: Duration::Epochs(epochs as f64),
        learning_rate: setting.learning_rate,
        eval_every: Some(Duration::Epochs(setting.every as f64)),
        ..RunConfig::default()
    };
    let options = EngineOptions { micro_batch: BATCH_SIZE as usize, ..EngineOptions::default() };
    let model = Model::mlp(&[setting.hidden]);
    let mut engine = CpuEngineFactory.build(&model, sample_shape(samples), &options)?;
    let data = RunData { validation: &splits.validation, test: &splits.test, ..RunData::same(samples) };
    let checked = config.check(samples.len() as u64)?;
    Ok(train(engine.as_mut(), data, &checked, &MonotonicClock::default(), &mut Silent)?)
}
