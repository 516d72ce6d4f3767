//! How far training was when a row was reported.

use crate::read::row::Row;

/// How far training was. Of the three only the first is always known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowPosition {
    /// Training samples used.
    pub samples: u64,
    /// Parameter updates: as reported, otherwise samples over the batch size.
    pub step: u64,
    /// Epochs, fractional: samples over the training split where its size is known, otherwise as reported.
    pub epoch: Option<f64>,
}

/// A row whose position in samples cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// It only says which epoch it was.
    #[error(
        "the row says epoch {epoch} but neither step nor samples; give --samples N, the number of training samples, or let the program print \"step\" or \"samples\""
    )]
    SamplesUnknown {
        /// The epochs of the row.
        epoch: f64,
    },
    /// It says nothing.
    #[error(
        "the row says neither step, nor samples, nor epoch; let the program print one of them beside the metric"
    )]
    Nowhere,
}

/// Beyond this a float no longer counts one by one.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

impl RowPosition {
    /// The position of a row at a batch size (at least 1), in a training split of `split` samples where the user said so.
    ///
    /// In this order: `samples`; `step * batch_size`, which counts the short last batch of an epoch as a full one; `epoch * split`.
    /// A step comes before an epoch since programs round epochs (`0.53`) or name the one that is under way.
    ///
    /// # Errors
    /// [`PositionError`] says what is missing.
    pub fn of(report: &Row, batch_size: u64, split: Option<u64>) -> Result<Self, PositionError> {
        let size = batch_size.max(1) as f64;
        let epochs = || match (report.epoch, split) {
            (Some(epoch), Some(split)) => Ok(epoch * split as f64),
            (Some(epoch), None) => Err(PositionError::SamplesUnknown { epoch }),
            (None, _) => Err(PositionError::Nowhere),
        };
        let samples = report.samples.or(report.step.map(|step| step * size)).map_or_else(epochs, Ok)?;
        let (samples, step) = (count(samples), count(report.step.unwrap_or((samples / size).ceil())));
        let epoch = split.filter(|&split| split > 0).map(|split| samples as f64 / split as f64);
        Ok(Self { samples, step, epoch: epoch.or(report.epoch) })
    }
}

/// The nearest whole number, within what a float counts exactly.
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
            metrics: [("val_loss".to_owned(), 1.0)].into(),
        }
    }

    /// Samples would be counted from an epoch that the program rounded, although it printed the exact step.
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
