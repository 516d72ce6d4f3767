//! Finds the truth of a bed. Per size: a rate near the best (`first_rates`), then a search from there
//! with sampled runs (they pass the target earlier than their expectation does, and prefer higher
//! rates). Then fresh runs, because the smallest of many medians is too small by luck.

use std::collections::HashMap;

use crate::bed::Bed;
use crate::first_rates::first_rates;
use crate::sampler::Sampler;
use crate::truth::{SizeTruth, Truth};

/// Sizes whose seconds are within this factor of the best at their first rates are sampled, and
/// then within the second factor measured with fresh runs. Within the third factor, where the best
/// size is decided, with more of them.
const SAMPLED: f64 = 3.0;
const FRESH: f64 = 2.75;
const CLOSE: f64 = 1.2;
/// The search: ratio of neighbouring rates, number of rates on each side, and runs of each.
const CLIMB_FACTOR: f64 = 1.2;
const REACH: i32 = 3;
const CLIMB_RUNS: usize = 64;
/// Sampled runs take at most this many times the steps at the first rate.
const MOST_STEPS_OF_FIRST: f64 = 2.0;
/// The same once more for sizes that may be best. Just below divergence 1% of the rate changes the
/// steps by 4%.
const POLISH_FACTOR: f64 = 1.06;
const POLISH_REACH: i32 = 2;
const POLISH_RUNS: usize = 256;
const CLOSE_RUNS: usize = 1024;
const FRESH_RUNS: usize = 256;
/// Keys of the random numbers: for the runs of the searches and for the fresh runs.
const CLIMB_KEY: u64 = 1 << 32;
const POLISH_KEY: u64 = 6 << 32;
const FRESH_KEY: u64 = 2 << 32;

/// `None` if no size reaches the target.
pub(crate) fn truth(bed: &Bed) -> Option<Truth> {
    let sampler = Sampler::new(bed);
    let mut sizes = first_rates(bed, &sampler);
    let seconds = |size: &SizeTruth| size.seconds.unwrap_or(f64::INFINITY);
    let least = |sizes: &[SizeTruth]| sizes.iter().map(seconds).fold(f64::INFINITY, f64::min);
    let most = SAMPLED * least(&sizes);
    let mut sampled: Vec<SizeTruth> =
        sizes.iter().filter(|size| seconds(size) <= most).map(|size| climb(bed, &sampler, size)).collect();
    let least = least(&sampled);
    for size in sampled.iter_mut().filter(|size| seconds(size) < FRESH * least) {
        let is_close = seconds(size) < CLOSE * least;
        if is_close {
            size.lr = polished(&sampler, size);
        }
        refresh(bed, &sampler, size, if is_close { CLOSE_RUNS } else { FRESH_RUNS });
    }
    let best = sampled.iter().filter(|size| size.fresh).min_by(|a, b| seconds(a).total_cmp(&seconds(b)))?;
    let (best_size, best_seconds) = (best.batch_size, best.seconds?);
    sizes.retain(|size| sampled.iter().all(|other| other.batch_size != size.batch_size));
    sizes.append(&mut sampled);
    sizes.sort_by_key(|size| size.batch_size);
    Some(Truth { name: bed.name.clone(), best_seconds, best_size, sizes })
}

/// The size at the rate of fewest sampled steps around its present rate.
fn climb(bed: &Bed, sampler: &Sampler, size: &SizeTruth) -> SizeTruth {
    let limit = limit(size);
    let rate = |k: i32| size.lr * CLIMB_FACTOR.powi(k);
    let mut tried = HashMap::new();
    let mut steps = |k: i32| {
        *tried
            .entry(k)
            .or_insert_with(|| sampler.smooth_steps(size.batch_size, rate(k), CLIMB_RUNS, limit, CLIMB_KEY))
    };
    let mut at = 0;
    let best = loop {
        let around = (at - REACH..=at + REACH).min_by(|&a, &b| steps(a).total_cmp(&steps(b))).unwrap_or(at);
        // Until the best rate of the neighbourhood is inside it. (If all miss the target, all are
        // equally good.)
        if (around - at).abs() <= 1 || steps(around) >= steps(at) {
            break around;
        }
        at = around;
    };
    SizeTruth { lr: rate(best), sampled: true, ..size.with(bed, steps(best)) }
}

/// The rate of fewest sampled steps in the close neighbourhood of the present one.
fn polished(sampler: &Sampler, size: &SizeTruth) -> f64 {
    let steps = |rate| sampler.smooth_steps(size.batch_size, rate, POLISH_RUNS, limit(size), POLISH_KEY);
    let rates = (-POLISH_REACH..=POLISH_REACH).map(|k| size.lr * POLISH_FACTOR.powi(k));
    let tried = rates.map(|rate| (rate, steps(rate)));
    tried.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(size.lr, |best| best.0)
}

fn refresh(bed: &Bed, sampler: &Sampler, size: &mut SizeTruth, runs: usize) {
    let steps = sampler.median_steps(size.batch_size, size.lr, runs, limit(size), FRESH_KEY);
    *size = SizeTruth { fresh: true, ..size.with(bed, steps) };
}

/// Limit of the steps of a sampled run. Runs at a rate that is too high may go on for ever; they
/// would take most of the time.
fn limit(size: &SizeTruth) -> u64 {
    (MOST_STEPS_OF_FIRST * size.steps.unwrap_or(0.0)) as u64 + 10
}

impl SizeTruth {
    fn with(&self, bed: &Bed, steps: f64) -> Self {
        let steps = Some(steps).filter(|steps| steps.is_finite());
        let seconds = steps.map(|steps| steps * bed.step_seconds(self.batch_size));
        Self { steps, seconds, ..self.clone() }
    }
}
