//! One step of training after the other: order, batches, micro-batches, one update each. The caller
//! decides on rates, evaluations and the end.

use crate::error::TrainError;
use crate::plan::{Batching, OrderPosition};
use crate::problem::ExpectedSetting;
use batchwright_data::{Batch, Dataset, SampleOrder, sample_shape};
use batchwright_nn::{Engine, LossSum, Update};

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepOutcome {
    /// Losses of its samples, before the update, dropout on.
    pub loss: LossSum,
    /// What became of the update.
    pub update: Update,
}

/// Walks a training split batch by batch.
#[derive(Debug)]
pub struct Stepper {
    batching: Batching,
    order: SampleOrder,
    position: OrderPosition,
    batch: Batch,
    steps: u64,
    samples: u64,
}

impl Stepper {
    /// Starts at the first sample of epoch 0. All memory is taken here.
    ///
    /// # Errors
    /// [`TrainError::Setting`] if `batching` is not about `data`, or its micro-batch does not fit
    /// the engine.
    pub fn new(
        batching: Batching,
        seed: u64,
        data: &dyn Dataset,
        engine: &dyn Engine,
    ) -> Result<Self, TrainError> {
        if batching.samples != data.len() as u64 {
            return Err(TrainError::setting(
                "the number of samples",
                batching.samples,
                ExpectedSetting::SamplesOfData { samples: data.len() as u64 },
            ));
        }
        if batching.micro_batch_size > engine.micro_batch() as u64 {
            let expected = ExpectedSetting::UpToEngine { most: engine.micro_batch() as u64 };
            return Err(TrainError::setting("--micro-batch-size", batching.micro_batch_size, expected));
        }
        Ok(Self {
            batching,
            order: SampleOrder::new(seed, data.len() as u32),
            position: OrderPosition::default(),
            batch: Batch::with_capacity(batching.micro_batch_size as usize, sample_shape(data)),
            steps: 0,
            samples: 0,
        })
    }

    /// Goes on from another place, after so many steps and samples.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for a place beyond the end of the epoch.
    pub fn go_to(&mut self, position: OrderPosition, steps: u64, samples: u64) -> Result<(), TrainError> {
        if position.consumed >= self.batching.samples_per_epoch() {
            let expected = ExpectedSetting::SamplesOfData { samples: self.batching.samples };
            return Err(TrainError::setting("the position in the epoch", position.consumed, expected));
        }
        (self.position, self.steps, self.samples) = (position, steps, samples);
        Ok(())
    }

    /// The next step has the size of `batching`, which differs from the one before in its sizes
    /// only. Its micro-batch is none that the engine or the batch has no room for.
    pub(crate) fn use_batching(&mut self, batching: Batching) {
        self.batching = batching;
    }

    /// Takes one step: the gradient is the mean over the samples of the batch, however it is
    /// divided into micro-batches.
    ///
    /// # Errors
    /// [`TrainError::Network`] if the data does not have the shape that the network takes.
    pub fn step(
        &mut self,
        engine: &mut dyn Engine,
        data: &dyn Dataset,
        learning_rate: f64,
    ) -> Result<StepOutcome, TrainError> {
        let range = self.batching.batch_at(self.position);
        let indices = &self.order.epoch(self.position.epoch)[range.start as usize..range.end as usize];
        let micro_batch = self.batching.micro_batch_size as usize;
        let (loss, update) = if indices.len() <= micro_batch {
            data.gather(indices, self.position.epoch, &mut self.batch);
            engine.step(&self.batch, learning_rate)?
        } else {
            let mut loss = LossSum::default();
            for indices in indices.chunks(micro_batch) {
                data.gather(indices, self.position.epoch, &mut self.batch);
                loss.add(engine.gradient(&self.batch)?);
            }
            (loss, engine.update(learning_rate))
        };
        self.position = self.batching.advance(self.position);
        self.steps += 1;
        self.samples += loss.samples;
        Ok(StepOutcome { loss, update })
    }

    /// Samples after the next step.
    pub fn next_samples(&self) -> u64 {
        let range = self.batching.batch_at(self.position);
        self.samples + (range.end - range.start)
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Where the next batch starts.
    pub fn position(&self) -> OrderPosition {
        self.position
    }
}

/// Loss of whole datasets in evaluation mode, in batches as large as the engine takes.
#[derive(Debug)]
pub struct Evaluator {
    batch: Batch,
    indices: Vec<u32>,
    losses: Vec<f32>,
}

impl Evaluator {
    /// Room for datasets of up to `samples` samples shaped like `data`.
    pub fn new(samples: usize, data: &dyn Dataset, engine: &dyn Engine) -> Self {
        Self {
            batch: Batch::with_capacity(engine.evaluation_batch(), sample_shape(data)),
            indices: (0..samples as u32).collect(),
            losses: Vec::with_capacity(samples),
        }
    }

    /// Evaluates all samples of `data`; their losses, in order, are in [`Evaluator::losses`] until
    /// the next call.
    ///
    /// # Errors
    /// [`TrainError::Network`] if the data does not have the shape that the network takes.
    pub fn evaluate(&mut self, engine: &mut dyn Engine, data: &dyn Dataset) -> Result<LossSum, TrainError> {
        let known = self.indices.len() as u32;
        self.indices.extend(known..data.len() as u32);
        self.losses.clear();
        let mut sum = LossSum::default();
        for indices in self.indices[..data.len()].chunks(engine.evaluation_batch()) {
            data.gather(indices, 0, &mut self.batch);
            sum.add(engine.evaluate(&self.batch, &mut self.losses)?);
        }
        Ok(sum)
    }

    /// Each sample's loss in the last evaluation.
    pub fn losses(&self) -> &[f32] {
        &self.losses
    }
}
