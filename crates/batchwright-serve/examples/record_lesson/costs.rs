//! What a batch costs: the time of a step as it is measured, and memory as the engine plans it (it
//! allocates exactly what it planned).

use crate::bench::Bench;
use crate::rounded;
use batchwright_data::{ImageShape, InputKind, SampleShape, Task};
use batchwright_find::{Network, Workload};
use batchwright_nn::{
    Activation, CpuEngineFactory, EngineFactory, EngineOptions, Model, Optimizer, TrainingLoss,
};
use serde_json::{Value, json};
use std::error::Error;

/// Sizes whose step time is measured.
const SIZES: [u64; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1455];
/// Each size is measured so often, for so many seconds. The least median counts: what disturbs a
/// measurement makes it longer.
const ROUNDS: usize = 15;
const SECONDS: f64 = 0.05;

pub(crate) fn record(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    Ok(json!({ "steps": steps(bench)?, "memory": memory()? }))
}

/// Step time and memory of the network that the lesson trains.
fn steps(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    // Without short last batches, whose time is another one.
    let network = Network { drop_last: true, ..bench.workload() };
    let mut least = [f64::INFINITY; SIZES.len()];
    for _ in 0..ROUNDS {
        for (&size, least) in SIZES.iter().zip(&mut least) {
            *least = least.min(network.measure_steps(size, SECONDS)?.step_time.median);
        }
    }
    let row = |(&size, &seconds): (&u64, &f64)| json!({ "batch": size, "seconds": rounded(seconds, 4), "bytes": network.memory_bytes(size) });
    Ok(SIZES.iter().zip(&least).map(row).collect())
}

/// Bytes of networks of three kinds: those of the weights and what belongs to them, and those of each
/// sample of a micro-batch.
fn memory() -> Result<Value, Box<dyn Error>> {
    let image = |height, width| {
        let image = ImageShape { channels: 3, height, width };
        let inputs = image.channels * height * width;
        let task = Task::Classify { classes: 10 };
        SampleShape { kind: InputKind::Numbers, inputs, image: Some(image), task }
    };
    let digits = SampleShape::numbers(784, Task::Classify { classes: 10 });
    let gpt = "gpt:layers=12,heads=12,width=768,context=1024,tied=true";
    let networks = [
        ("mlp", "mlp:512,256", digits, Optimizer::default()),
        ("cnn", "resnet:20", image(32, 32), Optimizer::default()),
        ("transformer", gpt, SampleShape::text(1024, 50_257), Optimizer::adamw()),
    ];
    let rows = networks.map(|(kind, name, shape, optimizer)| -> Result<Value, Box<dyn Error>> {
        let model = Model {
            architecture: name.parse()?,
            activation: Activation::Relu,
            dropout: 0.0,
            loss: TrainingLoss::default(),
        };
        let options = EngineOptions { micro_batch: 1, optimizer, ..EngineOptions::default() };
        let plan = CpuEngineFactory.plan(&model, shape, &options)?;
        let sample = 4 * plan.per_sample;
        Ok(json!({
            "kind": kind,
            "model": name,
            "parameters": plan.parameters as u64,
            "fixed": (plan.bytes() - sample) as u64,
            "sample": sample as u64,
        }))
    });
    rows.into_iter().collect()
}
