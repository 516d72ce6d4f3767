//! What is exported as ONNX, run by a program of another origin, against the engine: every kind of
//! layer, every preset, every kind of data.

use crate::cpu::{CpuEngine, CpuEngineFactory};
use crate::engine::{Engine, EngineFactory, EngineOptions};
use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::model::Model;
use crate::model::build::{network_of, summaries_of};
use crate::model::spec::LayerSpec;
use crate::onnx::export::{Network, OnnxModel, check_size, onnx_model};
use crate::problem::TensorProblem;
use batchwright_data::{Batch, Domain, Encoding, Inputs, RandomStream};
use serde_json::{Value, json};

/// Not a power of two, nor the size of anything else.
const SAMPLES: usize = 3;

fn encoding(input: Value, target: Value) -> Encoding {
    serde_json::from_value(json!({ "input": input, "target": target })).unwrap()
}

fn images(shape: [usize; 3]) -> Encoding {
    let scale = |channel: usize| json!({ "mean": 90.0 + channel as f32, "std": 40.0 - 3.0 * channel as f32 });
    let channels: Vec<Value> = (0..shape[0]).map(scale).collect();
    encoding(json!({ "kind": "images", "shape": shape, "channels": channels }), classes())
}

fn classes() -> Value {
    json!({ "kind": "classes", "column": null, "names": ["a", "b", "c", "d"] })
}

/// A number that may be missing, three categories, and one more number: six inputs.
fn table(target: Value) -> Encoding {
    let number = |mean: f32, gaps: bool| json!({ "name": "x", "kind": "number", "mean": mean, "std": 2.5, "has_missing": gaps });
    let colours = json!({ "name": "c", "kind": "category", "categories": ["red", "green", "blue"] });
    encoding(json!({ "kind": "table", "columns": [number(3.0, true), colours, number(-1.0, false)] }), target)
}

fn text(context: usize) -> Encoding {
    let input = json!({ "kind": "text", "context": context, "tokens": "characters", "characters": "abcdefg", "unknown": true });
    encoding(input, json!({ "kind": "next_token" }))
}

/// What the data have, and what the engine takes of it.
fn samples(encoding: &Encoding) -> (Vec<f32>, Inputs) {
    let shape = encoding.sample_shape();
    let mut stream = RandomStream::new(3, Domain::Bed, 0, 0);
    let mut draw = |below: u32| stream.below(below) as f32;
    if encoding.vocabulary().is_some() {
        let ids: Vec<f32> = (0..SAMPLES * shape.inputs).map(|_| draw(8)).collect();
        return (ids.clone(), Inputs::Tokens(ids.iter().map(|&id| id as u32).collect()));
    }
    match &encoding.input {
        batchwright_data::InputEncoding::Images { scale, shape: [channels, height, width], .. } => {
            let pixels: Vec<f32> = (0..SAMPLES * shape.inputs).map(|_| draw(256)).collect();
            let channel = |at: usize| scale.channels()[at / (height * width) % channels];
            let scaled = pixels.iter().enumerate().map(|(at, &pixel)| channel(at).apply(pixel)).collect();
            (pixels, Inputs::Numbers(scaled))
        }
        _ => {
            let rows = [
                [5.5, 0.0, 0.0, 1.0, 0.0, 8.0],
                [f32::NAN, 1.0, 1.0, 0.0, 0.0, -2.0],
                [0.0, 0.0, 0.0, 0.0, 0.0, 1.5],
            ];
            let scaled = rows.map(|[x, missing, red, green, blue, y]| {
                let x = if x.is_nan() { 0.0 } else { (x - 3.0) / 2.5 };
                [x, missing, red, green, blue, (y + 1.0) / 2.5]
            });
            (rows.concat(), Inputs::Numbers(scaled.concat()))
        }
    }
}

/// Weights, and running variances, that are far from their start.
fn disturb(engine: &mut dyn Engine) {
    let mut tensors = engine.tensors();
    let mut stream = RandomStream::new(2, Domain::Bed, 0, 0);
    for tensor in &mut tensors {
        let moved = |value: f32, by: f32| {
            if tensor.name.ends_with("running_var") { value + by.abs() } else { value + by }
        };
        tensor.data.iter_mut().for_each(|value| *value = moved(*value, 0.3 * stream.normal() as f32));
    }
    engine.load_tensors(&tensors).unwrap();
}

/// Runs what was exported on the samples, and compares.
fn check(exported: &OnnxModel, encoding: &Encoding, engine: &mut dyn Engine) {
    let (raw, inputs) = samples(encoding);
    let mut batch = Batch::with_capacity(SAMPLES, encoding.sample_shape());
    (batch.inputs, batch.ids) = (inputs, (0..SAMPLES as u32).collect());
    let mut expected = Vec::new();
    engine.predict(&batch, &mut expected).unwrap();
    expected.iter_mut().for_each(|output| *output = encoding.inverse_target(*output));

    let loaded = rten::Model::load(exported.bytes.clone()).unwrap();
    let shape: Vec<usize> = std::iter::once(SAMPLES).chain(exported.input.shape.clone()).collect();
    let input = if exported.input.integers {
        let ids: Vec<i32> = raw.iter().map(|&id| id as i32).collect();
        rten::Value::from_shape(&shape, ids).unwrap()
    } else {
        rten::Value::from_shape(&shape, raw).unwrap()
    };
    let [from, to] = [exported.input.name, exported.output.name].map(|name| loaded.node_id(name).unwrap());
    let [output] = loaded.run_n(vec![(from, input.into())], [to], None).unwrap();
    let found: Vec<f32> = match exported.output.shape.len() {
        1 => output.into_shape_vec::<f32, 2>().unwrap().1,
        _ => output.into_shape_vec::<f32, 3>().unwrap().1,
    };
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let spread = expected.iter().fold(0.0f32, |most, value| most.max((value - expected[0]).abs()));
    assert!(spread > 1e-2 * largest, "nearly constant outputs would hide mistakes: {expected:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-5 * largest, "{found} {expected}, at most {largest}");
    }
}

fn check_layers(layers: Value, encoding: &Encoding) {
    let specs: Vec<LayerSpec> = serde_json::from_value(layers).unwrap();
    let shape = encoding.sample_shape();
    let network = network_of(&specs, shape).unwrap();
    let mut engine = CpuEngine::new(network, shape, EngineOptions::default()).unwrap();
    disturb(&mut engine);
    let network = Network { specs: &specs, summaries: &summaries_of(&specs, shape).unwrap() };
    let exported = network.export(encoding, engine.tensors(), Vec::new()).unwrap();
    check(&exported, encoding, &mut engine);
}

fn check_preset(name: &str, activation: Activation, encoding: &Encoding) {
    let model = Model { architecture: name.parse().unwrap(), activation, dropout: 0.2, ..Model::mlp(&[1]) };
    let mut engine =
        CpuEngineFactory.build(&model, encoding.sample_shape(), &EngineOptions::default()).unwrap();
    disturb(engine.as_mut());
    let exported = onnx_model(&model, encoding, engine.tensors(), Vec::new()).unwrap();
    check(&exported, encoding, engine.as_mut());
}

#[test]
fn every_preset_computes_the_same_elsewhere() {
    let photographs = images([3, 12, 13]);
    check_preset("linear", Activation::Relu, &photographs);
    check_preset("mlp:9,7", Activation::GeluExact, &photographs);
    check_preset("lenet", Activation::Silu, &photographs);
    check_preset("cnn", Activation::Tanh, &images([1, 5, 6]));
    check_preset("resnet:14", Activation::GeluTanh, &photographs);
    check_preset("mlp:5", Activation::Relu, &table(classes()));
    check_preset(
        "mlp:5",
        Activation::Tanh,
        &table(json!({ "kind": "value", "column": "y", "mean": 40.0, "std": 7.0 })),
    );
    for settings in ["", ",positions=rotary", ",tied=true", ",positions=rotary,tied=true"] {
        check_preset(
            &format!("gpt:layers=2,heads=2,width=12,context=5{settings}"),
            Activation::GeluExact,
            &text(5),
        );
    }
}

#[test]
fn every_layer_of_images_computes_the_same_elsewhere() {
    let one = |layer: Value| {
        let layers =
            json!([{ "layer": "image" }, layer, { "layer": "flatten" }, { "layer": "linear", "outputs": 4 }]);
        check_layers(layers, &images([6, 7, 8]));
    };
    for layer in [
        json!({ "layer": "conv2d", "outputs": 4, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0] }),
        json!({ "layer": "conv2d", "outputs": 4, "kernel": 3, "dilation": [1, 2], "groups": 2, "bias": false }),
        json!({ "layer": "conv2d", "outputs": 3, "kernel": [4, 2], "padding": "same" }),
        json!({ "layer": "conv2d", "outputs": 6, "kernel": [2, 4], "dilation": [3, 1], "padding": "same", "groups": 6 }),
        json!({ "layer": "max_pool", "size": [3, 2], "stride": [2, 1], "padding": [1, 1] }),
        json!({ "layer": "avg_pool", "size": [2, 3], "stride": [1, 2], "padding": [1, 1] }),
        json!({ "layer": "global_avg_pool" }),
        json!({ "layer": "batch_norm" }),
        json!({ "layer": "group_norm", "groups": 3 }),
        json!({ "layer": "residual", "body": [{ "layer": "batch_norm" }, { "layer": "conv2d", "outputs": 5, "kernel": 1, "stride": 2 }],
            "shortcut": [{ "layer": "conv2d", "outputs": 5, "kernel": 1, "stride": 2, "bias": false }] }),
    ] {
        one(layer);
    }
}

#[test]
fn every_layer_of_vectors_and_sequences_computes_the_same_elsewhere() {
    for layer in [
        json!({ "layer": "batch_norm" }),
        json!({ "layer": "group_norm", "groups": 2 }),
        json!({ "layer": "layer_norm" }),
        json!({ "layer": "rms_norm" }),
        json!({ "layer": "dropout", "probability": 0.5 }),
        json!({ "layer": "residual", "body": [{ "layer": "linear", "outputs": 6, "bias": false }] }),
    ] {
        let layers = json!([{ "layer": "linear", "outputs": 6 }, layer, { "layer": "linear", "outputs": 4, "bias": false }]);
        check_layers(layers, &table(classes()));
    }
    for layer in [
        json!({ "layer": "positions" }),
        json!({ "layer": "layer_norm" }),
        json!({ "layer": "rms_norm" }),
        json!({ "layer": "linear", "outputs": 6, "bias": false }),
        json!({ "layer": "attention", "heads": 3 }),
        json!({ "layer": "attention", "heads": 1, "rotary": true }),
    ] {
        let layers =
            json!([{ "layer": "embedding", "width": 6 }, layer, { "layer": "linear", "outputs": 8 }]);
        check_layers(layers, &text(5));
    }
    check_layers(
        json!([{ "layer": "tied", "width": 6, "vocabulary": 8, "body": [{ "layer": "positions" }] }]),
        &text(5),
    );
}

/// Weights of another network would be exported as this one's.
#[test]
fn weights_that_are_not_the_networks_are_refused() {
    let (model, encoding) = (Model::mlp(&[5]), table(classes()));
    let shape = encoding.sample_shape();
    let tensors = CpuEngineFactory.build(&model, shape, &EngineOptions::default()).unwrap().tensors();
    let refused = |tensors| onnx_model(&model, &encoding, tensors, Vec::new()).unwrap_err();
    let expected = |name: &str, problem| NnError::Tensor { name: name.to_owned(), problem };
    assert_eq!(refused(tensors[1..].to_vec()), expected(&tensors[0].name, TensorProblem::Missing));
    let twice = [&tensors[..], &tensors[..1]].concat();
    assert_eq!(refused(twice), expected(&tensors[0].name, TensorProblem::Unknown));
    let mut other = tensors.clone();
    other[0].name = "7.weight".to_owned();
    other.push(tensors[0].clone());
    assert_eq!(refused(other), expected("7.weight", TensorProblem::Unknown));
    let mut turned = tensors.clone();
    turned[0].shape.reverse();
    assert!(matches!(refused(turned), NnError::Tensor { problem: TensorProblem::Shape { .. }, .. }));
    let mut short = tensors;
    short[0].data.pop();
    assert!(matches!(refused(short), NnError::Tensor { problem: TensorProblem::Count { .. }, .. }));
}

#[test]
fn a_file_that_no_program_would_read_is_refused() {
    assert_eq!(check_size(i32::MAX as usize), Ok(()));
    assert!(matches!(check_size(1 << 31), Err(NnError::OnnxSize { bytes: 0x8000_0000, .. })));
}
