//! What is known of a bed: per size the best rate and its median steps and seconds to the target.
//! Also the regret of any other choice.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::bed::{Bed, read_json};
use crate::sampler::Sampler;

/// The regret of a choice that is more than 20 times worse than the best, and of no choice.
pub(crate) const WORST_REGRET: f64 = 19.0;
/// Rates closer than this, in ln, count as the same. Just below divergence 1% of the rate changes
/// the steps by 4%.
const RATE_GRAIN: f64 = 1e-4;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Truth {
    pub name: String,
    pub best_seconds: f64,
    pub best_size: u64,
    pub sizes: Vec<SizeTruth>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SizeTruth {
    pub batch_size: u64,
    /// The best rate.
    pub lr: f64,
    /// Median steps; null if no rate reaches the target, or only in over 6 times the best seconds.
    pub steps: Option<f64>,
    pub seconds: Option<f64>,
    /// Whether the rate is the best of sampled runs, not only of the expected loss.
    #[serde(default)]
    pub sampled: bool,
    /// Whether the steps come from fresh runs, not those that chose the rate.
    #[serde(default)]
    pub fresh: bool,
}

impl Truth {
    pub(crate) fn read(path: &Path) -> Result<Vec<Self>, Box<dyn Error>> {
        read_json(path)
    }

    /// How much slower each size is than the best one, each at its best rate, as a share; infinite
    /// where it is much slower or never arrives.
    pub(crate) fn slowness(&self) -> impl Iterator<Item = (u64, f64)> {
        let seconds = |size: &SizeTruth| size.seconds.unwrap_or(f64::INFINITY);
        self.sizes.iter().map(move |size| (size.batch_size, seconds(size) / self.best_seconds - 1.0))
    }

    /// Sizes within a share of the best seconds.
    pub(crate) fn within(&self, share: f64) -> impl Iterator<Item = u64> {
        let close = move |size: &&SizeTruth| {
            size.fresh && size.seconds.is_some_and(|seconds| seconds <= (1.0 + share) * self.best_seconds)
        };
        self.sizes.iter().filter(close).map(|size| size.batch_size)
    }
}

/// A bed and its truth, with the regrets that were computed so far.
pub(crate) struct Judge<'a> {
    pub bed: &'a Bed,
    pub truth: &'a Truth,
    sampler: Sampler<'a>,
    known: Mutex<HashMap<(u64, i64, usize), f64>>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(bed: &'a Bed, truth: &'a Truth) -> Self {
        Self { bed, truth, sampler: Sampler::new(bed), known: Mutex::default() }
    }

    /// Median seconds to the target of `runs` runs, divided by the best ones, minus 1; at most
    /// [`WORST_REGRET`].
    pub(crate) fn regret(&self, batch_size: u64, learning_rate: f64, runs: usize) -> f64 {
        if batch_size > self.bed.cap {
            return WORST_REGRET;
        }
        let batch_size = self.bed.law_size(batch_size);
        let grain = (learning_rate.ln() / RATE_GRAIN).round();
        let key = (batch_size, grain as i64, runs);
        let lookup = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&regret) = lookup().get(&key) {
            return regret;
        }
        // Outside the lock: another thread may compute the same value meanwhile, and gets the same
        // result.
        let regret = self.sample(batch_size, (grain * RATE_GRAIN).exp(), runs);
        lookup().insert(key, regret);
        regret
    }

    fn sample(&self, batch_size: u64, learning_rate: f64, runs: usize) -> f64 {
        let (best, step) = (self.truth.best_seconds, self.bed.step_seconds(batch_size));
        let limit = (20.0 * best / step) as u64 + 10;
        let steps = self.sampler.median_steps(batch_size, learning_rate, runs, limit, 0);
        (steps * step / best - 1.0).min(WORST_REGRET)
    }
}
