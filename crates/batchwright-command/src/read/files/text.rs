//! A text file of metrics by any name: a table with a heading, JSON lines, one JSON value
//! (`document`), or the lines of a log (`log`).
//!
//! ```text
//! epoch,step,train_loss,val_loss        {"train_loss": 0.31, "test_loss": 0.35, "epoch": 0}
//! 0,49,0.31,
//! 0,937,,0.12
//! ```
//!
//! - What the first line shows decides what the file is; comments (`# run of today`) may stand before
//!   it. Other files are not read, but for logs, which their names show.
//! - In Lightning's `metrics.csv` `step` counts updates from 0: the row of step 937 stands for 938
//!   updates done. Its `epoch` is 0 in the first row.
//! - When a new column appears, Lightning writes the whole file again, with its rows in the same
//!   order. So a file is read again whenever it changes, and rows that were read before are skipped.
//!   A line without its end is not yet a row.
//!
//! Left out: what stands on a line (`formats/table`, `formats/json`).

use crate::read::files::document::{self, Document};
use crate::read::files::error::FileError;
use crate::read::files::log::{LogFile, is_log};
use crate::read::format::LineFormat;
use crate::read::formats::json::Json;
use crate::read::formats::table::Table;
use crate::read::row::RawRow;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of Lightning's table.
const LIGHTNING: &str = "metrics.csv";
/// Larger files, in bytes, are no tables of metrics.
const LARGEST: u64 = 1 << 26;
/// Lines of comments before a heading.
const COMMENTS: usize = 64;
/// Bytes that show whether a file is text with metrics.
const START: u64 = 1 << 14;

/// Length and time of a file; they show whether it has changed.
pub(crate) type Stamp = (u64, Option<SystemTime>);

pub(crate) fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.len(), metadata.modified().ok())
}

/// One file, and how far it was read.
#[derive(Debug)]
pub(crate) struct TextFile {
    path: PathBuf,
    wanted: String,
    stamp: Option<Stamp>,
    /// Number of lines, or rows of a document, that were read.
    seen: usize,
    /// The states of an object that is written anew: how many there were, and the last.
    states: (usize, String),
    log: Option<LogFile>,
}

/// What kind of file rows are from, the better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// A table, or JSON lines.
    Lines,
    /// One JSON value.
    Document,
    /// The lines of a log.
    Log,
}

impl TextFile {
    /// `wanted` is the normal name of the metric of the target.
    pub(crate) fn new(path: &Path, wanted: &str) -> Self {
        let (stamp, seen, states, log) = Default::default();
        Self { path: path.to_owned(), wanted: wanted.to_owned(), stamp, seen, states, log }
    }

    /// The new rows of the file, which now has this stamp.
    pub(crate) fn poll(&mut self, stamp: Stamp) -> Result<(FileKind, Vec<RawRow>), FileError> {
        let none = Ok((FileKind::Lines, Vec::new()));
        let more = self.log.as_ref().is_some_and(|log| log.has_more(stamp.0));
        if self.stamp == Some(stamp) && !more {
            return none;
        }
        let file = self.path.clone();
        let unreadable =
            |error: std::io::Error| FileError::Unreadable { file: file.clone(), kind: error.kind() };
        let start = match self.text(START) {
            Ok(start) => start,
            // A program may replace or remove a file between two looks.
            Err(error) if error.kind() == ErrorKind::NotFound => return none,
            Err(error) => return Err(unreadable(error)),
        };
        let may_be_document = start.trim_start_matches('\u{feff}').trim_start().starts_with(['[', '{']);
        if may_be_document && stamp.0 <= document::LARGEST as u64 {
            let text = self.text(LARGEST).map_err(unreadable)?;
            if let Some(document) = Document::parse(text.trim_start_matches('\u{feff}'), &self.wanted) {
                self.stamp = Some(stamp);
                return Ok((FileKind::Document, self.document_rows(document, &text)));
            }
        }
        if self.format(&start).is_none() {
            let rows = self.log_rows(&start, stamp);
            return rows.map(|rows| (FileKind::Log, rows)).map_err(unreadable);
        }
        if stamp.0 > LARGEST {
            return Err(FileError::TooLarge { file: self.path.clone(), bytes: stamp.0, limit: LARGEST });
        }
        let text = self.text(LARGEST).map_err(unreadable)?;
        self.stamp = Some(stamp);
        Ok((FileKind::Lines, self.new_rows(&text)))
    }

    fn log_rows(&mut self, start: &str, stamp: Stamp) -> std::io::Result<Vec<RawRow>> {
        if !is_log(&self.path) || start.contains('\0') {
            return Ok(Vec::new());
        }
        self.stamp = Some(stamp);
        let log = self.log.get_or_insert_with(|| LogFile::new(&self.wanted));
        log.new_rows(&self.path, stamp.0, &self.wanted)
    }

    /// The rows of a document that were not read before, and that say where they stand.
    fn document_rows(&mut self, document: Document, text: &str) -> Vec<RawRow> {
        let mut json = Json::new(&self.wanted);
        let mut read = |line: &String| -> Vec<RawRow> { json.read(line) };
        let rows: Vec<RawRow> = match document {
            // One line with its end may be the first of many.
            Document::State(_) if self.seen > 0 || is_first_line(text) => return self.new_rows(text),
            Document::State(line) => {
                let (count, last) = std::mem::replace(&mut self.states, (0, line.clone()));
                let new = u8::from(last != line);
                self.states.0 = count + usize::from(new);
                let states =
                    [(count == 1 && new == 1).then_some(&last), (count > 0 && new == 1).then_some(&line)];
                states.into_iter().flatten().flat_map(&mut read).collect()
            }
            Document::Rows(lines) => {
                let before = self.seen;
                self.seen = before.max(lines.len());
                let rows = lines.iter().map(read).enumerate().filter(|(at, _)| *at >= before);
                rows.flat_map(|(_, rows)| rows).collect()
            }
        };
        rows.into_iter().filter(RawRow::has_position).collect()
    }

    fn text(&self, most: u64) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(most).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What reads the file; `None` if it contains no metrics, or not yet.
    fn format(&self, text: &str) -> Option<Box<dyn LineFormat>> {
        let lightning = self.path.file_name().is_some_and(|name| name == LIGHTNING);
        let table = Table::of_file(&self.wanted, lightning);
        let complete = &text[..text.rfind('\n')?];
        let lines = complete.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
        for line in lines.take(COMMENTS) {
            if line.contains(['\0', '\u{fffd}']) {
                return None;
            }
            if line.trim_start().starts_with('{') {
                return Some(Box::new(Json::new(&self.wanted)));
            }
            if table.is_heading(line) {
                return Some(Box::new(table));
            }
            if !line.trim_start().starts_with(['#', '%']) {
                return None;
            }
        }
        None
    }

    /// The rows of the lines that are complete and were not read before.
    fn new_rows(&mut self, text: &str) -> Vec<RawRow> {
        let Some(mut format) = self.format(text) else { return Vec::new() };
        let complete = text.rfind('\n').map_or("", |end| &text[..=end]).trim_start_matches('\u{feff}');
        let (mut rows, mut lines) = (Vec::new(), 0);
        for line in complete.lines().filter(|line| !line.trim().is_empty()) {
            let new = format.read(line);
            rows.extend(new.into_iter().filter(|_| lines >= self.seen));
            lines += 1;
        }
        self.seen = lines.max(self.seen);
        rows
    }
}

/// Whether a text is one line with its end.
fn is_first_line(text: &str) -> bool {
    text.ends_with('\n') && text.trim().lines().count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> TextFile {
        TextFile::new(Path::new(name), "val_loss")
    }

    fn new_rows(name: &str, text: &str) -> Vec<RawRow> {
        file(name).new_rows(text)
    }

    const LOG: &str = "epoch,step,train_loss,val_loss,lr-SGD\r\n0,49,0.31,,0.1\r\n0,99,,0.12,\r\n1,149,nan,,0.1\r\n,,,,\r\n";

    fn row_at(step: f64, name: &str, value: f64) -> RawRow {
        RawRow { step: Some(step), metrics: vec![(name.to_owned(), value)], ..RawRow::default() }
    }

    /// Every position would be one step too early, or that of another program one too late.
    #[test]
    fn steps_of_lightning_count_from_zero() {
        let rows = new_rows("metrics.csv", LOG);
        assert_eq!((rows.len(), &rows[1]), (3, &row_at(100.0, "val_loss", 0.12)));
        assert!(rows[2].metrics[0].1.is_nan());
        assert_eq!(new_rows("log.csv", LOG)[1].step, Some(99.0));
        let from_one = "epoch,step,val_loss\n1,100,0.5\n2,200,0.25\n";
        assert_eq!(new_rows("metrics.csv", from_one)[1].step, Some(200.0));
    }

    /// The last number would be one that is cut.
    #[test]
    fn a_line_without_its_end_is_no_row() {
        assert_eq!(new_rows("a.csv", "step,val_loss\n9,0.12"), []);
        assert_eq!(new_rows("a.csv", "step,val_l"), []);
        assert_eq!(new_rows("log", "{\"step\": 9, \"val_loss\": 0.12}"), []);
    }

    /// Rows would be read twice when Lightning writes the file again for a new column.
    #[test]
    fn a_new_header_repeats_no_row() {
        let mut file = file("metrics.csv");
        assert_eq!(file.new_rows("epoch,step,val_loss\n0,9,0.5\n0,19,0.4\n").len(), 2);
        let anew = "acc,epoch,step,val_loss\n,0,9,0.5\n,0,19,0.4\n0.9,0,29,\n";
        assert_eq!(file.new_rows(anew), [row_at(30.0, "valid_acc", 0.9)]);
        assert_eq!(file.new_rows(anew), []);
    }

    /// The files of well-known programs would have to be renamed.
    #[test]
    fn files_by_any_name_are_read() {
        for (name, text, epochs) in [
            (
                "results.csv",
                "   epoch,   train/loss,  metrics/accuracy_top1, val/loss\n  1, 0.5, 0.7, 0.5\n  2, 0.5, 0.7, 0.4\n",
                [1.0, 2.0],
            ),
            ("training.log", "epoch;accuracy;loss;val_loss\n0;0.5;0.5;0.5\n1;0.5;0.4;0.4\n", [1.0, 2.0]),
            (
                "log.txt",
                "{\"train_loss\": 1, \"test_loss\": 0.5, \"epoch\": 0}\n{\"train_loss\": 1, \"test_loss\": 0.4, \"epoch\": 1}\n",
                [1.0, 2.0],
            ),
            ("summary.tsv", "epoch\tval_loss\n1\t0.5\n2\t0.4\n", [1.0, 2.0]),
            ("a.csv", "# run of today\n# seed 0\nepoch,val_loss\n1,0.5\n2,0.4\n", [1.0, 2.0]),
            ("a.dat", "# epoch   val_loss\n    1   0.5\n    2   0.4\n", [1.0, 2.0]),
            ("a.csv", "Epoche;Trainingsverlust;val_loss\n1;2,0;0,5\n2;1,0;0,4\n", [1.0, 2.0]),
            (
                "a.csv",
                "\"epoch\",\"train loss\",\"val loss\",\"note\"\n\"1\",\"1.6\",\"0.5\",\"a, \"\"b\"\"\"\n\"2\",\"1.6\",\"0.4\",\"\"\n",
                [1.0, 2.0],
            ),
        ] {
            let rows = new_rows(name, text);
            assert_eq!(rows.iter().map(|row| row.epoch.unwrap()).collect::<Vec<_>>(), epochs, "{text}");
            let last = |row: &RawRow| row.metrics.last().unwrap().1;
            assert!(name == "log.txt" || rows.iter().map(last).eq([0.5, 0.4]), "{text}: {rows:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(step|epoch|loss|[a-z,0-9.\"{}:\n\r\\PC]){0,40}") {
            let mut file = file("a");
            let rows = file.new_rows(&text).len();
            proptest::prop_assert!(rows <= 16 * text.lines().count());
            proptest::prop_assert_eq!(file.new_rows(&text), []);
        }
    }

    #[test]
    fn other_files_are_none() {
        for text in [
            "",
            "\n",
            "a,b\n1,2\n",
            "step\n1\n",
            "step,name\n1,x\n\"",
            "\u{0}\n\u{0}\n",
            "{\"a\": 1}\n",
            "loss is falling\n",
        ] {
            assert_eq!(new_rows("a.csv", text), [], "{text:?}");
        }
    }
}
