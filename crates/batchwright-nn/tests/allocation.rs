//! What is allocated: exactly the plan when an engine is made, nothing afterwards.
//!
//! A plan that is off by one buffer makes a batch size "fit" that does not; one that is off by a
//! factor refuses sizes that would. An allocation within the loop shows in no other test. The
//! allocator of this program counts, for all threads of the process, and therefore everything
//! happens in one test; the harness's own thread may still allocate now and then, so that each
//! measurement is repeated and the smallest is taken.

// A global allocator cannot be written without unsafe code.
#![allow(unsafe_code)]

mod common;

use batchwright_data::{InputKind, SampleShape, Task};
use batchwright_nn::{
    Activation, Architecture, CpuEngineFactory, EngineFactory, EngineOptions, MemoryPlan, Model, Optimizer,
    Precision,
};
use common::samples;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps `alloc`'s promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps `alloc_zeroed`'s promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller keeps `realloc`'s promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn count(size: usize) {
    CALLS.fetch_add(1, Relaxed);
    BYTES.fetch_add(size as u64, Relaxed);
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls and bytes, freed ones included, that `body` allocates: the least of a few runs.
fn allocated<T>(mut body: impl FnMut() -> T) -> (u64, u64) {
    let mut once = || {
        let before = (CALLS.load(Relaxed), BYTES.load(Relaxed));
        let result = body();
        let spent = (CALLS.load(Relaxed) - before.0, BYTES.load(Relaxed) - before.1);
        drop(result);
        spent
    };
    (0..5).map(|_| once()).min().expect("five runs")
}

/// Most bytes that an engine needs beside its numbers: names, boxes, thread handles. Some 5,000 are
/// needed now; the smallest buffer that a plan could forget (a loss per sample of an evaluation
/// batch, 1,024 bytes) would exceed it.
const BOOKKEEPING: u64 = 8_192;

const CLASSES: Task = Task::Classify { classes: 10 };
const VALUES: Task = Task::Regress { outputs: 3 };

#[test]
fn allocations() {
    a_step_allocates_nothing();
    norms_of_gradients_allocate_what_was_planned_for_them();
    evaluation_into_reserved_room_allocates_nothing();
    the_plan_is_what_is_allocated();
    the_plan_is_linear_in_the_micro_batch();
    planning_allocates_next_to_nothing();
}

fn model(activation: Activation, dropout: f64) -> Model {
    Model { activation, dropout, ..Model::mlp(&[160, 90]) }
}

fn a_step_allocates_nothing() {
    for threads in [1, 2] {
        for optimizer in [Optimizer::default(), Optimizer::adamw()] {
            for task in [CLASSES, VALUES] {
                let options = EngineOptions {
                    micro_batch: 520,
                    clip_norm: Some(0.5),
                    optimizer,
                    threads,
                    ..EngineOptions::default()
                };
                let mut engine = common::engine(&model(Activation::GeluTanh, 0.2), 50, task, options);
                let batches = [samples(50, task, 0..520), samples(50, task, 520..600)];
                // Not warmed up: the first step of the first run is as free of allocations as the
                // others.
                let (calls, _) = allocated(|| {
                    for _ in 0..3 {
                        common::step(&mut engine, &batches, 0.01);
                    }
                });
                assert_eq!(calls, 0, "{threads} threads, {optimizer:?}, {task:?}");
            }
        }
    }
}

fn norms_of_gradients_allocate_what_was_planned_for_them() {
    let shape = SampleShape::of(InputKind::Numbers, &[1, 12, 12], CLASSES);
    let model = Model { architecture: Architecture::Lenet, ..Model::mlp(&[]) };
    let of = |gradient_norms| EngineOptions { micro_batch: 7, gradient_norms, ..EngineOptions::default() };
    let build = |options| CpuEngineFactory.build(&model, shape, &options).expect("valid settings");
    let [with, without] = [true, false].map(|asked| {
        let (_, bytes) = allocated(|| build(of(asked)));
        (bytes, build(of(asked)).memory_bytes())
    });
    assert!(with.0 > without.0);
    assert_eq!(with.0 - without.0, with.1 - without.1);
    let (mut engine, batch) = (build(of(true)), samples(144, CLASSES, 0..7));
    let mut squares = Vec::with_capacity(7);
    let (calls, _) = allocated(|| {
        squares.clear();
        engine.gradient_and_norms(&batch, &mut squares).expect("a valid batch");
        engine.update(0.01);
    });
    assert_eq!(calls, 0);
}

fn evaluation_into_reserved_room_allocates_nothing() {
    let options = EngineOptions { threads: 2, ..EngineOptions::default() };
    let mut engine = common::engine(&model(Activation::Tanh, 0.2), 50, CLASSES, options);
    let batch = samples(50, CLASSES, 0..engine.evaluation_batch() as u32);
    let mut losses = Vec::with_capacity(batch.len());
    let mut outputs = Vec::with_capacity(10 * batch.len());
    let mut weights = Vec::with_capacity(engine.parameters() as usize);
    let mut state = engine.state();
    let (calls, _) = allocated(|| {
        losses.clear();
        outputs.clear();
        engine.evaluate(&batch, &mut losses).expect("a valid batch");
        engine.predict(&batch, &mut outputs).expect("a valid batch");
        engine.copy_weights(&mut weights);
        engine.set_weights(&weights).expect("the same network");
        engine.copy_state(&mut state);
    });
    assert_eq!(calls, 0);
}

/// Bytes of the plan that the caller's batch takes: inputs, targets and an id per sample.
fn batch_bytes(inputs: usize, task: Task, micro_batch: usize) -> u64 {
    4 * (micro_batch * (inputs + SampleShape::numbers(inputs, task).targets() + 1)) as u64
}

fn settings() -> Vec<(Model, usize, Task, EngineOptions)> {
    let mut settings = Vec::new();
    for micro_batch in [1, 7, 64] {
        for (optimizer, threads, precision) in [
            (Optimizer::default(), 1, Precision::F32),
            (Optimizer::adamw(), 1, Precision::Bf16),
            (Optimizer::adamw(), 2, Precision::F32),
            (Optimizer::default(), 2, Precision::Bf16),
        ] {
            let options =
                EngineOptions { micro_batch, optimizer, threads, precision, ..EngineOptions::default() };
            let linear = Model { architecture: Architecture::Linear, ..Model::mlp(&[]) };
            settings.push((linear, 13, VALUES, options));
            settings.push((Model::mlp(&[512, 256]), 784, CLASSES, options));
            settings.push((model(Activation::Tanh, 0.5), 33, VALUES, options));
            settings.push((model(Activation::GeluTanh, 0.0), 33, CLASSES, options));
        }
    }
    settings
}

/// Bytes allocated beside the numbers that were planned.
fn beside_the_plan(model: &Model, inputs: usize, task: Task, options: EngineOptions) -> u64 {
    let plan = common::plan(model, inputs, task, &options).expect("valid settings");
    let engine = common::engine(model, inputs, task, options);
    assert_eq!(u128::from(engine.memory_bytes()), plan.bytes());
    let numbers = engine.memory_bytes() - batch_bytes(inputs, task, options.micro_batch);
    let (_, bytes) = allocated(|| common::engine(model, inputs, task, options));
    bytes.checked_sub(numbers).expect("no less than planned")
}

/// Bookkeeping is small, and the same for the smallest network with as many layers: all that grows
/// with a size is in the plan, to the byte.
fn the_plan_is_what_is_allocated() {
    for (model, inputs, task, options) in settings() {
        let smallest = Model {
            architecture: match &model.architecture {
                same @ (Architecture::Linear
                | Architecture::Lenet
                | Architecture::Cnn
                | Architecture::Resnet { .. }) => same.clone(),
                Architecture::Mlp { hidden } => Architecture::Mlp { hidden: vec![1; hidden.len()] },
                other => other.clone(),
            },
            ..model.clone()
        };
        let beside = beside_the_plan(&model, inputs, task, options);
        let one = EngineOptions { micro_batch: 1, ..options };
        assert!(beside < BOOKKEEPING, "{beside}: {model:?}, {options:?}");
        // A second thread allocates its own few bytes when it comes to it.
        if options.threads == 1 {
            let least = beside_the_plan(&smallest, 1, task, one);
            assert_eq!(beside, least, "{model:?}, {options:?}");
        }
    }
}

/// Without a tolerance: bookkeeping is the same at both sizes.
fn the_plan_is_linear_in_the_micro_batch() {
    let of = |micro_batch| {
        let options = EngineOptions { micro_batch, ..EngineOptions::default() };
        let model = model(Activation::GeluTanh, 0.1);
        let plan = common::plan(&model, 33, CLASSES, &options).expect("valid settings");
        let (_, bytes) = allocated(|| common::engine(&model, 33, CLASSES, options));
        (plan, bytes + batch_bytes(33, CLASSES, micro_batch))
    };
    let (plan, one) = of(1);
    for micro_batch in [2u64, 3, 100, 1000] {
        let (larger, bytes) = of(micro_batch as usize);
        assert_eq!(larger, MemoryPlan { micro_batch, ..plan });
        assert_eq!(bytes - one, 4 * plan.per_sample as u64 * (micro_batch - 1));
    }
}

/// An absurd model must be refused by arithmetic, not by trying.
fn planning_allocates_next_to_nothing() {
    let absurd = Model::mlp(&[999_999_999, 999_999_999]);
    let options = EngineOptions { micro_batch: 1_000_000, ..EngineOptions::default() };
    let (_, bytes) = allocated(|| common::plan(&absurd, 784, CLASSES, &options).expect("a plan"));
    assert!(bytes < BOOKKEEPING, "{bytes}");
    let (_, bytes) = allocated(|| common::build(&absurd, 784, CLASSES, options).is_err());
    assert!(bytes < BOOKKEEPING, "{bytes}");
}
