//! What is trained: the embedded digits and a network of one hidden layer. Also a network at given
//! weights whose gradients can be read.

use batchwright_data::{Batch, Dataset, OpenOptions, SplitOptions, Splits, Targets, open, sample_shape};
use batchwright_find::{EnergyCounters, EnergyError, Network};
use batchwright_nn::{
    CpuEngineFactory, Engine, EngineFactory, EngineOptions, LossSum, Model, NnError, Optimizer, Precision,
};
use std::error::Error;

/// The units of the network's hidden layer.
const HIDDEN: usize = 64;
const NOT_MEASURED: Result<EnergyCounters, EnergyError> = Err(EnergyError::NotMeasured);

/// SGD as in the textbook: w <- w - rate x gradient.
pub(crate) const PLAIN: Optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 };

/// Data and network of all recordings.
pub(crate) struct Bench {
    pub(crate) splits: Splits,
    pub(crate) model: Model,
}

impl Bench {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let digits = open(None, &OpenOptions::default())?;
        Ok(Self { splits: Splits::new(&digits, &SplitOptions::default())?, model: Model::mlp(&[HIDDEN]) })
    }

    pub(crate) fn samples(&self) -> usize {
        self.splits.train.len()
    }

    pub(crate) fn validation_samples(&self) -> usize {
        self.splits.validation.len()
    }

    /// The network as what a study trains.
    pub(crate) fn workload(&self) -> Network<'_> {
        Network {
            engines: &CpuEngineFactory,
            model: &self.model,
            train: &self.splits.train,
            augmentation: None,
            validation: &self.splits.validation,
            optimizer: Optimizer::default(),
            clip_norm: None,
            micro_batch_size: None,
            drop_last: false,
            threads: 1,
            precision: Precision::F32,
            memory_limit: None,
            energy: &NOT_MEASURED,
        }
    }

    /// An engine with room for micro-batches of this many samples.
    pub(crate) fn engine(
        &self,
        micro_batch: usize,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Box<dyn Engine>, NnError> {
        let options = EngineOptions { micro_batch, optimizer, seed, ..EngineOptions::default() };
        CpuEngineFactory.build(&self.model, sample_shape(&self.splits.train), &options)
    }

    /// The training samples of these indices, as a batch.
    pub(crate) fn batch(&self, indices: &[u32]) -> Batch {
        let mut batch = Batch::with_capacity(indices.len(), sample_shape(&self.splits.train));
        self.splits.train.gather(indices, 0, &mut batch);
        batch
    }
}

/// A network at fixed weights.
pub(crate) struct Fixed {
    engine: Box<dyn Engine>,
    weights: Vec<f32>,
}

impl Fixed {
    /// At the weights that the engine has now. It must train by [`PLAIN`].
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        let mut weights = Vec::new();
        engine.copy_weights(&mut weights);
        Self { engine, weights }
    }

    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The mean gradient of a batch, `[parameters]`: a step at rate 1 subtracts it from the weights.
    pub(crate) fn gradient(&mut self, batch: &Batch) -> Result<Vec<f64>, NnError> {
        let _: LossSum = self.engine.gradient(batch)?;
        self.engine.update(1.0);
        let mut moved = Vec::new();
        self.engine.copy_weights(&mut moved);
        self.engine.set_weights(&self.weights)?;
        Ok(self.weights.iter().zip(&moved).map(|(&before, &after)| f64::from(before - after)).collect())
    }
}

/// The same batch with another class for its first sample.
pub(crate) fn with_wrong_label(batch: &Batch, classes: u32) -> Batch {
    let mut wrong = batch.clone();
    if let Targets::Classes(labels) = &mut wrong.targets
        && let Some(label) = labels.first_mut()
    {
        *label = (*label + classes / 2) % classes;
    }
    wrong
}
