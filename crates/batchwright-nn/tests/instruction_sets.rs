//! Every instruction set trains every kind of network alike, in f32 and in bf16: AVX2 and AVX-512 to the
//! bit, with and without an instruction that rounds to bf16; the portable code, and the instruction that
//! multiplies bf16 numbers, but for rounding. And bf16 trains like
//! f32, but for its rounding.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

use batchwright_data::{Batch, Domain, InputKind, Inputs, RandomStream, SampleShape, Targets, Task};
use batchwright_nn::compute::Isa;
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model, Optimizer, Precision};

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
fn trained(model: &str, shape: SampleShape, precision: Precision, isa: Isa) -> (Vec<f64>, Vec<f32>) {
    let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[]) };
    let options = EngineOptions {
        threads: 2,
        optimizer: if shape.kind == InputKind::Tokens { Optimizer::adamw() } else { Optimizer::default() },
        isa: Some(isa),
        precision,
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

fn networks() -> [(&'static str, SampleShape); 7] {
    let image = |channels| {
        SampleShape::of(InputKind::Numbers, &[channels, 28, 28], Task::Classify { classes: CLASSES })
    };
    [
        ("linear", SampleShape::numbers(45, Task::Classify { classes: CLASSES })),
        ("mlp:33,128", SampleShape::numbers(45, Task::Classify { classes: CLASSES })),
        ("lenet", image(1)),
        ("cnn", image(1)),
        ("resnet:8", image(3)),
        ("gpt:layers=2,heads=2,width=36,context=40", SampleShape::text(40, 30)),
        ("gpt:layers=1,heads=1,width=34,context=37,positions=rotary,tied=true", SampleShape::text(37, 29)),
    ]
}

/// Whether all losses are within this share of what is expected.
fn check_losses(ours: &[f64], expected: &[f64], tolerance: f64, place: &str) {
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((ours - expected).abs() < tolerance * expected.abs(), "{place}: {ours} {expected}");
    }
}

/// The instruction for pairs takes sums below 2^-126 as zero, and makers of processors need not round its
/// two sums alike. The portable code rounds a sum in another way. In bf16 a last bit of a sum may become one
/// of 8 in the next layer.
#[test]
fn all_instruction_sets_train_alike() {
    for (model, shape) in networks() {
        for (precision, tolerance) in [(Precision::F32, 2e-3), (Precision::Bf16, 1e-2)] {
            let to_the_bit = |isa: &Isa| ![Isa::Portable, Isa::Avx512Bf16Pairs].contains(isa);
            let widest = Isa::available().filter(to_the_bit).last().unwrap_or(Isa::Portable);
            let expected = trained(model, shape, precision, widest);
            for isa in Isa::available() {
                let found = trained(model, shape, precision, isa);
                if to_the_bit(&isa) || (isa > Isa::Portable && precision == Precision::F32) {
                    assert!(found == expected, "{model}, {precision}, {isa:?}");
                }
                check_losses(&found.0, &expected.0, tolerance, &format!("{model}, {precision}, {isa:?}"));
            }
        }
    }
}

/// Both factors of a product are off by up to 2^-9 of themselves, so a sum of products, none of which
/// outweighs the others, by less than 2^-8 of its terms; a loss that is far from zero by some of that.
#[test]
fn bf16_trains_like_f32() {
    for (model, shape) in networks() {
        let [single, half] = Precision::ALL.map(|precision| trained(model, shape, precision, Isa::detect()));
        assert!(single != half, "{model}: nothing was rounded");
        check_losses(&half.0, &single.0, 1.0 / 32.0, model);
    }
}

/// Evaluations are of what is saved: weights in single precision, multiplied so. And half precision takes
/// no memory of its own.
#[test]
fn an_evaluation_is_in_single_precision() {
    for (model, shape) in networks() {
        let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[]) };
        let [single, half] = Precision::ALL.map(|precision| {
            let options = EngineOptions { precision, ..EngineOptions::default() };
            let mut engine = CpuEngineFactory.build(&model, shape, &options).unwrap();
            let (mut losses, mut outputs) = (Vec::new(), Vec::new());
            let batch = samples(shape, 7, 1);
            engine.evaluate(&batch, &mut losses).unwrap();
            engine.predict(&batch, &mut outputs).unwrap();
            (losses, outputs, engine.memory_bytes())
        });
        assert!(single == half, "{}", model.architecture);
    }
}
