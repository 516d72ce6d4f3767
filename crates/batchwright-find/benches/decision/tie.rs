//! Beds with exactly three equal sizes: the best size of a bed, and two sizes just above it that act
//! as it. A strategy that calls differences of nothing decided shows it here.

use crate::bed::Bed;
use crate::subject::Subject;
use crate::truth::SizeTruth;

/// The two others are larger by about this share of the size, and by twice as much.
const APART: f64 = 1.0 / 64.0;

pub(crate) fn subject(Subject { bed, truth }: &Subject) -> Subject {
    let best = truth.best_size;
    let (mut bed, mut truth) = (bed.clone(), truth.clone());
    bed.name = format!("tie of {}", bed.name);
    truth.name.clone_from(&bed.name);
    // Sizes that did not fit must not fit now.
    bed.sizes = bed.fitting_sizes();
    for size in copies(best, &bed.sizes) {
        bed.acts_as.insert(size, best);
        bed.sizes.push(size);
        bed.cap = bed.cap.max(size);
        let same = truth.sizes.iter().find(|known| known.batch_size == best).cloned();
        truth.sizes.extend(same.map(|known| SizeTruth { batch_size: size, ..known }));
    }
    bed.sizes.sort_unstable();
    truth.sizes.sort_by_key(|known| known.batch_size);
    Subject { bed, truth }
}

/// Two sizes that are not taken.
fn copies(best: u64, taken: &[u64]) -> Vec<u64> {
    let apart = (APART * best as f64).round().max(1.0) as usize;
    (best..).step_by(apart).filter(|size| !taken.contains(size)).take(2).collect()
}

/// The sizes of a bed that are equal: those that act as another one, and that one.
pub(crate) fn equal_sizes(bed: &Bed) -> Vec<u64> {
    let mut equal: Vec<u64> = bed.acts_as.iter().flat_map(|(&size, &other)| [size, other]).collect();
    equal.sort_unstable();
    equal.dedup();
    equal
}
