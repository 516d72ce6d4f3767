//! What training asks of a model on a device, and nothing else.

use crate::error::NnError;
use crate::loss::LossSum;
use batchwright_data::Batch;

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Update {
    /// The parameters moved.
    Applied {
        /// Euclidean norm of the step's mean gradient, before clipping.
        gradient_norm: f64,
    },
    /// A loss or the gradient was not finite: nothing was changed but that the gradient was cleared.
    NotFinite,
}

/// A named tensor as it is written to a file, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// E.g. `0.weight`: position of the layer, then the parameter, as PyTorch names those of an `nn.Sequential`.
    pub name: String,
    /// Dense weights are `[outputs, inputs]`.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Vec<f32>,
}

/// One model on one device.
///
/// A step is one or more calls of [`Engine::gradient`], each with a micro-batch, and one [`Engine::update`]; the gradient of the step is the mean over
/// all samples since the last update, however they were divided.
pub trait Engine: Send {
    /// Numbers that are trained.
    fn parameters(&self) -> u64;

    /// Bytes planned for training, all of them allocated when the engine was made.
    fn memory_bytes(&self) -> u64;

    /// Most samples in a micro-batch.
    fn micro_batch(&self) -> usize;

    /// Most samples in a batch for [`Engine::evaluate`] and [`Engine::predict`].
    fn evaluation_batch(&self) -> usize;

    /// Forward and backward pass of one micro-batch in training mode: adds to the step's gradient, returns the loss before the update.
    ///
    /// # Errors
    /// [`NnError::Batch`] if the batch does not have the planned shape.
    fn gradient(&mut self, batch: &Batch) -> Result<LossSum, NnError>;

    /// Updates the parameters with the mean gradient of the samples since the last update, and clears it. Without any, nothing happens and the norm is 0.
    fn update(&mut self, learning_rate: f64) -> Update;

    /// Loss of a batch in evaluation mode; each sample's loss is appended to `losses`.
    ///
    /// # Errors
    /// As [`Engine::gradient`].
    fn evaluate(&mut self, batch: &Batch, losses: &mut Vec<f32>) -> Result<LossSum, NnError>;

    /// Outputs of the network (logits, or values), `[b, outputs]`, appended to `outputs`. Targets are ignored.
    ///
    /// # Errors
    /// As [`Engine::gradient`].
    fn predict(&mut self, batch: &Batch, outputs: &mut Vec<f32>) -> Result<(), NnError>;

    /// Copies all parameters, in the engine's own order, over `into`.
    fn copy_weights(&self, into: &mut Vec<f32>);

    /// Puts back what [`Engine::copy_weights`] copied. The optimizer's state stays.
    ///
    /// # Errors
    /// [`NnError::Tensor`] if the number of parameters differs.
    fn set_weights(&mut self, weights: &[f32]) -> Result<(), NnError>;

    /// The parameters as named tensors.
    fn tensors(&self) -> Vec<Tensor>;

    /// Sets the parameters from named tensors.
    ///
    /// # Errors
    /// [`NnError::Tensor`] for a tensor that is missing, unknown or of another shape.
    fn load_tensors(&mut self, tensors: &[Tensor]) -> Result<(), NnError>;
}
