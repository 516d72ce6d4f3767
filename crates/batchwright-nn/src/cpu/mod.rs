//! The engine that runs on the CPU: weights, their gradient, and the passes that compute the
//! gradient from the weights. A step allocates nothing.

pub(crate) mod buffers;
#[cfg(test)]
mod composite_tests;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod gradient_norm_tests;
#[cfg(test)]
mod image_network_tests;
#[cfg(test)]
mod onnx_tests;
pub(crate) mod pass;
#[cfg(test)]
mod sequence_tests;
pub(crate) mod weights;

use crate::compute::context::Compute;
use crate::compute::isa::Isa;
use crate::compute::numbers::Numbers;
use crate::cpu::buffers::plan;
use crate::cpu::pass::{Mode, Passes};
use crate::cpu::weights::{from_tensors, initialise, to_tensors};
use crate::engine::{Engine, EngineFactory, EngineOptions, EngineState, Tensor, Update};
use crate::error::NnError;
use crate::layer::sequence::Sequence;
use crate::loss::LossSum;
use crate::memory::MemoryPlan;
use crate::model::Model;
use crate::model::build::network;
use crate::optimizer::OptimizerState;
use crate::problem::{GradientNormProblem, TensorProblem};
use batchwright_data::{Batch, SampleShape};

/// How far an update moves the running statistics towards those of its step.
const STATISTICS_SHARE: f32 = 0.1;

/// Builds engines that run on the CPU.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuEngineFactory;

impl EngineFactory for CpuEngineFactory {
    fn plan(
        &self,
        model: &Model,
        shape: SampleShape,
        options: &EngineOptions,
    ) -> Result<MemoryPlan, NnError> {
        let network = checked(model, shape, options)?;
        Ok(plan(&network, shape, options))
    }

    fn build(
        &self,
        model: &Model,
        shape: SampleShape,
        options: &EngineOptions,
    ) -> Result<Box<dyn Engine>, NnError> {
        let network = checked(model, shape, options)?;
        let mut engine = CpuEngine::new(network, shape, *options)?;
        engine.passes.set_loss(model.loss.clone());
        Ok(Box::new(engine))
    }
}

/// The network, if model, samples and options fit together.
fn checked(model: &Model, shape: SampleShape, options: &EngineOptions) -> Result<Sequence, NnError> {
    let network = network(model, shape)?;
    options.check()?;
    model.loss.check(shape.task)?;
    if options.gradient_norms && network.mixes_samples() {
        return Err(NnError::GradientNorms { problem: GradientNormProblem::MixedSamples });
    }
    Ok(network)
}

/// Copies numbers into a list that keeps its memory.
fn copy(from: &[f32], into: &mut Vec<f32>) {
    into.clear();
    into.extend_from_slice(from);
}

/// A network on the CPU.
#[derive(Debug)]
struct CpuEngine {
    passes: Passes,
    options: EngineOptions,
    plan: MemoryPlan,
    /// Numbers in all parameters.
    parameters: usize,
    /// The parameters, then the statistics.
    weights: Numbers,
    /// Sum of the samples' gradients since the last update, then that of their statistics. While
    /// `accumulated` is 0, its content is old and not used.
    gradient: Numbers,
    /// Samples since the last update.
    accumulated: u64,
    /// Whether a loss since the last update was not finite. Its gradient can still be finite: a
    /// squared error overflows before its derivative does.
    poisoned: bool,
    optimizer: OptimizerState,
}

impl CpuEngine {
    /// Allocates all memory. The options were checked before.
    fn new(network: Sequence, shape: SampleShape, options: EngineOptions) -> Result<Self, NnError> {
        let plan = plan(&network, shape, &options);
        plan.check(options.memory_limit.unwrap_or(isize::MAX as u64).min(isize::MAX as u64))?;
        let parameters = plan.parameters as usize;
        let numbers = parameters + network.statistics() as usize;
        let mut weights = Numbers::zeros(numbers);
        initialise(&network, options.seed, &mut weights);
        Ok(Self {
            passes: Passes::new(
                network,
                shape,
                &options,
                Compute::with_isa(options.threads, options.isa.unwrap_or_else(Isa::detect)),
            ),
            optimizer: OptimizerState::new(options.optimizer, parameters),
            parameters,
            weights,
            gradient: Numbers::zeros(numbers),
            accumulated: 0,
            poisoned: false,
            options,
            plan,
        })
    }

    /// Adds the gradient of a micro-batch to that of the step, and to `squares` each sample's.
    fn add_gradient(&mut self, batch: &Batch, squares: Option<&mut [f64]>) -> Result<LossSum, NnError> {
        let add = self.accumulated > 0;
        let Self { passes, options, weights, gradient, .. } = self;
        let mode = Mode::Gradient { add, squares };
        let (sum, _) = passes.train(batch, options.seed, weights, gradient, mode)?;
        self.accumulated += sum.samples;
        self.poisoned |= !sum.loss.is_finite();
        Ok(sum)
    }

    /// Moves the running statistics a tenth of the way towards those of the step, the share that
    /// PyTorch has as its default.
    fn move_statistics(&mut self, samples: u64) {
        let observed = &self.gradient[self.parameters..];
        for (running, sum) in self.weights[self.parameters..].iter_mut().zip(observed) {
            *running += STATISTICS_SHARE * (sum / samples as f32 - *running);
        }
    }

    /// Refuses a list that is not one number a weight.
    fn check_count(&self, weights: &[f32]) -> Result<(), NnError> {
        if weights.len() == self.weights.len() {
            return Ok(());
        }
        let problem = TensorProblem::Total { found: weights.len(), expected: self.weights.len() };
        Err(NnError::Tensor { name: "all weights".to_owned(), problem })
    }
}

impl Engine for CpuEngine {
    fn parameters(&self) -> u64 {
        self.parameters as u64
    }

    fn memory_bytes(&self) -> u64 {
        self.plan.bytes() as u64
    }

    fn micro_batch(&self) -> usize {
        self.options.micro_batch
    }

    fn evaluation_batch(&self) -> usize {
        self.plan.evaluation_batch as usize
    }

    fn gradient(&mut self, batch: &Batch) -> Result<LossSum, NnError> {
        self.add_gradient(batch, None)
    }

    fn gradient_and_norms(&mut self, batch: &Batch, squares: &mut Vec<f64>) -> Result<LossSum, NnError> {
        if !self.options.gradient_norms {
            return Err(NnError::GradientNorms { problem: GradientNormProblem::NotPlanned });
        }
        let before = squares.len();
        squares.resize(before + batch.len(), 0.0);
        let sum = self.add_gradient(batch, Some(&mut squares[before..]));
        if sum.is_err() {
            squares.truncate(before);
        }
        sum
    }

    fn step(&mut self, batch: &Batch, learning_rate: f64) -> Result<(LossSum, Update), NnError> {
        if self.accumulated > 0 || self.options.clip_norm.is_some() {
            let sum = self.gradient(batch)?;
            return Ok((sum, self.update(learning_rate)));
        }
        let rule = self.optimizer.next_rule(learning_rate, 1.0);
        let mode = Mode::Update(rule, self.optimizer.moments());
        let (sum, norm) =
            self.passes.train(batch, self.options.seed, &mut self.weights, &mut self.gradient, mode)?;
        let update = match norm.map(|norm| norm / sum.samples as f64) {
            Some(gradient_norm) if gradient_norm.is_finite() => {
                self.optimizer.count_update();
                self.move_statistics(sum.samples);
                Update::Applied { gradient_norm }
            }
            _ => Update::NotFinite,
        };
        Ok((sum, update))
    }

    fn update(&mut self, learning_rate: f64) -> Update {
        if self.accumulated == 0 {
            return Update::Applied { gradient_norm: 0.0 };
        }
        let gradient_norm = self.passes.sum_of_squares(&mut self.gradient[..self.parameters]).sqrt()
            / self.accumulated as f64;
        let update = if gradient_norm.is_finite() && !self.poisoned {
            // The formula of PyTorch's clip_grad_norm_, with its 1e-6.
            let clip = self.options.clip_norm.map_or(1.0, |most| (most / (gradient_norm + 1e-6)).min(1.0));
            let scale = (clip / self.accumulated as f64) as f32;
            let weights = &mut self.weights[..self.parameters];
            let gradient = &self.gradient[..self.parameters];
            self.optimizer.apply(self.passes.team(), learning_rate, scale, weights, gradient);
            self.move_statistics(self.accumulated);
            Update::Applied { gradient_norm }
        } else {
            Update::NotFinite
        };
        // The gradient is not cleared: the next micro-batch replaces it.
        self.accumulated = 0;
        self.poisoned = false;
        update
    }

    fn evaluate(&mut self, batch: &Batch, losses: &mut Vec<f32>) -> Result<LossSum, NnError> {
        self.passes.evaluate(batch, &self.weights, losses)
    }

    fn predict(&mut self, batch: &Batch, outputs: &mut Vec<f32>) -> Result<(), NnError> {
        self.passes.predict(batch, &self.weights, outputs)
    }

    fn copy_weights(&self, into: &mut Vec<f32>) {
        copy(&self.weights, into);
    }

    fn set_weights(&mut self, weights: &[f32]) -> Result<(), NnError> {
        self.check_count(weights)?;
        self.weights.copy_from_slice(weights);
        Ok(())
    }

    fn copy_state(&self, into: &mut EngineState) {
        let (moments, updates) = self.optimizer.parts();
        copy(&self.weights, &mut into.weights);
        into.moments.resize_with(moments.len(), Vec::new);
        into.moments.iter_mut().zip(moments).for_each(|(into, moments)| copy(moments, into));
        into.updates = updates;
    }

    fn load_state(&mut self, state: &EngineState) -> Result<(), NnError> {
        let own = self.optimizer.parts().0.iter().map(|moments| moments.len());
        let expected: Vec<usize> = std::iter::once(self.weights.len()).chain(own).collect();
        let given = state.moments.iter().map(Vec::len);
        let found: Vec<usize> = std::iter::once(state.weights.len()).chain(given).collect();
        if found != expected {
            return Err(NnError::State { found, expected });
        }
        self.weights.copy_from_slice(&state.weights);
        self.optimizer.set_parts(&state.moments, state.updates);
        self.accumulated = 0;
        self.poisoned = false;
        Ok(())
    }

    fn tensors_of(&self, weights: &[f32]) -> Result<Vec<Tensor>, NnError> {
        self.check_count(weights)?;
        Ok(to_tensors(self.passes.network(), weights))
    }

    fn tensors(&self) -> Vec<Tensor> {
        to_tensors(self.passes.network(), &self.weights)
    }

    fn load_tensors(&mut self, tensors: &[Tensor]) -> Result<(), NnError> {
        self.weights.copy_from_slice(&from_tensors(self.passes.network(), tensors)?);
        Ok(())
    }
}
