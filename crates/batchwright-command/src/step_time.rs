//! The time of a step, from the rows of a program that nobody stops between steps.
//!
//! Each stretch between two rows gives one value: seconds over steps. The first row ends start-up, loading and compilation, so nothing before it counts,
//! unless it is the only one and the program has a clock of its own. Where the seconds are those of arrival, evaluations between two rows are in them; the
//! median leaves out those that are rarer than every second row.
//!
//! Left out: whether anything else runs meanwhile (the caller knows).

use batchwright_find::{StepTime, median_with_interval};

/// Stretches below which the extremes are the interval, for the ranks of so few say nothing.
const FEW: usize = 6;
/// Stretches that are enough where they agree.
const ENOUGH: usize = 4;
/// They agree when their interval is at most this share of the median.
const AGREEMENT: f64 = 0.02;

/// Collects the rows of one trial.
#[derive(Debug, Default)]
pub(crate) struct StepTimer {
    last: Option<(u64, f64)>,
    /// Seconds a step, stretch by stretch.
    stretches: Vec<f64>,
}

impl StepTimer {
    /// A row at this step and second. One that comes no later in both is passed over: several rows may stand at one step.
    pub(crate) fn row(&mut self, step: u64, seconds: f64) {
        if let Some((last_step, last_seconds)) = self.last {
            if step <= last_step || seconds <= last_seconds {
                return;
            }
            self.stretches.push((seconds - last_seconds) / (step - last_step) as f64);
        }
        self.last = Some((step, seconds));
    }

    pub(crate) fn stretches(&self) -> usize {
        self.stretches.len()
    }

    /// Whether more rows would hardly change it.
    pub(crate) fn is_settled(&self) -> bool {
        let agree = |time: StepTime| time.high - time.low <= AGREEMENT * time.median;
        self.stretches.len() >= ENOUGH && self.step_time().is_some_and(agree)
    }

    /// The median with its interval; `None` before the second row.
    pub(crate) fn step_time(&self) -> Option<StepTime> {
        let mut sorted = self.stretches.clone();
        let [low, median, high] = median_with_interval(&mut sorted)?;
        match sorted[..] {
            [low, .., high] if sorted.len() < FEW => Some(StepTime { median, low, high }),
            _ => Some(StepTime { median, low, high }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(rows: &[(u64, f64)]) -> StepTimer {
        let mut timer = StepTimer::default();
        rows.iter().for_each(|&(step, seconds)| timer.row(step, seconds));
        timer
    }

    /// Start-up and compilation would count as steps, and the smallest sizes, whose runs are short, would pay most for them.
    #[test]
    fn what_comes_before_the_first_row_does_not_count() {
        let timer = timer(&[(10, 60.0), (20, 61.0), (30, 62.0), (40, 63.0), (50, 64.0), (60, 65.0)]);
        assert_eq!(timer.step_time(), Some(StepTime { median: 0.1, low: 0.1, high: 0.1 }));
        assert!(timer.is_settled());
    }

    /// A row for training and one for validation at the same step would make a step of no time, or divide by none.
    #[test]
    fn rows_at_one_step_are_one() {
        let timer = timer(&[(1, 1.0), (1, 1.5), (3, 2.0), (3, 9.0), (2, 10.0), (4, 2.0)]);
        assert_eq!((timer.stretches(), timer.step_time().unwrap().median), (1, 0.5));
        assert_eq!(self::timer(&[(1, 1.0)]).step_time(), None);
    }

    /// Of three stretches the ranks' interval is the median itself: it would be taken for exact.
    #[test]
    fn few_stretches_are_no_certainty() {
        let timer = timer(&[(0, 0.0), (1, 1.0), (2, 3.0), (3, 6.0)]);
        let time = timer.step_time().unwrap();
        assert_eq!((time.low, time.median, time.high), (1.0, 2.0, 3.0));
        assert!(!timer.is_settled());
    }
}
