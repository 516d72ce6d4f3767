//! Trains a small network on the embedded digits: the library as one dependency.

use batchwright::data::{Dataset, OpenOptions, SplitOptions, Splits, open, sample_shape};
use batchwright::nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright::train::{Duration, MonotonicClock, RunConfig, RunData, Silent, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = open(None, &OpenOptions::default())?;
    let Splits { train: samples, validation, test, .. } = Splits::new(&digits, &SplitOptions::default())?;

    let config = RunConfig {
        batch_size: 32,
        duration: Duration::Epochs(10.0),
        learning_rate: 0.1,
        ..RunConfig::default()
    };
    let run = config.check(samples.len() as u64)?;
    let options = EngineOptions { micro_batch: 32, ..EngineOptions::default() };
    let mut engine = CpuEngineFactory.build(&Model::mlp(&[64]), sample_shape(&samples), &options)?;

    let data = RunData { validation: &validation, test: &test, ..RunData::same(&samples) };
    let outcome = train(engine.as_mut(), data, &run, &MonotonicClock::default(), &mut Silent)?;
    println!("loss {:.4} after {} steps", outcome.validation.best_loss, outcome.steps);
    Ok(())
}
