//! Every instruction set trains every kind of network alike: AVX2 and AVX-512 to the bit, the
//! portable code but for rounding.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use batchwright_data::{Batch, Domain, InputKind, Inputs, RandomStream, SampleShape, Targets, Task};
use batchwright_nn::compute::Isa;
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model, Optimizer};

const CLASSES: usize = 10;

/// Samples of a shape, as random as `seed`.
fn samples(shape: SampleShape, count: usize, seed: u64) -> Batch {
    let mut stream = RandomStream::new(seed, Domain::Bed, 0, 0);
    let (inputs, targets) = match shape.task {
        Task::NextToken { vocabulary } => {
            let mut tokens =
                || (0..count * shape.inputs).map(|_| stream.below(vocabulary as u32)).collect::<Vec<_>>();
            (Inputs::Tokens(tokens()), Targets::Tokens(tokens()))
        }
        _ => {
            let numbers = (0..count * shape.inputs).map(|_| stream.normal() as f32).collect();
            let classes = (0..count).map(|_| stream.below(CLASSES as u32)).collect();
            (Inputs::Numbers(numbers), Targets::Classes(classes))
        }
    };
    Batch { inputs, targets, ids: (0..count as u32).collect(), epoch: 0 }
}

/// Losses and weights of three steps, and losses of an evaluation.
fn trained(model: &str, shape: SampleShape, isa: Isa) -> (Vec<f64>, Vec<f32>) {
    let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[]) };
    let options = EngineOptions {
        threads: 2,
        optimizer: if shape.kind == InputKind::Tokens { Optimizer::adamw() } else { Optimizer::default() },
        isa: Some(isa),
        ..EngineOptions::default()
    };
    let mut engine = CpuEngineFactory.build(&model, shape, &options).unwrap();
    let mut losses: Vec<f64> =
        (0..3).map(|seed| engine.step(&samples(shape, 13, seed), 1e-3).unwrap().0.loss).collect();
    let (mut each, mut weights) = (Vec::new(), Vec::new());
    losses.push(engine.evaluate(&samples(shape, 7, 9), &mut each).unwrap().loss);
    losses.extend(each.into_iter().map(f64::from));
    engine.copy_weights(&mut weights);
    (losses, weights)
}

#[test]
fn all_instruction_sets_train_alike() {
    let image = |channels| {
        SampleShape::of(InputKind::Numbers, &[channels, 28, 28], Task::Classify { classes: CLASSES })
    };
    for (model, shape) in [
        ("linear", SampleShape::numbers(45, Task::Classify { classes: CLASSES })),
        ("mlp:33,128", SampleShape::numbers(45, Task::Classify { classes: CLASSES })),
        ("lenet", image(1)),
        ("cnn", image(1)),
        ("resnet:8", image(3)),
        ("gpt:layers=2,heads=2,width=36,context=40", SampleShape::text(40, 30)),
    ] {
        let widest = trained(model, shape, Isa::detect());
        for isa in Isa::available() {
            let found = trained(model, shape, isa);
            if isa > Isa::Portable {
                assert!(found == widest, "{model}, {isa:?}");
            }
            for (ours, expected) in found.0.iter().zip(&widest.0) {
                assert!(
                    (ours - expected).abs() < 2e-3 * expected.abs(),
                    "{model}, {isa:?}: {ours} {expected}"
                );
            }
        }
    }
}
