//! Epochs done, from the numbers that programs give to epochs.

/// Counts epochs over several fits: each fit numbers its epochs from the start.
#[derive(Debug, Default)]
pub(crate) struct EpochCounter {
    before: f64,
    last: Option<f64>,
}

impl EpochCounter {
    /// The epochs done when the epoch with this number ends; the number counts from 0.
    pub(crate) fn done_after(&mut self, number: f64) -> f64 {
        if let Some(last) = self.last.filter(|&last| number <= last) {
            self.before += last + 1.0;
        }
        self.last = Some(number);
        self.before + number + 1.0
    }
}

/// Counts epochs of a program that may number them from 0 or from 1: from 1, until an epoch 0 was
/// seen.
#[derive(Debug, Default)]
pub(crate) struct EpochNumbering {
    from_zero: bool,
    /// The number of the epoch that was trained last, while no evaluation bore the same one.
    trained: Option<f64>,
}

impl EpochNumbering {
    /// The epochs done when the epoch with this number ends. A fraction is no number of an epoch: it
    /// is what is done.
    pub(crate) fn done_after(&mut self, number: f64) -> f64 {
        self.from_zero |= number == 0.0;
        number + f64::from(u8::from(self.from_zero && number.fract() == 0.0))
    }

    /// The same for a line that says whether it evaluates. After the training of epoch 0 an
    /// evaluation that bears a 1 counts what is done, unless one that bore a 0 came between.
    pub(crate) fn done_after_line(&mut self, number: f64, evaluates: bool) -> f64 {
        if !evaluates {
            self.trained = Some(number);
        } else if self.from_zero && self.trained == Some(number - 1.0) {
            return number;
        } else {
            self.trained = None;
        }
        self.done_after(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An evaluation would stand an epoch too late, or one that bears the number of its epoch too
    /// early.
    #[test]
    fn evaluations_may_count_what_is_done() {
        let mut epochs = EpochNumbering::default();
        let mut done = |lines: &[(f64, bool)]| -> Vec<f64> {
            lines.iter().map(|&(number, evaluates)| epochs.done_after_line(number, evaluates)).collect()
        };
        assert_eq!(done(&[(0.0, false), (1.0, true), (1.0, false), (2.0, true)]), [1.0, 1.0, 2.0, 2.0]);
        assert_eq!(
            done(&[(0.0, false), (0.0, true), (1.0, true), (1.0, false), (1.0, true)]),
            [1.0, 1.0, 2.0, 2.0, 2.0]
        );
    }

    /// The second fit of a run would overwrite the first.
    #[test]
    fn a_second_fit_goes_on_counting() {
        let mut epochs = EpochCounter::default();
        assert_eq!(
            [0.0, 1.0, 0.0, 1.0, 2.0, 0.0].map(|number| epochs.done_after(number)),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        );
    }
}
