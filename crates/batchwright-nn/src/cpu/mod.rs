//! The engine that runs on the CPU: layers, planned buffers, one pass after the other. A step allocates nothing.

pub(crate) mod buffers;

use crate::compute::Compute;
use crate::cpu::buffers::Buffers;
use crate::engine::{Engine, Tensor, Update};
use crate::error::NnError;
use crate::layer::{Backward, Draw, Init, Layer, Parameter, Pass};
use crate::loss::{LossSum, loss};
use crate::memory::{EVALUATION_BATCH, MemoryPlan, NORM_BLOCK};
use crate::model::Model;
use crate::optimizer::{Optimizer, OptimizerState};
use batchwright_data::{Batch, Domain, RandomStream, Targets, Task};
use std::ops::Range;

/// How a [`CpuEngine`] trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuOptions {
    /// Most samples per forward/backward pass, at least 1.
    pub micro_batch: usize,
    /// Optimizer, as it is to be applied (see [`Optimizer::for_batch_size`]).
    pub optimizer: Optimizer,
    /// Longest gradient (Euclidean norm) that is applied as it is; longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
    /// Fixes initial weights and dropout.
    pub seed: u64,
    /// Threads, at least 1. Results do not depend on it.
    pub threads: usize,
    /// Bytes that the engine may take; `None`: no limit of ours.
    pub memory_limit: Option<u64>,
}

impl Default for CpuOptions {
    /// Micro-batch 32, SGD with momentum, no clipping, seed 0, one thread, no limit.
    fn default() -> Self {
        Self {
            micro_batch: 32,
            optimizer: Optimizer::default(),
            clip_norm: None,
            seed: 0,
            threads: 1,
            memory_limit: None,
        }
    }
}

/// A network on the CPU.
#[derive(Debug)]
pub struct CpuEngine {
    layers: Vec<Box<dyn Layer>>,
    /// Each layer's part of the parameters.
    parts: Vec<Range<usize>>,
    inputs: usize,
    task: Task,
    options: CpuOptions,
    plan: MemoryPlan,
    compute: Compute,
    weights: Vec<f32>,
    /// Sum of the samples' gradients since the last update; stale while `accumulated` is 0.
    gradient: Vec<f32>,
    /// Samples since the last update.
    accumulated: u64,
    /// Whether a loss since the last update was not finite. Its gradient can be: a squared error overflows before its slope does.
    poisoned: bool,
    optimizer: OptimizerState,
    buffers: Buffers,
}

/// Where a parameter tensor's numbers stand among all of them.
struct Place {
    /// As in files: position of the layer, then the parameter.
    name: String,
    parameter: Parameter,
    range: Range<usize>,
}

impl CpuEngine {
    /// Bytes and parameters of an engine, without making it.
    ///
    /// # Errors
    /// [`NnError::Model`] or [`NnError::Setting`] where the model or the options make no sense.
    pub fn plan(
        model: &Model,
        inputs: usize,
        task: Task,
        options: &CpuOptions,
    ) -> Result<MemoryPlan, NnError> {
        let layers = model.layers(inputs, task.outputs())?;
        check(options)?;
        Ok(MemoryPlan::new(
            &layers,
            inputs,
            &options.optimizer,
            options.micro_batch as u64,
            options.threads.max(1),
        ))
    }

    /// A network with fresh weights, a pure function of the seed, for samples of `inputs` numbers. All memory is taken here.
    ///
    /// # Errors
    /// As [`CpuEngine::plan`], and [`NnError::DoesNotFit`] beyond the memory limit.
    pub fn new(model: &Model, inputs: usize, task: Task, options: CpuOptions) -> Result<Self, NnError> {
        let plan = Self::plan(model, inputs, task, &options)?;
        plan.check(options.memory_limit.unwrap_or(isize::MAX as u64).min(isize::MAX as u64))?;
        let layers = model.layers(inputs, task.outputs())?;
        let compute = Compute::new(options.threads);
        let parts = parts(&layers);
        let parameters = plan.parameters as usize;
        let mut engine = Self {
            buffers: Buffers::new(&layers, options.micro_batch, parameters, compute.threads()),
            optimizer: OptimizerState::new(options.optimizer, parameters),
            weights: vec![0.0; parameters],
            gradient: vec![0.0; parameters],
            accumulated: 0,
            poisoned: false,
            layers,
            parts,
            inputs,
            task,
            options,
            plan,
            compute,
        };
        engine.initialise();
        Ok(engine)
    }

    /// Draws the initial weights; each tensor from a stream of its own, so that one layer's width does not move another's start.
    fn initialise(&mut self) {
        let seed = self.options.seed;
        let places: Vec<Place> = self.places().collect();
        for (index, place) in places.into_iter().enumerate() {
            let weights = &mut self.weights[place.range];
            match place.parameter.init {
                Init::Zero => weights.fill(0.0),
                Init::Normal(deviation) => {
                    let mut stream = RandomStream::new(seed, Domain::Init, index as u64, 0);
                    weights.fill_with(|| (stream.normal() * deviation) as f32);
                }
            }
        }
    }

    /// Every parameter tensor, in order.
    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.layers.iter().zip(&self.parts).enumerate().flat_map(|(index, (layer, part))| {
            let mut start = part.start;
            layer.parameters().into_iter().map(move |parameter| {
                let range = start..start + parameter.len();
                start = range.end;
                Place { name: format!("{index}.{}", parameter.name), parameter, range }
            })
        })
    }

    /// Whether a pass over the batch fits into the buffers; targets apart.
    fn check_inputs(&self, batch: &Batch, most: usize) -> Result<(), NnError> {
        let numbers = batch.len() * self.inputs;
        let error = |what, found, expected| Err(NnError::Batch { what, found, expected });
        if batch.is_empty() || batch.len() > most {
            error("samples", batch.len(), most)
        } else if batch.inputs.len() != numbers {
            error("input numbers", batch.inputs.len(), numbers)
        } else {
            Ok(())
        }
    }

    /// Whether the targets are of the task's kind; their number and range are checked where the loss is computed.
    fn check_targets(&self, batch: &Batch) -> Result<(), NnError> {
        let (what, found) = match (&batch.targets, self.task) {
            (Targets::Classes(_), Task::Classify { .. }) | (Targets::Values(_), Task::Regress { .. }) => {
                return Ok(());
            }
            (Targets::Classes(classes), Task::Regress { .. }) => {
                ("classes instead of values as targets", classes.len())
            }
            (Targets::Values(values), Task::Classify { .. }) => {
                ("values instead of classes as targets", values.len())
            }
        };
        Err(NnError::Batch { what, found, expected: 0 })
    }

    /// Forward pass in training mode; the outputs of all layers stay in the buffers.
    fn forward(&mut self, batch: &Batch, seed: u64) {
        let samples = batch.len();
        let Buffers { outputs, kept, scratch, .. } = &mut self.buffers;
        let training = Some(Draw { seed, epoch: batch.epoch, ids: &batch.ids });
        let mut pass = Pass { compute: &self.compute, scratch, samples, training };
        for (index, layer) in self.layers.iter().enumerate() {
            let (before, after) = outputs.split_at_mut(index);
            let x = match before.last() {
                None => batch.inputs.as_slice(),
                Some(output) => &output[..samples * self.layers[index - 1].outputs()],
            };
            let y = &mut after[0][..samples * layer.outputs()];
            let kept = &mut kept[index][..samples * layer.kept()];
            layer.forward(&mut pass, &self.weights[self.parts[index].clone()], x, kept, y);
        }
    }

    /// Backward pass: from the loss's gradient in `slopes[0]` to that of all parameters.
    fn backward(&mut self, batch: &Batch) {
        let samples = batch.len();
        let Buffers { outputs, kept, slopes: [slope, other], scratch, .. } = &mut self.buffers;
        let mut pass = Pass { compute: &self.compute, scratch, samples, training: None };
        let (mut dy, mut dx) = (slope, other);
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let inputs = if index == 0 { self.inputs } else { self.layers[index - 1].outputs() };
            let x = if index == 0 { &batch.inputs } else { &outputs[index - 1] };
            let part = self.parts[index].clone();
            let buffers = Backward {
                parameters: &self.weights[part.clone()],
                x: &x[..samples * inputs],
                y: &outputs[index][..samples * layer.outputs()],
                kept: &kept[index][..samples * layer.kept()],
                dy: &dy[..samples * layer.outputs()],
                dx: (index > 0).then(|| &mut dx[..samples * inputs]),
                gradient: &mut self.gradient[part],
                add: self.accumulated > 0,
            };
            layer.backward(&mut pass, buffers);
            std::mem::swap(&mut dy, &mut dx);
        }
    }

    /// Forward pass in evaluation mode; returns which of the two evaluation buffers holds the output `[b, outputs]`.
    fn infer(&mut self, batch: &Batch) -> usize {
        let samples = batch.len();
        let Buffers { evaluation, scratch, .. } = &mut self.buffers;
        let mut pass = Pass { compute: &self.compute, scratch, samples, training: None };
        let mut inputs = self.inputs;
        for (index, layer) in self.layers.iter().enumerate() {
            let [even, odd] = &mut *evaluation;
            let (y, x) = if index % 2 == 0 { (even, odd) } else { (odd, even) };
            let x = if index == 0 { &batch.inputs[..] } else { &x[..samples * inputs] };
            let y = &mut y[..samples * layer.outputs()];
            layer.forward(&mut pass, &self.weights[self.parts[index].clone()], x, &mut [], y);
            inputs = layer.outputs();
        }
        (self.layers.len() - 1) % 2
    }

    /// Sum of the squares of the accumulated gradient. Blocks of fixed size, then the blocks in order: the same bits for any number of threads.
    fn sum_of_squares(&mut self) -> f64 {
        let (gradient, squares) = (&self.gradient, &mut self.buffers.squares);
        self.compute.rows(squares.len(), 4, [squares], |first, [squares]| {
            for (sum, block) in squares.iter_mut().zip(gradient[first * NORM_BLOCK..].chunks(NORM_BLOCK)) {
                // 16 running sums: a single one would wait for each addition.
                let mut lanes = [0.0f32; 16];
                let mut chunks = block.chunks_exact(16);
                for chunk in &mut chunks {
                    for (lane, &g) in lanes.iter_mut().zip(chunk) {
                        *lane += g * g;
                    }
                }
                *sum = lanes.iter().sum::<f32>() + chunks.remainder().iter().map(|g| g * g).sum::<f32>();
            }
        });
        squares.iter().map(|&sum| f64::from(sum)).sum()
    }
}

impl Engine for CpuEngine {
    fn parameters(&self) -> u64 {
        self.weights.len() as u64
    }

    fn memory_bytes(&self) -> u64 {
        self.plan.bytes() as u64
    }

    fn micro_batch(&self) -> usize {
        self.options.micro_batch
    }

    fn evaluation_batch(&self) -> usize {
        EVALUATION_BATCH
    }

    fn gradient(&mut self, batch: &Batch) -> Result<LossSum, NnError> {
        self.check_inputs(batch, self.options.micro_batch)?;
        self.check_targets(batch)?;
        self.forward(batch, self.options.seed);
        let Buffers { outputs, slopes, losses, .. } = &mut self.buffers;
        let Some(output) = outputs.last() else { unreachable!("a model has at least one layer") };
        let numbers = batch.len() * self.task.outputs();
        let sum = loss(
            &self.compute,
            &output[..numbers],
            &batch.targets,
            &mut losses[0][..batch.len()],
            &mut slopes[0][..numbers],
        )?;
        self.backward(batch);
        self.accumulated += sum.samples;
        self.poisoned |= !sum.loss.is_finite();
        Ok(sum)
    }

    fn update(&mut self, learning_rate: f64) -> Update {
        if self.accumulated == 0 {
            return Update::Applied { gradient_norm: 0.0 };
        }
        let gradient_norm = self.sum_of_squares().sqrt() / self.accumulated as f64;
        let update = if gradient_norm.is_finite() && !self.poisoned {
            // PyTorch's clip_grad_norm_, its 1e-6 included.
            let clip = self.options.clip_norm.map_or(1.0, |most| (most / (gradient_norm + 1e-6)).min(1.0));
            let scale = (clip / self.accumulated as f64) as f32;
            self.optimizer.apply(&self.compute, learning_rate, scale, &mut self.weights, &self.gradient);
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
        self.check_inputs(batch, EVALUATION_BATCH)?;
        self.check_targets(batch)?;
        let numbers = batch.len() * self.task.outputs();
        let at = self.infer(batch);
        let Buffers { evaluation: [even, odd], losses: [_, own], .. } = &mut self.buffers;
        let (output, spare) = if at == 0 { (even, odd) } else { (odd, even) };
        let own = &mut own[..batch.len()];
        let sum = loss(&self.compute, &output[..numbers], &batch.targets, own, &mut spare[..numbers])?;
        losses.extend_from_slice(own);
        Ok(sum)
    }

    fn predict(&mut self, batch: &Batch, outputs: &mut Vec<f32>) -> Result<(), NnError> {
        self.check_inputs(batch, EVALUATION_BATCH)?;
        let at = self.infer(batch);
        outputs.extend_from_slice(&self.buffers.evaluation[at][..batch.len() * self.task.outputs()]);
        Ok(())
    }

    fn copy_weights(&self, into: &mut Vec<f32>) {
        into.clear();
        into.extend_from_slice(&self.weights);
    }

    fn set_weights(&mut self, weights: &[f32]) -> Result<(), NnError> {
        if weights.len() != self.weights.len() {
            let problem = format!("{} numbers, the network has {}", weights.len(), self.weights.len());
            return Err(NnError::Tensor { name: "all weights".to_owned(), problem });
        }
        self.weights.copy_from_slice(weights);
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let tensor = |place: Place| Tensor {
            data: transpose(&self.weights[place.range], &place.parameter.shape),
            shape: place.parameter.shape.into_iter().rev().collect(),
            name: place.name,
        };
        self.places().map(tensor).collect()
    }

    fn load_tensors(&mut self, tensors: &[Tensor]) -> Result<(), NnError> {
        let error = |name: &str, problem: String| Err(NnError::Tensor { name: name.to_owned(), problem });
        let mut missing: Vec<Place> = self.places().collect();
        let mut weights = vec![0.0; self.weights.len()];
        for tensor in tensors {
            let Some(position) = missing.iter().position(|place| place.name == tensor.name) else {
                return error(
                    &tensor.name,
                    "the network has no such tensor, or it is given twice".to_owned(),
                );
            };
            let Place { name, parameter, range } = missing.remove(position);
            let shape: Vec<usize> = parameter.shape.iter().rev().copied().collect();
            if tensor.shape != shape {
                return error(&name, format!("its shape is {:?}, expected {shape:?}", tensor.shape));
            }
            if tensor.data.len() != range.len() {
                let problem =
                    format!("it has {} numbers, its shape {shape:?} says {}", tensor.data.len(), range.len());
                return error(&name, problem);
            }
            weights[range].copy_from_slice(&transpose(&tensor.data, &shape));
        }
        if let Some(place) = missing.first() {
            return error(&place.name, "it is missing".to_owned());
        }
        self.weights = weights;
        Ok(())
    }
}

fn parts(layers: &[Box<dyn Layer>]) -> Vec<Range<usize>> {
    let mut end = 0;
    let lengths = layers.iter().map(|layer| layer.parameters().iter().map(Parameter::len).sum::<usize>());
    lengths
        .map(|length| {
            let start = end;
            end += length;
            start..end
        })
        .collect()
}

fn check(options: &CpuOptions) -> Result<(), NnError> {
    options.optimizer.check()?;
    if options.micro_batch == 0 {
        return Err(NnError::Setting { name: "--micro-batch-size", value: 0.0, expected: "at least 1" });
    }
    match options.clip_norm {
        Some(value) if !(value > 0.0 && value.is_finite()) => {
            Err(NnError::Setting { name: "--clip-norm", value, expected: "a finite number above 0" })
        }
        _ => Ok(()),
    }
}

/// The transpose of a `[rows, columns]` tensor; a vector is its own.
fn transpose(data: &[f32], shape: &[usize]) -> Vec<f32> {
    match *shape {
        [rows, columns] => (0..rows * columns).map(|i| data[i % rows * columns + i / rows]).collect(),
        _ => data.to_vec(),
    }
}
