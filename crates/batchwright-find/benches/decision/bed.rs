//! A test bed as its file describes it: SGD or Adam on a noisy quadratic with a virtual clock (the
//! law of `batchwright_find::beds::Quadratic`), its batch sizes, its range of learning rates and its
//! target. A file may have tables that deviate from the law: seconds and rates of single sizes, and
//! sizes that act as others.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use batchwright_find::beds::{BedOptimizer, Form, LinearStep, Quadratic};
use serde::{Deserialize, Serialize};

/// The assumed number of training samples: more than the largest size, so that no two sizes are the
/// same training.
const SAMPLES: u64 = 50_000;

/// Defaults are those of the file format: the bed `plain`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bed {
    pub name: String,
    /// Directions.
    pub dims: usize,
    /// Direction i, from 1, has the curvature `i^-spectrum`.
    pub spectrum: f64,
    /// Variance of a sample's gradient over the curvature.
    pub noise: f64,
    pub optimizer: BedOptimizer,
    /// Of SGD.
    pub momentum: f64,
    /// Whether SGD uses its momentum in Nesterov's form.
    pub nesterov: bool,
    /// Square of every weight at the start.
    pub start: f64,
    /// Validation loss to get below.
    pub target: f64,
    /// Standard deviation of the ln of a measured loss.
    pub eval_noise: f64,
    /// Samples between evaluations.
    pub eval_samples: u64,
    /// Standard deviation of the ln of a step's seconds.
    pub jitter: f64,
    /// Seconds of a step, however small.
    pub alpha: f64,
    /// Seconds of a sample.
    pub beta: f64,
    /// Below this size a step takes as long as at it.
    pub flat: u64,
    /// Largest size that fits.
    pub cap: u64,
    pub sizes: Vec<u64>,
    /// Lowest and highest rate.
    pub lr: [f64; 2],
    /// Seconds of a step for sizes to which `alpha`, `beta` and `flat` do not apply.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub seconds: BTreeMap<u64, f64>,
    /// At these sizes the law uses the rate times this factor, so that their best rate is lower by
    /// this factor.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rate_factor: BTreeMap<u64, f64>,
    /// These sizes train exactly as other ones: the same steps at the same rates, each as long.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub acts_as: BTreeMap<u64, u64>,
}

impl Default for Bed {
    fn default() -> Self {
        Self {
            name: "plain".to_owned(),
            dims: 100,
            spectrum: 1.0,
            noise: 1.0,
            optimizer: BedOptimizer::Sgd,
            momentum: 0.0,
            nesterov: false,
            start: 1.0,
            target: 0.01,
            eval_noise: 0.0,
            eval_samples: 64,
            jitter: 0.0,
            alpha: 0.01,
            beta: 1e-4,
            flat: 0,
            cap: 1 << 30,
            sizes: (2..=12).map(|k| 1 << k).collect(),
            lr: [1e-3, 3.0],
            seconds: BTreeMap::new(),
            rate_factor: BTreeMap::new(),
            acts_as: BTreeMap::new(),
        }
    }
}

impl Bed {
    pub(crate) fn read(path: &Path) -> Result<Vec<Self>, Box<dyn Error>> {
        read_json(path)
    }

    /// The law without the tables.
    pub(crate) fn law(&self) -> Quadratic {
        Quadratic {
            form: Form::Sampled,
            dims: self.dims,
            spectrum: self.spectrum,
            noise: self.noise,
            optimizer: self.optimizer,
            momentum: self.momentum,
            nesterov: self.nesterov,
            start: self.start,
            eval_noise: self.eval_noise,
            jitter: self.jitter,
            alpha: self.alpha,
            beta: self.beta,
            flat: self.flat,
            cap: self.cap,
            samples: SAMPLES,
        }
    }

    pub(crate) fn curvatures(&self) -> Vec<f64> {
        (1..=self.dims).map(|i| (i as f64).powf(-self.spectrum)).collect()
    }

    /// A step of SGD in a direction of this curvature.
    pub(crate) fn step(&self, curvature: f64, law_rate: f64) -> LinearStep {
        LinearStep::new(curvature, law_rate, self.momentum, self.nesterov)
    }

    /// The size as which this one trains.
    pub(crate) fn law_size(&self, batch_size: u64) -> u64 {
        self.acts_as.get(&batch_size).copied().unwrap_or(batch_size)
    }

    /// Seconds of a step, without jitter.
    pub(crate) fn step_seconds(&self, batch_size: u64) -> f64 {
        let size = self.law_size(batch_size);
        let by_law = self.alpha + self.beta * size.max(self.flat) as f64;
        self.seconds.get(&size).copied().unwrap_or(by_law)
    }

    /// The rate that the law uses.
    pub(crate) fn law_rate(&self, batch_size: u64, learning_rate: f64) -> f64 {
        learning_rate * self.rate_factor.get(&self.law_size(batch_size)).copied().unwrap_or(1.0)
    }

    /// Steps between evaluations.
    pub(crate) fn eval_every(&self, batch_size: u64) -> u64 {
        let size = self.law_size(batch_size);
        ((self.eval_samples as f64 / size as f64).round_ties_even() as u64).max(1)
    }

    /// The sizes that fit, ascending.
    pub(crate) fn fitting_sizes(&self) -> Vec<u64> {
        let mut sizes: Vec<u64> = self.sizes.iter().copied().filter(|&size| size <= self.cap).collect();
        sizes.sort_unstable();
        sizes
    }
}

/// Reads a JSON file. Errors contain its path.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Box<dyn Error>> {
    let of = |error: &dyn Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| of(&error))?;
    serde_json::from_str(&text).map_err(|error| of(&error).into())
}
