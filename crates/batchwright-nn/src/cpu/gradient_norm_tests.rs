//! How long each sample's gradient is, against the gradient of that sample as a batch of its own:
//! every kind of layer, every preset, every loss.

use crate::cpu::{CpuEngine, CpuEngineFactory};
use crate::engine::{Engine, EngineFactory, EngineOptions};
use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::loss::training_loss::TrainingLoss;
use crate::model::Model;
use crate::model::build::{network, network_of};
use crate::model::spec::LayerSpec;
use crate::problem::GradientNormProblem;
use batchwright_data::{Batch, Domain, InputKind, Inputs, RandomStream, SampleShape, Targets, Task};
use serde_json::{Value, json};

const SAMPLES: u32 = 5;
const CLASSES: Task = Task::Classify { classes: 3 };

fn options(threads: usize, gradient_norms: bool) -> EngineOptions {
    EngineOptions { micro_batch: SAMPLES as usize, threads, gradient_norms, ..EngineOptions::default() }
}

/// Samples that are functions of their ids.
fn batch(ids: std::ops::Range<u32>, shape: SampleShape) -> Batch {
    let mut batch = Batch::with_capacity(ids.len(), shape);
    for id in ids {
        let mut stream = RandomStream::new(7, Domain::Bed, u64::from(id), 0);
        match &mut batch.inputs {
            Inputs::Numbers(numbers) => numbers.extend((0..shape.inputs).map(|_| stream.normal() as f32)),
            Inputs::Tokens(tokens) => {
                tokens.extend((0..shape.inputs).map(|_| stream.below(shape.task.outputs() as u32)));
            }
        }
        match &mut batch.targets {
            Targets::Classes(labels) | Targets::Tokens(labels) => {
                labels.extend((0..shape.targets()).map(|_| stream.below(shape.task.outputs() as u32)));
            }
            Targets::Values(values) => values.extend((0..shape.targets()).map(|_| stream.normal() as f32)),
        }
        batch.ids.push(id);
    }
    batch
}

/// Weights away from their start, where some gradients vanish.
fn disturbed(mut engine: CpuEngine) -> CpuEngine {
    let mut stream = RandomStream::new(2, Domain::Bed, 0, 0);
    engine.weights.iter_mut().for_each(|weight| *weight += 0.05 * stream.normal() as f32);
    engine
}

/// The sum of the squares of the gradient of one batch.
fn square(engine: &mut CpuEngine, batch: &Batch) -> f64 {
    engine.accumulated = 0;
    engine.gradient(batch).unwrap();
    engine.gradient[..engine.parameters].iter().map(|&slope| f64::from(slope).powi(2)).sum()
}

fn check(build: impl Fn(EngineOptions) -> CpuEngine, shape: SampleShape) {
    let whole = batch(0..SAMPLES, shape);
    let measure = |threads| {
        let mut engine = disturbed(build(options(threads, true)));
        let mut squares = vec![9.0];
        let sum = engine.gradient_and_norms(&whole, &mut squares).unwrap();
        assert_eq!(squares.remove(0), 9.0, "what is there stays");
        (engine, sum, squares)
    };
    let (mut engine, sum, squares) = measure(1);
    // The sum over the samples is as without.
    let mut plain = disturbed(build(options(1, false)));
    assert_eq!(plain.gradient(&whole).unwrap(), sum);
    assert!(plain.gradient == engine.gradient, "{:?}", engine.passes.network());
    assert_eq!(measure(3).2, squares, "threads");
    assert_eq!(squares.len(), SAMPLES as usize);
    for (id, &found) in (0..SAMPLES).zip(&squares) {
        let expected = square(&mut engine, &batch(id..id + 1, shape));
        assert!(expected > 1e-12, "the gradient vanishes: {:?}", engine.passes.network());
        let network = || engine.passes.network();
        assert!(
            (found / expected - 1.0).abs() < 2e-5,
            "sample {id}: {found}, alone {expected}, {:?}",
            network()
        );
    }
}

fn check_layers(layers: Value, shape: SampleShape) {
    let specs: Vec<LayerSpec> = serde_json::from_value(layers).unwrap();
    check(|options| CpuEngine::new(network_of(&specs, shape).unwrap(), shape, options).unwrap(), shape);
}

fn check_model(model: &Model, shape: SampleShape) {
    let build = |options| {
        let mut engine = CpuEngine::new(network(model, shape).unwrap(), shape, options).unwrap();
        engine.passes.set_loss(model.loss.clone());
        engine
    };
    check(build, shape);
}

fn preset(name: &str) -> Model {
    Model {
        architecture: name.parse().unwrap(),
        activation: Activation::GeluExact,
        dropout: 0.2,
        ..Model::mlp(&[1])
    }
}

fn image(shape: [usize; 3]) -> SampleShape {
    SampleShape::of(InputKind::Numbers, &shape, CLASSES)
}

#[test]
fn every_preset() {
    for name in ["linear", "mlp:9,7", "lenet", "cnn"] {
        check_model(&preset(name), image([2, 12, 13]));
    }
    for settings in ["", ",positions=rotary", ",tied=true", ",positions=rotary,tied=true"] {
        let model = preset(&format!("gpt:layers=2,heads=2,width=24,context=5{settings}"));
        check_model(&model, SampleShape::text(5, 7));
        let long = preset(&format!("gpt:layers=1,heads=1,width=6,context=20{settings}"));
        check_model(&long, SampleShape::text(20, 7));
    }
}

#[test]
fn every_loss() {
    let numbers = |task| SampleShape::numbers(6, task);
    check_model(&Model::mlp(&[8]), numbers(Task::Regress { outputs: 2 }));
    let spread =
        TrainingLoss { label_smoothing: 0.2, class_weights: vec![1.0, 0.5, 3.0], ..TrainingLoss::default() };
    check_model(&Model { loss: spread, ..Model::mlp(&[8]) }, numbers(CLASSES));
    let binary = TrainingLoss { binary: true, ..TrainingLoss::default() };
    check_model(&Model { loss: binary, ..Model::mlp(&[8]) }, numbers(Task::Classify { classes: 2 }));
}

#[test]
fn every_layer_of_images() {
    for layer in [
        json!({ "layer": "conv2d", "outputs": 4, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0] }),
        json!({ "layer": "conv2d", "outputs": 4, "kernel": 3, "dilation": 2, "groups": 2, "bias": false }),
        json!({ "layer": "conv2d", "outputs": 6, "kernel": 2, "padding": "same", "groups": 6 }),
        json!({ "layer": "conv2d", "outputs": 3, "kernel": 1 }),
        json!({ "layer": "max_pool", "size": 2 }),
        json!({ "layer": "avg_pool", "size": 3, "stride": 2, "padding": 1 }),
        json!({ "layer": "group_norm", "groups": 3 }),
        json!({ "layer": "residual", "body": [{ "layer": "conv2d", "outputs": 5, "kernel": 1, "stride": 2 }, { "layer": "group_norm", "groups": 5 }],
            "shortcut": [{ "layer": "conv2d", "outputs": 5, "kernel": 1, "stride": 2, "bias": false }] }),
    ] {
        let layers = json!([
            { "layer": "image" }, { "layer": "conv2d", "outputs": 6, "kernel": 3 }, { "layer": "activation", "function": "tanh" },
            layer, { "layer": "flatten" }, { "layer": "linear", "outputs": 3 },
        ]);
        check_layers(layers, image([2, 8, 7]));
    }
    let pooled = json!([{ "layer": "image" }, { "layer": "conv2d", "outputs": 6, "kernel": 3 }, { "layer": "global_avg_pool" }, { "layer": "flatten" }, { "layer": "linear", "outputs": 3 }]);
    check_layers(pooled, image([2, 8, 7]));
}

#[test]
fn every_layer_of_vectors_and_sequences() {
    let inner = [
        json!({ "layer": "group_norm", "groups": 2 }),
        json!({ "layer": "layer_norm" }),
        json!({ "layer": "rms_norm" }),
        json!({ "layer": "linear", "outputs": 6, "bias": false }),
        json!({ "layer": "residual", "body": [{ "layer": "linear", "outputs": 6 }, { "layer": "dropout", "probability": 0.3 }] }),
    ];
    for layer in &inner {
        let layers = json!([{ "layer": "linear", "outputs": 6 }, layer, { "layer": "linear", "outputs": 3 }]);
        check_layers(layers, SampleShape::numbers(4, CLASSES));
    }
    let positional = [
        json!({ "layer": "positions" }),
        json!({ "layer": "attention", "heads": 3 }),
        json!({ "layer": "attention", "heads": 1, "rotary": true, "dropout": 0.2 }),
    ];
    for layer in inner[1..].iter().chain(&positional) {
        let layers =
            json!([{ "layer": "embedding", "width": 6 }, layer, { "layer": "linear", "outputs": 7 }]);
        check_layers(layers, SampleShape::text(5, 7));
    }
}

/// With batch norm no sample has a gradient of its own, and a number would look as if one had.
#[test]
fn batch_norm_is_refused_before_anything_is_trained() {
    let asked = options(1, true);
    let refused = |result: Result<(), NnError>| {
        assert_eq!(result, Err(NnError::GradientNorms { problem: GradientNormProblem::MixedSamples }));
    };
    let resnet = preset("resnet:8");
    refused(CpuEngineFactory.build(&resnet, image([1, 8, 8]), &asked).map(|_| ()));
    refused(CpuEngineFactory.plan(&resnet, image([1, 8, 8]), &asked).map(|_| ()));
    assert!(CpuEngineFactory.build(&resnet, image([1, 8, 8]), &options(1, false)).is_ok());
    let tied: Vec<LayerSpec> = serde_json::from_value(json!([{ "layer": "tied", "width": 4,
        "body": [{ "layer": "residual", "body": [{ "layer": "attention", "heads": 1 }] }] }]))
    .unwrap();
    assert!(!network_of(&tied, SampleShape::text(3, 5)).unwrap().mixes_samples());
}

#[test]
fn norms_take_memory_only_where_they_are_asked_for() {
    let (model, shape) = (preset("cnn"), image([2, 12, 13]));
    let bytes = |asked| CpuEngineFactory.plan(&model, shape, &options(1, asked)).unwrap().bytes();
    // The largest layer that is measured by its gradient: the second convolution.
    assert_eq!(bytes(true) - bytes(false), 4 * (32 * 25 * 64 + 64));
    let mut engine = CpuEngineFactory.build(&model, shape, &options(1, false)).unwrap();
    let mut squares = Vec::new();
    let error = engine.gradient_and_norms(&batch(0..2, shape), &mut squares).unwrap_err();
    assert_eq!(error, NnError::GradientNorms { problem: GradientNormProblem::NotPlanned });
    let mut engine = CpuEngineFactory.build(&model, shape, &options(1, true)).unwrap();
    let error = engine.gradient_and_norms(&batch(0..SAMPLES + 1, shape), &mut squares);
    assert!(matches!(error, Err(NnError::Batch { .. })) && squares.is_empty());
}
