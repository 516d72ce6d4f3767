//! What is recorded: networks, optimizers, targets, sizes and rates.

use batchwright_data::{OpenOptions, SplitOptions, Splits, open};
use batchwright_find::beds::Ladder;
use batchwright_find::{EnergyError, Network};
use batchwright_nn::{CpuEngineFactory, Model, Optimizer, Precision};
use std::error::Error;

pub(crate) const SIZES: [u64; 9] = [4, 8, 16, 32, 64, 128, 256, 512, 1024];
/// Samples between evaluations. A size above it is evaluated after every step.
pub(crate) const EVAL_SAMPLES: u64 = 64;
/// The ratio of neighbouring rates.
const RATE_FACTOR: f64 = std::f64::consts::SQRT_2;
/// Multiples of the target at which a run is recorded: close together near the target, where a
/// study extrapolates.
const LEVELS: [f64; 16] =
    [1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0];
const CLASSES: f64 = 10.0;
const NOT_MEASURED: Result<batchwright_find::EnergyCounters, EnergyError> = Err(EnergyError::NotMeasured);

/// A network with its optimizer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    hidden: &'static [usize],
    adamw: bool,
    /// Targets that almost every run at a good rate reaches. Harder ones (a loss of 0.1, an accuracy
    /// of 0.98) are missed by a quarter of the runs at large sizes.
    loss: f64,
    accuracy: f64,
    /// The lowest rate and the number of rates. They cover the valleys of all sizes: from far below
    /// the best rate of the smallest size to where the largest size fails.
    lowest: f64,
    rates: i32,
}

pub(crate) const NETWORKS: [Entry; 4] = [
    Entry { hidden: &[64], adamw: false, loss: 0.12, accuracy: 0.97, lowest: 1e-3, rates: 24 },
    Entry { hidden: &[64], adamw: true, loss: 0.12, accuracy: 0.97, lowest: 2.5e-4, rates: 20 },
    Entry { hidden: &[128, 64], adamw: false, loss: 0.12, accuracy: 0.97, lowest: 1e-3, rates: 24 },
    Entry { hidden: &[128, 64], adamw: true, loss: 0.12, accuracy: 0.97, lowest: 2.5e-4, rates: 20 },
];

impl Entry {
    /// E.g. `mlp-128-64-sgd`.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.model().architecture, self.optimizer_name()).replace([':', ','], "-")
    }

    pub(crate) fn model(&self) -> Model {
        Model::mlp(self.hidden)
    }

    pub(crate) fn optimizer_name(&self) -> &'static str {
        if self.adamw { "adamw" } else { "sgd" }
    }

    fn optimizer(&self) -> Optimizer {
        if self.adamw { Optimizer::adamw() } else { Optimizer::default() }
    }

    pub(crate) fn rates(&self) -> impl Iterator<Item = f64> {
        (0..self.rates).map(|k| rounded(self.lowest * RATE_FACTOR.powi(k)))
    }

    pub(crate) fn ladders(&self) -> Vec<Ladder> {
        let loss_start = CLASSES.ln() / self.loss;
        let error_start = (1.0 - 1.0 / CLASSES) / (1.0 - self.accuracy);
        vec![
            ladder("val_loss", self.loss, 0.0, loss_start),
            ladder("val_accuracy", self.accuracy, 1.0, error_start),
        ]
    }
}

fn ladder(metric: &str, goal: f64, perfect: f64, start: f64) -> Ladder {
    let levels = LEVELS.into_iter().rev().filter(|level| *level < start).collect();
    Ladder { metric: metric.to_owned(), goal, perfect, start, levels }
}

/// Four digits, so that the file is read easily.
fn rounded(rate: f64) -> f64 {
    let unit = 10f64.powi(3 - rate.log10().floor() as i32);
    (rate * unit).round() / unit
}

/// The data of all recordings.
pub(crate) struct Prepared {
    splits: Splits,
}

impl Prepared {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let source = open(None, &OpenOptions::default())?;
        Ok(Self { splits: Splits::new(&source, &SplitOptions::default())? })
    }

    /// With `drop_last`, all steps of a size are equal, as in a test bed: samples are steps times
    /// the size.
    pub(crate) fn workload<'a>(&'a self, entry: &Entry, model: &'a Model) -> Network<'a> {
        Network {
            engines: &CpuEngineFactory,
            model,
            train: &self.splits.train,
            augmentation: None,
            validation: &self.splits.validation,
            optimizer: entry.optimizer(),
            clip_norm: None,
            precision: Precision::F32,
            micro_batch_size: None,
            drop_last: true,
            threads: 1,
            memory_limit: None,
            energy: &NOT_MEASURED,
        }
    }
}
