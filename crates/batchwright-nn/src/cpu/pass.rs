//! The passes of the CPU engine: a network, the threads and the buffers that it runs on.
//!
//! Left out: weights and their gradient (they are lent to each pass), and updates. Both lists have
//! the parameters first, then the statistics.

use crate::compute::context::Compute;
use crate::compute::owners::Owners;
use crate::compute::precision::Precision;
use crate::cpu::buffers::Buffers;
use crate::cpu::weights::owners;
use crate::engine::EngineOptions;
use crate::error::NnError;
use crate::layer::sequence::{Sequence, SequenceBackward, SequenceForward, SequenceInfer};
use crate::layer::weights::{Updated, Weights, sum_squares};
use crate::layer::{Draw, Pass, Squares};
use crate::loss::training_loss::TrainingLoss;
use crate::loss::{LossSum, loss};
use crate::rule::Rule;
use batchwright_data::{Batch, Inputs, SampleShape, Targets, Task};

/// What a pass in training is for.
pub(crate) enum Mode<'a> {
    /// The gradient, which is written, or added to what is there; and the square of each sample's
    /// own, `[b]`, where it is wanted.
    Gradient { add: bool, squares: Option<&'a mut [f64]> },
    /// An update with the mean gradient; `scale` is not used. And the optimizer's moments.
    Update(Rule, [&'a mut [f32]; 2]),
}

/// A network and everything that its passes need, except the weights.
#[derive(Debug)]
pub(crate) struct Passes {
    network: Sequence,
    /// Numbers in all its parameters.
    parameters: usize,
    shape: SampleShape,
    /// Most samples of a pass in training.
    micro_batch: usize,
    /// Of products in training.
    precision: Precision,
    compute: Compute,
    /// Who updates which parameters.
    owners: Owners,
    buffers: Buffers,
    /// What the gradient is of.
    loss: TrainingLoss,
}

impl Passes {
    /// Allocates all memory of the passes.
    pub(crate) fn new(
        network: Sequence,
        shape: SampleShape,
        options: &EngineOptions,
        compute: Compute,
    ) -> Self {
        let parameters = network.parameters() as usize;
        let owners = owners(&network);
        let buffers = Buffers::new(&network, shape.inputs, options, owners.units());
        let EngineOptions { micro_batch, precision, .. } = *options;
        let loss = TrainingLoss::default();
        Self { network, parameters, shape, micro_batch, precision, compute, owners, buffers, loss }
    }

    /// Trains on another loss than the one that evaluations show.
    pub(crate) fn set_loss(&mut self, loss: TrainingLoss) {
        self.loss = loss;
    }

    pub(crate) fn network(&self) -> &Sequence {
        &self.network
    }

    /// The threads, and who of them updates which parameters.
    pub(crate) fn team(&self) -> (&Compute, &Owners) {
        (&self.compute, &self.owners)
    }

    /// Forward and backward pass in training. Returns the loss; its gradient is written to
    /// `gradient` or added to it. With an optimizer it is not added, and the parameters are updated,
    /// if the loss is finite; then the norm of the gradient's sum over the samples is returned too.
    pub(crate) fn train(
        &mut self,
        batch: &Batch,
        seed: u64,
        weights: &mut [f32],
        gradient: &mut [f32],
        mode: Mode,
    ) -> Result<(LossSum, Option<f64>), NnError> {
        self.check_inputs(batch, self.micro_batch)?;
        self.check_targets(batch)?;
        let samples = batch.len();
        let Buffers {
            ids: [ids, _],
            kept,
            held,
            slopes: [slope, other],
            work: [work, _],
            losses: [losses, _],
            scratch,
            squares,
            squares_room: room,
            ..
        } = &mut self.buffers;
        let kept = &mut kept[..samples * self.network.kept()];
        let x = numbers(batch, ids);
        let training = Some(Draw { seed, epoch: batch.epoch, ids: &batch.ids });
        let (mode, each) = match mode {
            Mode::Gradient { add, squares } => (Mode::Gradient { add, squares: None }, squares),
            update => (update, None),
        };
        let each = each.map(|totals| Squares { totals, room });
        let mut pass = Pass {
            compute: &self.compute,
            precision: self.precision,
            scratch,
            samples,
            training,
            squares: each,
        };
        let (parameters, statistics) = weights.split_at_mut(self.parameters);
        let (statistics, of_weights) = (&*statistics, &*parameters);
        let forward = SequenceForward {
            parameters: of_weights,
            statistics,
            x,
            kept: &mut *kept,
            held: &mut *held,
            work,
        };
        let output = self.network.forward(&mut pass, forward);
        let losses = &mut losses[..samples];
        let sum = loss(
            &self.compute,
            (self.shape.task, &self.loss),
            output,
            &batch.targets,
            losses,
            &mut slope[..output.len()],
        )?;
        let slots = [&mut **slope, &mut **other];
        let (gradient, observed) = gradient.split_at_mut(self.parameters);
        let (add, weights, updates) = match mode {
            Mode::Gradient { add, .. } => (add, Weights::Kept(parameters), false),
            Mode::Update(..) if !sum.loss.is_finite() => return Ok((sum, None)),
            Mode::Update(rule, moments) => {
                let rule = Rule { scale: (1.0 / sum.samples as f64) as f32, ..rule };
                (false, Weights::Updated(Updated { rule, weights: parameters, moments, squares }), true)
            }
        };
        self.network.backward(
            &mut pass,
            SequenceBackward { weights, x, kept, held, slots, work, dx: None, gradient, observed, add },
        );
        let norm = || self.buffers.squares.iter().map(|&sum| f64::from(sum)).sum::<f64>().sqrt();
        Ok((sum, updates.then(norm)))
    }

    /// Loss in evaluation. Each sample's loss is appended to `losses`.
    pub(crate) fn evaluate(
        &mut self,
        batch: &Batch,
        weights: &[f32],
        losses: &mut Vec<f32>,
    ) -> Result<LossSum, NnError> {
        self.check_inputs(batch, self.buffers.evaluation_batch())?;
        self.check_targets(batch)?;
        // Evaluations always show the same loss.
        let plain = self.loss.in_evaluation();
        let plain = (self.shape.task, &plain);
        let Evaluation { compute, output, spare, losses: own } = self.infer(batch, weights);
        let sum = loss(compute, plain, output, &batch.targets, own, spare)?;
        losses.extend_from_slice(own);
        Ok(sum)
    }

    /// Outputs of the network, appended to `outputs`.
    pub(crate) fn predict(
        &mut self,
        batch: &Batch,
        weights: &[f32],
        outputs: &mut Vec<f32>,
    ) -> Result<(), NnError> {
        self.check_inputs(batch, self.buffers.evaluation_batch())?;
        outputs.extend_from_slice(self.infer(batch, weights).output);
        Ok(())
    }

    /// Forward pass in evaluation.
    fn infer(&mut self, batch: &Batch, weights: &[f32]) -> Evaluation<'_> {
        let samples = batch.len();
        let Buffers {
            ids: [_, ids],
            evaluation: [first, second],
            work: [_, work],
            losses: [_, losses],
            scratch,
            ..
        } = &mut self.buffers;
        let x = numbers(batch, ids);
        let mut pass = Pass {
            compute: &self.compute,
            // What is evaluated is what is saved: the weights in single precision.
            precision: Precision::F32,
            scratch,
            samples,
            training: None,
            squares: None,
        };
        let (parameters, statistics) = weights.split_at(self.parameters);
        let slots = [&mut **first, &mut **second];
        let infer = SequenceInfer { parameters, statistics, x, slots, work };
        let [output, spare] = self.network.infer(&mut pass, infer);
        let numbers = samples * self.network.outputs();
        Evaluation {
            compute: &self.compute,
            output: &output[..numbers],
            spare: &mut spare[..numbers],
            losses: &mut losses[..samples],
        }
    }

    /// Sum of the squares of a gradient. Each unit of its owners is summed, then the units in order,
    /// so the bits are the same for any number of threads.
    pub(crate) fn sum_of_squares(&mut self, gradient: &mut [f32]) -> f64 {
        let squares = &mut self.buffers.squares;
        sum_squares(&self.compute, &self.owners, gradient, squares);
        squares.iter().map(|&sum| f64::from(sum)).sum()
    }

    /// Refuses a batch whose inputs are not those of the network, or do not fit into the buffers.
    /// Targets are not checked here.
    fn check_inputs(&self, batch: &Batch, most: usize) -> Result<(), NnError> {
        let error = |what, found, expected| Err(NnError::Batch { what, found, expected });
        if batch.is_empty() || batch.len() > most {
            return error("samples", batch.len(), most);
        }
        let numbers = batch.len() * self.shape.inputs;
        match (&batch.inputs, self.network.vocabulary()) {
            (Inputs::Numbers(inputs), None) if inputs.len() == numbers => Ok(()),
            (Inputs::Numbers(inputs), None) => error("input numbers", inputs.len(), numbers),
            (Inputs::Numbers(inputs), Some(_)) => {
                error("numbers instead of tokens as inputs", inputs.len(), 0)
            }
            (Inputs::Tokens(tokens), None) => error("tokens instead of numbers as inputs", tokens.len(), 0),
            (Inputs::Tokens(tokens), Some(_)) if tokens.len() != numbers => {
                error("input tokens", tokens.len(), numbers)
            }
            (Inputs::Tokens(tokens), Some(vocabulary)) => {
                match tokens.iter().find(|&&token| token as usize >= vocabulary) {
                    Some(&token) => error("as a token id", token as usize, vocabulary),
                    None => Ok(()),
                }
            }
        }
    }

    /// Whether the targets are of the task's kind. Their number and range are checked where the
    /// loss is computed.
    fn check_targets(&self, batch: &Batch) -> Result<(), NnError> {
        let (what, found) = match (&batch.targets, self.shape.task) {
            (Targets::Classes(_), Task::Classify { .. })
            | (Targets::Values(_), Task::Regress { .. })
            | (Targets::Tokens(_), Task::NextToken { .. }) => return Ok(()),
            (Targets::Classes(classes), Task::Regress { .. }) => {
                ("classes instead of values as targets", classes.len())
            }
            (Targets::Values(values), Task::Classify { .. }) => {
                ("values instead of classes as targets", values.len())
            }
            (Targets::Classes(classes), Task::NextToken { .. }) => {
                ("classes instead of tokens as targets", classes.len())
            }
            (Targets::Values(values), Task::NextToken { .. }) => {
                ("values instead of tokens as targets", values.len())
            }
            (Targets::Tokens(tokens), Task::Classify { .. }) => {
                ("tokens instead of classes as targets", tokens.len())
            }
            (Targets::Tokens(tokens), Task::Regress { .. }) => {
                ("tokens instead of values as targets", tokens.len())
            }
        };
        Err(NnError::Batch { what, found, expected: 0 })
    }
}

/// The inputs of a checked batch as numbers; token ids are written to `ids`.
fn numbers<'a>(batch: &'a Batch, ids: &'a mut [f32]) -> &'a [f32] {
    match &batch.inputs {
        Inputs::Numbers(numbers) => numbers,
        Inputs::Tokens(tokens) => {
            let ids = &mut ids[..tokens.len()];
            ids.iter_mut().zip(tokens).for_each(|(id, &token)| *id = token as f32);
            ids
        }
    }
}

/// What a forward pass in evaluation leaves in the buffers.
struct Evaluation<'a> {
    compute: &'a Compute,
    /// `[b, outputs]`
    output: &'a [f32],
    /// Buffer for the gradient of the loss, which is not used, `[b, outputs]`.
    spare: &'a mut [f32],
    /// Buffer for one loss per sample, `[b]`.
    losses: &'a mut [f32],
}
