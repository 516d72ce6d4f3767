//! The time of a step, from the rows of a program that cannot be stopped between steps.
//!
//! Each interval between two rows gives one value: seconds divided by steps. The time before the
//! first row contains start-up, loading and compilation, and does not count. Where the seconds are
//! those of arrival, they contain the evaluations between two rows; the median is not affected by
//! evaluations that are rarer than every second row.
//!
//! Lines arrive in bursts: a program's buffer, the pipe and the scheduler hold some back. So where
//! the seconds are those of arrival, rows that follow each other within [`ARRIVAL_RESOLUTION`] are
//! one burst, and an interval reaches from one burst to another.
//!
//! Left out: whether anything else runs at the same time (the caller knows).

use batchwright_find::{StepTime, median_with_interval};

/// With fewer intervals than this the uncertainty is their whole range: an interval of ranks needs
/// more values.
const FEW: usize = 6;
/// This many intervals are enough where they agree.
const ENOUGH: usize = 4;
/// They agree if the width of the uncertainty is at most this share of the median.
const AGREEMENT: f64 = 0.02;

/// Seconds within which two arrivals are not told apart: about a time slice of the scheduler.
pub(crate) const ARRIVAL_RESOLUTION: f64 = 0.01;

/// Collects the rows of one trial.
#[derive(Debug, Default)]
pub(crate) struct StepTimer {
    last: Option<(u64, f64)>,
    /// The latest row, where it is part of the burst of `last`.
    in_burst: Option<(u64, f64)>,
    /// Seconds per step of each interval between two rows.
    intervals: Vec<f64>,
}

impl StepTimer {
    /// Adds a row at this step and second. A row that is not later in both is ignored: several rows
    /// may stand at one step.
    pub(crate) fn row(&mut self, step: u64, seconds: f64) {
        self.add(step, seconds, 0.0);
    }

    /// Adds a row at this step, whose seconds are those of its arrival.
    pub(crate) fn arrival(&mut self, step: u64, seconds: f64) {
        self.add(step, seconds, ARRIVAL_RESOLUTION);
    }

    fn add(&mut self, step: u64, seconds: f64, resolution: f64) {
        if let Some(last) = self.last {
            let Some(interval) = interval(last, (step, seconds)) else { return };
            if seconds - last.1 < resolution {
                self.in_burst = Some((step, seconds));
                return;
            }
            self.intervals.push(interval);
        }
        (self.last, self.in_burst) = (Some((step, seconds)), None);
    }

    pub(crate) fn intervals(&self) -> usize {
        self.intervals.len()
    }

    /// Whether more rows would hardly change the step time.
    pub(crate) fn is_settled(&self) -> bool {
        let agree = |time: StepTime| time.high - time.low <= AGREEMENT * time.median;
        self.intervals.len() >= ENOUGH && self.step_time().is_some_and(agree)
    }

    /// The median with its uncertainty; `None` before the second row. A training that was one burst
    /// shows only that its steps are at most as long.
    pub(crate) fn step_time(&self) -> Option<StepTime> {
        let mut sorted = self.intervals.clone();
        if sorted.is_empty() {
            sorted.extend(interval(self.last?, self.in_burst?));
        }
        let [low, median, high] = median_with_interval(&mut sorted)?;
        match sorted[..] {
            [low, .., high] if sorted.len() < FEW => Some(StepTime { median, low, high }),
            _ => Some(StepTime { median, low, high }),
        }
    }
}

/// Seconds per step from one row to a later one; `None` where it is not later in both.
fn interval((step, seconds): (u64, f64), (later_step, later): (u64, f64)) -> Option<f64> {
    (later_step > step && later > seconds).then(|| (later - seconds) / (later_step - step) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(rows: &[(u64, f64)]) -> StepTimer {
        let mut timer = StepTimer::default();
        rows.iter().for_each(|&(step, seconds)| timer.row(step, seconds));
        timer
    }

    /// Start-up and compilation would count as steps. This would be worst for the smallest sizes,
    /// whose runs are short.
    #[test]
    fn what_comes_before_the_first_row_does_not_count() {
        let timer = timer(&[(10, 60.0), (20, 61.0), (30, 62.0), (40, 63.0), (50, 64.0), (60, 65.0)]);
        assert_eq!(timer.step_time(), Some(StepTime { median: 0.1, low: 0.1, high: 0.1 }));
        assert!(timer.is_settled());
    }

    /// A training row and a validation row at the same step would give a step that takes no time,
    /// or a division by zero.
    #[test]
    fn rows_at_one_step_are_one() {
        let timer = timer(&[(1, 1.0), (1, 1.5), (3, 2.0), (3, 9.0), (2, 10.0), (4, 2.0)]);
        assert_eq!((timer.intervals(), timer.step_time().unwrap().median), (1, 0.5));
        assert_eq!(self::timer(&[(1, 1.0)]).step_time(), None);
    }

    /// A buffer that is written every second would give steps of microseconds, and a busy machine
    /// steps that are a hundred times as long as they are.
    #[test]
    fn lines_of_one_burst_are_no_step_times() {
        let mut timer = StepTimer::default();
        for burst in 0..5 {
            (0..100).for_each(|row| timer.arrival(100 * burst + row, burst as f64 + 1e-6 * row as f64));
        }
        let time = timer.step_time().unwrap();
        assert_eq!((timer.intervals(), time.low, time.high), (4, 0.01, 0.01));
        let mut timer = StepTimer::default();
        (0..=8).for_each(|row| timer.arrival(row, 1e-3 * row as f64));
        assert_eq!((timer.intervals(), timer.step_time().unwrap().median), (0, 1e-3), "a single burst");
    }

    /// An interval of ranks of three values is the median itself, which would seem exact.
    #[test]
    fn few_stretches_are_no_certainty() {
        let timer = timer(&[(0, 0.0), (1, 1.0), (2, 3.0), (3, 6.0)]);
        let time = timer.step_time().unwrap();
        assert_eq!((time.low, time.median, time.high), (1.0, 2.0, 3.0));
        assert!(!timer.is_settled());
    }
}
