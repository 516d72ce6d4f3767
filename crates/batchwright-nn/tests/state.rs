//! State in and out of an engine, and what it refuses: each refusal is typed and leaves the engine
//! as it was.

mod common;

use batchwright_data::{Batch, Inputs, Targets, Task};
use batchwright_nn::{EngineOptions, Model, NnError, Optimizer, Tensor, Update};
use common::{engine, samples, step, weights};

const TASK: Task = Task::Classify { classes: 3 };

fn fresh(seed: u64) -> common::BoxedEngine {
    let options = EngineOptions { seed, micro_batch: 8, ..EngineOptions::default() };
    engine(&Model::mlp(&[7, 4]), 5, TASK, options)
}

fn outputs(engine: &mut common::BoxedEngine, inputs: usize, task: Task) -> Vec<f32> {
    let mut outputs = Vec::new();
    engine.predict(&samples(inputs, task, 0..20), &mut outputs).expect("a valid batch");
    outputs
}

#[test]
fn copied_weights_come_back_bit_by_bit() {
    let mut engine = fresh(0);
    let mut copy = vec![9.0; 3];
    engine.copy_weights(&mut copy);
    assert_eq!(copy.len() as u64, engine.parameters());
    step(&mut engine, &[samples(5, TASK, 0..8)], 0.1);
    assert_ne!(copy, weights(&engine));
    engine.set_weights(&copy).unwrap();
    assert_eq!(copy, weights(&engine));

    let error = engine.set_weights(&copy[1..]).unwrap_err();
    assert!(matches!(error, NnError::Tensor { .. }), "{error}");
    assert_eq!(copy, weights(&engine));
}

/// Without the moments or the count of updates a resumed training takes other steps, and nothing
/// shows it but its weights. Dropout is on: its masks must go on too.
#[test]
fn a_state_goes_on_bit_by_bit_in_another_engine() {
    let momentum = Optimizer::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.01 };
    for optimizer in [momentum, Optimizer::adamw()] {
        let model = Model { dropout: 0.3, ..Model::mlp(&[7, 4]) };
        let options = EngineOptions { optimizer, micro_batch: 8, ..EngineOptions::default() };
        let fresh = || engine(&model, 5, TASK, options);
        let train = |engine: &mut common::BoxedEngine, steps: std::ops::Range<u32>| {
            for k in steps {
                step(engine, &[samples(5, TASK, 8 * k..8 * k + 8)], 0.05);
            }
        };
        let mut whole = fresh();
        train(&mut whole, 0..3);
        let state = whole.state();
        assert_eq!(state.updates, 3);
        let mut resumed = fresh();
        // A step under way is no part of what goes on.
        resumed.gradient(&samples(5, TASK, 90..95)).unwrap();
        resumed.load_state(&state).unwrap();
        assert_eq!(resumed.state(), state);
        train(&mut whole, 3..6);
        train(&mut resumed, 3..6);
        assert_eq!(whole.state(), resumed.state(), "{optimizer:?}");
    }
}

/// Half of a state must not be loaded before it is found to be another engine's.
#[test]
fn the_state_of_another_network_or_optimizer_is_refused_and_changes_nothing() {
    let mut engine = fresh(0);
    step(&mut engine, &[samples(5, TASK, 0..8)], 0.1);
    let before = engine.state();
    let adamw = EngineOptions { optimizer: Optimizer::adamw(), ..EngineOptions::default() };
    let others = [
        common::engine(&Model::mlp(&[7, 5]), 5, TASK, EngineOptions::default()),
        common::engine(&Model::mlp(&[7, 4]), 5, TASK, adamw),
    ];
    for other in others {
        let error = engine.load_state(&other.state()).unwrap_err();
        assert!(matches!(error, NnError::State { .. }), "{error}");
        assert_eq!(engine.state(), before);
    }
}

/// Names and shapes are PyTorch's. A file that is written and read transposed twice hides the
/// mistake, so one product is done by hand.
#[test]
fn tensors_are_named_and_shaped_as_in_other_libraries() {
    let tensors = fresh(0).tensors();
    let names: Vec<_> = tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice())).collect();
    assert_eq!(
        names,
        [
            ("0.weight", &[7, 5][..]),
            ("0.bias", &[7]),
            ("2.weight", &[4, 7]),
            ("2.bias", &[4]),
            ("4.weight", &[3, 4]),
            ("4.bias", &[3]),
        ]
    );
    let task = Task::Regress { outputs: 2 };
    let linear = Model { architecture: "linear".parse().unwrap(), ..Model::mlp(&[]) };
    let mut engine = engine(&linear, 3, task, EngineOptions::default());
    let tensor = |name: &str, shape: &[usize], data: &[f32]| Tensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let saved =
        [tensor("0.weight", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), tensor("0.bias", &[2], &[10.0, 20.0])];
    engine.load_tensors(&saved).unwrap();
    assert_eq!(engine.tensors(), saved);
    let mut batch = samples(3, task, 0..1);
    batch.inputs = Inputs::Numbers(vec![1.0, 0.0, -1.0]);
    let mut outputs = Vec::new();
    engine.predict(&batch, &mut outputs).unwrap();
    assert_eq!(outputs, [8.0, 18.0]);
}

#[test]
fn tensors_carry_a_network_to_another_engine_in_any_order() {
    let (mut first, mut second) = (fresh(0), fresh(1));
    step(&mut first, &[samples(5, TASK, 0..8)], 0.1);
    let mut tensors = first.tensors();
    tensors.reverse();
    second.load_tensors(&tensors).unwrap();
    assert_eq!(first.tensors(), second.tensors());
    assert_eq!(outputs(&mut first, 5, TASK), outputs(&mut second, 5, TASK));
}

/// A file of another network must not be taken for this one's, and half of it must not be loaded
/// before the mistake is found.
#[test]
fn foreign_tensors_are_refused_by_name_and_change_nothing() {
    let mut engine = fresh(0);
    let (before, tensors) = (weights(&engine), fresh(1).tensors());
    let change = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let mut changed = tensors.clone();
        change(&mut changed);
        changed
    };
    let cases = [
        (change(&|t| drop(t.remove(3))), "2.bias", "missing"),
        (change(&|t| t[2].name = "6.weight".to_owned()), "6.weight", "no such"),
        (change(&|t| t[4].shape = vec![4, 3]), "4.weight", "[3, 4]"),
        (change(&|t| t[5].data.truncate(2)), "4.bias", "numbers"),
        (change(&|t| t.push(t[1].clone())), "0.bias", "twice"),
        (Vec::new(), "0.weight", "missing"),
    ];
    for (tensors, expected, words) in cases {
        match engine.load_tensors(&tensors) {
            Err(NnError::Tensor { name, problem }) => {
                assert_eq!(name, expected);
                assert!(problem.to_string().contains(words), "{name}: {problem}");
            }
            other => panic!("{expected}: {other:?}"),
        }
        assert_eq!(before, weights(&engine));
    }
}

/// Batches that do not fit `fresh`, and the part of the message that says why.
fn misfits() -> Vec<(Batch, &'static str)> {
    let good = || samples(5, TASK, 0..8);
    let with = |targets| Batch { targets, ..good() };
    vec![
        (samples(5, TASK, []), "0 samples"),
        (samples(4, TASK, 0..8), "32 input numbers"),
        (with(Targets::Classes(vec![0; 7])), "7 targets"),
        (with(Targets::Classes(vec![0, 1, 2, 3, 0, 0, 0, 0])), "class"),
        (with(Targets::Values(vec![0.0; 24])), "values instead of classes"),
        (Batch { inputs: Inputs::Tokens(vec![1; 40]), ..good() }, "40 tokens instead of numbers"),
    ]
}

/// Whatever is refused is no part of the step under way.
#[test]
fn a_batch_of_another_shape_is_refused_and_changes_nothing() {
    let (mut engine, mut other) = (fresh(0), fresh(0));
    let good = samples(5, TASK, 0..8);
    other.gradient(&good).unwrap();
    other.update(0.1);
    engine.gradient(&good).unwrap();
    for (batch, words) in misfits() {
        let mut losses = Vec::new();
        for error in [engine.gradient(&batch).unwrap_err(), engine.evaluate(&batch, &mut losses).unwrap_err()]
        {
            assert!(matches!(error, NnError::Batch { .. }));
            assert!(error.to_string().contains(words), "{error} / {words}");
        }
        assert!(losses.is_empty(), "{words}");
    }
    let too_many = engine.gradient(&samples(5, TASK, 0..9)).unwrap_err();
    assert!(too_many.to_string().contains("9 samples"), "{too_many}");
    assert!(engine.evaluate(&samples(5, TASK, 0..257), &mut Vec::new()).is_err());
    assert!(matches!(engine.update(0.1), Update::Applied { .. }));
    assert_eq!(weights(&engine), weights(&other));
}

#[test]
fn a_regression_wants_as_many_values_as_outputs() {
    let task = Task::Regress { outputs: 2 };
    let mut engine = engine(&Model::mlp(&[4]), 3, task, EngineOptions::default());
    for targets in [Targets::Values(vec![0.0; 7]), Targets::Classes(vec![0; 4])] {
        let batch = Batch { targets, ..samples(3, task, 0..4) };
        assert!(matches!(engine.gradient(&batch), Err(NnError::Batch { .. })));
    }
}

/// What the documentation of `predict` says: targets are ignored, so that unlabelled data needs
/// none.
#[test]
fn prediction_needs_no_targets() {
    let mut engine = fresh(0);
    let expected = outputs(&mut engine, 5, TASK);
    for targets in [Targets::Classes(Vec::new()), Targets::Values(Vec::new())] {
        let batch = Batch { targets, ..samples(5, TASK, 0..20) };
        let mut outputs = Vec::new();
        engine.predict(&batch, &mut outputs).unwrap();
        assert_eq!(outputs, expected);
    }
}

#[test]
fn options_out_of_range_are_refused_with_their_flag() {
    let base = EngineOptions::default();
    let nesterov = Optimizer::Sgd { momentum: 0.0, nesterov: true, weight_decay: 0.0 };
    let cases = [
        (EngineOptions { micro_batch: 0, ..base }, "--micro-batch-size"),
        (EngineOptions { clip_norm: Some(0.0), ..base }, "--clip-norm"),
        (EngineOptions { clip_norm: Some(f64::NAN), ..base }, "--clip-norm"),
        (EngineOptions { optimizer: nesterov, ..base }, "--momentum"),
    ];
    for (options, flag) in cases {
        match common::build(&Model::mlp(&[4]), 5, TASK, options) {
            Err(NnError::Setting { name, .. }) => assert_eq!(name, flag),
            other => panic!("{flag}: {other:?}"),
        }
    }
}
