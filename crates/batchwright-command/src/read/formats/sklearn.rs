//! What scikit-learn's `MLPClassifier` and `MLPRegressor` print with `verbose=True`:
//!
//! ```text
//! Iteration 3, loss = 0.67946513
//! Validation score: 0.960000
//! ```
//!
//! Its "iteration" is an epoch. The score is the accuracy of a classifier or the R2 of a regressor;
//! it is printed with `early_stopping=True`. Left out: Caffe's `Iteration 100, loss = 0.5`, which
//! counts steps and stands behind a logger's prefix.

use crate::read::format::LineFormat;
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug, Default)]
pub(crate) struct Sklearn {
    epoch: Option<f64>,
}

impl LineFormat for Sklearn {
    fn source(&self) -> RowSource {
        RowSource::Sklearn
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        self.row(line).into_iter().collect()
    }
}

impl Sklearn {
    fn row(&mut self, line: &str) -> Option<RawRow> {
        let (name, value) = if let Some(rest) = line.strip_prefix("Iteration ") {
            let (number, loss) = rest.split_once(", loss = ")?;
            let (number, loss): (u32, f64) = (number.parse().ok()?, loss.trim_end().parse().ok()?);
            self.epoch = Some(number.into());
            ("loss", loss)
        } else {
            ("validation score", line.strip_prefix("Validation score: ")?.trim_end().parse().ok()?)
        };
        Some(RawRow {
            epoch: Some(self.epoch?),
            metrics: vec![(name.to_owned(), value)],
            ..RawRow::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An epoch would be taken for one step.
    #[test]
    fn an_iteration_is_an_epoch() {
        let mut sklearn = Sklearn::default();
        let lines = [
            "Validation score: 0.1",
            "Iteration 3, loss = 0.67946513",
            "Validation score: 0.960000",
            "Iteration x, loss = 1",
        ];
        let rows: Vec<_> = lines.iter().flat_map(|line| sklearn.read(line)).collect();
        let row = |name: &str, value| RawRow {
            epoch: Some(3.0),
            metrics: vec![(name.to_owned(), value)],
            ..RawRow::default()
        };
        assert_eq!(rows, [row("loss", 0.67946513), row("validation score", 0.96)]);
    }
}
