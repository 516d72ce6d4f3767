//! The interface between training and a model on a device, and nothing else. An [`Engine`] trains
//! one model; an [`EngineFactory`] plans and builds the engines of one kind of device.
//!
//! Left out: how an engine does it. `cpu` is the engine in this crate; other crates may have
//! others.

use crate::compute::isa::Isa;
use crate::compute::precision::Precision;
use crate::error::NnError;
use crate::loss::LossSum;
use crate::memory::MemoryPlan;
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::problem::{AllowedValue, GradientNormProblem};
use batchwright_data::{Batch, SampleShape};
use serde::{Deserialize, Serialize};

/// How an engine trains, whatever it runs on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineOptions {
    /// Most samples per forward/backward pass, at least 1.
    pub micro_batch: usize,
    /// Optimizer with the settings that are applied (see [`Optimizer::for_batch_size`]).
    pub optimizer: Optimizer,
    /// Largest Euclidean norm of a gradient that is applied unchanged. A larger gradient is scaled
    /// down to this norm.
    pub clip_norm: Option<f64>,
    /// Determines initial weights and dropout.
    pub seed: u64,
    /// Threads, at least 1. Results do not depend on it.
    pub threads: usize,
    /// Bytes that the engine may use; `None` means no limit.
    pub memory_limit: Option<u64>,
    /// Instruction set; `None`, or one that this processor lacks, means its fastest. With
    /// AVX2 and AVX-512 results are the same bits.
    pub isa: Option<Isa>,
    /// What the factors of products are rounded to in training. An engine needs the same memory for
    /// both, and evaluates and predicts in single precision.
    pub precision: Precision,
    /// Whether there is memory for [`Engine::gradient_and_norms`].
    pub gradient_norms: bool,
}

impl Default for EngineOptions {
    /// Micro-batch 32, SGD with momentum, no clipping, seed 0, one thread, no limit, single precision,
    /// no gradient norms.
    fn default() -> Self {
        Self {
            micro_batch: 32,
            optimizer: Optimizer::default(),
            clip_norm: None,
            seed: 0,
            threads: 1,
            memory_limit: None,
            isa: None,
            precision: Precision::F32,
            gradient_norms: false,
        }
    }
}

impl EngineOptions {
    /// Refuses options outside their range.
    ///
    /// # Errors
    /// [`NnError::Setting`] with the flag's name.
    pub fn check(&self) -> Result<(), NnError> {
        self.optimizer.check()?;
        if self.micro_batch == 0 {
            return Err(NnError::Setting {
                name: "--micro-batch-size",
                value: 0.0,
                expected: AllowedValue::AtLeastOne,
            });
        }
        match self.clip_norm {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(NnError::Setting { name: "--clip-norm", value, expected: AllowedValue::Positive })
            }
            _ => Ok(()),
        }
    }
}

/// The result of an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Update {
    /// The parameters were updated.
    Applied {
        /// Euclidean norm of the step's mean gradient, before clipping.
        gradient_norm: f64,
    },
    /// A loss or the gradient was not finite. The gradient was cleared; nothing else was changed, but
    /// see [`Engine::step`].
    NotFinite,
}

/// A named tensor as it is written to a file, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// For example `0.weight`: the position of the layer, then the parameter, as PyTorch names the
    /// parameters of an `nn.Sequential`.
    pub name: String,
    /// Dense weights are `[outputs, inputs]`.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Vec<f32>,
}

/// Everything that an engine keeps from one step to the next. With it, another engine can continue
/// the training with the same bits. The gradient of an unfinished step is not part of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EngineState {
    /// The parameters, in the engine's own order, and after them the running statistics:
    /// `[parameters + statistics]`.
    pub weights: Vec<f32>,
    /// The optimizer's state: one list of `[parameters]` for each number that it keeps per
    /// parameter. SGD has one (the velocity), AdamW two (first and second moments).
    pub moments: Vec<Vec<f32>>,
    /// Updates so far; AdamW's bias correction depends on it.
    pub updates: u64,
}

/// Plans and builds engines of one kind.
pub trait EngineFactory: std::fmt::Debug + Send + Sync {
    /// Bytes and parameters of an engine for samples of this shape, without building it.
    ///
    /// # Errors
    /// [`NnError::Model`], [`NnError::InputKind`] or [`NnError::Setting`] where model, samples and
    /// options do not fit together; [`NnError::GradientNorms`] where a sample has no gradient of its own.
    fn plan(&self, model: &Model, shape: SampleShape, options: &EngineOptions)
    -> Result<MemoryPlan, NnError>;

    /// An engine with initial weights, which are a pure function of the seed. All memory is
    /// allocated here.
    ///
    /// # Errors
    /// As [`EngineFactory::plan`], and [`NnError::DoesNotFit`] if the memory limit is exceeded.
    fn build(
        &self,
        model: &Model,
        shape: SampleShape,
        options: &EngineOptions,
    ) -> Result<Box<dyn Engine>, NnError>;
}

/// One model on one device.
///
/// A step is one or more calls of [`Engine::gradient`], each with a micro-batch, and one
/// [`Engine::update`]; the gradient of the step is the mean over all samples since the last update,
/// however they were divided into micro-batches.
pub trait Engine: std::fmt::Debug + Send {
    /// Numbers that are trained.
    fn parameters(&self) -> u64;

    /// Bytes planned for training, all of them allocated when the engine was made.
    fn memory_bytes(&self) -> u64;

    /// Most samples in a micro-batch.
    fn micro_batch(&self) -> usize;

    /// Most samples in a batch for [`Engine::evaluate`] and [`Engine::predict`].
    fn evaluation_batch(&self) -> usize;

    /// Forward and backward pass of one micro-batch in training mode: adds to the step's gradient,
    /// returns the loss before the update.
    ///
    /// # Errors
    /// [`NnError::Batch`] if the batch does not have the planned shape.
    fn gradient(&mut self, batch: &Batch) -> Result<LossSum, NnError>;

    /// A step with a single micro-batch: [`Engine::gradient`], then [`Engine::update`], with the same
    /// bits. An engine may update each layer as soon as its gradient is known, which saves memory
    /// traffic. It makes none if the loss is not finite; if the loss is and a gradient is not, parts
    /// whose own gradient is finite may have taken the step, uncounted, and others not.
    ///
    /// # Errors
    /// As [`Engine::gradient`].
    fn step(&mut self, batch: &Batch, learning_rate: f64) -> Result<(LossSum, Update), NnError> {
        let sum = self.gradient(batch)?;
        Ok((sum, self.update(learning_rate)))
    }

    /// As [`Engine::gradient`]; also appends for each sample the square of the Euclidean norm of the
    /// gradient of its own loss (not of its share of a mean), over all parameters. With the sum of
    /// them and the gradient of the whole batch, which is at the same weights, one has what the
    /// gradient noise scale takes (McCandlish et al. 2018).
    ///
    /// # Errors
    /// As [`Engine::gradient`], and [`NnError::GradientNorms`] unless
    /// [`EngineOptions::gradient_norms`] asked for the memory, or if the engine has no such norms.
    fn gradient_and_norms(&mut self, _batch: &Batch, _squares: &mut Vec<f64>) -> Result<LossSum, NnError> {
        Err(NnError::GradientNorms { problem: GradientNormProblem::NoneHere })
    }

    /// Updates the parameters with the mean gradient of the samples since the last update, and
    /// clears it. If there are no samples, nothing happens and the norm is 0.
    fn update(&mut self, learning_rate: f64) -> Update;

    /// Loss of a batch in evaluation mode; each sample's loss is appended to `losses`.
    ///
    /// # Errors
    /// As [`Engine::gradient`].
    fn evaluate(&mut self, batch: &Batch, losses: &mut Vec<f32>) -> Result<LossSum, NnError>;

    /// Outputs of the network (logits, or values), `[b, outputs]`, appended to `outputs`. Targets
    /// are ignored.
    ///
    /// # Errors
    /// As [`Engine::gradient`].
    fn predict(&mut self, batch: &Batch, outputs: &mut Vec<f32>) -> Result<(), NnError>;

    /// Copies all parameters, in the engine's own order, to `into`, whose old content is replaced.
    fn copy_weights(&self, into: &mut Vec<f32>);

    /// Restores weights that [`Engine::copy_weights`] copied. The optimizer's state does not
    /// change.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if the number of parameters differs.
    fn set_weights(&mut self, weights: &[f32]) -> Result<(), NnError>;

    /// Copies what the engine keeps from one step to the next to `into`, whose old content is
    /// replaced. Into room that is large enough it allocates nothing.
    fn copy_state(&self, into: &mut EngineState);

    /// What the engine keeps from one step to the next.
    fn state(&self) -> EngineState {
        let mut state = EngineState::default();
        self.copy_state(&mut state);
        state
    }

    /// Restores what [`Engine::state`] returned for an engine with the same model, optimizer and
    /// options. From here on both engines compute the same bits. The gradient of an unfinished step
    /// is dropped.
    ///
    /// # Errors
    /// [`NnError::State`] if the state has another number of values than this engine. Then nothing
    /// is changed.
    fn load_state(&mut self, state: &EngineState) -> Result<(), NnError>;

    /// Weights that [`Engine::copy_weights`] copied, as named tensors.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if the number of parameters differs.
    fn tensors_of(&self, weights: &[f32]) -> Result<Vec<Tensor>, NnError>;

    /// The parameters as named tensors.
    fn tensors(&self) -> Vec<Tensor>;

    /// Sets the parameters from named tensors.
    ///
    /// # Errors
    /// [`NnError::Tensor`] for a tensor that is missing, unknown or of another shape.
    fn load_tensors(&mut self, tensors: &[Tensor]) -> Result<(), NnError>;
}
