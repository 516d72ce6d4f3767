//! Ten AdamW steps of tiny transformers against PyTorch's numbers, made in double precision by
//! `golden/make_golden_gpt.py`: learned positions with an output of its own, rotary positions with
//! a tied output.
//!
//! A mask that is off by one, heads in another order, another epsilon in a norm, a tied table that
//! gets one of its two gradients: each trains. Tolerances are those of single precision over ten
//! steps; in bf16 the same ten steps agree as far as its 8 bits go.

mod common;

use batchwright_data::{Batch, Inputs, SampleShape, Targets};
use batchwright_nn::{
    Architecture, CpuEngineFactory, EngineFactory, EngineOptions, Gpt, Model, Optimizer, Precision, Tensor,
    Update,
};
use serde::Deserialize;

/// On losses, which are near 2, and gradient norms, which are near 1.
const TOLERANCE: f64 = 3e-6;
/// On final weights, which are below 4.
const WEIGHT_TOLERANCE: f32 = 1e-5;
/// On the losses in bf16, where each factor of a product is off by up to 2^-9 of itself, and a loss is
/// behind ten products.
const BF16_TOLERANCE: f64 = 1.0 / 32.0;

#[derive(Deserialize)]
struct Golden {
    learning_rate: f64,
    epsilon: f64,
    layers: usize,
    heads: usize,
    width: usize,
    context: usize,
    vocabulary: usize,
    batches: Vec<Samples>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Samples {
    inputs: Vec<u32>,
    targets: Vec<u32>,
}

#[derive(Deserialize)]
struct Case {
    rotary: bool,
    tied: bool,
    initial: Vec<Tensor>,
    losses: Vec<f64>,
    gradient_norms: Vec<f64>,
    r#final: Vec<Tensor>,
    logits: Vec<f32>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/golden_gpt.json")).expect("made by make_golden_gpt.py")
}

fn batch(samples: &Samples, context: usize) -> Batch {
    Batch {
        inputs: Inputs::Tokens(samples.inputs.clone()),
        targets: Targets::Tokens(samples.targets.clone()),
        ids: (0..(samples.inputs.len() / context) as u32).collect(),
        epoch: 0,
    }
}

fn engine(golden: &Golden, case: &Case, precision: Precision) -> common::BoxedEngine {
    let gpt = Gpt {
        layers: golden.layers,
        heads: golden.heads,
        width: golden.width,
        context: golden.context,
        rotary: case.rotary,
        tied: case.tied,
    };
    let model = Model { architecture: Architecture::Gpt(gpt), ..Model::mlp(&[]) };
    let optimizer = Optimizer::AdamW { beta1: 0.9, beta2: 0.999, epsilon: golden.epsilon, weight_decay: 0.1 };
    let options = EngineOptions { optimizer, precision, ..EngineOptions::default() };
    let shape = SampleShape::text(golden.context, golden.vocabulary);
    let mut engine = CpuEngineFactory.build(&model, shape, &options).expect("valid settings");
    engine.load_tensors(&case.initial).expect("the names and shapes of PyTorch");
    engine
}

#[test]
fn ten_steps_agree_with_pytorch() {
    let golden = golden();
    assert_eq!((golden.batches.len(), golden.cases.len()), (10, 2), "golden_gpt.json is incomplete");
    for case in &golden.cases {
        let place = format!("rotary {}, tied {}", case.rotary, case.tied);
        let mut engine = engine(&golden, case, Precision::F32);
        let expected = case.losses.iter().zip(&case.gradient_norms);
        for (step, (samples, (&loss, &norm))) in golden.batches.iter().zip(expected).enumerate() {
            let ours = engine.gradient(&batch(samples, golden.context)).expect("a valid batch");
            let Update::Applied { gradient_norm } = engine.update(golden.learning_rate) else {
                panic!("{place}, step {step}: the gradient is not finite")
            };
            assert!((ours.mean() - loss).abs() < TOLERANCE, "{place}, step {step}: {} {loss}", ours.mean());
            assert!((gradient_norm - norm).abs() < TOLERANCE, "{place}, step {step}: {gradient_norm} {norm}");
        }
        assert_eq!(engine.tensors().len(), case.r#final.len());
        for (ours, expected) in engine.tensors().iter().zip(&case.r#final) {
            assert_eq!((&ours.name, &ours.shape), (&expected.name, &expected.shape));
            for (&ours, &other) in ours.data.iter().zip(&expected.data) {
                assert!(
                    (ours - other).abs() < WEIGHT_TOLERANCE,
                    "{place}, {}: {ours} {other}",
                    expected.name
                );
            }
        }
        let mut logits = Vec::new();
        engine.predict(&batch(&golden.batches[0], golden.context), &mut logits).expect("a valid batch");
        assert_eq!(logits.len(), case.logits.len());
        for (&ours, &expected) in logits.iter().zip(&case.logits) {
            assert!((ours - expected).abs() < 2e-5, "{place}: logit {ours} {expected}");
        }
    }
}

#[test]
fn ten_steps_in_bf16_are_near() {
    let golden = golden();
    for case in &golden.cases {
        let mut engine = engine(&golden, case, Precision::Bf16);
        for (samples, loss) in golden.batches.iter().zip(&case.losses) {
            let ours = engine.gradient(&batch(samples, golden.context)).expect("a valid batch").mean();
            engine.update(golden.learning_rate);
            assert!((ours - loss).abs() < BF16_TOLERANCE, "tied {}: {ours} {loss}", case.tied);
        }
    }
}
