//! Holds our truths against those of a file: the two come from different programs and different random numbers.

use crate::bed::Bed;
use crate::truth::{Judge, SizeTruth, Truth};

/// Runs that measure the best choice of the file.
const RUNS: usize = 4096;

/// A row a bed: both best sizes; and in seconds over the file's best: its own best rate as we measure it, which must be 1 within sampling error; our best; and the
/// least and largest ratio over the sizes that both measured afresh, which differ by the luck of two climbs too.
pub(crate) fn table(beds: &[Bed], ours: &[Truth], theirs: &[Truth]) -> String {
    let mut text = format!(
        "{:<24} {:>9} {:>9}  {:>9} {:>9} {:>7} {:>7}\n",
        "bed", "best size", "in file", "re-run", "ours", "least", "largest"
    );
    for ((bed, ours), theirs) in beds.iter().zip(ours).zip(theirs) {
        let ratios: Vec<f64> = ours.sizes.iter().filter_map(|size| ratio(size, theirs)).collect();
        text += &format!(
            "{:<24} {:>9} {:>9}  {:>9.3} {:>9.3} {:>7.3} {:>7.3}\n",
            ours.name,
            ours.best_size,
            theirs.best_size,
            rerun(bed, theirs),
            ours.best_seconds / theirs.best_seconds,
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        );
    }
    text
}

fn rerun(bed: &Bed, theirs: &Truth) -> f64 {
    let best = theirs.sizes.iter().find(|size| size.batch_size == theirs.best_size);
    best.map_or(f64::NAN, |best| 1.0 + Judge::new(bed, theirs).regret(best.batch_size, best.lr, RUNS))
}

fn ratio(size: &SizeTruth, theirs: &Truth) -> Option<f64> {
    let other = theirs.sizes.iter().find(|other| other.batch_size == size.batch_size)?;
    (size.fresh && other.fresh).then_some(size.seconds? / other.seconds?)
}
