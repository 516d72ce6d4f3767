//! `metrics.csv`, as Lightning's `CSVLogger` writes it: one column per metric, with empty cells
//! where nothing was logged.
//!
//! ```text
//! epoch,step,train_loss,val_loss
//! 0,49,0.31,
//! 0,937,,0.12
//! ```
//!
//! - `step` counts updates from 0: the row of step 937 stands for 938 updates done.
//! - `epoch` is the number of the current epoch, from 0. It is ignored where there is a step, which
//!   is more exact; without a step the row stands at the end of that epoch.
//! - When a new column appears, Lightning writes the whole file again, with its rows in the same
//!   order. So the file is read again whenever it changes, and rows that were read before are
//!   skipped. A line without its end is not yet a row.

use crate::read::files::error::FileError;
use crate::read::row::{Coordinate, RawRow};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of the file.
pub(crate) const NAME: &str = "metrics.csv";
/// Larger files, in bytes, are no tables of metrics.
const LARGEST: u64 = 1 << 26;

/// Length and time of a file; they show whether it has changed.
pub(crate) type Stamp = (u64, Option<SystemTime>);

/// One table, and how far it was read.
#[derive(Debug)]
pub(crate) struct CsvTable {
    path: PathBuf,
    stamp: Option<Stamp>,
    seen: usize,
}

impl CsvTable {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), stamp: None, seen: 0 }
    }

    /// Adds the new rows to `rows`.
    pub(crate) fn poll(&mut self, rows: &mut Vec<RawRow>) -> Result<(), FileError> {
        let unreadable =
            |error: std::io::Error| FileError::Unreadable { file: self.path.clone(), kind: error.kind() };
        let metadata = std::fs::metadata(&self.path).map_err(unreadable)?;
        let stamp = Some(stamp(&metadata));
        if metadata.len() > LARGEST {
            return Err(FileError::TooLarge {
                file: self.path.clone(),
                bytes: metadata.len(),
                limit: LARGEST,
            });
        }
        if stamp == self.stamp {
            return Ok(());
        }
        let bytes = std::fs::read(&self.path).map_err(unreadable)?;
        let (new, all) = new_rows(&String::from_utf8_lossy(&bytes), self.seen);
        rows.extend(new);
        (self.stamp, self.seen) = (stamp, all.max(self.seen));
        Ok(())
    }
}

pub(crate) fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.len(), metadata.modified().ok())
}

/// The rows after the first `seen` lines below the header, and the number of all such lines.
fn new_rows(text: &str, seen: usize) -> (Vec<RawRow>, usize) {
    let complete = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(complete.as_bytes());
    let Ok(header) = table.headers().cloned() else { return (Vec::new(), 0) };
    if !header.iter().any(|name| matches!(name, "step" | "epoch")) {
        return (Vec::new(), 0);
    }
    let lines: Vec<_> = table.into_records().map_while(Result::ok).collect();
    let rows = lines.iter().skip(seen).filter_map(|cells| row(&header, cells)).collect();
    (rows, lines.len())
}

fn row(header: &csv::StringRecord, cells: &csv::StringRecord) -> Option<RawRow> {
    let mut row = RawRow::default();
    for (name, cell) in header.iter().zip(cells) {
        if let Ok(value) = cell.trim().parse::<f64>() {
            let from_zero = matches!(Coordinate::named(name), Some(Coordinate::Step | Coordinate::Epoch));
            row.put(name, value + f64::from(u8::from(from_zero)));
        }
    }
    row.epoch = row.epoch.filter(|_| row.step.is_none());
    (row.has_position() && !row.metrics.is_empty()).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "epoch,step,train_loss,val_loss,lr-SGD\r\n0,49,0.31,,0.1\r\n0,99,,0.12,\r\n1,149,nan,,0.1\r\n,,,,\r\n";

    fn row_at(step: f64, name: &str, value: f64) -> RawRow {
        RawRow { step: Some(step), metrics: vec![(name.to_owned(), value)], ..RawRow::default() }
    }

    /// Every position would be one step too early.
    #[test]
    fn steps_count_from_zero_and_empty_cells_are_none() {
        let (rows, lines) = new_rows(FILE, 0);
        assert_eq!((rows.len(), lines), (3, 4));
        assert_eq!(rows[1], row_at(100.0, "val_loss", 0.12));
        assert!(rows[2].metrics[0].1.is_nan());
        assert_eq!(new_rows("epoch,val_loss\n0,0.5\n", 0).0[0].epoch, Some(1.0));
    }

    /// A number that is cut is another number.
    #[test]
    fn a_line_without_its_end_is_no_row() {
        assert_eq!(new_rows("step,val_loss\n9,0.12", 0), (vec![], 0));
        assert_eq!(new_rows("step,val_l", 0), (vec![], 0));
    }

    /// Rows would be read twice when Lightning writes the file again for a new column.
    #[test]
    fn a_new_header_repeats_no_row() {
        let anew = "acc,epoch,step,val_loss\n,0,9,0.5\n,0,19,0.4\n0.9,0,29,\n";
        assert_eq!(new_rows(anew, 2), (vec![row_at(30.0, "acc", 0.9)], 3));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(step|epoch|[a-z,0-9.\"\n\r\\PC]){0,40}", seen in 0_usize..4) {
            let (rows, lines) = new_rows(&text, seen);
            proptest::prop_assert!(rows.len() <= lines.saturating_sub(seen));
        }
    }

    #[test]
    fn other_tables_are_none() {
        for text in ["", "\n", "a,b\n1,2\n", "step\n1\n", "step,name\n1,x\n\"", "\u{0}\n\u{0}\n"] {
            assert_eq!(new_rows(text, 0).0, [], "{text:?}");
        }
    }
}
