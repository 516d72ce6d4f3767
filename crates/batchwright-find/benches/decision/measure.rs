//! Finds the truth of a bed. Per size: the rate of fewest expected steps, then a search from there
//! with sampled runs (they pass the target earlier than their expectation does, and prefer higher
//! rates). Then fresh runs of the sizes that may be best, because the smallest of many medians is
//! too small by luck.

use std::collections::HashMap;

use crate::bed::Bed;
use crate::moments;
use crate::sampler::Sampler;
use crate::truth::{SizeTruth, Truth};

/// Number of rates over the bed's range for the expected steps.
const RATES: usize = 120;
/// Limit of the expected steps, and of the expected seconds as a multiple of the best.
const MOST_STEPS: u64 = 60_000;
const MOST_SECONDS: f64 = 6.0;
/// Sizes whose expected seconds are within the first factor of the best are sampled. Of these, the
/// ones within the second factor are measured with fresh runs.
const SAMPLED: f64 = 2.5;
const FRESH: f64 = 1.2;
/// The search: ratio of neighbouring rates, number of rates on each side, and runs of each.
const CLIMB_FACTOR: f64 = 1.2;
const REACH: i32 = 3;
const CLIMB_RUNS: usize = 64;
const FRESH_RUNS: usize = 1024;
/// Keys of the random numbers: for the runs of the search and for the fresh runs.
const CLIMB_KEY: u64 = 1 << 32;
const FRESH_KEY: u64 = 2 << 32;

/// `None` if no size reaches the target.
pub(crate) fn truth(bed: &Bed) -> Option<Truth> {
    let mut sizes = expected(bed);
    let seconds = |size: &SizeTruth| size.seconds.unwrap_or(f64::INFINITY);
    let least = |sizes: &[SizeTruth]| sizes.iter().map(seconds).fold(f64::INFINITY, f64::min);
    let sampler = Sampler::new(bed);
    let most = SAMPLED * least(&sizes);
    let mut sampled: Vec<SizeTruth> =
        sizes.iter().filter(|size| seconds(size) <= most).map(|size| climb(bed, &sampler, size)).collect();
    let most = FRESH * least(&sampled);
    sampled.iter_mut().filter(|size| seconds(size) < most).for_each(|size| refresh(bed, &sampler, size));
    let best = sampled.iter().filter(|size| size.fresh).min_by(|a, b| seconds(a).total_cmp(&seconds(b)))?;
    let (best_size, best_seconds) = (best.batch_size, best.seconds?);
    sizes.retain(|size| sampled.iter().all(|other| other.batch_size != size.batch_size));
    sizes.append(&mut sampled);
    sizes.sort_by_key(|size| size.batch_size);
    Some(Truth { name: bed.name.clone(), best_seconds, best_size, sizes })
}

/// Every size at its rate of fewest expected steps.
fn expected(bed: &Bed) -> Vec<SizeTruth> {
    let rates = geometric(bed.lr, RATES);
    let mut best = f64::INFINITY;
    let of = |batch_size: u64| {
        let step = bed.step_seconds(batch_size);
        let limit = MOST_STEPS.min((MOST_SECONDS * best / step) as u64).max(10);
        let (lr, steps) = moments::fastest(bed, batch_size, &rates, limit);
        best = best.min(steps * step);
        let reached = steps.is_finite();
        let (steps, seconds) = (reached.then_some(steps), reached.then_some(steps * step));
        SizeTruth { batch_size, lr, steps, seconds, sampled: false, fresh: false }
    };
    bed.fitting_sizes().into_iter().rev().map(of).collect()
}

fn geometric([low, high]: [f64; 2], count: usize) -> Vec<f64> {
    let at = |k: usize| low * (high / low).powf(k as f64 / (count - 1) as f64);
    (0..count).map(at).collect()
}

/// The size at the rate of fewest sampled steps around its present rate.
fn climb(bed: &Bed, sampler: &Sampler, size: &SizeTruth) -> SizeTruth {
    let limit = limit(size);
    let rate = |k: i32| size.lr * CLIMB_FACTOR.powi(k);
    let mut tried = HashMap::new();
    let mut steps = |k: i32| {
        *tried
            .entry(k)
            .or_insert_with(|| sampler.median_steps(size.batch_size, rate(k), CLIMB_RUNS, limit, CLIMB_KEY))
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

fn refresh(bed: &Bed, sampler: &Sampler, size: &mut SizeTruth) {
    let steps = sampler.median_steps(size.batch_size, size.lr, FRESH_RUNS, limit(size), FRESH_KEY);
    *size = SizeTruth { fresh: true, ..size.with(bed, steps) };
}

/// Limit of the steps of a sampled run.
fn limit(size: &SizeTruth) -> u64 {
    (MOST_SECONDS * size.steps.unwrap_or(0.0)) as u64 + 10
}

impl SizeTruth {
    fn with(&self, bed: &Bed, steps: f64) -> Self {
        let steps = Some(steps).filter(|steps| steps.is_finite());
        let seconds = steps.map(|steps| steps * bed.step_seconds(self.batch_size));
        Self { steps, seconds, ..self.clone() }
    }
}
