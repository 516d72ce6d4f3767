//! Per size a rate near the best, at low cost: where the search with sampled runs begins. SGD has
//! exact moments; Adam has none, so a few runs of each rate must do.

use batchwright_find::beds::BedOptimizer;

use crate::bed::Bed;
use crate::moments;
use crate::sampler::Sampler;
use crate::truth::SizeTruth;

/// Number of rates over the bed's range for the expected steps.
const RATES: usize = 120;
/// Limit of the steps, and of the seconds as a multiple of the best.
const MOST_STEPS: u64 = 60_000;
const MOST_SECONDS: f64 = 6.0;

/// Of sampled runs: ratio of neighbouring rates, and runs of each.
const FACTOR: f64 = 1.5;
const RUNS: usize = 5;
const KEY: u64 = 5 << 32;
/// The best rate of a size lies between these multiples of that of the next larger one. With Adam
/// it falls like the root of the size or slower.
const FROM_LARGER: [f64; 2] = [1.0 / 8.0, 3.0];
/// Limit of their seconds: without it the smallest sizes of a bed take most of the time.
const MOST_SAMPLED_SECONDS: f64 = 3.5;

/// Every size, at one of its best rates. Its steps are preliminary.
pub(crate) fn first_rates(bed: &Bed, sampler: &Sampler) -> Vec<SizeTruth> {
    match bed.optimizer {
        BedOptimizer::Sgd => by_moments(bed),
        BedOptimizer::Adam => by_samples(bed, sampler),
    }
}

/// Every size at its rate of fewest expected steps.
fn by_moments(bed: &Bed) -> Vec<SizeTruth> {
    let rates = geometric(bed.lr, RATES);
    let mut best = f64::INFINITY;
    let of = |batch_size: u64| {
        let step = bed.step_seconds(batch_size);
        let limit = MOST_STEPS.min((MOST_SECONDS * best / step) as u64).max(10);
        let (lr, steps) = moments::fastest(bed, batch_size, &rates, limit);
        best = best.min(steps * step);
        first(bed, batch_size, lr, Some(steps).filter(|steps| steps.is_finite()))
    };
    bed.fitting_sizes().into_iter().rev().map(of).collect()
}

/// Every size at the rate of which a few runs arrive first.
fn by_samples(bed: &Bed, sampler: &Sampler) -> Vec<SizeTruth> {
    let count = ((bed.lr[1] / bed.lr[0]).ln() / FACTOR.ln()).ceil() as usize + 1;
    let rates = geometric(bed.lr, count.max(2));
    let (mut best, mut around) = (f64::INFINITY, bed.lr);
    let of = |batch_size: u64| {
        let step = bed.step_seconds(batch_size);
        let limit = MOST_STEPS.min((MOST_SAMPLED_SECONDS * best / step) as u64).max(10);
        let near: Vec<f64> =
            rates.iter().copied().filter(|&rate| around[0] <= rate && rate <= around[1]).collect();
        match sampler.first(batch_size, &near, RUNS, limit, KEY) {
            Some((lr, steps)) => {
                best = best.min(steps * step);
                around = FROM_LARGER.map(|times| times * lr);
                first(bed, batch_size, lr, Some(steps))
            }
            None => first(bed, batch_size, bed.lr[0], None),
        }
    };
    bed.fitting_sizes().into_iter().rev().map(of).collect()
}

fn first(bed: &Bed, batch_size: u64, lr: f64, steps: Option<f64>) -> SizeTruth {
    let seconds = steps.map(|steps| steps * bed.step_seconds(batch_size));
    SizeTruth { batch_size, lr, steps, seconds, sampled: false, fresh: false }
}

fn geometric([low, high]: [f64; 2], count: usize) -> Vec<f64> {
    let at = |k: usize| low * (high / low).powf(k as f64 / (count - 1) as f64);
    (0..count).map(at).collect()
}
