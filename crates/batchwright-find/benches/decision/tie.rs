//! Beds with exactly two equal sizes. The two best sizes of a bed get step times that make their
//! median seconds equal; all others are kept clearly worse.

use crate::bed::Bed;
use crate::sampler::Sampler;
use crate::subject::Subject;
use crate::truth::{SizeTruth, Truth};

/// All other sizes take at least this many times as long.
const WORSE: f64 = 1.3;
/// Number of rates on each side of the best that are compared, and their ratio.
const REACH: i32 = 3;
const FACTOR: f64 = 1.08;
/// Runs that choose the rate, and fresh runs that count its steps: the median of a run with a
/// spread of 10% is then known to 0.2%.
const RUNS: usize = 1024;
const FRESH_RUNS: usize = 8192;
const KEYS: [u64; 2] = [3 << 32, 4 << 32];

/// `None` if fewer than two sizes reach the target.
pub(crate) fn subject(bed: &Bed, truth: &Truth) -> Option<Subject> {
    let mut reached: Vec<SizeTruth> =
        truth.sizes.iter().filter(|size| size.steps.is_some()).cloned().collect();
    // The seconds of sizes that were not measured with fresh runs are too small by luck.
    let rank = |size: &SizeTruth| (!size.fresh, size.seconds.unwrap_or(f64::INFINITY));
    reached.sort_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let (two, others) = reached.split_at_mut_checked(2)?;
    let sampler = Sampler::new(bed);
    let mut tie = Bed { name: format!("tie of {}", bed.name), ..bed.clone() };
    let best_seconds = truth.best_seconds;
    for size in two.iter_mut() {
        let (lr, steps) = best_rate(&sampler, size)?;
        tie.seconds.insert(size.batch_size, best_seconds / steps);
        (size.lr, size.steps, size.fresh) = (lr, Some(steps), true);
    }
    for size in others.iter_mut() {
        let least = WORSE * best_seconds / size.steps?;
        tie.seconds.insert(size.batch_size, bed.step_seconds(size.batch_size).max(least));
        size.fresh = false;
    }
    let best_size = two[0].batch_size.min(two[1].batch_size);
    for size in &mut reached {
        size.seconds = size.steps.map(|steps| steps * tie.step_seconds(size.batch_size));
    }
    let truth = Truth { name: tie.name.clone(), best_seconds, best_size, sizes: reached };
    Some(Subject { bed: tie, truth })
}

/// The best rate near the known one, and its median steps; `None` if its runs miss the target after
/// all.
fn best_rate(sampler: &Sampler, size: &SizeTruth) -> Option<(f64, f64)> {
    let limit = (6.0 * size.steps.unwrap_or(0.0)) as u64 + 10;
    let steps = |rate, runs, key| sampler.median_steps(size.batch_size, rate, runs, limit, key);
    let rates = (-REACH..=REACH).map(|k| size.lr * FACTOR.powi(k));
    let tried = rates.map(|rate| (rate, steps(rate, RUNS, KEYS[0])));
    let best = tried.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(size.lr, |best| best.0);
    Some((best, steps(best, FRESH_RUNS, KEYS[1]))).filter(|best| best.1.is_finite())
}
