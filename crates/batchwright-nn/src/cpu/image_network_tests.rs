//! Networks of images in an engine: ten steps against PyTorch's numbers (made by
//! `tests/golden/make_golden_images.py`), gradients against differences of the loss, and what every
//! engine promises: the plan is exact, a step allocates nothing, threads change no bit.

use crate::cpu::CpuEngine;
use crate::cpu::differences::{check_gradient, loss};
use crate::engine::{Engine, EngineFactory, EngineOptions, Tensor, Update};
use crate::layer::sequence::Sequence;
use crate::model::Model;
use crate::model::build::network_of;
use crate::model::spec::LayerSpec;
use crate::optimizer::Optimizer;
use batchwright_data::{Batch, Domain, InputKind, Inputs, RandomStream, SampleShape, Targets, Task};
use serde::Deserialize;

const CLASSES: usize = 3;

fn shape(image: &[usize]) -> SampleShape {
    SampleShape::of(InputKind::Numbers, image, Task::Classify { classes: CLASSES })
}

fn network(layers: &[LayerSpec], image: &[usize]) -> Sequence {
    network_of(layers, shape(image)).unwrap()
}

/// Layers as a user writes them.
fn layers(json: &str) -> Vec<LayerSpec> {
    serde_json::from_str(json).unwrap()
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    image: Vec<usize>,
    layers: Vec<LayerSpec>,
    optimizer: Optimizer,
    learning_rate: f64,
    initial: Vec<Tensor>,
    batches: Vec<Samples>,
    losses: Vec<f64>,
    gradient_norms: Vec<f64>,
    r#final: Vec<Tensor>,
    /// Of the first batch, in evaluation, after the last step.
    outputs: Vec<f32>,
}

#[derive(Deserialize)]
struct Samples {
    inputs: Vec<f32>,
    classes: Vec<u32>,
}

fn golden() -> Vec<Case> {
    let golden: Golden = serde_json::from_str(include_str!("../../tests/golden/golden_images.json")).unwrap();
    golden.cases
}

fn batch(inputs: Vec<f32>, classes: Vec<u32>) -> Batch {
    let ids = (0..classes.len() as u32).collect();
    Batch { inputs: Inputs::Numbers(inputs), targets: Targets::Classes(classes), ids, epoch: 0 }
}

/// The least number of units in the last place between single precision and PyTorch's double, over
/// ten steps through ten layers.
const TOLERANCE: f32 = 2e-5;

fn close(ours: f32, expected: f32, what: &str) {
    assert!(
        (ours - expected).abs() < TOLERANCE * expected.abs().max(1.0),
        "{what}: {ours}, expected {expected}"
    );
}

#[test]
fn ten_steps_agree_with_pytorch() {
    let cases = golden();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let options = EngineOptions { optimizer: case.optimizer, ..EngineOptions::default() };
        let network = network(&case.layers, &case.image);
        let mut engine = CpuEngine::new(network, shape(&case.image), options).unwrap();
        engine.load_tensors(&case.initial).expect("names and shapes of PyTorch");
        for (step, samples) in case.batches.iter().enumerate() {
            let batch = batch(samples.inputs.clone(), samples.classes.clone());
            let loss = engine.gradient(&batch).unwrap().mean();
            let Update::Applied { gradient_norm } = engine.update(case.learning_rate) else {
                panic!("{}: not finite", case.name)
            };
            let what = format!("{}, step {step}", case.name);
            close(loss as f32, case.losses[step] as f32, &what);
            close(gradient_norm as f32, case.gradient_norms[step] as f32, &what);
        }
        for expected in &case.r#final {
            let ours = engine.tensors().into_iter().find(|tensor| tensor.name == expected.name).unwrap();
            assert_eq!(ours.shape, expected.shape);
            for (&ours, &expected_number) in ours.data.iter().zip(&expected.data) {
                close(ours, expected_number, &format!("{}, {}", case.name, expected.name));
            }
        }
        let first = batch(case.batches[0].inputs.clone(), case.batches[0].classes.clone());
        let mut outputs = Vec::new();
        engine.predict(&first, &mut outputs).unwrap();
        outputs.iter().zip(&case.outputs).for_each(|(&ours, &expected)| close(ours, expected, &case.name));
    }
}

/// Every layer of images between two that have parameters.
fn every_layer() -> Vec<LayerSpec> {
    layers(
        r#"[
        {"layer": "image"},
        {"layer": "conv2d", "outputs": 4, "kernel": 3, "padding": 1, "groups": 2},
        {"layer": "batch_norm"},
        {"layer": "activation", "function": "tanh"},
        {"layer": "residual",
         "body": [{"layer": "conv2d", "outputs": 6, "kernel": 3, "stride": 2, "padding": 1, "bias": false}, {"layer": "batch_norm"}],
         "shortcut": [{"layer": "conv2d", "outputs": 6, "kernel": 1, "stride": 2}, {"layer": "group_norm", "groups": 3}]},
        {"layer": "conv2d", "outputs": 6, "kernel": 2, "padding": "same", "groups": 6},
        {"layer": "max_pool", "size": 2, "stride": 1},
        {"layer": "avg_pool", "size": 2, "stride": 1, "padding": 1},
        {"layer": "conv2d", "outputs": 5, "kernel": 1},
        {"layer": "global_avg_pool"},
        {"layer": "flatten"},
        {"layer": "linear", "outputs": 4},
        {"layer": "batch_norm"},
        {"layer": "activation", "function": "gelu"},
        {"layer": "linear", "outputs": 3}
    ]"#,
    )
}

const IMAGE: &[usize] = &[2, 6, 7];

fn engine(options: EngineOptions) -> CpuEngine {
    engine_of(&every_layer(), options)
}

fn engine_of(layers: &[LayerSpec], options: EngineOptions) -> CpuEngine {
    let mut engine = CpuEngine::new(network(layers, IMAGE), shape(IMAGE), options).unwrap();
    // Parameters that start at zero or one could hide that they are not used.
    let mut stream = RandomStream::new(2, Domain::Bed, 0, 0);
    let parameters = engine.parameters;
    engine.weights[..parameters].iter_mut().for_each(|weight| *weight += 0.2 * stream.normal() as f32);
    engine
}

fn samples(count: usize) -> Batch {
    let mut stream = RandomStream::new(5, Domain::Bed, 0, 0);
    let numbers = count * IMAGE.iter().product::<usize>();
    let inputs = (0..numbers).map(|_| stream.normal() as f32).collect();
    batch(inputs, (0..count).map(|_| stream.below(CLASSES as u32)).collect())
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    // A maximum has kinks, at which differences are no gradient.
    let smooth = every_layer().into_iter().filter(|layer| !matches!(layer, LayerSpec::MaxPool(_)));
    let mut engine = engine_of(&smooth.collect::<Vec<_>>(), EngineOptions::default());
    check_gradient(&mut engine, &samples(6), 2e-3);
}

/// Batch norm sees the micro-batch: two micro-batches give the sum of what each gives alone, and
/// the running statistics move towards the mean of both.
#[test]
fn batch_norm_is_over_the_micro_batch() {
    let whole = samples(9);
    let numbers: usize = IMAGE.iter().product();
    let part = |range: std::ops::Range<usize>| {
        let Targets::Classes(classes) = &whole.targets else { unreachable!() };
        let inputs = whole.inputs.numbers().unwrap();
        batch(inputs[range.start * numbers..range.end * numbers].to_vec(), classes[range].to_vec())
    };
    let parts = [part(0..4), part(4..9)];
    let alone = parts.each_ref().map(|part| {
        let mut engine = engine(EngineOptions::default());
        engine.gradient(part).unwrap();
        engine.gradient
    });
    let mut both = engine(EngineOptions::default());
    let before = both.weights.clone();
    for part in &parts {
        both.gradient(part).unwrap();
    }
    for (index, sum) in both.gradient.iter().enumerate() {
        let expected = alone[0][index] + alone[1][index];
        assert!((sum - expected).abs() < 1e-4 * expected.abs().max(1.0), "{index}: {sum} {expected}");
    }
    let mut together = engine(EngineOptions::default());
    together.gradient(&whole).unwrap();
    assert_ne!(both.gradient, together.gradient);
    both.update(0.0);
    for index in both.parameters..both.weights.len() {
        let mean = (alone[0][index] + alone[1][index]) / 9.0;
        let expected = 0.9 * before[index] + 0.1 * mean;
        assert!((both.weights[index] - expected).abs() < 1e-5, "statistic {index}");
    }
}

/// A single number of a channel has variance 0: the output is the bias, and nothing is divided by
/// zero.
#[test]
fn a_batch_norm_of_one_number_puts_out_its_bias() {
    let list = layers(r#"[{"layer": "batch_norm"}, {"layer": "linear", "outputs": 3}]"#);
    let shape = SampleShape::numbers(2, Task::Classify { classes: 3 });
    let network = network_of(&list, shape).unwrap();
    let mut engine = CpuEngine::new(network, shape, EngineOptions::default()).unwrap();
    let one = |x: f32| batch(vec![x, -x], vec![1]);
    let losses = [1.0, 1e20].map(|x| loss(&mut engine, &one(x)));
    assert_eq!(losses[0], losses[1]);
    engine.gradient(&one(5.0)).unwrap();
    assert!(matches!(engine.update(0.1), Update::Applied { .. }));
    assert!(engine.weights.iter().all(|weight| weight.is_finite()));
}

#[test]
fn neither_threads_nor_a_step_in_one_call_change_a_bit() {
    let weights = [1, 2, 3].map(|threads| {
        let mut engine = engine(EngineOptions { threads, micro_batch: 64, ..EngineOptions::default() });
        for _ in 0..3 {
            if threads == 3 {
                engine.step(&samples(64), 0.1).unwrap();
            } else {
                engine.gradient(&samples(64)).unwrap();
                engine.update(0.1);
            }
        }
        let mut outputs = Vec::new();
        engine.predict(&samples(64), &mut outputs).unwrap();
        (engine.weights, outputs)
    });
    assert_eq!(weights[0], weights[1]);
    assert_eq!(weights[0], weights[2]);
}

#[test]
fn a_step_and_an_evaluation_allocate_nothing() {
    let (mut engine, batch) = (engine(EngineOptions::default()), samples(20));
    let (mut losses, mut outputs) = (Vec::with_capacity(20), Vec::with_capacity(60));
    let allocated = allocation_counter::measure(|| {
        for _ in 0..3 {
            engine.gradient(&batch).unwrap();
            engine.update(0.01);
            engine.step(&batch, 0.01).unwrap();
        }
        engine.evaluate(&batch, &mut losses).unwrap();
        engine.predict(&batch, &mut outputs).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
}

/// Bytes that an engine allocates in addition to the numbers of its plan.
fn beside_the_plan(image: &[usize], micro_batch: usize) -> u64 {
    let (shape, options) = (shape(image), EngineOptions { micro_batch, ..EngineOptions::default() });
    let plan = CpuEngine::new(network(&every_layer(), image), shape, options).unwrap().plan;
    let batch = 4 * (micro_batch * (shape.inputs + 2)) as u64;
    let network = network(&every_layer(), image);
    let allocated = allocation_counter::measure(|| drop(CpuEngine::new(network, shape, options)));
    allocated.bytes_total - (plan.bytes() as u64 - batch)
}

#[test]
fn the_plan_is_exact() {
    let least = beside_the_plan(&[2, 4, 4], 1);
    for (image, micro_batch) in [([2, 9, 8], 7), ([4, 17, 30], 33)] {
        assert_eq!(beside_the_plan(&image, micro_batch), least);
    }
}

/// Names, shapes and numbers of parameters as in PyTorch, counted by hand from the papers.
#[test]
fn presets_have_the_parameters_of_their_papers() {
    let digits = SampleShape::of(InputKind::Numbers, &[1, 28, 28], Task::Classify { classes: 10 });
    let photos = SampleShape::of(InputKind::Numbers, &[3, 32, 32], Task::Classify { classes: 10 });
    for (model, shape, parameters) in [
        ("lenet", digits, 61_706),
        ("cnn", digits, 1_663_370),
        // Option B has 2,560 weights and 192 parameters of norms more than the 269,722 of option A.
        ("resnet:20", photos, 269_722 + 2_560 + 192),
        ("resnet:8", photos, 78_042),
    ] {
        let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[]) };
        let plan = crate::CpuEngineFactory.plan(&model, shape, &EngineOptions::default()).unwrap();
        assert_eq!(plan.parameters, parameters, "{model:?}");
    }
}

/// With weights for rectifiers alone, a network with pools lost all its units in every second run.
#[test]
fn networks_with_pools_start_at_the_scale_of_pytorch() {
    let model = Model { architecture: "cnn".parse().unwrap(), ..Model::mlp(&[]) };
    let engine =
        crate::CpuEngineFactory.build(&model, shape(&[1, 28, 28]), &EngineOptions::default()).unwrap();
    for tensor in engine.tensors().iter().filter(|tensor| tensor.shape.len() > 1) {
        let inputs: usize = tensor.shape[1..].iter().product();
        let squares: f64 = tensor.data.iter().map(|&weight| f64::from(weight).powi(2)).sum();
        let ratio = squares / tensor.data.len() as f64 * 3.0 * inputs as f64;
        assert!((ratio - 1.0).abs() < 0.15, "{}: {ratio}", tensor.name);
    }
}

#[test]
fn tensors_of_presets_are_named_by_their_place() {
    let named = |model: &str, image: &[usize]| -> Vec<String> {
        let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[]) };
        let engine = crate::CpuEngineFactory.build(&model, shape(image), &EngineOptions::default()).unwrap();
        engine.tensors().iter().map(|tensor| format!("{} {:?}", tensor.name, tensor.shape)).collect()
    };
    let cnn = named("cnn", &[1, 28, 28]);
    assert_eq!(
        cnn,
        [
            "1.weight [32, 1, 5, 5]",
            "1.bias [32]",
            "4.weight [64, 32, 5, 5]",
            "4.bias [64]",
            "8.weight [512, 3136]",
            "8.bias [512]",
            "10.weight [3, 512]",
            "10.bias [3]"
        ]
    );
    let resnet = named("resnet:8", &[3, 32, 32]);
    for name in [
        "1.weight [16, 3, 3, 3]",
        "4.body.3.weight [16, 16, 3, 3]",
        "6.body.0.weight [32, 16, 3, 3]",
        "6.shortcut.0.weight [32, 16, 1, 1]",
        "6.shortcut.1.bias [32]",
        "12.weight [3, 64]",
        "2.running_mean [16]",
        "8.body.4.running_var [64]",
    ] {
        assert!(resnet.iter().any(|tensor| tensor == name), "{name}: {resnet:#?}");
    }
    assert!(!resnet.iter().any(|tensor| tensor.starts_with("4.shortcut")));
}
