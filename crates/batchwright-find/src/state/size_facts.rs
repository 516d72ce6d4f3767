//! What is known of one batch size before it is trained: whether it fits, its memory, and the step
//! times of all passes.
//!
//! Left out: measuring them (`Workload::measure_steps`, `study`).

use crate::statistics::median::median;
use crate::trial::step_cost::{Power, StepEnergy, StepMeasurement, StepTime};

/// Passes over a step time before a decision may depend on it: of three passes, one that other work
/// on the machine disturbed is outvoted.
pub(crate) const PASSES: usize = 3;

/// Passes whose ratio is below this were made at one speed of the machine.
const SAME_SPEED: f64 = 1.1;

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
    ///
    /// Where a pass is the fastest of several rounds, the passes count that are as fast as the fastest.
    /// A machine has more than one speed: another program, or on a rented machine another tenant, takes turns
    /// on its cores, for a twentieth of a second or for minutes, and steps take half as long again meanwhile.
    /// It never makes them faster; and a majority may lie in such a minute, of one size and not of another.
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
        if let Some(fastest) = passes.first().copied()
            && passes.iter().any(|measured| measured.rounds.is_some())
        {
            passes.retain(|measured| drift(&[fastest, *measured]) < SAME_SPEED);
            return passes;
        }
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

    /// A machine that is slower for a second makes all sizes slower that are timed in that second, and a
    /// majority of the passes may lie in it.
    #[test]
    fn a_pass_at_full_speed_outvotes_all_others() {
        let step_time = |medians: &[f64], rounds: Option<u64>| {
            let measured = |&median: &f64| {
                let step_time = StepTime { median, low: 0.9 * median, high: 1.1 * median };
                StepMeasurement { rounds, ..step_time.into() }
            };
            let measurements = medians.iter().map(measured).collect();
            SizeFacts { measurements, ..SizeFacts::default() }.step_time().unwrap().median
        };
        assert_eq!(step_time(&[15.0, 10.0, 15.0], Some(5)), 10.0);
        assert_eq!(step_time(&[15.0, 10.0, 10.5], Some(5)), 10.25);
        assert_eq!(step_time(&[15.0, 10.0, 15.0], None), 15.0, "each of them may be luck");
    }
}
