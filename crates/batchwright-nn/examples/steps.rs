//! Seconds per training step of a network, one JSON line per batch size.
//!
//! 784-512-256-10 (or the model that is given), ReLU, cross-entropy, SGD with rate 0.01 and
//! momentum 0.9, on random grey images of 28 x 28; one step is loss, gradients, update, and the
//! loss read back. A model of texts has random windows of 65 different tokens instead, and AdamW
//! with rate 0.001. `bench/steps.py` runs it beside other programs that do the same.
//!
//! `cargo run --release -p batchwright-nn --example steps -- [--model cnn|gpt] [--threads 2] [--batch-sizes 8,32,128,512] [--seconds 1.5] [--isa avx2] [--precision bf16]`

// A program that measures shows what it measured.
#![allow(clippy::print_stdout)]

mod flags;

use batchwright_data::{Batch, Domain, InputKind, Inputs, RandomStream, SampleShape, Targets, Task};
use batchwright_nn::compute::{Isa, Precision};
use batchwright_nn::{
    Architecture, CpuEngineFactory, EngineFactory, EngineOptions, Model, NnError, Optimizer,
};
use flags::{List, flag};
use std::error::Error;
use std::time::{Duration, Instant};

const IMAGE: &[usize] = &[1, 28, 28];
const INPUTS: usize = 784;
const CLASSES: usize = 10;
const TOKENS: usize = 65;
const WARM_UP: usize = 5;
/// More steps than this tell nothing new about a median.
const MOST_STEPS: usize = 5_000;

fn main() -> Result<(), Box<dyn Error>> {
    let threads = flag("--threads", 2)?;
    let model = Model { architecture: flag("--model", "mlp:512,256".parse()?)?, ..Model::mlp(&[]) };
    let seconds = Duration::try_from_secs_f64(flag("--seconds", 1.5)?)?;
    let isa = match flag("--isa", String::new())?.as_str() {
        "" => None,
        "portable" => Some(Isa::Portable),
        "avx2" => Some(Isa::Avx2),
        "avx512" => Some(Isa::Avx512),
        "avx512-bf16" => Some(Isa::Avx512Bf16),
        "avx512-bf16-pairs" => Some(Isa::Avx512Bf16Pairs),
        other => {
            return Err(
                format!("--isa {other}: portable, avx2, avx512, avx512-bf16 or avx512-bf16-pairs").into()
            );
        }
    };
    let options = EngineOptions {
        threads,
        isa,
        precision: flag("--precision", Precision::F32)?,
        ..EngineOptions::default()
    };
    for batch_size in flag("--batch-sizes", List(vec![8, 32, 128, 512]))?.0 {
        let (times, loss) = measure(&model, batch_size, options, seconds)?;
        let line = serde_json::json!({
            "peer": "batchwright", "work": work(&model.architecture), "batch_size": batch_size, "threads": threads, "steps": times.len(),
            "seconds": times[times.len() / 2], "p10": times[times.len() / 10], "loss": loss,
        });
        println!("{line}");
    }
    Ok(())
}

/// The kind of the model: the name that the other programs' lines have.
fn work(architecture: &Architecture) -> String {
    architecture.to_string().split(':').next().unwrap_or_default().to_owned()
}

/// Seconds of each step, ascending, and the last loss.
fn measure(
    model: &Model,
    batch_size: usize,
    options: EngineOptions,
    at_least: Duration,
) -> Result<(Vec<f64>, f64), NnError> {
    let mut options = EngineOptions { micro_batch: batch_size, ..options };
    let (shape, rate) = match model.architecture.context() {
        None => (SampleShape::of(InputKind::Numbers, IMAGE, Task::Classify { classes: CLASSES }), 0.01),
        Some(context) => {
            options.optimizer = Optimizer::adamw();
            (SampleShape::text(context, TOKENS), 0.001)
        }
    };
    let mut engine = CpuEngineFactory.build(model, shape, &options)?;
    let batch = random_batch(batch_size, shape);
    let mut step = || -> Result<f64, NnError> { Ok(engine.step(&batch, rate)?.0.mean()) };
    let mut loss = 0.0;
    for _ in 0..WARM_UP {
        loss = step()?;
    }
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.is_empty() || start.elapsed() < at_least && times.len() < MOST_STEPS {
        let begin = Instant::now();
        loss = step()?;
        times.push(begin.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok((times, loss))
}

fn random_batch(count: usize, shape: SampleShape) -> Batch {
    let mut stream = RandomStream::new(0, Domain::Bed, 0, 0);
    let (inputs, targets) = match shape.kind {
        InputKind::Numbers => {
            let numbers = (0..count * INPUTS).map(|_| stream.normal() as f32).collect();
            let classes = (0..count).map(|_| stream.below(CLASSES as u32)).collect();
            (Inputs::Numbers(numbers), Targets::Classes(classes))
        }
        InputKind::Tokens => {
            let mut tokens = || (0..count * shape.inputs).map(|_| stream.below(TOKENS as u32)).collect();
            (Inputs::Tokens(tokens()), Targets::Tokens(tokens()))
        }
    };
    Batch { inputs, targets, ids: (0..count as u32).collect(), epoch: 0 }
}
