//! fastai's table, one row per epoch:
//!
//! ```text
//! epoch     train_loss  valid_loss  accuracy  time
//! 0         0.234000    0.123000    0.950000  00:12
//! ```
//!
//! Without its progress bar fastai prints the same as Python lists without a header: `[0, 0.234,
//! 0.123, 0.95, '00:12']`. The metrics after the two losses have no names there (`metric_1`,
//! `metric_2`).
//!
//! `epoch` counts from 0, so row 0 stands for one epoch done. `None` and `#na#` are cells without a
//! value. A metric without a prefix is computed on the validation split, whatever its name.
//!
//! Left out: `time`, which is that of one epoch with its evaluation, in whole seconds.

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochCounter;
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug, Default)]
pub(crate) struct Fastai {
    /// Names of the columns after `epoch`; empty before the first header.
    columns: Vec<String>,
    epochs: EpochCounter,
}

impl LineFormat for Fastai {
    fn source(&self) -> RowSource {
        RowSource::Fastai
    }

    fn read(&mut self, line: &str) -> Option<RawRow> {
        if let Some(list) = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix("']")) {
            return self.list(list);
        }
        let mut cells = line.split_whitespace();
        let first = cells.next()?;
        if first == "epoch" {
            self.take_header(cells.map(str::to_owned).collect());
            return None;
        }
        let number: u32 = first.parse().ok()?;
        let metrics = metrics(&self.columns, cells)?;
        Some(RawRow { epoch: Some(self.epochs.done_after(number.into())), metrics, ..RawRow::default() })
    }
}

impl Fastai {
    fn take_header(&mut self, columns: Vec<String>) {
        let (first, last) = (columns.first().map(String::as_str), columns.last().map(String::as_str));
        if first == Some("train_loss") && last == Some("time") {
            self.columns = columns;
        }
    }

    /// A row as a Python list, up to the quote that closes its time.
    fn list(&mut self, list: &str) -> Option<RawRow> {
        let (cells, time) = list.rsplit_once(", '")?;
        time.contains(':').then_some(())?;
        let mut cells = cells.split(", ");
        let number: u32 = cells.next()?.parse().ok()?;
        let cells: Vec<&str> = cells.collect();
        let unnamed = (1..cells.len()).map(|number| format!("metric_{number}"));
        let columns: Vec<String> =
            ["train_loss", "valid_loss"].map(str::to_owned).into_iter().chain(unnamed).collect();
        let metrics = metrics(columns.get(..cells.len())?, cells.into_iter())?;
        Some(RawRow { epoch: Some(self.epochs.done_after(number.into())), metrics, ..RawRow::default() })
    }
}

/// The cells with the names of their columns; `None` where they do not fit, or none contains a
/// number.
fn metrics<'a>(columns: &[String], cells: impl Iterator<Item = &'a str>) -> Option<Vec<(String, f64)>> {
    let cells: Vec<&str> = cells.take(columns.len() + 1).collect();
    let mut metrics = Vec::new();
    if cells.len() != columns.len() {
        return None;
    }
    for (name, cell) in columns.iter().zip(cells) {
        match (name.as_str(), cell) {
            ("time", _) | (_, "None" | "#na#") => {}
            _ => metrics.push((with_split(name), cell.parse().ok()?)),
        }
    }
    (!metrics.is_empty()).then_some(metrics)
}

fn with_split(name: &str) -> String {
    if name.starts_with("train_") || name.starts_with("valid_") {
        name.to_owned()
    } else {
        format!("valid_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "epoch     train_loss  valid_loss  accuracy  time    ";

    #[test]
    fn rows_count_from_the_first_epoch_on() {
        let mut fastai = Fastai::default();
        assert_eq!(fastai.read("0         0.234000    0.123000    0.950000  00:12"), None);
        assert_eq!(fastai.read(HEADER), None);
        let row = fastai.read("0         0.234000    0.123000    0.950000  00:12   ").unwrap();
        let metrics = [("train_loss", 0.234), ("valid_loss", 0.123), ("valid_accuracy", 0.95)];
        assert_eq!(
            row,
            RawRow {
                epoch: Some(1.0),
                metrics: metrics.map(|(n, v)| (n.to_owned(), v)).to_vec(),
                ..RawRow::default()
            }
        );
    }

    #[test]
    fn lists_have_no_header() {
        let row = Fastai::default().read("[0, 2.05, 1.8, 0.7, '00:02']").unwrap();
        let metrics = [("train_loss", 2.05), ("valid_loss", 1.8), ("valid_metric_1", 0.7)];
        assert_eq!((row.epoch, row.metrics), (Some(1.0), metrics.map(|(n, v)| (n.to_owned(), v)).to_vec()));
        for line in ["[0, 1, 'a:b', 'c']", "[]", "['a']", "[0, '00:02']", "[1.5, 2, '00:02']"] {
            assert_eq!(Fastai::default().read(line), None, "{line}");
        }
    }

    /// `fine_tune` trains twice, each time under a header and from epoch 0 on.
    #[test]
    fn a_second_table_goes_on() {
        let mut fastai = Fastai::default();
        let lines = [
            HEADER,
            "0 0.3 0.2 0.9 00:12",
            "1 0.3 None None 00:12",
            HEADER,
            "0 0.1 0.1 0.95 00:12",
            "0 0.1 0.1 0.95",
            "0 a b c d",
        ];
        let epochs: Vec<_> = lines.iter().filter_map(|line| fastai.read(line)).map(|row| row.epoch).collect();
        assert_eq!(epochs, [Some(1.0), Some(2.0), Some(3.0)]);
    }
}
