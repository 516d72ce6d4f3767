//! Layers that own layers, in an engine: residual blocks with and without a shortcut, and one
//! within another. These tests prove that the passes, the plan and the names of parameters are
//! recursive.

use crate::cpu::CpuEngine;
use crate::cpu::differences::{check_gradient, loss};
use crate::engine::{Engine, EngineOptions, Update};
use crate::layer::Layer;
use crate::layer::activation::{Activation, Pointwise};
use crate::layer::dropout::Dropout;
use crate::layer::linear::Linear;
use crate::layer::residual::Residual;
use crate::layer::sequence::Sequence;
use crate::memory::MemoryPlan;
use batchwright_data::{Batch, Domain, RandomStream, SampleShape, Targets, Task};

fn linear(inputs: usize, outputs: usize) -> Box<dyn Layer> {
    Box::new(Linear { inputs, outputs, positions: 1, bias: true, deviation: (1.0 / inputs as f64).sqrt() })
}

fn smooth(activation: Activation, width: usize) -> Box<dyn Layer> {
    Box::new(Pointwise { activation, width })
}

/// A block whose body goes from `width` to `inner` numbers and back, with another block within it
/// that has a shortcut of its own.
fn block(width: usize, inner: usize) -> Box<dyn Layer> {
    let within = Residual {
        body: Sequence::new(vec![
            linear(inner, width),
            smooth(Activation::Tanh, width),
            linear(width, inner),
        ]),
        shortcut: Some(Sequence::new(vec![linear(inner, inner)])),
        inputs: inner,
    };
    let body = Sequence::new(vec![
        linear(width, inner),
        smooth(Activation::GeluTanh, inner),
        Box::new(within),
        Box::new(Dropout { width: inner, probability: 0.3, index: 9 }),
        linear(inner, width),
    ]);
    Box::new(Residual { body, shortcut: None, inputs: width })
}

/// A block as the first layer, whose input needs no gradient, and another block after a dense
/// layer.
fn network(shape: SampleShape, width: usize, inner: usize) -> Sequence {
    Sequence::new(vec![
        block(shape.inputs, inner),
        linear(shape.inputs, width),
        block(width, inner),
        linear(width, shape.task.outputs()),
    ])
}

const SHAPE: SampleShape = SampleShape {
    kind: batchwright_data::InputKind::Numbers,
    inputs: 4,
    image: None,
    task: Task::Classify { classes: 3 },
};

fn engine(options: EngineOptions) -> CpuEngine {
    let mut engine = CpuEngine::new(network(SHAPE, 5, 7), SHAPE, options).unwrap();
    // Biases that start at zero could hide that they are not used.
    let mut stream = RandomStream::new(2, Domain::Bed, 0, 0);
    engine.weights.iter_mut().for_each(|weight| *weight += 0.2 * stream.normal() as f32);
    engine
}

fn samples(count: u32) -> Batch {
    let mut stream = RandomStream::new(5, Domain::Bed, 0, 0);
    let mut batch = Batch::with_capacity(count as usize, SHAPE);
    batch.ids.extend(0..count);
    let numbers = count as usize * SHAPE.inputs;
    batch.inputs.numbers_mut().extend((0..numbers).map(|_| stream.normal() as f32));
    batch.targets = Targets::Classes((0..count).map(|_| stream.below(3)).collect());
    batch
}

/// A block that leaves out the path around `f`, or uses it twice, would still train.
#[test]
fn the_gradient_agrees_with_finite_differences() {
    check_gradient(&mut engine(EngineOptions::default()), &samples(6), 1e-3);
}

/// The data of a short micro-batch is at other positions in the buffers than that of a full one.
#[test]
fn micro_batches_add_up_to_the_whole_batch() {
    let (mut whole, mut divided) = (engine(EngineOptions::default()), engine(EngineOptions::default()));
    let batch = samples(9);
    whole.gradient(&batch).unwrap();
    for rows in [0..4usize, 4..9] {
        let mut part = samples(9);
        part.ids = batch.ids[rows.clone()].to_vec();
        let inputs = batch.inputs.numbers().unwrap();
        *part.inputs.numbers_mut() = inputs[rows.start * 4..rows.end * 4].to_vec();
        let Targets::Classes(classes) = &batch.targets else { unreachable!() };
        part.targets = Targets::Classes(classes[rows].to_vec());
        divided.gradient(&part).unwrap();
    }
    for (whole, divided) in whole.gradient.iter().zip(divided.gradient.iter()) {
        assert!((whole - divided).abs() < 1e-5, "{whole} {divided}");
    }
}

/// Evaluation uses other buffers than training. Without dropout, it must give the same outputs.
#[test]
fn evaluation_agrees_with_training_and_the_block_learns() {
    let (mut engine, batch) = (engine(EngineOptions::default()), samples(12));
    let before = loss(&mut engine, &batch);
    for _ in 0..200 {
        engine.gradient(&batch).unwrap();
        assert!(matches!(engine.update(0.003), Update::Applied { .. }));
    }
    let after = loss(&mut engine, &batch);
    assert!(after < 0.8 * before, "{before} {after}");
    let mut plain = CpuEngine::new(
        Sequence::new(vec![
            Box::new(Residual {
                body: Sequence::new(vec![linear(4, 6), linear(6, 4)]),
                shortcut: None,
                inputs: 4,
            }),
            linear(4, 3),
        ]),
        SHAPE,
        EngineOptions::default(),
    )
    .unwrap();
    let trained = loss(&mut plain, &batch) / 12.0;
    assert_eq!(plain.evaluate(&batch, &mut Vec::new()).unwrap().mean(), trained);
}

#[test]
fn parameters_are_named_by_their_place() {
    let names: Vec<String> =
        engine(EngineOptions::default()).tensors().into_iter().map(|tensor| tensor.name).collect();
    assert_eq!(
        names[..10],
        [
            "0.body.0.weight",
            "0.body.0.bias",
            "0.body.2.body.0.weight",
            "0.body.2.body.0.bias",
            "0.body.2.body.2.weight",
            "0.body.2.body.2.bias",
            "0.body.2.shortcut.0.weight",
            "0.body.2.shortcut.0.bias",
            "0.body.4.weight",
            "0.body.4.bias"
        ]
    );
    assert_eq!(names[10..12], ["1.weight", "1.bias"]);
    let (first, mut second) =
        (engine(EngineOptions::default()), engine(EngineOptions { seed: 1, ..EngineOptions::default() }));
    assert_ne!(first.weights, second.weights);
    second.load_tensors(&first.tensors()).unwrap();
    assert_eq!(first.weights, second.weights);
}

/// Bytes that an engine allocates in addition to the numbers of its plan.
fn beside_the_plan(shape: SampleShape, width: usize, inner: usize, micro_batch: usize) -> u64 {
    let options = EngineOptions { micro_batch, ..EngineOptions::default() };
    let plan = CpuEngine::new(network(shape, width, inner), shape, options).unwrap().plan;
    let batch = 4 * (micro_batch * (shape.inputs + shape.targets() + 1)) as u64;
    let network = network(shape, width, inner);
    let allocated = allocation_counter::measure(|| {
        drop(CpuEngine::new(network, shape, options));
    });
    allocated.bytes_total - (plan.bytes() as u64 - batch)
}

/// What is allocated in addition to the plan is the same for any size, to the byte.
#[test]
fn the_plan_is_exact() {
    let least = beside_the_plan(SampleShape::numbers(1, Task::Regress { outputs: 1 }), 1, 1, 1);
    for (width, inner, micro_batch) in [(5, 7, 1), (50, 20, 33), (3, 90, 64)] {
        assert_eq!(beside_the_plan(SHAPE, width, inner, micro_batch), least);
    }
    let plan = |micro_batch| engine(EngineOptions { micro_batch, ..EngineOptions::default() }).plan;
    assert_eq!(plan(70), MemoryPlan { micro_batch: 70, ..plan(1) });
}

#[test]
fn a_step_and_an_evaluation_allocate_nothing() {
    let (mut engine, batch) = (engine(EngineOptions::default()), samples(20));
    let (mut losses, mut outputs) = (Vec::with_capacity(20), Vec::with_capacity(60));
    let allocated = allocation_counter::measure(|| {
        for _ in 0..3 {
            engine.gradient(&batch).unwrap();
            engine.update(0.01);
        }
        engine.evaluate(&batch, &mut losses).unwrap();
        engine.predict(&batch, &mut outputs).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!((losses.len(), outputs.len()), (20, 60));
}
