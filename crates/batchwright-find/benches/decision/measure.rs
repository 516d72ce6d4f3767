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
/// Standard errors of the fresh medians, as shares: of all these sizes and of the close ones.
const FRESH_ERROR: f64 = 0.015;
const CLOSE_ERROR: f64 = 0.006;
/// The search: ratio of neighbouring rates, number of rates on each side, and runs of each. Sizes
/// beyond `NEAR` of the best at their first rates, which often take many steps, get less of it.
const CLIMB_FACTOR: f64 = 1.2;
const NEAR: f64 = 1.4;
const NEAR_EFFORT: Effort = Effort { reach: 3, runs: 64 };
const FAR_EFFORT: Effort = Effort { reach: 1, runs: 16 };
/// Sampled runs take at most this many times the steps at the first rate.
const MOST_STEPS_OF_FIRST: f64 = 2.0;
/// The same once more for sizes that may be best. Just below divergence 1% of the rate changes the
/// steps by 4%.
const POLISH_FACTOR: f64 = 1.06;
const POLISH_REACH: i32 = 2;
const POLISH_ERROR: f64 = 0.008;
/// Keys of the random numbers: for the runs of the searches and for the fresh runs.
const CLIMB_KEY: u64 = 1 << 32;
const POLISH_KEY: u64 = 6 << 32;
const FRESH_KEY: u64 = 2 << 32;

#[derive(Debug, Clone, Copy)]
struct Effort {
    reach: i32,
    runs: usize,
}

/// `None` if no size reaches the target.
pub(crate) fn truth(bed: &Bed) -> Option<Truth> {
    let sampler = Sampler::new(bed);
    let mut sizes = first_rates(bed, &sampler);
    let seconds = |size: &SizeTruth| size.seconds.unwrap_or(f64::INFINITY);
    let least = |sizes: &[SizeTruth]| sizes.iter().map(seconds).fold(f64::INFINITY, f64::min);
    let mut sampled = climbed(bed, &sampler, &sizes);
    let least = least(&sampled);
    for size in sampled.iter_mut().filter(|size| seconds(size) < FRESH * least) {
        let is_close = seconds(size) < CLOSE * least;
        if is_close {
            size.lr = polished(bed, &sampler, size);
        }
        refresh(bed, &sampler, size, if is_close { CLOSE_ERROR } else { FRESH_ERROR });
    }
    let best = sampled.iter().filter(|size| size.fresh).min_by(|a, b| seconds(a).total_cmp(&seconds(b)))?;
    let (best_size, best_seconds) = (best.batch_size, best.seconds?);
    sizes.retain(|size| sampled.iter().all(|other| other.batch_size != size.batch_size));
    sizes.append(&mut sampled);
    sizes.sort_by_key(|size| size.batch_size);
    Some(Truth { name: bed.name.clone(), best_seconds, best_size, sizes })
}

/// The sizes that may matter, each at the rate of fewest sampled steps, the fastest first.
fn climbed(bed: &Bed, sampler: &Sampler, sizes: &[SizeTruth]) -> Vec<SizeTruth> {
    let mut reached: Vec<(f64, &SizeTruth)> =
        sizes.iter().filter_map(|size| Some((size.seconds?, size))).collect();
    reached.sort_by(|a, b| a.0.total_cmp(&b.0));
    let least = reached.first().map_or(0.0, |first| first.0);
    // Sampled runs prefer higher rates than their expectation, at all sizes by about as much.
    let mut higher = 1.0;
    let climb = |(k, (seconds, size)): (usize, (f64, &SizeTruth))| {
        let effort = if seconds <= NEAR * least { NEAR_EFFORT } else { FAR_EFFORT };
        let found = climb(bed, sampler, &SizeTruth { lr: higher * size.lr, ..size.clone() }, effort);
        if k == 0 {
            higher = found.lr / size.lr;
        }
        found
    };
    let matter = reached.into_iter().take_while(|reached| reached.0 <= SAMPLED * least);
    matter.enumerate().map(climb).collect()
}

/// The size at the rate of fewest sampled steps around its present rate.
fn climb(bed: &Bed, sampler: &Sampler, size: &SizeTruth, effort: Effort) -> SizeTruth {
    let rate = |k: i32| size.lr * CLIMB_FACTOR.powi(k);
    let (mut tried, mut least) = (HashMap::new(), f64::INFINITY);
    let mut steps = |k: i32| {
        *tried.entry(k).or_insert_with(|| {
            let limit = worth(bed, size, least);
            let steps = sampler.smooth_steps(size.batch_size, rate(k), effort.runs, limit, CLIMB_KEY);
            least = least.min(steps);
            steps
        })
    };
    let mut at = 0;
    let best = loop {
        // First the nearest, which set a limit to the others.
        let mut near: Vec<i32> = (at - effort.reach..=at + effort.reach).collect();
        near.sort_by_key(|k| (k - at).abs());
        let around = near.into_iter().min_by(|&a, &b| steps(a).total_cmp(&steps(b))).unwrap_or(at);
        // Until the best rate of the neighbourhood is inside it. (If all miss the target, all are
        // equally good.)
        if (around - at).abs() < effort.reach || steps(around) >= steps(at) {
            break around;
        }
        at = around;
    };
    SizeTruth { lr: rate(best), sampled: true, ..size.with(bed, steps(best)) }
}

/// The rate of fewest sampled steps in the close neighbourhood of the present one.
fn polished(bed: &Bed, sampler: &Sampler, size: &SizeTruth) -> f64 {
    let mut ks: Vec<i32> = (-POLISH_REACH..=POLISH_REACH).collect();
    ks.sort_by_key(|k| k.abs());
    let runs = sampler.runs_for(size.batch_size, size.lr, POLISH_ERROR, limit(size), POLISH_KEY);
    let (mut best, mut least) = (size.lr, f64::INFINITY);
    for rate in ks.into_iter().map(|k| size.lr * POLISH_FACTOR.powi(k)) {
        let limit = worth(bed, size, least);
        let steps = sampler.smooth_steps(size.batch_size, rate, runs, limit, POLISH_KEY);
        if steps < least {
            (best, least) = (rate, steps);
        }
    }
    best
}

/// The steps after which a rate can no longer be better than one of `least` steps.
fn worth(bed: &Bed, size: &SizeTruth, least: f64) -> u64 {
    limit(size).min((least as u64).saturating_add(bed.eval_every(size.batch_size)))
}

fn refresh(bed: &Bed, sampler: &Sampler, size: &mut SizeTruth, error: f64) {
    let (batch_size, limit) = (size.batch_size, limit(size));
    let runs = sampler.runs_for(batch_size, size.lr, error, limit, FRESH_KEY);
    let steps = sampler.median_steps(batch_size, size.lr, runs, limit, FRESH_KEY);
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
