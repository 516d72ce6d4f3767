//! The network: layers, losses, optimizers, and the engine that runs them on a CPU.
//!
//! Shapes are known before the first step, so all memory is planned once ([`MemoryPlan`]) and a
//! training step allocates nothing. The matrix product is one function ([`compute::gemm()`]),
//! chosen at run time for AVX-512, AVX2 or any processor.
//!
//! Not here: where samples come from (`batchwright-data`), how long to train and at which rate
//! (`batchwright-train`).
//!
//! ```
//! use batchwright_data::{Batch, SampleShape, Targets, Task};
//! use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model, Update};
//!
//! let shape = SampleShape::numbers(2, Task::Classify { classes: 2 });
//! let mut engine = CpuEngineFactory.build(&Model::mlp(&[8]), shape, &EngineOptions::default())?;
//! let mut batch = Batch::with_capacity(4, shape);
//! batch.inputs.numbers_mut().extend([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
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
//! Files:
//!
//! ```text
//! model/mod.rs          what a network looks like    engine.rs      what training asks for: an
//! model/architecture.rs its kind, read and written                  engine, a factory of engines
//! model/spec.rs         a network as a list          cpu/mod.rs     the engine here
//! model/build.rs        description -> layers        cpu/pass.rs    its passes over a batch
//! model/list.rs         a list as a user writes it   cpu/buffers.rs its memory, planned and taken
//! layer/mod.rs          what a layer is              cpu/weights.rs its weights as tensors
//! layer/sequence.rs     layers one after the other
//! layer/*.rs            the layers
//! loss/ optimizer.rs    losses, updates              compute/       threads, matrix product; the
//! memory.rs             how much memory is needed                   only unsafe code
//! onnx/                 a network for other programs
//! math.rs               exponentials as vector code  error.rs       what can go wrong
//! ```

pub mod compute;
mod cpu;
mod engine;
mod error;
mod layer;
mod loss;
mod math;
mod memory;
mod model;
mod onnx;
mod optimizer;
mod problem;
mod rule;

pub use crate::compute::precision::Precision;
pub use crate::cpu::CpuEngineFactory;
pub use crate::engine::{Engine, EngineFactory, EngineOptions, EngineState, Tensor, Update};
pub use crate::error::NnError;
pub use crate::layer::activation::Activation;
pub use crate::loss::training_loss::{TrainingLoss, ValueLoss, class_weights};
pub use crate::loss::{LossSum, argmax};
pub use crate::memory::MemoryPlan;
pub use crate::model::Model;
pub use crate::model::architecture::Architecture;
pub use crate::model::build::summarise;
pub use crate::model::extent::{Convolution, Extent, NamedPadding, Padding, PoolWindow};
pub use crate::model::flow::Flow;
pub use crate::model::gpt::Gpt;
pub use crate::model::list::LayerList;
pub use crate::model::spec::LayerSpec;
pub use crate::model::summary::{LayerSummary, Totals};
pub use crate::onnx::export::{OnnxModel, OnnxPort, onnx_model};
pub use crate::optimizer::{BETA2_BATCH_SIZE, Optimizer};
pub use crate::problem::{
    AllowedValue, GradientNormProblem, LayerListProblem, LayerProblem, LossProblem, ModelProblem, ModelValue,
    TensorProblem,
};
