//! What a step is: the mean over its samples however they were divided, the same bits on any number
//! of threads, and nothing at all where the gradient is not finite; in either precision.

mod common;

use batchwright_data::{Batch, Targets, Task};
use batchwright_nn::{Activation, EngineOptions, Model, Optimizer, Precision, Update};
use common::{PLAIN, engine, gradient, relative_distance, samples, step, weights};

const TASK: Task = Task::Classify { classes: 10 };
/// Bound on [`relative_distance`] where only the order of summation differs. It is the same in bf16: what a
/// sample is rounded to does not depend on the others.
const ROUNDING: f32 = 2e-6;

/// With dropout, so that a test which divides a batch otherwise sees masks that depend on the
/// division.
fn model() -> Model {
    Model { activation: Activation::GeluTanh, dropout: 0.2, ..Model::mlp(&[33, 17]) }
}

fn plain(micro_batch: usize, precision: Precision) -> common::BoxedEngine {
    let options = EngineOptions { micro_batch, optimizer: PLAIN, precision, ..EngineOptions::default() };
    engine(&model(), 20, TASK, options)
}

/// The samples 0, 1, ... in micro-batches of these lengths.
fn divided(inputs: usize, lengths: &[u32]) -> Vec<Batch> {
    let mut first = 0;
    let mut next = |length: &u32| {
        first += length;
        samples(inputs, TASK, first - length..first)
    };
    lengths.iter().map(&mut next).collect()
}

/// A sum where a mean is meant, or a mean of unequal micro-batches' means, trains at a rate that
/// depends on how the batch was divided.
#[test]
fn the_gradient_does_not_depend_on_how_the_batch_is_divided() {
    for divisions in
        [&[&[64][..], &[16, 16, 16, 16], &[1; 64], &[40, 24]][..], &[&[55], &[16, 16, 16, 7], &[7, 48]]]
    {
        for precision in Precision::ALL {
            let largest = divisions[0][0] as usize;
            let whole = gradient(&mut plain(largest, precision), &divided(20, divisions[0]));
            for lengths in &divisions[1..] {
                let most = lengths.iter().copied().max().unwrap() as usize;
                let parts = gradient(&mut plain(most, precision), &divided(20, lengths));
                let distance = relative_distance(&whole, &parts);
                assert!(distance < ROUNDING, "{precision}, {lengths:?}: {distance}");
            }
        }
    }
}

/// A short last batch divided by the full batch size takes a smaller step than its samples deserve.
#[test]
fn a_short_batch_is_the_mean_over_its_own_samples() {
    for mut planned_for_16 in Precision::ALL.map(|precision| plain(16, precision)) {
        let mut mean = vec![0.0; planned_for_16.parameters() as usize];
        for id in 0..7 {
            let one = gradient(&mut planned_for_16, &[samples(20, TASK, [id])]);
            for (mean, g) in mean.iter_mut().zip(one) {
                *mean += g / 7.0;
            }
        }
        let short = gradient(&mut planned_for_16, &[samples(20, TASK, 0..7)]);
        assert!(relative_distance(&short, &mean) < ROUNDING);
    }
}

/// What is left over of a step must not reach the next one.
#[test]
fn an_update_clears_the_gradient_and_without_samples_nothing_happens() {
    let mut engine = plain(16, Precision::Bf16);
    let first = gradient(&mut engine, &divided(20, &[16, 3]));
    assert_eq!(first, gradient(&mut engine, &divided(20, &[16, 3])));
    let before = weights(&engine);
    assert_eq!(engine.update(0.5), Update::Applied { gradient_norm: 0.0 });
    assert_eq!(before, weights(&engine));
}

/// Twenty steps large enough that every loop and product is divided among threads; a short batch
/// among them.
fn twenty_steps(options: EngineOptions) -> (Vec<f32>, Vec<f64>) {
    let model = Model { dropout: 0.3, ..Model::mlp(&[160, 128]) };
    let mut engine = engine(&model, 90, TASK, EngineOptions { micro_batch: 520, ..options });
    let batches = [samples(90, TASK, 0..520), samples(90, TASK, 520..1040), samples(90, TASK, 1040..1133)];
    let losses =
        (0..20).map(|number| step(&mut engine, std::slice::from_ref(&batches[number % 3]), 0.02)).collect();
    (weights(&engine), losses)
}

/// Both optimizers in both precisions.
fn ways_to_train() -> impl Iterator<Item = EngineOptions> {
    [Optimizer::default(), Optimizer::adamw()].into_iter().flat_map(|optimizer| {
        let clip_norm = Some(0.5);
        Precision::ALL.map(|precision| EngineOptions {
            optimizer,
            clip_norm,
            precision,
            ..EngineOptions::default()
        })
    })
}

/// A sum whose order depends on who computes it makes runs differ in the last digit, and after an
/// epoch in the second.
#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    for options in ways_to_train() {
        let one = twenty_steps(options);
        assert!(one.1[19] < one.1[0], "it trains: {:?}", one.1);
        for threads in [2, 3] {
            assert!(
                one == twenty_steps(EngineOptions { threads, ..options }),
                "{threads} threads, {:?}, {}",
                options.optimizer,
                options.precision
            );
        }
    }
}

#[test]
fn a_seed_fixes_everything_and_another_changes_it() {
    for options in ways_to_train() {
        let first = twenty_steps(options);
        assert!(first == twenty_steps(options));
        let other = twenty_steps(EngineOptions { seed: 1, ..options });
        assert!(relative_distance(&first.0, &other.0) > 0.1);
    }
}

/// One layer's draws must not reach into another's: a wider last layer keeps the first layer's
/// start.
#[test]
fn tensors_start_apart_and_with_the_right_spread() {
    let start =
        |width: usize| engine(&Model::mlp(&[400, width]), 50, TASK, EngineOptions::default()).tensors();
    let (narrow, wide) = (start(30), start(60));
    assert_eq!(narrow[0], wide[0]);
    assert_ne!(narrow[2].data[..100], wide[2].data[..100]);
    assert_ne!(narrow[0].data[..100], narrow[2].data[..100]);
    // He et al.: variance 2 / inputs before a ReLU; 20,000 draws stay within 5% of it (five
    // standard errors).
    let variance = narrow[0].data.iter().map(|w| w * w).sum::<f32>() / 20_000.0;
    assert!((variance * 50.0 / 2.0 - 1.0).abs() < 0.05, "{variance}");
    assert!(narrow[1].data.iter().all(|&bias| bias == 0.0));
}

/// Scaled down to the limit, in the same direction, and reported as it was before.
#[test]
fn clipping_shortens_a_long_gradient_and_leaves_a_short_one() {
    let batch = [samples(20, TASK, 0..16)];
    let norm = |values: &[f32]| values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let free = gradient(&mut plain(16, Precision::F32), &batch);
    let clipped = |clip_norm| {
        let options =
            EngineOptions { optimizer: PLAIN, clip_norm: Some(clip_norm), ..EngineOptions::default() };
        let mut engine = engine(&model(), 20, TASK, options);
        let moved = gradient(&mut engine, &batch);
        engine.gradient(&batch[0]).unwrap();
        (moved, engine.update(0.0))
    };
    let (short, update) = clipped(norm(&free) / 3.0);
    let Update::Applied { gradient_norm } = update else { panic!("{update:?}") };
    assert!((gradient_norm / norm(&free) - 1.0).abs() < 1e-5);
    let tripled: Vec<f32> = short.iter().map(|g| g * 3.0).collect();
    assert!(relative_distance(&free, &tripled) < 2e-5);
    assert_eq!(free, clipped(norm(&free) * 1.01).0);
}

/// A batch that poisons a network with `model()`'s shape, and what is not finite about it.
fn poisons() -> Vec<(Task, Batch, &'static str)> {
    let values = Task::Regress { outputs: 10 };
    let with_input = |task, value| {
        let mut batch = samples(20, task, 0..8);
        batch.inputs.numbers_mut()[33] = value;
        batch
    };
    let with_target = |value: f32| {
        let mut batch = samples(20, values, 0..8);
        if let Targets::Values(values) = &mut batch.targets {
            values[15] = value;
        }
        batch
    };
    vec![
        (TASK, with_input(TASK, f32::NAN), "a NaN among the inputs"),
        (TASK, with_input(TASK, f32::INFINITY), "an infinite input"),
        (values, with_target(f32::NAN), "NaN as target"),
        // Just above the square root of the largest number; its slope's square is below it.
        (values, with_target(1.9e19), "a loss that overflows while its gradient does not"),
    ]
}

/// One bad sample must cost one step, not the run: neither weights nor moments take it in, and it
/// does not linger.
#[test]
fn a_poisoned_step_changes_nothing() {
    for (task, poison, what) in poisons() {
        for options in ways_to_train().map(|options| EngineOptions { clip_norm: None, ..options }) {
            let mut clean = engine(&model(), 20, task, options);
            let mut poisoned = engine(&model(), 20, task, options);
            let good = [samples(20, task, 8..24), samples(20, task, 24..40)];
            for engine in [&mut clean, &mut poisoned] {
                step(engine, &good, 0.01);
            }
            let before = weights(&poisoned);
            let loss = poisoned.gradient(&poison).unwrap().loss;
            poisoned.gradient(&good[0]).unwrap();
            assert!(!loss.is_finite(), "{what}: {loss}");
            assert_eq!(poisoned.update(0.01), Update::NotFinite, "{what}");
            assert_eq!(before, weights(&poisoned), "{what}");
            for engine in [&mut clean, &mut poisoned] {
                step(engine, &good, 0.01);
            }
            assert_eq!(weights(&clean), weights(&poisoned), "{what}, {options:?}");
        }
    }
}

/// An update of each layer as soon as its gradient is known must be the update of all afterwards:
/// for narrow and wide layers, few and many rows, any optimizer and any number of threads.
#[test]
fn a_step_in_one_call_is_a_gradient_and_an_update() {
    let nesterov = Optimizer::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.01 };
    let decayed = Optimizer::AdamW { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.1 };
    let wide = Model { activation: Activation::Tanh, ..Model::mlp(&[310, 97]) };
    for (model, inputs) in [(model(), 20), (wide, 411)] {
        for optimizer in [Optimizer::default(), PLAIN, nesterov, Optimizer::adamw(), decayed] {
            for (size, threads, clip_norm, precision) in [
                (1, 1, None, Precision::F32),
                (24, 2, None, Precision::F32),
                (24, 3, Some(0.5), Precision::F32),
                (90, 2, None, Precision::F32),
                (1, 2, None, Precision::Bf16),
                (24, 1, None, Precision::Bf16),
                (90, 3, Some(0.5), Precision::Bf16),
            ] {
                let options = EngineOptions {
                    micro_batch: 90,
                    optimizer,
                    threads,
                    clip_norm,
                    precision,
                    ..EngineOptions::default()
                };
                let [mut one, mut two] = [(); 2].map(|()| engine(&model, inputs, TASK, options));
                for first in [0, 100, 200] {
                    let batch = samples(inputs, TASK, first..first + size);
                    let (loss, update) = one.step(&batch, 0.01).unwrap();
                    assert_eq!(loss, two.gradient(&batch).unwrap());
                    assert_eq!(update, two.update(0.01));
                }
                assert_eq!(one.state(), two.state(), "{optimizer:?}, {size} samples, {threads} threads");
            }
        }
    }
}

/// As [`a_poisoned_step_changes_nothing`].
#[test]
fn a_poisoned_step_in_one_call_changes_nothing() {
    for (task, poison, what) in poisons() {
        for precision in Precision::ALL {
            let mut engine =
                engine(&model(), 20, task, EngineOptions { precision, ..EngineOptions::default() });
            step(&mut engine, &[samples(20, task, 0..24)], 0.01);
            let before = engine.state();
            let (loss, update) = engine.step(&poison, 0.01).unwrap();
            assert!(!loss.loss.is_finite() && update == Update::NotFinite, "{what}");
            assert_eq!(before, engine.state(), "{what}");
        }
    }
}

/// A gradient may overflow where the loss does not: the outputs are 0, and their slopes large.
#[test]
fn an_infinite_gradient_of_a_finite_loss_is_seen() {
    let task = Task::Regress { outputs: 1 };
    let model = Model { activation: Activation::Tanh, ..Model::mlp(&[3]) };
    let mut batch = samples(2, task, 0..1);
    batch.targets = Targets::Values(vec![1e3]);
    for in_one_call in [false, true] {
        let mut engine = engine(&model, 2, task, EngineOptions::default());
        // Two inputs to three units without weights or biases, and then weights that are large.
        let weights: Vec<f32> = [0.0; 9].into_iter().chain([3e38; 3]).chain([0.0]).collect();
        engine.set_weights(&weights).unwrap();
        let updates = engine.state().updates;
        let (loss, update) = if in_one_call {
            engine.step(&batch, 0.1).unwrap()
        } else {
            (engine.gradient(&batch).unwrap(), engine.update(0.1))
        };
        assert!(loss.loss.is_finite(), "{}", loss.loss);
        assert_eq!((update, engine.state().updates), (Update::NotFinite, updates), "{in_one_call}");
        assert!(common::weights(&engine)[..9].iter().all(|&weight| weight == 0.0));
    }
}
