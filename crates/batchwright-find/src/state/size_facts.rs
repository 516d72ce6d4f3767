//! What is known of one batch size before it is trained: whether it fits, its memory, and the step
//! times of all passes.
//!
//! Left out: measuring them (`Workload::measure_steps`, `study`).

use crate::statistics::median::median;
use crate::trial::step_cost::{Power, StepEnergy, StepMeasurement, StepTime};

/// Passes over a step time before a decision may depend on it: of three passes, one that other work
/// on the machine disturbed is outvoted.
pub(crate) const PASSES: usize = 3;

/// The facts of one batch size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SizeFacts {
    /// Whether it ran; `None` if it was not tried.
    pub fits: Option<bool>,
    /// Bytes that it needs, if known.
    pub memory_bytes: Option<u64>,
    /// Bytes that it was seen to hold on graphics cards.
    pub card_memory_bytes: Option<u64>,
    /// Samples of one forward/backward pass, if the whole batch does not fit.
    pub micro_batch_size: Option<u64>,
    /// A learning rate at which the search at this size can begin.
    pub starting_rate: f64,
    /// Whether it was left out of the first pass over the step times, because sizes beside it tell its.
    pub left_untimed: bool,
    /// The step measurements, one per pass.
    pub measurements: Vec<StepMeasurement>,
}

impl SizeFacts {
    /// The step time from the passes that agree best, more than half of all: the median of their
    /// medians, with an interval that contains all their intervals. Of two passes these are both,
    /// so that drift widens the interval. Of three passes, one that other work on the machine
    /// disturbed is outvoted.
    pub fn step_time(&self) -> Option<StepTime> {
        let agreeing = self.agreeing();
        if agreeing.is_empty() {
            return None;
        }
        let times = || agreeing.iter().map(|measured| measured.step_time);
        Some(StepTime {
            median: median(times().map(|time| time.median).collect())?,
            low: times().map(|time| time.low).fold(f64::INFINITY, f64::min),
            high: times().map(|time| time.high).fold(0.0, f64::max),
        })
    }

    /// Power times step time, from the same passes; `None` if no pass measured power.
    pub fn step_energy(&self) -> Option<StepEnergy> {
        let time = self.step_time()?;
        let powers: Vec<Power> = self.agreeing().iter().filter_map(|measured| measured.power).collect();
        Some(StepEnergy {
            median: time.median * median(powers.iter().map(|power| power.median).collect())?,
            low: time.low * powers.iter().map(|power| power.low).fold(f64::INFINITY, f64::min),
            high: time.high * powers.iter().map(|power| power.high).fold(0.0, f64::max),
        })
    }

    /// Share of the step time that is spent on gathering batches, from the same passes.
    pub fn input_share(&self) -> Option<f64> {
        median(self.agreeing().iter().filter_map(|measured| measured.input_share).collect())
    }

    /// Largest median divided by smallest median, of the passes that agree best: 1 without drift.
    pub(crate) fn drift(&self) -> f64 {
        drift(&self.agreeing())
    }

    fn agreeing(&self) -> Vec<StepMeasurement> {
        let mut passes = self.measurements.clone();
        passes.sort_by(|a, b| a.step_time.median.total_cmp(&b.step_time.median));
        let windows = passes.windows(passes.len() / 2 + 1);
        windows.min_by(|a, b| drift(a).total_cmp(&drift(b))).map(<[_]>::to_vec).unwrap_or_default()
    }
}

/// Largest divided by smallest of ascending medians.
fn drift(ascending: &[StepMeasurement]) -> f64 {
    match ascending {
        [first, .., last] => last.step_time.median / first.step_time.median,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_time(medians: &[f64]) -> Option<(f64, f64, f64)> {
        let measured = |&median: &f64| StepTime { median, low: 0.9 * median, high: 1.1 * median }.into();
        let facts =
            SizeFacts { measurements: medians.iter().map(measured).collect(), ..SizeFacts::default() };
        facts.step_time().map(|time| (time.low, time.median, time.high))
    }

    /// One disturbed pass of three must not make the fastest size look slow, and drift between two
    /// must widen the interval.
    #[test]
    fn passes_that_agree_outvote_one_that_does_not() {
        assert_eq!(step_time(&[]), None);
        assert_eq!(step_time(&[10.0]), Some((9.0, 10.0, 11.0)));
        assert_eq!(step_time(&[20.0, 10.0]), Some((9.0, 15.0, 22.0)));
        assert_eq!(step_time(&[10.0, 500.0, 20.0]), Some((9.0, 15.0, 22.0)));
        assert_eq!(step_time(&[30.0, 10.0, 20.0]), Some((18.0, 25.0, 33.0)));
    }
}
