//! Gives the rows of one program normal names, and decides between its validation and test splits.
//!
//! Left out: the normal name of a single name (`names`).

use crate::read::names::{Split, joined, parts_of};
use crate::read::row::{RawRow, Row, StepInEpoch};
use crate::read::source::RowSource;
use std::collections::{BTreeMap, BTreeSet};

/// Gives the rows of one program normal names.
///
/// A decision must not rest on the test split if the program also has a validation split. So
/// `test_loss` is read as `val_loss` only until a validation loss is seen, on the same row or an
/// earlier one. From then on it keeps its own name.
#[derive(Debug, Default)]
pub(crate) struct Normaliser {
    /// The normal names that came from a validation split.
    validated: BTreeSet<String>,
}

impl Normaliser {
    /// The row with normal names, and the printed name of each. Of two fields with the same normal
    /// name the first counts.
    pub(crate) fn normalise(&mut self, row: RawRow, source: RowSource) -> (Row, BTreeMap<String, String>) {
        let fields: Vec<_> =
            row.metrics.into_iter().map(|(printed, value)| (parts_of(&printed), printed, value)).collect();
        for ((split, words), ..) in &fields {
            if *split == Some(Split::Validation) {
                self.validated.insert(joined(Some("val"), words));
            }
        }
        let (mut metrics, mut printed_names) = (BTreeMap::new(), BTreeMap::new());
        for ((split, words), printed, value) in fields {
            let mut name = joined(split.map(Split::prefix), &words);
            if split == Some(Split::Test) && self.validated.contains(&name) {
                name = joined(Some("test"), &words);
            }
            metrics.entry(name.clone()).or_insert(value);
            printed_names.entry(name).or_insert(printed);
        }
        // Numbers of epochs that make no sense (`Epoch 0.5`, later `Epoch 0`) count as no place.
        let place = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0);
        let (step, epoch, samples) = (place(row.step), place(row.epoch), place(row.samples));
        let (seconds, in_epoch) = (place(row.seconds), row.in_epoch.filter(StepInEpoch::is_valid));
        let learning_rate = row.learning_rate;
        (Row { source, step, epoch, samples, in_epoch, seconds, learning_rate, metrics }, printed_names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The study would decide on the test split.
    #[test]
    fn the_test_split_gives_way_to_the_validation_split() {
        let row = |fields: &[(&str, f64)]| RawRow {
            metrics: fields.iter().map(|&(n, v)| (n.to_owned(), v)).collect(),
            ..RawRow::default()
        };
        let mut normaliser = Normaliser::default();
        let mut metrics =
            |fields: &[(&str, f64)]| normaliser.normalise(row(fields), RowSource::Json).0.metrics;
        assert_eq!(metrics(&[("test_loss", 1.0)]), BTreeMap::from([("val_loss".to_owned(), 1.0)]));
        let both = BTreeMap::from([("val_loss".to_owned(), 0.5), ("test_loss".to_owned(), 0.6)]);
        assert_eq!(metrics(&[("test_loss", 0.6), ("val_loss", 0.5)]), both);
        assert_eq!(metrics(&[("test_loss", 1.0)]), BTreeMap::from([("test_loss".to_owned(), 1.0)]));
    }
}
