//! Epochs done, by the numbers that programs give them.

/// A second call to fit numbers its epochs from the start: they come on top of those before.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    before: f64,
    last: Option<f64>,
}

impl Epochs {
    /// The epochs done when the one with this number (0-based) ends.
    pub(crate) fn done_after(&mut self, number: f64) -> f64 {
        if let Some(last) = self.last.filter(|&last| number <= last) {
            self.before += last + 1.0;
        }
        self.last = Some(number);
        self.before + number + 1.0
    }
}

/// The numbers of a program whose way of counting is not known: from 1, unless an epoch 0 was seen, then from 0.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    from_zero: bool,
}

impl Numbering {
    /// The epochs done when the one with this number ends.
    pub(crate) fn done_after(&mut self, number: f64) -> f64 {
        self.from_zero |= number == 0.0;
        number + f64::from(u8::from(self.from_zero))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second half of a run would overwrite the first.
    #[test]
    fn a_second_fit_goes_on_counting() {
        let mut epochs = Epochs::default();
        assert_eq!(
            [0.0, 1.0, 0.0, 1.0, 2.0, 0.0].map(|number| epochs.done_after(number)),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        );
    }
}
