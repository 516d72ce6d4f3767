//! How much memory training takes, known before anything is allocated.
//!
//! M(b) = P (weights + gradient + optimizer) + fixed + a b, with b the micro-batch size. The engine allocates exactly what is planned here.

use crate::compute::gemm::gemm_scratch;
use crate::error::NnError;
use crate::layer::Layer;
use crate::optimizer::Optimizer;

/// Samples per pass in evaluation, whatever the micro-batch size: enough to be fast, and constant in memory.
pub const EVALUATION_BATCH: usize = 256;
/// Parameters whose squares are summed at a time (see the engine's gradient norm): the order of summation must not depend on threads.
pub(crate) const NORM_BLOCK: usize = 4_096;

/// Sizes of the engine's buffers, in numbers of 4 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Parameters of the network.
    pub parameters: u128,
    /// Copies of them: weights, gradient and the optimizer's moments.
    pub copies: u128,
    /// Numbers per sample of a micro-batch: outputs of all layers, what they keep, two gradients, the batch's inputs and targets.
    pub per_sample: u128,
    /// The rest: evaluation buffers, scratch of the matrix product, blocks of the norm.
    pub fixed: u128,
    /// Samples of a micro-batch.
    pub micro_batch: u64,
}

impl MemoryPlan {
    pub(crate) fn new(
        layers: &[Box<dyn Layer>],
        inputs: usize,
        optimizer: &Optimizer,
        micro_batch: u64,
        threads: usize,
    ) -> Self {
        let wide = |value: usize| value as u128;
        // Products of widths may exceed 64 bits: an absurd model must be refused, not overflow.
        let tensor =
            |shape: &[usize]| shape.iter().fold(1u128, |product, &len| product.saturating_mul(wide(len)));
        let parameters = layers
            .iter()
            .flat_map(|layer| layer.parameters())
            .fold(0u128, |sum, parameter| sum.saturating_add(tensor(&parameter.shape)));
        let widest = layers.iter().map(|layer| layer.outputs()).max().unwrap_or(0);
        let layer_outputs: u128 = layers.iter().map(|layer| wide(layer.outputs()) + wide(layer.kept())).sum();
        let outputs = layers.last().map_or(0, |layer| layer.outputs());
        // Loss per sample, ids, inputs and targets of the batch.
        let batch = wide(inputs) + wide(outputs) + 2;
        Self {
            parameters,
            copies: 2 + wide(optimizer.states()),
            per_sample: layer_outputs + 2 * wide(widest) + batch,
            fixed: wide(EVALUATION_BATCH) * (2 * wide(widest) + 1)
                + wide(gemm_scratch(threads))
                + parameters.div_ceil(wide(NORM_BLOCK)),
            micro_batch,
        }
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u128 {
        let weights = self.parameters.saturating_mul(self.copies);
        let samples = self.per_sample.saturating_mul(u128::from(self.micro_batch));
        weights.saturating_add(samples).saturating_add(self.fixed).saturating_mul(4)
    }

    /// The largest micro-batch with which the plan stays within `available` bytes; `None` where not even one sample does.
    pub fn largest_micro_batch(&self, available: u64) -> Option<u64> {
        let fixed = Self { micro_batch: 0, ..*self }.bytes();
        let left = u128::from(available).checked_sub(fixed)?;
        // A sample takes at least its input, its output and an id.
        let samples = left / self.per_sample.saturating_mul(4).max(1);
        (samples > 0).then(|| u64::try_from(samples).unwrap_or(u64::MAX))
    }

    /// Refuses a plan that exceeds `available` bytes.
    ///
    /// # Errors
    /// [`NnError::DoesNotFit`].
    pub fn check(&self, available: u64) -> Result<(), NnError> {
        if self.bytes() <= u128::from(available) {
            return Ok(());
        }
        Err(NnError::DoesNotFit { micro_batch: self.micro_batch, needed: self.bytes(), available })
    }
}
