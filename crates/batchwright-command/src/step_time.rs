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

/// Seconds that a burst takes at least.
const SHORTEST: f64 = 1e-6;

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
            let Some(interval) = interval(last, (step, seconds)) else {
                if resolution > 0.0 && step > last.0 && seconds == last.1 {
                    self.in_burst = Some((step, seconds));
                }
                return;
            };
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

    /// Whether all rows arrived in one burst.
    pub(crate) fn is_burst(&self) -> bool {
        self.intervals.is_empty() && self.in_burst.is_some()
    }

    /// The median with its uncertainty; `None` before the second row.
    pub(crate) fn step_time(&self) -> Option<StepTime> {
        if self.intervals.is_empty() {
            return self.time_of_burst();
        }
        let mut sorted = self.intervals.clone();
        let [low, median, high] = median_with_interval(&mut sorted)?;
        match sorted[..] {
            [low, .., high] if sorted.len() < FEW => Some(StepTime { median, low, high }),
            _ => Some(StepTime { median, low, high }),
        }
    }

    /// Of a training that was one burst: a program may be as fast as its lines arrive, or hold them
    /// back until it ends. A step takes at least its share of the burst, and at most that of the time
    /// since the start. Between the two nothing is known, so the middle of their logarithms counts.
    fn time_of_burst(&self) -> Option<StepTime> {
        let ((step, first), (later, last)) = self.last.zip(self.in_burst)?;
        let low = (last - first).max(SHORTEST) / (later - step) as f64;
        let high = (last / later as f64).max(low);
        Some(StepTime { median: (low * high).sqrt(), low, high })
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
        let time = timer.step_time().unwrap();
        assert!(timer.is_burst() && (time.median - 1e-3).abs() < 1e-9, "a single burst: {time:?}");
    }

    /// A program that holds its lines back until it ends would have steps of a microsecond, and be the
    /// surest winner of all.
    #[test]
    fn what_is_held_back_leaves_the_step_time_open() {
        let mut timer = StepTimer::default();
        (1..=40).for_each(|row| timer.arrival(row, 2.0));
        let time = timer.step_time().unwrap();
        assert_eq!(time.high, 0.05);
        assert!(time.low < 1e-7 && timer.is_burst() && !timer.is_settled(), "{time:?}");
        timer.arrival(80, 4.0);
        assert_eq!(timer.step_time().unwrap().median, 2.0 / 79.0, "the second burst is timed");
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
