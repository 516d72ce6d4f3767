//! The position of a row: how far training was when it was reported.

use crate::read::row::{Row, StepInEpoch};
use batchwright_train::Batching;

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
    /// A coordinate is a number that no training reaches.
    #[error(
        "the row says {coordinate} {value:e}, which no training reaches; let the program print how far it is"
    )]
    Impossible {
        /// Its name.
        coordinate: &'static str,
        /// Its value.
        value: f64,
    },
    /// The row has no coordinate.
    #[error(
        "the row says neither step, nor samples, nor epoch; let the program print one of them beside the metric"
    )]
    Nowhere,
}

/// More samples or steps than any training uses: a number beyond it is a mistake of the program.
const MOST: f64 = 1e15;

impl RowPosition {
    /// The position of a row at a batch size (at least 1), with a training split of `train_samples`
    /// samples if the user gave that number. The last batch of an epoch is short where the batch
    /// size does not divide the split.
    ///
    /// # Errors
    /// [`PositionError`] says what is missing, or which number is impossible.
    pub fn of(row: &Row, batch_size: u64, train_samples: Option<u64>) -> Result<Self, PositionError> {
        Self::counted(row, batch_size, batching(batch_size, train_samples, false).as_ref())
    }

    /// The same, with the batches of an epoch where the training split is known.
    ///
    /// In this order: `samples`; the samples of `step` steps; the step within its epoch, by the size of
    /// the split or by the steps of an epoch that the program names; `epoch` times the split. A step
    /// comes before an epoch, because programs round epochs (`0.53`) or print the number of the current
    /// one.
    ///
    /// # Errors
    /// As [`RowPosition::of`].
    pub(crate) fn counted(
        row: &Row,
        batch_size: u64,
        batching: Option<&Batching>,
    ) -> Result<Self, PositionError> {
        let size = batch_size.max(1);
        let within = row.in_epoch.and_then(|place| samples_within(place, size as f64, batching));
        let samples = match (row.samples, row.step, within) {
            (Some(samples), ..) => count("samples", samples)?,
            (None, Some(step), _) => samples_after(count("step", step)?, size, batching),
            (None, None, Some(samples)) => count("step", samples)?,
            (None, None, None) => samples_of_epochs(row, batching)?,
        };
        let steps = || batching.map_or(samples.div_ceil(size), |batching| batching.steps_for(samples));
        let step = row.step.map_or_else(|| Ok(steps()), |step| count("step", step))?;
        let epoch = batching.map(|batching| samples as f64 / batching.samples_per_epoch() as f64);
        Ok(Self { samples, step, epoch: epoch.or(row.epoch) })
    }
}

/// The batches of an epoch, where the number of training samples is known. With `drop_last` a short
/// last batch is left out; an epoch has at least one batch.
pub(crate) fn batching(batch_size: u64, train_samples: Option<u64>, drop_last: bool) -> Option<Batching> {
    let samples = train_samples?;
    Batching::new(samples, batch_size.max(1), None, drop_last && batch_size <= samples).ok()
}

fn samples_after(steps: u64, batch_size: u64, batching: Option<&Batching>) -> u64 {
    let of_epochs = batching.and_then(|batching| batching.samples_after(steps).ok());
    of_epochs.unwrap_or_else(|| steps.saturating_mul(batch_size))
}

/// Samples at a place within an epoch; the last batch of an epoch may be short. Where an epoch has
/// other steps than the batch size and the split make, the share of its steps counts.
fn samples_within(place: StepInEpoch, size: f64, batching: Option<&Batching>) -> Option<f64> {
    let Some(batching) = batching else {
        return Some((place.epochs_before * place.of? + place.step) * size);
    };
    let (whole, steps) = (batching.samples_per_epoch() as f64, batching.steps_per_epoch() as f64);
    let used = match place.of.filter(|of| (of - steps).abs() > 1.0) {
        Some(of) => place.step / of * whole,
        None => place.step * size,
    };
    Some(place.epochs_before * whole + used.min(whole))
}

fn samples_of_epochs(row: &Row, batching: Option<&Batching>) -> Result<u64, PositionError> {
    let epoch = row.epoch.or(row.in_epoch.map(|place| place.epochs_before)).ok_or(PositionError::Nowhere)?;
    let batching = batching.ok_or(PositionError::SamplesUnknown { epoch })?;
    count("epoch", epoch * batching.samples_per_epoch() as f64)
}

/// The nearest whole number.
fn count(coordinate: &'static str, value: f64) -> Result<u64, PositionError> {
    let possible = (0.0..=MOST).contains(&value);
    possible.then(|| value.round() as u64).ok_or(PositionError::Impossible { coordinate, value })
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
            in_epoch: None,
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
        assert_eq!(of(Some(3.0), None, None, Some(0)), position(96, 3, None), "no split of no samples");
    }

    /// 100 samples at batch size 64 are a batch of 64 and one of 36: ten steps use 500 samples, not 640.
    #[test]
    fn the_short_last_batch_of_each_epoch_counts_as_it_is() {
        let step = |step, split| RowPosition::of(&report(Some(step), None, None), 64, split).unwrap();
        let counted = |position: RowPosition| (position.samples, position.epoch);
        assert_eq!(counted(step(10.0, Some(100))), (500, Some(5.0)));
        assert_eq!(counted(step(3.0, Some(100))), (164, Some(1.64)));
        assert_eq!(counted(step(10.0, None)), (640, None));
        assert_eq!(counted(step(3.0, Some(10))), (30, Some(3.0)), "all samples in one batch");
        let epoch = RowPosition::of(&report(None, Some(5.0), None), 64, Some(100)).unwrap();
        assert_eq!((epoch.samples, epoch.step), (500, 10));
    }

    /// A figure would be made from it, and the user told to give a larger budget.
    #[test]
    fn numbers_that_no_training_reaches_are_refused_by_name() {
        let of = |step, epoch, samples| RowPosition::of(&report(step, epoch, samples), 32, Some(100));
        for (result, name) in [
            (of(Some(f64::MAX), None, None), "step 1.797"),
            (of(None, None, Some(1e30)), "samples 1e30"),
            (of(None, Some(1e300), None), "epoch 1e302"),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    /// Each epoch would start again at the first step.
    #[test]
    fn steps_within_an_epoch_count_on() {
        let of = |epochs_before, step, of, split| {
            let in_epoch = Some(StepInEpoch { epochs_before, step, of });
            RowPosition::of(&Row { in_epoch, ..report(None, None, None) }, 32, split)
        };
        assert_eq!(of(2.0, 5.0, None, Some(100)).unwrap().samples, 300, "the last batch is short");
        assert_eq!(of(2.0, 2.0, None, Some(100)).unwrap().samples, 264);
        assert_eq!(
            of(2.0, 5.0, Some(10.0), None).unwrap(),
            RowPosition { samples: 800, step: 25, epoch: None }
        );
        assert_eq!(of(2.0, 5.0, None, None).unwrap_err(), PositionError::SamplesUnknown { epoch: 2.0 });
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
