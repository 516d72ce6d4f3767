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
}

impl EpochNumbering {
    /// The epochs done when the epoch with this number ends. A fraction is no number of an epoch: it
    /// is what is done.
    pub(crate) fn done_after(&mut self, number: f64) -> f64 {
        self.from_zero |= number == 0.0;
        number + f64::from(u8::from(self.from_zero && number.fract() == 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
