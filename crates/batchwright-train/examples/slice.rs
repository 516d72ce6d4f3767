//! Trains an MLP on numbers that the program has in memory:
//! `cargo run -p batchwright-train --example slice`.

#![allow(clippy::print_stdout)]

use batchwright_data::{Arrays, Dataset, sample_shape};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_train::{Decay, Duration, MonotonicClock, RunConfig, RunData, Silent, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Is the point (x, y) inside the circle of radius 0.8? 1,000 of them, as one slice of f32.
    let inputs: Vec<f32> = (0..2_000).map(|i| ((i * 7_919) % 2_003) as f32 / 1_001.5 - 1.0).collect();
    let labels: Vec<u32> = inputs.chunks(2).map(|p| u32::from(p[0] * p[0] + p[1] * p[1] < 0.64)).collect();
    let data = Arrays::classify(&inputs, 2, &labels, 2)?;

    let duration = Duration::Epochs(40.0);
    let config = RunConfig { duration, learning_rate: 0.1, decay: Decay::Linear, ..RunConfig::default() };
    let mut engine =
        CpuEngineFactory.build(&Model::mlp(&[32]), sample_shape(&data), &EngineOptions::default())?;
    let samples = RunData::same(&data);
    let run = config.check(data.len() as u64)?;
    let outcome = train(engine.as_mut(), samples, &run, &MonotonicClock::default(), &mut Silent)?;

    println!("{} steps, accuracy {:.1}%", outcome.steps, 100.0 * outcome.test.accuracy.unwrap_or(0.0));
    println!("{:?}: {:?}", outcome.verdict.kind, outcome.verdict.evidence);
    Ok(())
}
