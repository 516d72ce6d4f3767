//! One row of a report: with the names of its source ([`RawRow`]), and with normal names ([`Row`]).
//!
//! Left out: where a row stands in a training (`position`).

use crate::read::names::{is_bookkeeping, is_known, is_learning_rate};
use crate::read::source::RowSource;
use std::collections::BTreeMap;

/// A row with normal names. It may lack everything but metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its source.
    pub source: RowSource,
    /// Steps (parameter updates) so far, as reported. Like the three others it is finite and not
    /// negative, but not always a whole number.
    pub step: Option<f64>,
    /// Epochs so far: 1 after the first epoch, however the program counts.
    pub epoch: Option<f64>,
    /// Training samples used so far.
    pub samples: Option<f64>,
    /// The place within the current epoch, where the program counts steps anew in each epoch.
    pub in_epoch: Option<StepInEpoch>,
    /// Seconds of training so far, by the program's own clock.
    pub seconds: Option<f64>,
    /// The learning rate that the program reported beside its metrics; finite and not negative.
    pub learning_rate: Option<f64>,
    /// Metrics by [normal name](crate::read::normal_name), e.g. `train_loss`, `val_loss`; at least
    /// one. May be NaN or infinite.
    pub metrics: BTreeMap<String, f64>,
}

/// The place of a row within an epoch. All three are finite and not negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepInEpoch {
    /// Epochs done before this one.
    pub epochs_before: f64,
    /// Steps done in this epoch.
    pub step: f64,
    /// Steps of a whole epoch, where the program says so. Above 0.
    pub of: Option<f64>,
}

impl StepInEpoch {
    pub(crate) fn is_valid(&self) -> bool {
        let numbers = [Some(self.epochs_before), Some(self.step), self.of];
        numbers.iter().flatten().all(|number| number.is_finite() && *number >= 0.0) && self.of != Some(0.0)
    }
}

/// Names and values, in order.
pub(crate) type NamedValues = Vec<(String, f64)>;

/// A row with the names of its source.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RawRow {
    pub(crate) step: Option<f64>,
    pub(crate) epoch: Option<f64>,
    pub(crate) samples: Option<f64>,
    pub(crate) in_epoch: Option<StepInEpoch>,
    pub(crate) seconds: Option<f64>,
    /// The first of the fields that name a learning rate.
    pub(crate) learning_rate: Option<f64>,
    /// As they were printed.
    pub(crate) metrics: NamedValues,
}

/// The four numbers that say how far training was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinate {
    Step,
    Epoch,
    Samples,
    Seconds,
}

impl Coordinate {
    /// The coordinate with this field name. `time`, `elapsed` and similar names are none of them:
    /// they are often those of one epoch.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "step" | "steps" | "global_step" | "global step" | "num_updates" | "train_num_updates"
            | "valid_num_updates" | "iter" | "iteration" | "ステップ" => Some(Self::Step),
            "epoch" | "エポック" => Some(Self::Epoch),
            "samples" | "samples_seen" | "seen_samples" | "consumed_samples" => Some(Self::Samples),
            "seconds" => Some(Self::Seconds),
            _ => None,
        }
    }
}

impl RawRow {
    /// Adds one field: as a coordinate, as a metric, or not at all if it is about the run and not
    /// about the model.
    pub(crate) fn put(&mut self, name: &str, value: f64) {
        match Coordinate::named(name) {
            Some(coordinate) => self.set(coordinate, value),
            None if is_learning_rate(name) => {
                let sensible = value.is_finite() && value >= 0.0;
                self.learning_rate = self.learning_rate.or(sensible.then_some(value));
            }
            None if is_bookkeeping(name) => {}
            None => self.metrics.push((name.to_owned(), value)),
        }
    }

    /// Sets a coordinate; a value that is negative or not finite removes it.
    pub(crate) fn set(&mut self, coordinate: Coordinate, value: f64) {
        let place = match coordinate {
            Coordinate::Step => &mut self.step,
            Coordinate::Epoch => &mut self.epoch,
            Coordinate::Samples => &mut self.samples,
            Coordinate::Seconds => &mut self.seconds,
        };
        *place = (value.is_finite() && value >= 0.0).then_some(value);
    }

    /// Whether both have the same coordinates.
    pub(crate) fn is_at(&self, other: &Self) -> bool {
        let place = |row: &Self| (row.step, row.epoch, row.samples, row.seconds, row.in_epoch);
        place(self) == place(other)
    }

    /// Whether it has a coordinate beside the time.
    pub(crate) fn has_position(&self) -> bool {
        self.step.or(self.epoch).or(self.samples).is_some() || self.in_epoch.is_some()
    }

    /// Whether it reports on training. A printed configuration also is an object with numbers, but
    /// it has neither a position nor a well-known (or `wanted`) metric.
    pub(crate) fn is_report(&self, wanted: &str) -> bool {
        let mut names = self.metrics.iter().map(|(name, _)| name);
        !self.metrics.is_empty() && (self.has_position() || names.any(|name| is_known(name, wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments that a run prints at its start would count as its first row.
    #[test]
    fn a_configuration_is_no_report() {
        let row = |fields: &[(&str, f64)]| {
            let mut row = RawRow::default();
            fields.iter().for_each(|&(name, value)| row.put(name, value));
            row
        };
        assert!(
            !row(&[("batch_size", 64.0), ("lr", 0.1), ("epochs", 3.0), ("seed", 1.0)]).is_report("val_loss")
        );
        assert!(!row(&[("step", 3.0), ("learning_rate", 0.1)]).is_report("val_loss"));
        assert!(row(&[("step", 3.0), ("tea", 0.1)]).is_report("val_loss"));
        assert!(row(&[("eval_loss", 0.1)]).is_report("val_loss"));
        assert!(row(&[("tea", 0.1)]).is_report("tea"));
    }

    #[test]
    fn coordinates_are_finite_and_not_negative() {
        let mut row = RawRow::default();
        for (name, value) in [("step", -1.0), ("epoch", f64::NAN), ("samples", f64::INFINITY)] {
            row.put(name, value);
        }
        assert_eq!(row, RawRow::default());
    }
}
