//! Compares our truths with those of a file. The two come from different programs and different
//! random numbers. It also compares the sampler, which jumps from evaluation to evaluation, with
//! the trials of studies, which take every step.

use batchwright_find::{TrialRequest, Workload};

use crate::bed::Bed;
use crate::truth::{Judge, SizeTruth, Truth};
use crate::workload::{Meter, Metered};

/// Runs of either kind that measure the best choice of the file.
const RUNS: u64 = 2049;
/// Seeds of the trials start here: no study uses them.
const FIRST_SEED: u64 = 1 << 40;

/// One row per bed: both best sizes, and ratios to the file's best seconds. First the file's best
/// size and rate, by our sampler and by trials: both must be 1 within sampling error. Then our
/// best. Then the smallest and the largest ratio over the sizes that both programs measured with
/// fresh runs; these also differ by the luck of two searches.
pub(crate) fn table(beds: &[Bed], ours: &[Truth], theirs: &[Truth]) -> String {
    let mut text = format!(
        "{:<24} {:>9} {:>9}  {:>9} {:>9} {:>9} {:>7} {:>7}\n",
        "bed", "best size", "in file", "re-run", "by trials", "ours", "least", "largest"
    );
    for ((bed, ours), theirs) in beds.iter().zip(ours).zip(theirs) {
        let ratios: Vec<f64> = ours.sizes.iter().filter_map(|size| ratio(size, theirs)).collect();
        let best = theirs.sizes.iter().find(|size| size.batch_size == theirs.best_size);
        text += &format!(
            "{:<24} {:>9} {:>9}  {:>9.3} {:>9.3} {:>9.3} {:>7.3} {:>7.3}\n",
            ours.name,
            ours.best_size,
            theirs.best_size,
            best.map_or(f64::NAN, |best| rerun(bed, theirs, best)),
            best.map_or(f64::NAN, |best| by_trials(bed, theirs, best)),
            ours.best_seconds / theirs.best_seconds,
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        );
    }
    text
}

fn rerun(bed: &Bed, theirs: &Truth, best: &SizeTruth) -> f64 {
    1.0 + Judge::new(bed, theirs).regret(best.batch_size, best.lr, RUNS as usize)
}

fn by_trials(bed: &Bed, theirs: &Truth, best: &SizeTruth) -> f64 {
    let meter = Meter::default();
    let workload = Metered::new(bed, &meter, 0);
    let mut steps: Vec<f64> =
        (0..RUNS).map(|run| trial_steps(&workload, bed, best, FIRST_SEED + run)).collect();
    steps.sort_by(f64::total_cmp);
    steps[steps.len() / 2] * bed.step_seconds(best.batch_size) / theirs.best_seconds
}

/// Infinite if the trial misses the target within 20 times the steps that it should need.
fn trial_steps(workload: &Metered, bed: &Bed, best: &SizeTruth, seed: u64) -> f64 {
    let request = TrialRequest {
        batch_size: best.batch_size,
        learning_rate: best.lr,
        seed,
        max_samples: 20 * best.steps.unwrap_or(0.0) as u64 * best.batch_size,
        eval_samples: bed.eval_samples,
    };
    let Ok(mut trial) = workload.start(&request) else {
        return f64::INFINITY;
    };
    let rows = std::iter::from_fn(|| trial.next_row().ok().flatten());
    let mut reached = rows.filter(|row| row.val_loss.is_some_and(|loss| loss < bed.target));
    reached.next().map_or(f64::INFINITY, |row| row.step as f64)
}

fn ratio(size: &SizeTruth, theirs: &Truth) -> Option<f64> {
    let other = theirs.sizes.iter().find(|other| other.batch_size == size.batch_size)?;
    (size.fresh && other.fresh).then_some(size.seconds? / other.seconds?)
}
