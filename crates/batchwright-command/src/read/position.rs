//! The position of a row: how far training was when it was reported.

use crate::read::row::Row;

/// How far training was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowPosition {
    /// Training samples used so far.
    pub samples: u64,
    /// Steps (parameter updates): as reported, otherwise samples divided by the batch size.
    pub step: u64,
    /// Epochs, with a fraction: samples divided by the size of the training split where that is
    /// known, otherwise as reported.
    pub epoch: Option<f64>,
}

/// Why the position of a row in samples is not known.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// The row has only an epoch.
    #[error(
        "the row says epoch {epoch} but neither step nor samples; give --samples N, the number of training samples, or let the program print \"step\" or \"samples\""
    )]
    SamplesUnknown {
        /// The epoch of the row.
        epoch: f64,
    },
    /// The row has no coordinate.
    #[error(
        "the row says neither step, nor samples, nor epoch; let the program print one of them beside the metric"
    )]
    Nowhere,
}

/// Beyond this number a float can no longer represent each whole number.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

impl RowPosition {
    /// The position of a row at a batch size (at least 1), with a training split of `train_samples`
    /// samples if the user gave that number.
    ///
    /// In this order: `samples`; `step * batch_size`, which counts the short last batch of an epoch
    /// as a full one; `epoch * train_samples`. A step comes before an epoch, because programs round
    /// epochs (`0.53`) or print the number of the current one.
    ///
    /// # Errors
    /// [`PositionError`] says what is missing.
    pub fn of(row: &Row, batch_size: u64, train_samples: Option<u64>) -> Result<Self, PositionError> {
        let size = batch_size.max(1) as f64;
        let epochs = || match (row.epoch, train_samples) {
            (Some(epoch), Some(train_samples)) => Ok(epoch * train_samples as f64),
            (Some(epoch), None) => Err(PositionError::SamplesUnknown { epoch }),
            (None, _) => Err(PositionError::Nowhere),
        };
        let samples = row.samples.or(row.step.map(|step| step * size)).map_or_else(epochs, Ok)?;
        let (samples, step) = (count(samples), count(row.step.unwrap_or((samples / size).ceil())));
        let known = train_samples.filter(|&train_samples| train_samples > 0);
        let epoch = known.map(|train_samples| samples as f64 / train_samples as f64);
        Ok(Self { samples, step, epoch: epoch.or(row.epoch) })
    }
}

/// The nearest whole number in the range in which a float represents each one.
fn count(value: f64) -> u64 {
    value.round().clamp(0.0, LARGEST_COUNT) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::source::RowSource;

    fn report(step: Option<f64>, epoch: Option<f64>, samples: Option<f64>) -> Row {
        Row {
            source: RowSource::Json,
            step,
            epoch,
            samples,
            seconds: None,
            learning_rate: None,
            metrics: [("val_loss".to_owned(), 1.0)].into(),
        }
    }

    /// Samples would be computed from a rounded epoch, although the program printed the exact step.
    #[test]
    fn samples_come_before_steps_and_steps_before_epochs() {
        let of =
            |step, epoch, samples, split| RowPosition::of(&report(step, epoch, samples), 32, split).unwrap();
        let position = |samples, step, epoch| RowPosition { samples, step, epoch };
        assert_eq!(of(Some(10.0), Some(0.5), Some(300.0), None), position(300, 10, Some(0.5)));
        assert_eq!(of(Some(10.0), Some(0.5), None, Some(1000)), position(320, 10, Some(0.32)));
        assert_eq!(of(None, Some(0.5), None, Some(1000)), position(500, 16, Some(0.5)));
        assert_eq!(of(None, None, Some(64.0), None), position(64, 2, None));
        assert_eq!(of(Some(f64::MAX), None, None, Some(0)), position(1 << 53, 1 << 53, None));
    }

    /// The user would not know what to add to the command line.
    #[test]
    fn what_is_missing_is_said() {
        let of = |epoch, split| RowPosition::of(&report(None, epoch, None), 32, split).unwrap_err();
        assert_eq!(of(Some(2.0), None), PositionError::SamplesUnknown { epoch: 2.0 });
        assert!(of(Some(2.0), None).to_string().contains("--samples N"));
        assert_eq!(of(None, Some(1000)), PositionError::Nowhere);
    }
}
