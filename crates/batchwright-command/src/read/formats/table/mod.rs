//! Tables with a heading, on the screen or in a file, whoever prints them:
//!
//! ```text
//! epoch     train_loss  valid_loss  accuracy  time        epoch,step,train_loss,val_loss
//! 0         0.234000    0.123000    0.950000  00:12       1,100,0.31,
//! ```
//!
//! - Cells stand between spaces, commas, semicolons, tabs or bars; in quotes they may hold commas. A
//!   heading may stand behind a `#`. Between semicolons a comma is the decimal sign. Under a line of dashes they stand
//!   where the dashes do, so that a cell may be empty.
//! - An epoch is the number of the row: from 0 if the first row of the table says 0, from 1
//!   otherwise. Beside a step it is the current one and does not count. A second table goes on.
//! - A heading may be written in two lines, as MATLAB does.
//! - A column `split` or `phase` names the split of its row.
//! - A heading without a place, after a table with one, is that of an evaluation; its row `all`
//!   counts, at the end of the epoch named last.
//! - A box of two columns, names and numbers, is one row (`pairs`).
//! - A row may end with its progress bar (`64: 100% ━━━━ 63/63 12.3it/s`).
//! - Without its progress bar fastai prints Python lists without a heading: `[0, 0.234, 0.123,
//!   0.95, '00:12']`. The metrics after the two losses have no names there (`metric_1`).
//!
//! Left out: the time, which is that of one epoch, rounded.

pub(crate) mod columns;
pub(crate) mod pairs;

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochCounter;
use crate::read::formats::table::columns::{Column, Columns, Separator};
use crate::read::formats::table::pairs::Pairs;
use crate::read::names::{Split, of_split};
use crate::read::number::number;
use crate::read::row::{Coordinate, NamedValues, RawRow, StepInEpoch};
use crate::read::source::RowSource;
use std::borrow::Cow;
use std::ops::Range;

/// Longer lines, in bytes, are data.
const LONGEST: usize = 1 << 14;

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct Table {
    wanted: String,
    /// `None` before the first heading.
    columns: Option<Columns>,
    /// The columns of an evaluation, which have no place.
    evaluation: Option<Columns>,
    /// Where the dashes under the heading stand, in characters.
    spans: Vec<Range<usize>>,
    epochs: EpochCounter,
    /// Whether epochs are numbered from 0; not known before the first row.
    from_zero: Option<bool>,
    /// The number of the current epoch and the epochs done at its end.
    epoch: Option<(f64, f64)>,
    pairs: Pairs,
    /// The last line, if it was a heading.
    heading: Option<String>,
    /// Whether it may be Lightning's, whose steps count from 0 as its epochs do.
    lightning: bool,
}

impl LineFormat for Table {
    fn source(&self) -> RowSource {
        RowSource::Table
    }

    fn took_last(&self) -> bool {
        self.heading.is_some()
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        let above = self.heading.take();
        if line.len() > LONGEST {
            return Vec::new();
        }
        if let Some(list) = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix("']")) {
            return self.list(list).into_iter().collect();
        }
        let (line, progress) = without_bar(line);
        let both = above.and_then(|above| of_two_lines(&above, line));
        let heading = both.unwrap_or_else(|| line.to_owned());
        if let Some(columns) = Columns::of_heading(&heading, &self.wanted, self.epoch.is_some()) {
            self.take_heading(columns);
            self.heading = Some(heading);
            return Vec::new();
        }
        if let Some(row) = self.pairs.read(line) {
            return vec![row];
        }
        if let Some(spans) = dashes(line) {
            self.spans = spans;
            return Vec::new();
        }
        self.row(line, progress).into_iter().collect()
    }
}

impl Table {
    /// `wanted` is the normal name of the metric of the target.
    pub(crate) fn new(wanted: &str) -> Self {
        let (epochs, wanted) = (EpochCounter::default(), wanted.to_owned());
        Self {
            wanted,
            columns: None,
            evaluation: None,
            spans: Vec::new(),
            epochs,
            from_zero: None,
            epoch: None,
            pairs: Pairs::default(),
            heading: None,
            lightning: false,
        }
    }

    /// The table of a file; `lightning` says that its name is that of Lightning's.
    pub(crate) fn of_file(wanted: &str, lightning: bool) -> Self {
        Self { lightning, ..Self::new(wanted) }
    }

    /// Whether this line is the heading of a table.
    pub(crate) fn is_heading(&self, line: &str) -> bool {
        Columns::of_heading(line, &self.wanted, false).is_some()
    }

    fn take_heading(&mut self, columns: Columns) {
        self.spans.clear();
        if !columns.have_place() {
            self.evaluation = Some(columns);
            return;
        }
        if self.columns.as_ref() == Some(&columns) {
            // A second fit, or a heading that is printed every few rows: the next row says which.
            self.epoch = self.epoch.map(|(_, done)| (f64::NAN, done));
        }
        self.columns = Some(columns);
    }

    /// The row on a line, with the cells of the table, or of an evaluation beside it.
    fn row(&mut self, line: &str, progress: Option<(f64, f64)>) -> Option<RawRow> {
        if let Some(columns) = self.columns.take() {
            let metrics = self.metrics(&columns, line);
            let row = metrics.and_then(|(cells, metrics)| {
                let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
                Some(RawRow { metrics, ..self.place(&columns, &cells, progress)? })
            });
            self.columns = Some(columns);
            if row.is_some() {
                return row;
            }
        }
        let (cells, metrics) = self.metrics(self.evaluation.as_ref()?, line)?;
        let (_, done) = self.epoch.filter(|_| cells[0].eq_ignore_ascii_case("all"))?;
        Some(RawRow { epoch: Some(done), metrics, ..RawRow::default() })
    }

    /// The cells of a line and the metrics in them; `None` where the line does not fit, or has none.
    fn metrics(&self, columns: &Columns, line: &str) -> Option<(Vec<String>, NamedValues)> {
        let count = columns.columns.len();
        let mut cells: Vec<String> = columns.separator.cells(line).into_iter().map(Into::into).collect();
        if cells.len() != count && self.spans.len() == count {
            cells = at_spans(line, &self.spans);
        }
        let (mut metrics, mut split) = (Vec::new(), None);
        for (column, cell) in columns.columns.iter().zip(&cells).filter(|_| cells.len() == count) {
            match (column, columns.separator.number(cell)) {
                (Column::Split, None) => split = Split::named(&cell.to_ascii_lowercase()),
                (Column::Metric(name), Some(value)) => metrics.push((name.clone(), value)),
                (Column::Metric(_), None) if !is_empty(cell) && columns.separator == Separator::Spaces => {
                    return None;
                }
                _ => {}
            }
        }
        if let Some(split) = split {
            metrics = metrics
                .into_iter()
                .map(|(name, value)| (of_split(name, split, &self.wanted), value))
                .collect();
        }
        (!metrics.is_empty()).then_some((cells, metrics))
    }

    /// The place of a row; `None` where its cells are no places.
    fn place(&mut self, columns: &Columns, cells: &[&str], progress: Option<(f64, f64)>) -> Option<RawRow> {
        let of = |coordinate| {
            columns.position_of(coordinate).and_then(|at| cells.get(at)).filter(|cell| !cell.is_empty())
        };
        let mut row = RawRow::default();
        for coordinate in [Coordinate::Step, Coordinate::Samples] {
            if let Some(cell) = of(coordinate) {
                row.set(coordinate, number(cell)?);
            }
        }
        let epoch =
            of(Coordinate::Epoch).map(|cell| number(cell.split_once('/').map_or(*cell, |(epoch, _)| epoch)));
        if let (Some(step), Some(epoch), true) = (row.step, epoch, self.lightning) {
            let from_zero = *self.from_zero.get_or_insert(epoch == Some(0.0));
            row.step = Some(step + f64::from(u8::from(from_zero)));
        } else if let (Some(_), Some(epoch)) = (row.step, epoch) {
            // Whether the steps start again with each epoch shows over several rows.
            row.epoch = Some(epoch?);
        } else if let (Some(epoch), false) = (epoch, row.has_position()) {
            let done = self.epochs_done(epoch?);
            row.epoch = Some(done);
            if let Some((step, of)) = progress {
                row.epoch = Some(done - 1.0 + step / of);
                row.in_epoch = Some(StepInEpoch { epochs_before: done - 1.0, step, of: Some(of) });
            }
        }
        row.has_position().then_some(row)
    }

    fn epochs_done(&mut self, number: f64) -> f64 {
        if number.fract() != 0.0 {
            return number;
        }
        match self.epoch {
            Some((current, done)) if current == number => done,
            _ => {
                let from_zero = *self.from_zero.get_or_insert(number == 0.0);
                let done = self.epochs.done_after(number - f64::from(u8::from(!from_zero)));
                self.epoch = Some((number, done));
                done
            }
        }
    }

    /// A row as a Python list, up to the quote that closes its time.
    fn list(&mut self, list: &str) -> Option<RawRow> {
        let (cells, time) = list.rsplit_once(", '")?;
        time.contains(':').then_some(())?;
        let mut cells = cells.split(", ");
        let number: u32 = cells.next()?.parse().ok()?;
        let unnamed = (1..).map(|number| format!("valid_metric_{number}"));
        let names = ["train_loss", "valid_loss"].map(str::to_owned).into_iter().chain(unnamed);
        let mut metrics = Vec::new();
        for (name, cell) in names.zip(cells) {
            if !is_empty(cell) {
                metrics.push((name, cell.parse().ok()?));
            }
        }
        let epoch = self.epochs_done(number.into());
        (!metrics.is_empty()).then_some(RawRow { epoch: Some(epoch), metrics, ..RawRow::default() })
    }
}

/// The heading whose second line this is, if its cells, between the same bars, are words too.
fn of_two_lines(above: &str, below: &str) -> Option<String> {
    let bar = Separator::Sign('|');
    let (upper, lower) = (bar.cells(above), bar.cells(below));
    let is_word = |cell: &Cow<'_, str>| number(cell).is_none() && !is_empty(cell);
    let fits = upper.len() > 2 && upper.len() == lower.len();
    let goes_on =
        fits && lower.iter().any(is_word) && lower.iter().all(|cell| cell.is_empty() || is_word(cell));
    let join = |(upper, lower): (&Cow<'_, str>, &Cow<'_, str>)| format!("{upper} {lower}").trim().to_owned();
    goes_on.then(|| upper.iter().zip(&lower).map(join).collect::<Vec<_>>().join(" | "))
}

/// Whether a cell says that it has no value.
fn is_empty(cell: &str) -> bool {
    matches!(cell, "" | "None" | "#na#" | "-" | "--" | "N/A" | "n/a" | "null" | "NA")
}

/// The line before the bar at its end, and the steps that the bar shows.
fn without_bar(line: &str) -> (&str, Option<(f64, f64)>) {
    let Some(blocks) = line.find(['━', '█', '▏']).or_else(|| line.find("%|")) else {
        return (line, None);
    };
    let (before, after) = line.split_at(blocks);
    let before = before.trim_end_matches(['|', ' ']);
    let table = before.strip_suffix('%').unwrap_or(before);
    let table = table.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end();
    let Some(table) = table.strip_suffix(':') else { return (line, None) };
    let steps = after.split_whitespace().find_map(|word| {
        let (step, of) = word.split_once('/')?;
        let (step, of): (u32, u32) = (step.parse().ok()?, of.parse().ok()?);
        (0 < of && step <= of).then_some((step.into(), of.into()))
    });
    (table.trim_end_matches([':', ')']), steps)
}

/// Where the dashes of a line of dashes stand, in characters; `None` for any other line.
fn dashes(line: &str) -> Option<Vec<Range<usize>>> {
    if !line.contains("--") || !line.chars().all(|c| matches!(c, '-' | ' ')) {
        return None;
    }
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.chars().enumerate().filter(|(_, c)| *c == '-') {
        match spans.last_mut() {
            Some(span) if span.end == at => span.end = at + 1,
            _ => spans.push(at..at + 1),
        }
    }
    Some(spans)
}

/// The text at each span.
fn at_spans(line: &str, spans: &[Range<usize>]) -> Vec<String> {
    let text = |span: &Range<usize>| -> String { line.chars().skip(span.start).take(span.len()).collect() };
    spans.iter().map(|span| text(span).trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (epoch, step, names and values) of each row.
    fn rows(lines: &[&str]) -> Vec<(Option<f64>, Option<f64>, String)> {
        let mut table = Table::new("val_loss");
        let text = |row: &RawRow| {
            row.metrics.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        let rows = lines.iter().flat_map(|line| table.read(line));
        rows.map(|row| (row.epoch, row.step, text(&row))).collect()
    }

    fn at(epoch: f64, text: &str) -> (Option<f64>, Option<f64>, String) {
        (Some(epoch), None, text.to_owned())
    }

    const HEADER: &str = "epoch     train_loss  valid_loss  accuracy  time    ";

    #[test]
    fn rows_count_from_the_first_epoch_on() {
        let row = "0         0.234000    0.123000    0.950000  00:12   ";
        let want = [at(1.0, "train_loss=0.234 valid_loss=0.123 valid_accuracy=0.95")];
        assert_eq!(rows(&[row, HEADER, row]), want);
        let csv = ["epoch,train_loss,val_loss", "1,0.5,0.25", "2,,0.125", "3,x,"];
        assert_eq!(rows(&csv), [at(1.0, "train_loss=0.5 val_loss=0.25"), at(2.0, "val_loss=0.125")]);
    }

    /// Training and validation would be one curve.
    #[test]
    fn a_column_may_name_the_split() {
        let csv = ["epoch,split,loss,acc", "1,train,0.5,0.8", "1,val,0.75,0.7", "2,train,0.25,0.9"];
        let want = [
            at(1.0, "train loss=0.5 train acc=0.8"),
            at(1.0, "val loss=0.75 val acc=0.7"),
            at(2.0, "train loss=0.25 train acc=0.9"),
        ];
        assert_eq!(rows(&csv), want);
    }

    #[test]
    fn lists_have_no_header() {
        let want = [at(1.0, "train_loss=2.05 valid_loss=1.8 valid_metric_1=0.7")];
        assert_eq!(rows(&["[0, 2.05, 1.8, 0.7, '00:02']"]), want);
        for line in ["[0, 1, 'a:b', 'c']", "[]", "['a']", "[0, '00:02']", "[1.5, 2, '00:02']"] {
            assert_eq!(rows(&[line]), [], "{line}");
        }
    }

    /// `fine_tune` trains twice, each time under a header and from epoch 0 on.
    #[test]
    fn a_second_table_goes_on() {
        let lines = [
            HEADER,
            "0 0.3 0.2 0.9 00:12",
            "1 0.3 None None 00:12",
            HEADER,
            "0 0.1 0.1 0.95 00:12",
            "0 0.1 0.1 0.95",
            "0 a b c d",
            "5 a b c d",
            "1 0.1 0.1 0.95 00:12",
        ];
        let epochs: Vec<_> = rows(&lines).into_iter().map(|(epoch, ..)| epoch).collect();
        assert_eq!(epochs, [Some(1.0), Some(2.0), Some(3.0), Some(4.0)]);
    }

    /// A table with a mark in some of its rows would lose the others.
    #[test]
    fn cells_may_be_empty_under_dashes() {
        let lines = [
            "  epoch    valid_loss    cp     dur",
            "-------  ------------  ----  ------",
            "      1        0.5        +  0.1234",
            "      2        0.25          0.1234",
        ];
        assert_eq!(rows(&lines), [at(1.0, "valid_loss=0.5"), at(2.0, "valid_loss=0.25")]);
    }

    /// The step would be lost beside the number of the current epoch, or the epoch that shows whether
    /// steps start again.
    #[test]
    fn a_step_stands_beside_its_epoch() {
        let lines = [
            "E    #       LOSS NER  SCORE ",
            "---  ------  --------  ------",
            "  0     200     14.74    0.45",
        ];
        assert_eq!(rows(&lines), [(Some(0.0), Some(200.0), "LOSS NER=14.74 SCORE=0.45".to_owned())]);
    }

    /// A box of pairs would be lines without a place.
    #[test]
    fn a_box_is_one_row() {
        let lines = [
            "---------------------------------",
            "| eval/              |          |",
            "|    mean_reward     | -12.5    |",
            "| time/              |          |",
            "|    fps             | 812      |",
            "|    total_timesteps | 2000     |",
            "---------------------------------",
            "---------------------------------",
            "|    loss            | 0.5      |",
            "---------------------------------",
        ];
        let mut table = Table::new("val_loss");
        let rows: Vec<_> = lines.iter().flat_map(|line| table.read(line)).collect();
        assert_eq!((rows.len(), rows[0].samples), (1, Some(2000.0)));
        assert_eq!(rows[0].metrics, [("eval/mean_reward".to_owned(), -12.5)]);
    }

    /// Each state of the bar, and the evaluation under a heading of its own.
    #[test]
    fn a_row_may_end_with_a_bar() {
        let lines = [
            "      Epoch    GPU_mem       loss  Instances       Size",
            "the training loss  falls",
            "        1/3         0G      0.973         16         64:  50% ━━━━━━────── 2/4 12.3it/s 5.1s",
            "        1/3         0G      0.875         16         64: 100% ━━━━━━━━━━━━ 4/4 12.3it/s 5.1s",
            "               classes   top1_acc   top5_acc: 100% ━━━━━━━━━━━━ 2/2 8.9it/s 0.2s",
            "                   all      0.669      0.990",
            "                   cat      0.123      0.456",
        ];
        let want =
            [at(0.5, "loss=0.973"), at(1.0, "loss=0.875"), at(1.0, "val_top1_acc=0.669 val_top5_acc=0.99")];
        assert_eq!(rows(&lines), want);
    }
}
