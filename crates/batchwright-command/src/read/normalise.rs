//! TODO

use crate::read::names::{Split, joined, parts_of};
use crate::read::row::{RawRow, Row};
use crate::read::source::RowSource;
use std::collections::{BTreeMap, BTreeSet};

/// Makes names alike over the rows of one program.
///
/// A decision must not rest on the test split where the program has a validation split too. So `test_loss` stands for `val_loss` only until
/// a validation loss is seen, on the same row or an earlier one; from then on it keeps its own name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Normal names that came from a validation split.
    validated: BTreeSet<String>,
}

impl Names {
    /// The row with names made alike, and the printed name of each. Of two fields with one normal name the first counts.
    pub(crate) fn report(&mut self, row: RawRow, source: RowSource) -> (Row, BTreeMap<String, String>) {
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
        let RawRow { step, epoch, samples, seconds, .. } = row;
        (Row { source, step, epoch, samples, seconds, metrics }, printed_names)
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
        let mut names = Names::default();
        let mut metrics = |fields: &[(&str, f64)]| names.report(row(fields), RowSource::Json).0.metrics;
        assert_eq!(metrics(&[("test_loss", 1.0)]), BTreeMap::from([("val_loss".to_owned(), 1.0)]));
        let both = BTreeMap::from([("val_loss".to_owned(), 0.5), ("test_loss".to_owned(), 0.6)]);
        assert_eq!(metrics(&[("test_loss", 0.6), ("val_loss", 0.5)]), both);
        assert_eq!(metrics(&[("test_loss", 1.0)]), BTreeMap::from([("test_loss".to_owned(), 1.0)]));
    }
}
