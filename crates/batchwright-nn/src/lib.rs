//! The network: layers, losses, optimizers, and the engine that runs them on a CPU.
//!
//! Shapes are known before the first step, so all memory is planned once ([`MemoryPlan`]) and a training step allocates nothing. The matrix
//! product is one function ([`compute::gemm()`]), chosen at run time for AVX-512, AVX2 or any processor.
//!
//! Not here: where samples come from (`batchwright-data`), how long to train and at which rate (`batchwright-train`).
//!
//! ```
//! use batchwright_data::{Batch, Targets, Task};
//! use batchwright_nn::{CpuEngine, CpuOptions, Engine, Model, Update};
//!
//! let task = Task::Classify { classes: 2 };
//! let mut engine = CpuEngine::new(&Model::mlp(&[8]), 2, task, CpuOptions::default())?;
//! let mut batch = Batch::with_capacity(4, 2, task);
//! batch.inputs.extend([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
//! batch.targets = Targets::Classes(vec![0, 1, 1, 0]);
//! batch.ids.extend(0..4);
//!
//! let before = engine.gradient(&batch)?.mean();
//! assert!(matches!(engine.update(0.1), Update::Applied { .. }));
//! for _ in 0..200 {
//!     engine.gradient(&batch)?;
//!     engine.update(0.1);
//! }
//! let after = engine.evaluate(&batch, &mut Vec::new())?;
//! assert!(after.mean() < before && after.correct == 4);
//! # Ok::<(), batchwright_nn::NnError>(())
//! ```
//!
//! Files: `model` (what a network looks like), `layer` (its layers), `loss`, `optimizer`, `memory` (the plan), `engine` (what training asks for),
//! `cpu` (the engine here), `buffers` (what its passes write to), `compute` (threads, matrix product; the only unsafe code), `math` (exponentials as vector code).

pub mod compute;
mod cpu;
mod engine;
mod error;
mod layer;
mod loss;
mod math;
mod memory;
mod model;
mod optimizer;

pub use crate::cpu::{CpuEngine, CpuOptions};
pub use crate::engine::{Engine, Tensor, Update};
pub use crate::error::NnError;
pub use crate::loss::{LossSum, argmax};
pub use crate::memory::{EVALUATION_BATCH, MemoryPlan};
pub use crate::model::{Activation, Architecture, Model};
pub use crate::optimizer::{BETA2_BATCH_SIZE, Optimizer};
