//! Sizes that no machine has: planned without overflow, refused with the numbers.

mod common;

use batchwright_data::{SampleShape, Task};
use batchwright_nn::{
    CpuEngineFactory, EngineFactory, EngineOptions, MemoryPlan, Model, NnError, Optimizer, summarise,
};

const TASK: Task = Task::Classify { classes: 10 };

fn model(architecture: &str) -> Model {
    Model { architecture: architecture.parse().expect("a valid architecture"), ..Model::mlp(&[]) }
}

/// (784 + 1) w + (w + 1) w + (w + 1) 10 parameters with w = 999,999,999, by hand.
#[test]
fn a_billion_by_a_billion_is_planned_to_the_byte_and_refused() {
    let absurd = model("mlp:999999999,999999999");
    let options = EngineOptions {
        optimizer: Optimizer::adamw(),
        memory_limit: Some(8 << 30),
        ..EngineOptions::default()
    };
    let plan = common::plan(&absurd, 784, TASK, &options).unwrap();
    assert_eq!(plan.parameters, 1_000_000_793_999_999_215);
    assert_eq!(plan.copies, 4);
    match common::build(&absurd, 784, TASK, options) {
        Err(NnError::DoesNotFit { micro_batch: 32, needed, available }) => {
            assert_eq!((needed, available), (plan.bytes(), 8 << 30));
            assert!(needed > 16_000_000_000_000_000_000);
        }
        other => panic!("{other:?}"),
    }
}

/// Also without a limit: what a process cannot address does not fit.
#[test]
fn the_largest_numbers_there_are_do_not_overflow() {
    let most = usize::MAX;
    for (model, inputs, micro_batch, threads) in [
        (Model::mlp(&[most, most, most]), most, most, most),
        (Model::mlp(&[1]), most, 1, 1),
        (Model::mlp(&[most]), 1, 1, 1),
        (Model::mlp(&[1]), 1, most, 1),
        (Model::mlp(&[1]), 1, 1, most),
        (model("linear"), most, most, 1),
    ] {
        let options = EngineOptions { micro_batch, threads, ..EngineOptions::default() };
        let task = Task::Regress { outputs: most };
        for task in [TASK, task] {
            let error = common::build(&model, inputs, task, options).unwrap_err();
            let NnError::DoesNotFit { needed, .. } = error else { panic!("{model:?}: {error}") };
            assert!(needed > u128::from(u64::MAX) / 2, "{model:?}: {needed}");
        }
    }
}

/// Products of context, width and heads, where a dense layer has none.
#[test]
fn absurd_transformers_do_not_overflow() {
    for width in [1usize << 40, 1 << 60] {
        let gpt = model(&format!("gpt:layers=3,heads=2,width={width},context=64"));
        let shape = SampleShape::text(64, 65);
        let error = CpuEngineFactory.build(&gpt, shape, &EngineOptions::default()).unwrap_err();
        assert!(matches!(error, NnError::DoesNotFit { .. }), "{width}: {error}");
        let layers = summarise(&gpt, shape).unwrap();
        assert!(layers.iter().any(|layer| layer.multiply_adds > 1 << 80), "{width}");
    }
}

/// The limit itself still fits, one byte less does not.
#[test]
fn the_limit_is_exact() {
    let of = |memory_limit| {
        let options = EngineOptions { memory_limit, ..EngineOptions::default() };
        common::build(&Model::mlp(&[20]), 5, TASK, options)
    };
    let needed = common::plan(&Model::mlp(&[20]), 5, TASK, &EngineOptions::default()).unwrap().bytes() as u64;
    assert!(of(Some(needed)).is_ok());
    let error = of(Some(needed - 1)).unwrap_err();
    for number in [needed.to_string(), (needed - 1).to_string()] {
        assert!(error.to_string().contains(&number), "{error}");
    }
}

/// One sample more than the largest does not fit; a size that is off by one wastes memory or
/// aborts.
#[test]
fn the_largest_micro_batch_is_exact() {
    let plan = common::plan(&Model::mlp(&[20]), 5, TASK, &EngineOptions::default()).unwrap();
    let of = |micro_batch| MemoryPlan { micro_batch, ..plan };
    for micro_batch in [1, 2, 77, 1 << 40] {
        let bytes = of(micro_batch).bytes() as u64;
        assert_eq!(plan.largest_micro_batch(bytes), Some(micro_batch));
        assert_eq!(plan.largest_micro_batch(bytes - 1), (micro_batch > 1).then_some(micro_batch - 1));
        assert_eq!(plan.largest_micro_batch(of(micro_batch + 1).bytes() as u64 - 1), Some(micro_batch));
    }
    assert_eq!(plan.largest_micro_batch(0), None);
}
