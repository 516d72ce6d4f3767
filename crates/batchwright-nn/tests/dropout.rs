//! Dropout is a pure function of (seed, sample, epoch), and no part of evaluation.

mod common;

use batchwright_data::{Batch, Targets, Task};
use batchwright_nn::{Activation, EngineOptions, Model, Optimizer, Tensor};
use common::{PLAIN, engine, gradient, relative_distance, samples, step, weights};

const TASK: Task = Task::Classify { classes: 4 };

fn model(dropout: f64) -> Model {
    Model { activation: Activation::Tanh, dropout, ..Model::mlp(&[24, 12]) }
}

/// Engines that differ in their seed share one set of weights here: what differs is the dropout.
fn plain(seed: u64) -> common::BoxedEngine {
    let options = |seed| EngineOptions { seed, optimizer: PLAIN, ..EngineOptions::default() };
    let mut engine = engine(&model(0.5), 9, TASK, options(seed));
    let weights = weights(&common::engine(&model(0.5), 9, TASK, options(0)));
    engine.set_weights(&weights).expect("the same network");
    engine
}

/// A mask that hangs on the place in the batch, or on a generator that runs on, makes a resumed or
/// divided run another run.
#[test]
fn the_mask_goes_with_the_sample() {
    let whole = gradient(&mut plain(0), &[samples(9, TASK, 0..30)]);
    let reversed = gradient(&mut plain(0), &[samples(9, TASK, (0..30).rev())]);
    let mut used = plain(0);
    gradient(&mut used, &[samples(9, TASK, 100..130)]);
    let mixed = [
        samples(9, TASK, (0..30).filter(|id| id % 3 == 0)),
        samples(9, TASK, (0..30).filter(|id| id % 3 != 0)),
    ];
    let divided = gradient(&mut used, &mixed);
    assert!(relative_distance(&whole, &reversed) < 2e-6);
    assert!(relative_distance(&whole, &divided) < 2e-6);
}

/// The same mask in every epoch is a smaller network, not dropout.
#[test]
fn epoch_seed_and_sample_each_change_the_mask() {
    let batch = |epoch| Batch { epoch, ..samples(9, TASK, 0..30) };
    let first = gradient(&mut plain(0), &[batch(0)]);
    assert_eq!(first, gradient(&mut plain(0), &[batch(0)]));
    let renamed = Batch { ids: (30..60).collect(), ..batch(0) };
    for (mut engine, other, what) in
        [(plain(0), batch(1), "epoch"), (plain(1), batch(0), "seed"), (plain(0), renamed, "sample")]
    {
        let distance = relative_distance(&first, &gradient(&mut engine, &[other]));
        assert!(distance > 0.05, "another {what}: {distance}");
    }
}

/// Weights of a network whose one output is the mean of its hidden units' dropout factors.
fn mean_of_factors(hidden: usize) -> [Tensor; 4] {
    let tensor = |name: &str, shape: &[usize], value: f32| Tensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        data: vec![value; shape.iter().product()],
    };
    [
        tensor("0.weight", &[hidden, 1], 0.0),
        tensor("0.bias", &[hidden], 1.0),
        tensor("3.weight", &[1, hidden], 1.0 / hidden as f32),
        tensor("3.bias", &[1], 0.0),
    ]
}

/// Mean over `count` samples of the squared mean of `hidden` factors, as a loss against targets of
/// zero.
fn mean_square(dropout: f64, hidden: usize, count: u32) -> f64 {
    let task = Task::Regress { outputs: 1 };
    let model = Model { dropout, ..Model::mlp(&[hidden]) };
    let options = EngineOptions { micro_batch: count as usize, ..EngineOptions::default() };
    let mut engine = engine(&model, 1, task, options);
    engine.load_tensors(&mean_of_factors(hidden)).expect("the network's tensors");
    let mut batch = samples(1, task, 0..count);
    batch.targets = Targets::Values(vec![0.0; count as usize]);
    engine.gradient(&batch).expect("a valid batch").mean()
}

/// Factors are 1 / (1 - p) with probability 1 - p: mean 1, mean square 1 / (1 - p). Without the
/// scaling, evaluation sees another network; with an ever so slightly wrong share, nobody would
/// notice.
#[test]
fn factors_have_the_right_share_and_scale() {
    for dropout in [0.1f64, 0.5, 0.8] {
        // One unit: the mean square. 20,000 draws; bounds are four standard errors.
        let expected = 1.0 / (1.0 - dropout);
        let error = 4.0 * (dropout / (1.0 - dropout)).sqrt() / 20_000f64.sqrt() * expected;
        let found = mean_square(dropout, 1, 20_000);
        assert!((found - expected).abs() < error, "{dropout}: {found}, {expected}");
        // Many units: the square of the mean, which also fails if the units of a sample share a
        // draw.
        let error = 4.0 * (dropout / (1.0 - dropout) / 20_000.0).sqrt() * 2.0;
        let found = mean_square(dropout, 20_000, 1);
        assert!((found - 1.0).abs() < error, "{dropout}: {found}");
    }
}

/// Two layers with one mask zero half the paths instead of three quarters. The second layer is the
/// identity, so that a path's factor is the product of both: its mean is 1 for masks drawn apart, 2
/// for one mask.
#[test]
fn layers_draw_apart() {
    const WIDTH: usize = 64;
    let task = Task::Regress { outputs: 1 };
    let model = Model { dropout: 0.5, ..Model::mlp(&[WIDTH, WIDTH]) };
    let mut engine = engine(&model, 1, task, EngineOptions::default());
    let [zero, ones, mean, none] = mean_of_factors(WIDTH);
    let mut identity = engine.tensors()[2].clone();
    for (at, weight) in identity.data.iter_mut().enumerate() {
        *weight = if at % (WIDTH + 1) == 0 { 1.0 } else { 0.0 };
    }
    let named = |name: &str, tensor| Tensor { name: name.to_owned(), ..tensor };
    let last = [named("6.weight", mean), named("6.bias", none)];
    let bias = Tensor { data: vec![0.0; WIDTH], ..named("3.bias", ones.clone()) };
    let tensors = [zero, ones, identity, bias].into_iter().chain(last).collect::<Vec<_>>();
    engine.load_tensors(&tensors).unwrap();
    let mut batch = samples(1, task, 0..32);
    batch.targets = Targets::Values(vec![0.0; 32]);
    // Mean squares: 1 + 3 / 64 apart, 4 + 4 / 64 together.
    let found = engine.gradient(&batch).unwrap().mean();
    assert!((0.7..1.4).contains(&found), "{found}");
}

/// Evaluation with dropout on would report a worse network than the one that is saved.
#[test]
fn evaluation_and_prediction_are_without_dropout() {
    let mut with = plain(0);
    let mut without = engine(&model(0.0), 9, TASK, EngineOptions::default());
    without.set_weights(&weights(&with)).unwrap();
    let batch = samples(9, TASK, 0..200);
    let run = |engine: &mut common::BoxedEngine| {
        let (mut losses, mut outputs) = (Vec::new(), Vec::new());
        let sum = engine.evaluate(&batch, &mut losses).unwrap();
        engine.predict(&batch, &mut outputs).unwrap();
        (sum, losses, outputs)
    };
    let seen = run(&mut with);
    assert_eq!(seen, run(&mut without));
    let (sum, losses, outputs) = seen;
    assert_eq!((losses.len(), outputs.len(), sum.samples), (200, 800, 200));
    let total: f64 = losses.iter().map(|&loss| f64::from(loss)).sum();
    assert!((sum.loss - total).abs() < 1e-9);
    let small = samples(9, TASK, 0..32);
    let trained = without.gradient(&small).unwrap();
    let evaluated = without.evaluate(&small, &mut Vec::new()).unwrap();
    assert!((trained.loss - evaluated.loss).abs() < 1e-4);
    assert_eq!(trained.correct, evaluated.correct);
}

/// A run that is looked at more often must not become another run: evaluations in the middle of
/// steps and between them leave the weights, the moments, the gradient under way and the dropout as
/// they are.
#[test]
fn evaluation_leaves_training_untouched() {
    for optimizer in [Optimizer::default(), Optimizer::adamw()] {
        let train = |looking: bool| {
            let options = EngineOptions { optimizer, clip_norm: Some(1.0), ..EngineOptions::default() };
            let mut engine = engine(&model(0.3), 9, TASK, options);
            let look = |engine: &mut common::BoxedEngine| {
                if looking {
                    let batch = samples(9, TASK, 500..756);
                    engine.evaluate(&batch, &mut Vec::new()).unwrap();
                    engine.predict(&batch, &mut Vec::new()).unwrap();
                }
            };
            for epoch in 0..3 {
                let batches = [0..32, 32..40].map(|ids| Batch { epoch, ..samples(9, TASK, ids) });
                engine.gradient(&batches[0]).unwrap();
                look(&mut engine);
                step(&mut engine, &batches[1..], 0.01);
                look(&mut engine);
            }
            weights(&engine)
        };
        assert_eq!(train(true), train(false), "{optimizer:?}");
    }
}
