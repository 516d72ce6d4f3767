//! What these tests share: samples that are a pure function of their id, and the gradient as a
//! caller can see it.
//!
//! Every test is a program of its own and uses a part of this.

#![allow(dead_code)]

use batchwright_data::{Batch, Domain, RandomStream, SampleShape, Targets, Task};
use batchwright_nn::{
    CpuEngineFactory, Engine, EngineFactory, EngineOptions, MemoryPlan, Model, NnError, Optimizer, Update,
};

pub(crate) type BoxedEngine = Box<dyn Engine>;

/// Subtracts the gradient times the rate and remembers nothing: what makes a gradient visible from
/// outside.
pub(crate) const PLAIN: Optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 };

/// A power of two, so large that the weights' own digits do not hide those of the gradient.
const RATE: f32 = 1_048_576.0;

/// The samples `ids`, in this order: standard normal inputs and targets, each a function of the id
/// alone.
pub(crate) fn samples(inputs: usize, task: Task, ids: impl IntoIterator<Item = u32>) -> Batch {
    let mut batch = Batch::with_capacity(0, SampleShape::numbers(inputs, task));
    for id in ids {
        let mut stream = RandomStream::new(11, Domain::Bed, u64::from(id), 0);
        batch.inputs.numbers_mut().extend(std::iter::repeat_with(|| stream.normal() as f32).take(inputs));
        match (&mut batch.targets, task) {
            (Targets::Classes(classes), Task::Classify { classes: count }) => {
                classes.push(stream.below(count as u32));
            }
            (Targets::Values(values), Task::Regress { outputs }) => {
                values.extend(std::iter::repeat_with(|| stream.normal() as f32).take(outputs));
            }
            _ => unreachable!("`with_capacity` makes the targets of the task"),
        }
        batch.ids.push(id);
    }
    batch
}

/// An engine on the CPU, for samples of numbers.
pub(crate) fn build(
    model: &Model,
    inputs: usize,
    task: Task,
    options: EngineOptions,
) -> Result<BoxedEngine, NnError> {
    CpuEngineFactory.build(model, SampleShape::numbers(inputs, task), &options)
}

/// The plan of such an engine.
pub(crate) fn plan(
    model: &Model,
    inputs: usize,
    task: Task,
    options: &EngineOptions,
) -> Result<MemoryPlan, NnError> {
    CpuEngineFactory.plan(model, SampleShape::numbers(inputs, task), options)
}

/// An engine on valid settings.
pub(crate) fn engine(model: &Model, inputs: usize, task: Task, options: EngineOptions) -> BoxedEngine {
    build(model, inputs, task, options).expect("valid settings")
}

pub(crate) fn weights(engine: &BoxedEngine) -> Vec<f32> {
    let mut weights = Vec::new();
    engine.copy_weights(&mut weights);
    weights
}

/// One step over `batches` as micro-batches; the losses' mean.
pub(crate) fn step(engine: &mut BoxedEngine, batches: &[Batch], learning_rate: f64) -> f64 {
    let mut sum = batchwright_nn::LossSum::default();
    for batch in batches {
        sum.add(engine.gradient(batch).expect("a batch of the planned shape"));
    }
    let update = engine.update(learning_rate);
    assert!(matches!(update, Update::Applied { .. }), "{update:?}");
    sum.mean()
}

/// The gradient of one step over `batches`, for an engine with [`PLAIN`]. The weights are as
/// before.
pub(crate) fn gradient(engine: &mut BoxedEngine, batches: &[Batch]) -> Vec<f32> {
    let before = weights(engine);
    step(engine, batches, f64::from(RATE));
    let after = weights(engine);
    engine.set_weights(&before).expect("the same network");
    before.iter().zip(after).map(|(b, a)| (b - a) / RATE).collect()
}

/// Largest difference of two vectors, as a share of the largest number in them.
pub(crate) fn relative_distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0, |most: f32, v| most.max(v.abs()));
    let difference = largest(&mut a.iter().zip(b).map(|(a, b)| a - b));
    let scale = largest(&mut a.iter().chain(b).copied());
    assert!(difference.is_finite() && scale > 0.0, "nothing to compare");
    difference / scale
}
