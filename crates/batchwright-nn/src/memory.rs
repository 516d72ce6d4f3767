//! How much memory training needs, computed before anything is allocated.
//!
//! M(b) = P (weights + gradient + optimizer) + fixed + a b, with b the micro-batch size. Every
//! engine fills in the numbers for its own buffers, and allocates exactly what it planned.

use crate::error::NnError;

/// Sizes of an engine's buffers, in numbers of 4 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Parameters of the network.
    pub parameters: u128,
    /// Number of lists as long as the parameters: weights, gradient and the optimizer's moments.
    pub copies: u128,
    /// Numbers per sample of a micro-batch: outputs of all layers, what they keep, their working
    /// memory, two gradients, the batch's inputs and targets.
    pub per_sample: u128,
    /// The rest, whatever the micro-batch: evaluation buffers, scratch, what layers hold, statistics.
    pub fixed: u128,
    /// Samples of a micro-batch.
    pub micro_batch: u64,
    /// Samples of a pass in evaluation; its buffers are part of `fixed`.
    pub evaluation_batch: u64,
}

impl MemoryPlan {
    /// Bytes in all.
    pub fn bytes(&self) -> u128 {
        let weights = self.parameters.saturating_mul(self.copies);
        let samples = self.per_sample.saturating_mul(u128::from(self.micro_batch));
        weights.saturating_add(samples).saturating_add(self.fixed).saturating_mul(4)
    }

    /// The largest micro-batch with which the plan stays within `available` bytes; `None` if not
    /// even one sample fits.
    pub fn largest_micro_batch(&self, available: u64) -> Option<u64> {
        let fixed = Self { micro_batch: 0, ..*self }.bytes();
        let left = u128::from(available).checked_sub(fixed)?;
        // A sample needs at least its input, its output and an id.
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
