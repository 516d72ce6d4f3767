//! The gradient that the engine computes, against differences of the loss that it computes.
//!
//! A wrong slope still trains, only worse, so no accuracy test finds it. Seen from outside: the
//! loss is what `gradient` returns (in training mode, so with dropout's fixed mask), the gradient
//! is how far one plain SGD update moves the weights.
//!
//! In single precision a difference over a step h carries noise of 1e-7 / h and an error of h^4
//! (five points); at h = 1/64 both are far below the tolerance.

mod common;

use batchwright_data::{Batch, Domain, RandomStream, Task};
use batchwright_nn::{Activation, Architecture, EngineOptions, Model, TrainingLoss};
use common::{PLAIN, engine, gradient, samples, weights};

/// Largest error of a component, as a share of the largest component.
const TOLERANCE: f64 = 3e-4;
const STEP: f32 = 1.0 / 64.0;

const CLASSES: Task = Task::Classify { classes: 3 };
const VALUES: Task = Task::Regress { outputs: 3 };

fn model(hidden: &[usize], activation: Activation, dropout: f64) -> Model {
    Model { activation, dropout, ..Model::mlp(hidden) }
}

fn linear() -> Model {
    Model { architecture: Architecture::Linear, ..Model::mlp(&[]) }
}

/// An engine whose biases are not at zero: at their start some gradients vanish.
fn start(model: &Model, inputs: usize, task: Task, options: EngineOptions) -> common::BoxedEngine {
    let mut engine = engine(model, inputs, task, EngineOptions { optimizer: PLAIN, ..options });
    let mut stream = RandomStream::new(options.seed, Domain::Bed, 0, 1);
    let moved: Vec<f32> = weights(&engine).iter().map(|w| w + 0.2 * stream.normal() as f32).collect();
    engine.set_weights(&moved).expect("the same network");
    engine
}

/// Derivative of the mean loss along `direction` at `weights`: five points, exact for polynomials
/// of degree 4.
fn slope(engine: &mut common::BoxedEngine, batch: &Batch, weights: &[f32], direction: &[f32]) -> f64 {
    let mut loss = |steps: f32| {
        let moved: Vec<f32> = weights.iter().zip(direction).map(|(w, d)| w + steps * STEP * d).collect();
        engine.set_weights(&moved).expect("the same network");
        engine.gradient(batch).expect("a valid batch").mean()
    };
    let (near, far) = (loss(1.0) - loss(-1.0), loss(2.0) - loss(-2.0));
    (8.0 * near - far) / (12.0 * f64::from(STEP))
}

/// Compares every component of the gradient.
fn check_each(engine: &mut common::BoxedEngine, batch: &Batch) {
    let weights = weights(engine);
    let ours = gradient(engine, std::slice::from_ref(batch));
    let largest = ours.iter().fold(0.0, |most: f64, g| most.max(f64::from(g.abs())));
    assert!(largest > 0.01, "the gradient vanishes: {largest}");
    let mut direction = vec![0.0; weights.len()];
    for (index, &got) in ours.iter().enumerate() {
        direction[index] = 1.0;
        let expected = slope(engine, batch, &weights, &direction);
        direction[index] = 0.0;
        let error = (f64::from(got) - expected).abs() / largest;
        assert!(error < TOLERANCE, "parameter {index}: {got}, differences {expected}");
    }
}

fn check(model: &Model, task: Task, count: u32) {
    let mut engine = start(model, 5, task, EngineOptions::default());
    check_each(&mut engine, &samples(5, task, 0..count));
}

#[test]
fn linear_layer_and_both_losses() {
    for task in [CLASSES, VALUES] {
        check(&linear(), task, 7);
    }
}

#[test]
fn smooth_activations_through_one_and_two_hidden_layers() {
    for activation in [Activation::GeluTanh, Activation::Tanh] {
        for task in [CLASSES, VALUES] {
            check(&model(&[7], activation, 0.0), task, 5);
            check(&model(&[7, 3], activation, 0.0), task, 5);
        }
    }
}

/// One output for two classes, plain and with spread and weighted targets.
#[test]
fn binary_cross_entropy() {
    for (label_smoothing, class_weights) in [(0.0, vec![]), (0.2, vec![0.5, 2.0])] {
        let loss = TrainingLoss { binary: true, label_smoothing, class_weights, ..TrainingLoss::default() };
        check(&Model { loss: loss.clone(), ..linear() }, Task::Classify { classes: 2 }, 6);
        let deep = Model { loss, ..model(&[7], Activation::Tanh, 0.0) };
        check(&deep, Task::Classify { classes: 2 }, 6);
    }
}

/// A mean over a batch of one hides no mistake in how samples are added up, and its product has a
/// single row.
#[test]
fn a_batch_of_one() {
    check(&linear(), VALUES, 1);
    check(&model(&[9, 2], Activation::GeluTanh, 0.0), CLASSES, 1);
}

/// The backward pass must use the mask of the forward pass: with another one the loss still falls
/// on average.
#[test]
fn dropout_with_its_mask() {
    for activation in [Activation::GeluTanh, Activation::Tanh] {
        for task in [CLASSES, VALUES] {
            check(&model(&[8, 7], activation, 0.4), task, 6);
        }
    }
}

/// Smallest distance from the kink at zero that any ReLU of the network has, over the samples of
/// `batch`: the first layers make a network of their own, whose outputs are what the next ReLU
/// gets.
fn distance_from_kinks(engine: &common::BoxedEngine, hidden: &[usize], inputs: usize, batch: &Batch) -> f32 {
    let tensors = engine.tensors();
    let mut closest = f32::INFINITY;
    for (depth, &outputs) in hidden.iter().enumerate() {
        let first = if depth == 0 { linear() } else { Model::mlp(&hidden[..depth]) };
        let task = Task::Regress { outputs };
        let mut first = common::engine(&first, inputs, task, EngineOptions::default());
        first.load_tensors(&tensors[..2 * (depth + 1)]).expect("the first layers' tensors");
        let mut values = Vec::new();
        first.predict(&samples(inputs, task, batch.ids.iter().copied()), &mut values).expect("a valid batch");
        closest = values.iter().fold(closest, |closest, v| closest.min(v.abs()));
    }
    closest
}

/// At a kink the difference is the mean of both slopes, whatever the gradient: the weights are
/// chosen so that no step crosses one.
#[test]
fn relu_away_from_its_kinks() {
    for (hidden, task) in [(&[7][..], CLASSES), (&[7], VALUES), (&[6, 5], CLASSES)] {
        let batch = samples(5, task, 0..4);
        let mut away = (0..500)
            .map(|seed| {
                let options = EngineOptions { seed, ..EngineOptions::default() };
                start(&Model::mlp(hidden), 5, task, options)
            })
            .find(|engine| distance_from_kinks(engine, hidden, 5, &batch) > 0.1)
            .expect("one start in a hundred is far enough from all kinks");
        check_each(&mut away, &batch);
    }
}

/// Sizes at which the product is divided into blocks and among threads, where each parameter alone
/// would take too long: per tensor, the derivative along its gradient must be the gradient's
/// length. An error that is not orthogonal to the gradient shows.
#[test]
fn large_layers_along_the_gradient_of_each_tensor() {
    let options = EngineOptions { micro_batch: 70, threads: 2, ..EngineOptions::default() };
    for task in [CLASSES, VALUES] {
        let model = model(&[150, 90], Activation::GeluTanh, 0.2);
        let batch = samples(300, task, 0..70);
        let mut engine = start(&model, 300, task, options);
        let weights = weights(&engine);
        let ours = gradient(&mut engine, std::slice::from_ref(&batch));
        let mut first = 0;
        for tensor in engine.tensors() {
            let part = first..first + tensor.data.len();
            first = part.end;
            let length = ours[part.clone()].iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
            let mut direction = vec![0.0; weights.len()];
            for index in part {
                direction[index] = (f64::from(ours[index]) / length) as f32;
            }
            let expected = slope(&mut engine, &batch, &weights, &direction);
            assert!(
                (length / expected - 1.0).abs() < 1e-3,
                "{}: {length}, differences {expected}",
                tensor.name
            );
        }
        assert_eq!(first, weights.len());
    }
}
