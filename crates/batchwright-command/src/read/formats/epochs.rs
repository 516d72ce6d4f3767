//! Epochs done, from the numbers that programs give to epochs, and steps that start again with each
//! epoch.

use crate::read::row::{RawRow, StepInEpoch};

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

/// Finds out whether a program that names the number of the epoch and a step counts its steps anew
/// in each epoch: once the step falls while the epoch rises.
#[derive(Debug, Default)]
pub(crate) struct StepNumbering {
    last: Option<(f64, f64)>,
    first_epoch: Option<f64>,
    within: bool,
}

impl StepNumbering {
    /// Makes the step of a row one within its epoch, where it is.
    pub(crate) fn place(&mut self, row: &mut RawRow) {
        let Some((epoch, step)) = row.epoch.zip(row.step).filter(|(epoch, _)| epoch.fract() == 0.0) else {
            return;
        };
        let first = *self.first_epoch.get_or_insert(epoch);
        self.within |= self.last.is_some_and(|(last_epoch, last)| epoch > last_epoch && step < last);
        self.last = Some((epoch, step));
        if self.within {
            let epochs_before = if first == 0.0 { epoch } else { epoch - 1.0 };
            (row.epoch, row.step) = (None, None);
            row.in_epoch = Some(StepInEpoch { epochs_before, step, of: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second epoch would start at the first step again.
    #[test]
    fn steps_that_start_again_count_within_their_epoch() {
        let mut steps = StepNumbering::default();
        let places = [(1.0, 10.0), (1.0, 20.0), (2.0, 10.0), (2.0, 20.0)].map(|(epoch, step)| {
            let mut row = RawRow { epoch: Some(epoch), step: Some(step), ..RawRow::default() };
            steps.place(&mut row);
            (row.step, row.in_epoch.map(|place| (place.epochs_before, place.step)))
        });
        assert_eq!(
            places,
            [(Some(10.0), None), (Some(20.0), None), (None, Some((1.0, 10.0))), (None, Some((1.0, 20.0)))]
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
