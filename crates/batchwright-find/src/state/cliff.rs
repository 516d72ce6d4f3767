//! Cliffs in the step time: sizes from which on every step takes many times longer than the smaller
//! sizes predict, because memory is swapped or spilled.
//!
//! The time per sample is compared, not the time per step: twice the samples may take up to twice
//! the time. A step with a constant part grows more slowly than that, so a size is never called a
//! cliff only because it is beyond the flat part.

use crate::remark::Remark;
use crate::trial::step_cost::StepTime;

/// From this factor on a size is flagged.
const FLAGGED: f64 = 3.0;
/// From this factor on a size cannot be recommended, whatever the objective: a size that spills
/// today may not run tomorrow.
const EXCLUDED: f64 = 8.0;

/// A size beyond a cliff.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cliff {
    pub batch_size: u64,
    /// Time per sample, divided by that of the best smaller size.
    pub times: f64,
}

impl Cliff {
    /// Whether it is excluded from being recommended.
    pub(crate) fn excludes(self) -> bool {
        self.times >= EXCLUDED
    }
}

impl From<Cliff> for Remark {
    fn from(cliff: Cliff) -> Self {
        Self::Cliff { batch_size: cliff.batch_size, times: cliff.times, excluded: cliff.excludes() }
    }
}

/// Whether a step time is known well enough to tell a cliff. The lines of a run that arrive in one burst
/// leave it open over decades.
pub(crate) fn is_known_to_tell(time: StepTime) -> bool {
    time.high <= FLAGGED * time.low
}

/// The cliffs among (batch size, samples of a full step, seconds of a step), ascending in size. A
/// step of zero seconds is ignored.
pub(crate) fn cliffs(sizes: impl IntoIterator<Item = (u64, u64, f64)>) -> Vec<Cliff> {
    let mut least = f64::INFINITY;
    let mut cliffs = Vec::new();
    for (batch_size, samples, seconds) in sizes.into_iter().filter(|size| size.2 > 0.0) {
        let of_a_sample = seconds / samples as f64;
        let times = of_a_sample / least;
        if times > FLAGGED {
            cliffs.push(Cliff { batch_size, times });
        }
        least = least.min(of_a_sample);
    }
    cliffs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(seconds: impl Fn(u64) -> f64) -> Vec<(u64, bool)> {
        let sizes = (0..10).map(|k| 8 << k).map(|size| (size, size, seconds(size)));
        cliffs(sizes).into_iter().map(|cliff| (cliff.batch_size, cliff.excludes())).collect()
    }

    /// A slowdown of 20 times must not be hidden by the constant part, and a size that is only slow
    /// must stay a candidate.
    #[test]
    fn cliffs_are_found_and_told_from_slopes() {
        let ordinary = |size: u64| 1e-3 + 1e-5 * size as f64;
        assert_eq!(found(ordinary), []);
        assert_eq!(
            found(|size| 1e-5 * (size as f64).powf(1.1)),
            [],
            "caches make large batches a little slower"
        );
        assert_eq!(
            found(|size| if size < 2048 { ordinary(size) } else { 20.0 * ordinary(size) }),
            [(2048, true), (4096, true)]
        );
        assert_eq!(
            found(|size| if size < 4096 { ordinary(size) } else { 5.0 * ordinary(size) }),
            [(4096, false)]
        );
        assert_eq!(
            found(|size| if size == 8 { 0.0 } else { ordinary(size) }),
            [],
            "a clock that stood still"
        );
        assert_eq!(found(|size| if size == 16 { 0.02 } else { 1e-3 }), [(16, true)], "all else is flat");
    }
}
