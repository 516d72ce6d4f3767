//! The memory that the CPU engine's passes write to, allocated once, as `memory` plans it.

use crate::compute::gemm::gemm_scratch;
use crate::layer::Layer;
use crate::memory::{EVALUATION_BATCH, NORM_BLOCK};

/// Everything that a pass writes to.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Output of each layer, `[micro_batch, outputs]`.
    pub(crate) outputs: Vec<Vec<f32>>,
    /// What each layer keeps for its backward pass, `[micro_batch, kept]`.
    pub(crate) kept: Vec<Vec<f32>>,
    /// Gradients with respect to a layer's output and input in turn, `[micro_batch, widest]`.
    pub(crate) slopes: [Vec<f32>; 2],
    /// Outputs of two layers in turn, in evaluation, `[EVALUATION_BATCH, widest]`.
    pub(crate) evaluation: [Vec<f32>; 2],
    /// Loss per sample, for a pass in training and one in evaluation.
    pub(crate) losses: [Vec<f32>; 2],
    pub(crate) scratch: Vec<f32>,
    /// Sums of squares, one a block of the gradient.
    pub(crate) squares: Vec<f32>,
}

impl Buffers {
    /// Room for micro-batches of up to `micro_batch` samples.
    pub(crate) fn new(
        layers: &[Box<dyn Layer>],
        micro_batch: usize,
        parameters: usize,
        threads: usize,
    ) -> Self {
        let widest = layers.iter().map(|layer| layer.outputs()).max().unwrap_or(0);
        let zeros = |len: usize| vec![0.0f32; len];
        Self {
            outputs: layers.iter().map(|layer| zeros(micro_batch * layer.outputs())).collect(),
            kept: layers.iter().map(|layer| zeros(micro_batch * layer.kept())).collect(),
            slopes: [zeros(micro_batch * widest), zeros(micro_batch * widest)],
            evaluation: [zeros(EVALUATION_BATCH * widest), zeros(EVALUATION_BATCH * widest)],
            losses: [zeros(micro_batch), zeros(EVALUATION_BATCH)],
            scratch: zeros(gemm_scratch(threads)),
            squares: zeros(parameters.div_ceil(NORM_BLOCK)),
        }
    }
}
