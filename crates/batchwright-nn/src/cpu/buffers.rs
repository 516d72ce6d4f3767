//! The memory of the CPU engine: how many numbers a network needs, and the buffers that its passes
//! write to. Both are in this file, so that no buffer is allocated without being planned.

use crate::compute::gemm::gemm_scratch;
use crate::compute::numbers::{Numbers, SPARE};
use crate::engine::EngineOptions;
use crate::layer::sequence::Sequence;
use crate::memory::MemoryPlan;
use batchwright_data::SampleShape;

/// Most samples per pass in evaluation. It is large enough to be fast.
const EVALUATION_BATCH: usize = 256;
/// Numbers that the buffers of an evaluation hold at most, beyond those of one sample: 16 MiB.
const EVALUATION_NUMBERS: usize = 4 << 20;

/// Lists of numbers in [`Buffers`].
const BUFFERS: usize = 15;

/// The memory for an engine with these options and for the batch that it reads.
pub(crate) fn plan(network: &Sequence, shape: SampleShape, options: &EngineOptions) -> MemoryPlan {
    let wide = |value: usize| value as u128;
    let (parameters, widest, work) = (network.parameters(), wide(network.widest()), wide(network.work()));
    let evaluation_batch = evaluation_batch(network, shape.inputs);
    // Loss per sample, ids, inputs and targets of the batch.
    let batch = wide(shape.inputs) + wide(shape.targets()) + 2;
    let threads = options.threads.max(1);
    let ids = wide(ids(network, shape.inputs));
    MemoryPlan {
        parameters,
        copies: 2 + wide(options.optimizer.states()),
        per_sample: wide(network.kept()) + 2 * widest + work + batch + ids,
        fixed: wide(evaluation_batch) * (2 * widest + work + 1 + ids)
            + wide(scratch(network, threads))
            + wide(network.held())
            // The running statistics, and those of the last step.
            + 2 * network.statistics()
            + units(network)
            + wide(squares_room(network, options))
            + wide(SPARE * (BUFFERS + 2 + options.optimizer.states())),
        micro_batch: options.micro_batch as u64,
        evaluation_batch: evaluation_batch as u64,
    }
}

/// Samples per pass in evaluation, whatever the micro-batch size: the memory for it is constant, and
/// that of large samples is not many times that of a training.
fn evaluation_batch(network: &Sequence, inputs: usize) -> usize {
    let slots = network.widest().saturating_mul(2).saturating_add(network.work());
    let sample = slots.saturating_add(1 + ids(network, inputs));
    (EVALUATION_NUMBERS / sample).clamp(1, EVALUATION_BATCH)
}

/// Units of the gradient, whose squares are summed one by one.
fn units(network: &Sequence) -> u128 {
    let mut units = 0u128;
    network.visit_parameters(&mut |parameter| units = units.saturating_add(parameter.units()));
    units
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
    pub(crate) ids: [Numbers; 2],
    /// What the network keeps between forward and backward pass, `[micro_batch, kept]`.
    pub(crate) kept: Numbers,
    /// What it holds between them, whatever the number of samples, `[held]`.
    pub(crate) held: Numbers,
    /// Gradients with respect to a layer's output and its input, which alternate between the two
    /// buffers, `[micro_batch, widest]`.
    pub(crate) slopes: [Numbers; 2],
    /// Outputs of layers in evaluation, which alternate between the two buffers,
    /// `[b, widest]`.
    pub(crate) evaluation: [Numbers; 2],
    /// Working memory of a layer, for a pass in training and one in evaluation, `[b, work]`.
    pub(crate) work: [Numbers; 2],
    /// Loss per sample, for a pass in training and one in evaluation.
    pub(crate) losses: [Numbers; 2],
    /// Scratch of the matrix product and of layers.
    pub(crate) scratch: Numbers,
    /// Sums of squares, one for each unit of the gradient (`compute/owners.rs`).
    pub(crate) squares: Numbers,
    /// Room for the lengths of the samples' gradients; empty where they are not wanted.
    pub(crate) squares_room: Numbers,
}

impl Buffers {
    /// Room for micro-batches of up to as many samples as the options say.
    pub(crate) fn new(network: &Sequence, inputs: usize, options: &EngineOptions, units: usize) -> Self {
        let (micro_batch, threads) = (options.micro_batch, options.threads.max(1));
        let zeros = Numbers::zeros;
        let evaluation_batch = evaluation_batch(network, inputs);
        let each = |width: usize| [zeros(micro_batch * width), zeros(evaluation_batch * width)];
        let widest = network.widest();
        Self {
            ids: each(ids(network, inputs)),
            kept: zeros(micro_batch * network.kept()),
            held: zeros(network.held()),
            slopes: [zeros(micro_batch * widest), zeros(micro_batch * widest)],
            evaluation: [zeros(evaluation_batch * widest), zeros(evaluation_batch * widest)],
            work: each(network.work()),
            losses: each(1),
            scratch: zeros(scratch(network, threads)),
            squares: zeros(units),
            squares_room: zeros(squares_room(network, options)),
        }
    }

    /// Most samples of a pass in evaluation.
    pub(crate) fn evaluation_batch(&self) -> usize {
        self.losses[1].len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::CpuEngineFactory;
    use crate::engine::EngineFactory;
    use crate::model::Model;
    use crate::model::build::network;
    use batchwright_data::{Batch, InputKind, Targets, Task};

    fn batch(model: &str, shape: SampleShape) -> usize {
        let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[1]) };
        let options = EngineOptions::default();
        plan(&network(&model, shape).unwrap(), shape, &options).evaluation_batch as usize
    }

    #[test]
    fn an_evaluation_has_as_many_samples_as_its_memory_allows() {
        let image = SampleShape::of(InputKind::Numbers, &[1, 28, 28], Task::Classify { classes: 10 });
        assert_eq!(batch("mlp:512", image), EVALUATION_BATCH);
        let (numbers, one) = (EVALUATION_NUMBERS, 1);
        // Both slots are as wide as what the first convolution puts out, and a sample has a loss.
        assert_eq!(batch("cnn", image), numbers / (2 * 32 * 28 * 28 + one));
        let large = SampleShape::of(InputKind::Numbers, &[3, 512, 512], Task::Classify { classes: 10 });
        assert_eq!(batch("cnn", large), 1, "one sample is more than the memory");
        let text = batch("gpt", SampleShape::text(64, 65));
        assert!((16..128).contains(&text), "{text}");
    }

    /// How many samples an evaluation takes at a time must not be seen in its losses.
    #[test]
    fn losses_do_not_depend_on_the_batch_of_an_evaluation() {
        let shape = SampleShape::of(InputKind::Numbers, &[1, 12, 12], Task::Classify { classes: 3 });
        let batch = |samples: std::ops::Range<u32>| {
            let mut batch = Batch::with_capacity(samples.len(), shape);
            let number = |at: u32| (at.wrapping_mul(2_654_435_761) >> 20) as f32 / 2048.0 - 1.0;
            batch.inputs.numbers_mut().extend((samples.start * 144..samples.end * 144).map(number));
            batch.targets = Targets::Classes(samples.clone().map(|sample| sample % 3).collect());
            batch.ids.extend(samples);
            batch
        };
        for model in ["cnn", "resnet:8"] {
            let model = Model { architecture: model.parse().unwrap(), ..Model::mlp(&[1]) };
            let mut engine = CpuEngineFactory.build(&model, shape, &EngineOptions::default()).unwrap();
            let mut losses = |ends: &[u32]| {
                let (mut losses, mut from) = (Vec::new(), 0);
                for &end in ends {
                    engine.evaluate(&batch(from..end), &mut losses).unwrap();
                    from = end;
                }
                losses
            };
            let together = losses(&[37]);
            assert_eq!(together, losses(&[5, 21, 24, 37]), "{}", model.architecture);
            assert_eq!(together, losses(&Vec::from_iter(1..=37)), "{}", model.architecture);
        }
    }
}
