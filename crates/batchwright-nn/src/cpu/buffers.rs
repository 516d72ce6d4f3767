//! The memory of the CPU engine: how many numbers a network needs, and the buffers that its passes
//! write to. Both are in this file, so that no buffer is allocated without being planned.

use crate::compute::gemm::gemm_scratch;
use crate::engine::EngineOptions;
use crate::layer::sequence::Sequence;
use crate::memory::MemoryPlan;
use batchwright_data::SampleShape;

/// Samples per pass in evaluation, whatever the micro-batch size. It is large enough to be fast,
/// and the memory for it is constant.
pub(crate) const EVALUATION_BATCH: usize = 256;
/// Number of parameters whose squares are summed as one block. It is fixed because the order of
/// summation must not depend on the number of threads.
pub(crate) const NORM_BLOCK: usize = 4_096;

/// The memory for an engine with these options and for the batch that it reads.
pub(crate) fn plan(network: &Sequence, shape: SampleShape, options: &EngineOptions) -> MemoryPlan {
    let wide = |value: usize| value as u128;
    let (parameters, widest, work) = (network.parameters(), wide(network.widest()), wide(network.work()));
    // Loss per sample, ids, inputs and targets of the batch.
    let batch = wide(shape.inputs) + wide(shape.targets()) + 2;
    let threads = options.threads.max(1);
    let ids = wide(ids(network, shape.inputs));
    MemoryPlan {
        parameters,
        copies: 2 + wide(options.optimizer.states()),
        per_sample: wide(network.kept()) + 2 * widest + work + batch + ids,
        fixed: wide(EVALUATION_BATCH) * (2 * widest + work + 1 + ids)
            + wide(scratch(network, threads))
            + wide(network.held())
            // The running statistics, and those of the last step.
            + 2 * network.statistics()
            + parameters.div_ceil(wide(NORM_BLOCK))
            + wide(squares_room(network, options)),
        micro_batch: options.micro_batch as u64,
        evaluation_batch: EVALUATION_BATCH as u64,
    }
}

/// Numbers per sample for the ids of its tokens, which the network takes as numbers.
fn ids(network: &Sequence, inputs: usize) -> usize {
    if network.vocabulary().is_some() { inputs } else { 0 }
}

/// Numbers of scratch: for a product or for a layer that asks for more.
fn scratch(network: &Sequence, threads: usize) -> usize {
    gemm_scratch(threads).max(network.scratch(threads))
}

/// Numbers of room for the lengths of the samples' gradients.
fn squares_room(network: &Sequence, options: &EngineOptions) -> usize {
    if options.gradient_norms { network.squares_room() } else { 0 }
}

/// Everything that a pass writes to.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Token ids as numbers, for a pass in training and one in evaluation, `[b, length]`; empty
    /// where the inputs are numbers.
    pub(crate) ids: [Vec<f32>; 2],
    /// What the network keeps between forward and backward pass, `[micro_batch, kept]`.
    pub(crate) kept: Vec<f32>,
    /// What it holds between them, whatever the number of samples, `[held]`.
    pub(crate) held: Vec<f32>,
    /// Gradients with respect to a layer's output and its input, which alternate between the two
    /// buffers, `[micro_batch, widest]`.
    pub(crate) slopes: [Vec<f32>; 2],
    /// Outputs of layers in evaluation, which alternate between the two buffers,
    /// `[EVALUATION_BATCH, widest]`.
    pub(crate) evaluation: [Vec<f32>; 2],
    /// Working memory of a layer, for a pass in training and one in evaluation, `[b, work]`.
    pub(crate) work: [Vec<f32>; 2],
    /// Loss per sample, for a pass in training and one in evaluation.
    pub(crate) losses: [Vec<f32>; 2],
    /// Scratch of the matrix product and of layers.
    pub(crate) scratch: Vec<f32>,
    /// Sums of squares, one for each block of the gradient.
    pub(crate) squares: Vec<f32>,
    /// Room for the lengths of the samples' gradients; empty where they are not wanted.
    pub(crate) squares_room: Vec<f32>,
}

impl Buffers {
    /// Room for micro-batches of up to as many samples as the options say.
    pub(crate) fn new(network: &Sequence, inputs: usize, options: &EngineOptions, parameters: usize) -> Self {
        let (micro_batch, threads) = (options.micro_batch, options.threads.max(1));
        let zeros = |len: usize| vec![0.0f32; len];
        let each = |width: usize| [zeros(micro_batch * width), zeros(EVALUATION_BATCH * width)];
        let widest = network.widest();
        Self {
            ids: each(ids(network, inputs)),
            kept: zeros(micro_batch * network.kept()),
            held: zeros(network.held()),
            slopes: [zeros(micro_batch * widest), zeros(micro_batch * widest)],
            evaluation: [zeros(EVALUATION_BATCH * widest), zeros(EVALUATION_BATCH * widest)],
            work: each(network.work()),
            losses: each(1),
            scratch: zeros(scratch(network, threads)),
            squares: zeros(parameters.div_ceil(NORM_BLOCK)),
            squares_room: zeros(squares_room(network, options)),
        }
    }
}
