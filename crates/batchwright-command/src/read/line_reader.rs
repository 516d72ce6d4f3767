//! Reads the lines of a program with all formats at once.

use crate::read::format::LineFormat;
use crate::read::formats::bar::Bars;
use crate::read::formats::hugging_face::HuggingFace;
use crate::read::formats::json::Json;
use crate::read::formats::metric::{Metric, MetricPatterns};
use crate::read::formats::plain::Plain;
use crate::read::formats::sklearn::Sklearn;
use crate::read::formats::table::Table;
use crate::read::joined::ObjectPieces;
use crate::read::names::normal_name;
use crate::read::normalise::Normaliser;
use crate::read::ranks::rank_of;
use crate::read::recognised::Recognised;
use crate::read::row::{RawRow, Row};
use crate::read::source::RowSource;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longer lines, in bytes, are data and are ignored.
pub(crate) const LONGEST: usize = 1 << 16;
/// Ranks beyond these are not read.
const RANKS: usize = 64;

/// Reads the lines that one trial prints, each without its end and without escape codes.
///
/// Pieces that end with a carriage return are lines too. The rows of a line are those of the first
/// format that reads it, in the order of [`RowSource`](crate::read::RowSource). Nearly always it is
/// one or none; a row whose place stands on a later line comes with that line. Reading never fails:
/// a line that is not recognised gives no row and is kept in [`LineReader::recognised`].
#[derive(Debug)]
pub struct LineReader {
    metrics: Vec<Metric>,
    wanted: String,
    lines: Formats,
    /// The formats of each process, until rank 0 is seen; then those of rank 0 alone.
    ranks: BTreeMap<u32, Formats>,
    /// Rows of the lowest rank that was seen, if it is not 0 and has not yet reported twice.
    waiting: Vec<LineRow>,
    normaliser: Normaliser,
    recognised: Recognised,
}

/// A row, its source and its line.
#[derive(Debug)]
pub(crate) struct LineRow {
    source: RowSource,
    pub(crate) row: RawRow,
    line: String,
}

/// All formats, as they read the lines of one process.
#[derive(Debug)]
pub(crate) struct Formats {
    pieces: ObjectPieces,
    formats: Vec<Box<dyn LineFormat>>,
    /// Whether its rows count though it is not rank 0.
    trusted: bool,
}

impl LineReader {
    /// A reader for a program, with the `--metric` of the user. `wanted` is the metric of the
    /// target: it counts as a metric even if its name is not a well-known one.
    pub fn new(metrics: Vec<Metric>, wanted: &str) -> Self {
        let wanted = normal_name(wanted);
        let lines = Formats::new(metrics.clone(), &wanted);
        let (ranks, waiting, normaliser, recognised) = Default::default();
        Self { metrics, wanted, lines, ranks, waiting, normaliser, recognised }
    }

    /// The rows on the next line, and those that waited for it.
    pub fn read(&mut self, line: &str) -> Vec<Row> {
        let line = visible(line);
        if line.len() > LONGEST {
            self.recognised.add_unrecognised(&line);
            return Vec::new();
        }
        let found = match rank_of(&line) {
            Some((rank, text)) => self.read_rank(rank, &text),
            None => Some(self.lines.read(&line)),
        };
        match found {
            Some(rows) if rows.is_empty() => {
                self.recognised.add_unrecognised(&line);
                Vec::new()
            }
            Some(rows) => {
                // Its user may describe the place that no format knows.
                if !rows.iter().any(|found| found.row.has_position()) {
                    self.recognised.add_unplaced(&line);
                }
                self.normalised(rows)
            }
            None => Vec::new(),
        }
    }

    /// The rows that still wait when the program has ended.
    pub fn finish(&mut self) -> Vec<Row> {
        let mut rows = std::mem::take(&mut self.waiting);
        rows.extend(self.lines.finish());
        if let Some(formats) = self.ranks.values_mut().next() {
            rows.extend(formats.finish());
        }
        self.normalised(rows)
    }

    /// What was recognised so far.
    pub fn recognised(&self) -> &Recognised {
        &self.recognised
    }

    /// The rows of a line of one process; `None` where another process counts, or may count.
    fn read_rank(&mut self, rank: u32, line: &str) -> Option<Vec<LineRow>> {
        let lowest = self.ranks.first_key_value().map_or(rank, |(lowest, _)| *lowest);
        if lowest == 0 && rank > 0 || self.ranks.len() >= RANKS && !self.ranks.contains_key(&rank) {
            return None;
        }
        if rank < lowest {
            self.waiting.clear();
        }
        if rank == 0 {
            self.ranks.retain(|rank, _| *rank == 0);
        }
        let new = || Formats::new(self.metrics.clone(), &self.wanted);
        let formats = self.ranks.entry(rank).or_insert_with(new);
        let rows = formats.read(line);
        if rank == 0 || (rank <= lowest && (formats.trusted || rows.is_empty())) {
            return Some(rows);
        }
        if rank > lowest {
            return None;
        }
        // The other processes would have reported between two equal rows of this one.
        let again = rows.iter().any(|row| self.waiting.iter().any(|before| before.names_all_of(row)));
        self.waiting.extend(rows);
        formats.trusted = again;
        again.then(|| std::mem::take(&mut self.waiting))
    }

    fn normalised(&mut self, rows: Vec<LineRow>) -> Vec<Row> {
        let normalise = |LineRow { source, row, line }| {
            let (row, printed) = self.normaliser.normalise(row, source);
            self.recognised.add(&row, &printed, &line);
            row
        };
        rows.into_iter().map(normalise).collect()
    }
}

impl LineRow {
    fn names_all_of(&self, other: &Self) -> bool {
        let has = |name: &String| self.row.metrics.iter().any(|(own, _)| own == name);
        other.row.metrics.iter().all(|(name, _)| has(name))
    }
}

impl Formats {
    pub(crate) fn new(metrics: Vec<Metric>, wanted: &str) -> Self {
        let mut formats: Vec<Box<dyn LineFormat>> = vec![
            Box::new(MetricPatterns::new(metrics)),
            Box::new(Json::new(wanted)),
            Box::new(HuggingFace::new(wanted)),
            Box::new(Table::new(wanted)),
            Box::new(Sklearn::default()),
            Box::new(Bars::new(wanted)),
            Box::new(Plain::new(wanted)),
        ];
        formats.sort_by_key(|format| format.source());
        Self { pieces: ObjectPieces::default(), formats, trusted: false }
    }

    /// The rows on a line, which has no control characters.
    pub(crate) fn read(&mut self, line: &str) -> Vec<LineRow> {
        let Some(line) = self.pieces.join(line) else { return Vec::new() };
        let found = self.formats.iter_mut().enumerate().find_map(|(at, format)| {
            let rows = format.read(&line);
            (!rows.is_empty() || format.took_last()).then(|| (at, format.source(), rows))
        });
        let Some((at, source, mut rows)) = found else { return Vec::new() };
        if source == RowSource::Metric && !rows.iter().all(RawRow::has_position) {
            self.give_place(at, &mut rows, &line);
        }
        with_line(source, rows, &line)
    }

    /// Gives rows of a metric that the user describes the place that another format reads on their
    /// line: the expression is about the metric, and need not be about its place.
    fn give_place(&mut self, metric: usize, rows: &mut [RawRow], line: &str) {
        let mut others = self.formats.iter_mut().enumerate().filter(|(at, _)| *at != metric);
        let place = others.find_map(|(_, format)| {
            let placed = format.read(line).into_iter().find(RawRow::has_position);
            placed.or_else(|| format.place_on(line))
        });
        let Some(RawRow { step, epoch, samples, in_epoch, .. }) = place else { return };
        for row in rows.iter_mut().filter(|row| !row.has_position()) {
            (row.step, row.epoch, row.samples, row.in_epoch) = (step, epoch, samples, in_epoch);
        }
    }

    fn finish(&mut self) -> Vec<LineRow> {
        self.formats.iter_mut().flat_map(|format| with_line(format.source(), format.finish(), "")).collect()
    }
}

fn with_line(source: RowSource, rows: Vec<RawRow>, line: &str) -> Vec<LineRow> {
    rows.into_iter().map(|row| LineRow { source, row, line: line.to_owned() }).collect()
}

/// A line without control characters (but tabs), and without a byte order mark. Bars go back by
/// backspaces and write over what they drew; both texts are there.
pub(crate) fn visible(line: &str) -> Cow<'_, str> {
    let hidden = |c: char| (c.is_control() && c != '\t') || c == '\u{feff}';
    if line.contains(hidden) {
        line.chars().filter(|c| !hidden(*c)).collect::<String>().into()
    } else {
        line.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line could be read twice, or by the wrong format, if one program prints several formats.
    #[test]
    fn a_line_has_one_row_of_the_first_format_that_reads_it() {
        let metric = Metric::parse(r"val_loss=val_loss.: (\S+)}").unwrap();
        let mut reader = LineReader::new(vec![metric], "val_loss");
        let lines = [
            r#"{"step": 3, "val_loss": 0.5}"#,
            r#"{"step": 4, "loss": 0.5}"#,
            "Epoch 1/2",
            "{'eval_loss': 0.5, 'epoch': 1.0}",
            "10/10 - 3s - 1ms/step - loss: 0.5 - val_loss: 0.4",
            "epoch     train_loss  valid_loss  time",
            "0         0.5         0.4         00:12",
            "Epoch 2: val loss 0.3",
            "bye",
        ];
        let sources: Vec<_> = lines.iter().flat_map(|line| reader.read(line)).map(|row| row.source).collect();
        use RowSource::{Bar, HuggingFace, Json, Plain, Table};
        assert_eq!(sources, [RowSource::Metric, Json, HuggingFace, Bar, Table, Plain]);
    }

    /// A user who describes only the metric would be told that the line says no step.
    #[test]
    fn a_described_metric_takes_the_place_that_its_line_names() {
        let read = |metric: &str, line: &str| {
            let mut reader = LineReader::new(vec![Metric::parse(metric).unwrap()], "val_loss");
            let row = reader.read(line).into_iter().next().unwrap();
            (row.step, row.epoch, row.metrics["val_loss"])
        };
        let loss = r"val_loss=held out ([0-9.]+)";
        assert_eq!(read(loss, "step 20: held out 0.5"), (Some(20.0), None, 0.5));
        assert_eq!(read(loss, "Epoch 3/9 - loss 2.1 - held out 0.5"), (None, Some(3.0), 0.5));
        assert_eq!(read(loss, r#"{"step": 7, "text": "held out 0.5", "x": 1}"#), (Some(7.0), None, 0.5));
        assert_eq!(read(loss, "held out 0.5"), (None, None, 0.5));
        assert_eq!(
            read(r"val_loss=at (?<step>\d+) held out ([0-9.]+)", "step 9: at 20 held out 0.5").0,
            Some(20.0)
        );
    }

    /// The metric of the target would be missed because its name is not a well-known one.
    #[test]
    fn the_wanted_metric_counts_whatever_its_name() {
        let lines = ["tea 0.5 after step 3", r#"{"tea": 0.5}"#, "{'Tea': 0.5}"];
        let read = |wanted: &str| {
            let mut reader = LineReader::new(Vec::new(), wanted);
            lines.iter().flat_map(|line| reader.read(line)).filter(|row| row.metrics["tea"] == 0.5).count()
        };
        assert_eq!((read("Tea"), read("val_loss")), (3, 0));
    }

    #[test]
    fn a_line_without_end_costs_nothing() {
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        assert_eq!(reader.read(&"step 3 val loss 0.5 ".repeat(10_000)), []);
        assert!(reader.recognised().nothing().is_some());
    }

    /// The values of the validation loss.
    fn losses(lines: &[&str]) -> Vec<f64> {
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        let mut rows: Vec<_> = lines.iter().flat_map(|line| reader.read(line)).collect();
        rows.extend(reader.finish());
        rows.iter().map(|row| row.metrics["val_loss"]).collect()
    }

    /// Four processes would be four trainings in one.
    #[test]
    fn of_several_ranks_one_counts() {
        let three =
            ["[rank3]: step 1 val loss 9", "[rank0]: step 1 val loss 1", "[rank1]: step 1 val loss 8"];
        let again =
            ["[rank3]: step 2 val loss 9.0", "[rank1]: step 2 val loss 8.0", "[rank0]: step 2 val loss 2.0"];
        assert_eq!(losses(&[three, again].concat()), [1.0, 2.0]);
        let two = [
            "rank2: step 1 val loss 9.0",
            "rank1: step 1 val loss 8.0",
            "rank2: step 2 val loss 7.0",
            "rank1: step 2 val loss 6.0",
        ];
        assert_eq!(losses(&two), [8.0, 6.0]);
        assert_eq!(losses(&["[rank1]: step 1 val loss 9.0", "step 2 val loss 1.0"]), [1.0, 9.0]);
    }

    /// The only process whose lines are shown would not be read.
    #[test]
    fn a_single_rank_counts_whatever_its_number() {
        let lines = [
            "[default2]:step 1 val loss 3.0",
            "[default2]:step 2 val loss 2.0",
            "[default2]:step 3 val loss 1.0",
        ];
        assert_eq!(losses(&lines), [3.0, 2.0, 1.0]);
        assert_eq!(losses(&lines[..1]), [3.0]);
    }

    #[test]
    fn control_characters_hide_nothing() {
        assert_eq!(losses(&["\u{feff}step 1: val loss 0.5", "s\0t\0ep 2: val l\u{8}oss 0.25"]), [0.5, 0.25]);
    }
}
