//! The heading of a table, and what each of its columns holds.
//!
//! Left out: the rows.

use crate::read::names::{Split, is_bookkeeping, is_known, is_metric_word, names_split, parts_of, words_of};
use crate::read::number::{Comma, number, with_comma};
use crate::read::row::Coordinate;
use std::borrow::Cow;

/// Columns, and cells of a row, beyond these make a line no part of a table of metrics.
const MOST: usize = 512;

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// `,`, `;`, a tab, or `|` as in Markdown.
    Sign(char),
    /// Spaces; in a heading two or more, if any two words are that far apart.
    Spaces,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    Place(Coordinate),
    /// By its name, with the split that the other columns give it.
    Metric(String),
    /// The split of the other columns of a row: `val`.
    Split,
    /// A time, a learning rate, a mark.
    Other,
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    pub(crate) separator: Separator,
    pub(crate) columns: Vec<Column>,
}

impl Separator {
    /// The cells of a line, without the spaces and quotes around them; none if there are too many. A
    /// quoted cell may hold separators and doubled quotes (RFC 4180).
    pub(crate) fn cells(self, line: &str) -> Vec<Cow<'_, str>> {
        let plain = |cell: &'_ str| -> Cow<'_, str> { cell.trim().to_owned().into() };
        let cells: Vec<Cow<'_, str>> = match self {
            Self::Spaces => line.split_whitespace().map(Cow::from).take(MOST + 1).collect(),
            Self::Sign('|') => {
                let inner = line.trim().trim_matches(['|', '│', '┃']);
                inner.split(['|', '│', '┃']).map(|cell| cell.trim().into()).take(MOST + 1).collect()
            }
            Self::Sign(sign) if line.contains('"') => {
                quoted(line, sign).iter().map(plain).take(MOST + 1).collect()
            }
            Self::Sign(sign) => line.split(sign).map(|cell| cell.trim().into()).take(MOST + 1).collect(),
        };
        if cells.len() > MOST { Vec::new() } else { cells }
    }

    /// The number in a cell. Between semicolons a comma is the decimal sign.
    pub(crate) fn number(self, cell: &str) -> Option<f64> {
        match with_comma(cell) {
            Some(Comma::Unclear { decimal, .. }) if self == Self::Sign(';') => Some(decimal),
            _ => number(cell),
        }
    }
}

/// The cells of a line, some of them in quotes.
fn quoted(line: &str, sign: char) -> csv::StringRecord {
    let delimiter = u8::try_from(sign).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter).trim(csv::Trim::All);
    let spaced = format!("{sign} \"");
    // Some writers put a space before the quote, where it would be a part of the cell.
    let line = line.trim().replace(&spaced, &format!("{sign}\""));
    let mut record = csv::StringRecord::new();
    // Text in memory always is a record; an empty one has no cells.
    let read = reader.from_reader(line.as_bytes()).read_record(&mut record);
    if read.is_err() {
        record.clear();
    }
    record
}

/// A heading without the sign of a comment before it: `# epoch   val_loss`.
fn behind_comment(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start_matches('#');
    rest.starts_with([' ', 'e', 's', 'i']).then(|| rest.trim())
}

impl Columns {
    /// The columns of a heading. It names the place of its rows and a metric; `after_table` says that
    /// a table with places came before, so that a heading of metrics alone is that of an evaluation.
    pub(crate) fn of_heading(line: &str, wanted: &str, after_table: bool) -> Option<Self> {
        let behind = behind_comment(line).and_then(|line| Self::of_names(line, wanted, after_table));
        behind.or_else(|| Self::of_names(line, wanted, after_table))
    }

    fn of_names(line: &str, wanted: &str, after_table: bool) -> Option<Self> {
        let separators = [
            (Separator::Sign('\t'), line.contains('\t')),
            (Separator::Sign('|'), line.contains(['|', '│', '┃'])),
            (Separator::Sign(';'), line.contains(';')),
            (Separator::Sign(','), line.contains(',')),
        ];
        let sign = separators.into_iter().find(|(_, has)| *has).map(|(separator, _)| separator);
        let cells = sign.map(|sign| sign.cells(line)).unwrap_or_default();
        let names: Vec<&str> =
            if sign.is_some() { cells.iter().map(|cell| &**cell).collect() } else { spaced(line) };
        let names: Vec<&str> = names.into_iter().map(|name| name.trim_end_matches(':')).collect();
        let is_name = |name: &&str| {
            let is_sentence = name.contains(['=', '：', '、']) || name.contains(": ");
            name.len() < 64 && name.parse::<f64>().is_err() && !is_sentence
        };
        if !(2..=MOST).contains(&names.len()) || !names.iter().all(is_name) {
            return None;
        }
        let columns = with_splits(&names, wanted)?;
        let is_place = |column: &Column| matches!(column, Column::Place(_));
        let places = columns.iter().filter(|column| is_place(column)).count();
        let begins = names.first().is_some_and(|name| place(name).is_some() || name.is_empty());
        let named =
            |name: &&str| is_known(name, wanted) || words_of(name).iter().any(|word| is_metric_word(word));
        let apart = sign.is_some() || line.trim().contains("  ");
        let titled = places == 0 && after_table && apart;
        let columns = if titled { evaluation(columns) } else { columns };
        // A table that begins with its place and has this many columns is no sentence.
        let long = begins && names.len() >= 5 && apart;
        let metrics = names.iter().any(|name| is_known(name, wanted));
        let placed = places > 0 && (begins || sign.is_some()) && (metrics || long);
        let is_heading = placed || (titled && names.iter().any(named));
        is_heading.then_some(Self { separator: sign.unwrap_or(Separator::Spaces), columns })
    }

    pub(crate) fn have_place(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::Place(_)))
    }

    pub(crate) fn position_of(&self, coordinate: Coordinate) -> Option<usize> {
        self.columns.iter().position(|column| *column == Column::Place(coordinate))
    }
}

/// The names of a heading that has only spaces: two or more stand between `LOSS NER` and `SCORE`.
fn spaced(line: &str) -> Vec<&str> {
    let apart: Vec<&str> = line.split("  ").map(str::trim).filter(|name| !name.is_empty()).collect();
    if apart.len() > 1 { apart } else { line.split_whitespace().collect() }
}

/// The place that a column of this name gives.
pub(crate) fn place(name: &str) -> Option<Coordinate> {
    match name.to_lowercase().as_str() {
        "e" | "ep" | "epoche" | "époque" | "epoque" | "época" | "epoca" => Some(Coordinate::Epoch),
        "#" | "iters" | "itr" | "updates" | "global step" => Some(Coordinate::Step),
        // Steps of an environment are the samples of reinforcement learning.
        "timesteps" | "total_timesteps" => Some(Coordinate::Samples),
        lower => Coordinate::named(lower).filter(|coordinate| *coordinate != Coordinate::Seconds),
    }
}

fn is_other(name: &str) -> bool {
    let lower = name.to_lowercase();
    let word = lower.rsplit(['/', ' ']).next().unwrap_or(&lower);
    let others = [
        "",
        "time",
        "dur",
        "duration",
        "elapsed",
        "elapsed_time",
        "eta",
        "size",
        "images",
        "instances",
        "labels",
        "img_size",
        "gpu_mem",
        "mem",
        "memory",
        "seconds",
        "cp",
        "date",
        "wall",
        "walltime",
        "wall_time",
        "timestamp",
    ];
    others.contains(&word)
        || is_bookkeeping(&lower)
        || lower.starts_with("lr/")
        || lower.ends_with("learning rate")
}

/// The columns, each metric with its split. Beside columns of both splits one without belongs to the
/// validation split, if that split has no column of its own for it: fastai's `accuracy` does, Keras'
/// `accuracy` beside `val_accuracy` does not.
fn with_splits(names: &[&str], wanted: &str) -> Option<Vec<Column>> {
    let parts: Vec<_> = names.iter().map(|name| parts_of(name)).collect();
    let has = |split: Split| parts.iter().any(|(own, _)| *own == Some(split));
    let validates = has(Split::Validation) || has(Split::Test);
    let own = |words: &Vec<String>| {
        parts.iter().any(|(split, other)| split.is_some_and(|split| split != Split::Train) && other == words)
    };
    let trains = |words: &Vec<String>| {
        parts.iter().any(|(split, other)| *split == Some(Split::Train) && other == words)
    };
    let column = |(name, (split, words)): (&&str, &(Option<Split>, Vec<String>))| {
        if let Some(coordinate) = place(name) {
            return Column::Place(coordinate);
        }
        if names_split(name) {
            return Column::Split;
        }
        if is_other(name) && !is_known(name, wanted) {
            return Column::Other;
        }
        let is_loss = words.last().is_some_and(|word| word == "loss");
        if split.is_none() && validates && !own(words) && (!is_loss || trains(words)) && *name != wanted {
            return Column::Metric(format!("valid_{name}"));
        }
        Column::Metric((*name).to_owned())
    };
    Some(names.iter().zip(&parts).map(column).collect())
}

/// The columns of a heading without a place, whose rows are those of an evaluation.
fn evaluation(columns: Vec<Column>) -> Vec<Column> {
    let named = |(at, column)| match column {
        _ if at == 0 => Column::Other,
        Column::Metric(name) if parts_of(&name).0.is_none() => Column::Metric(format!("val_{name}")),
        column => column,
    };
    columns.into_iter().enumerate().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(line: &str) -> Option<String> {
        let columns = Columns::of_heading(line, "val_loss", true)?;
        let text = |column: &Column| match column {
            Column::Place(coordinate) => format!("<{coordinate:?}>"),
            Column::Metric(name) => name.clone(),
            Column::Split => "<Split>".to_owned(),
            Column::Other => "-".to_owned(),
        };
        Some(columns.columns.iter().map(text).collect::<Vec<_>>().join(" | "))
    }

    /// A metric of the training split would be taken for one of the validation split.
    #[test]
    fn headings_name_places_and_splits() {
        for (line, want) in [
            ("epoch,train_loss,val_loss", "<Epoch> | train_loss | val_loss"),
            (
                "epoch     train_loss  valid_loss  accuracy  time    ",
                "<Epoch> | train_loss | valid_loss | valid_accuracy | -",
            ),
            (
                "epoch;accuracy;loss;val_accuracy;val_loss",
                "<Epoch> | accuracy | loss | val_accuracy | val_loss",
            ),
            ("E    #       LOSS NER  ENTS_F  SCORE ", "<Epoch> | <Step> | LOSS NER | ENTS_F | SCORE"),
            ("| epoch | train loss | acc |", "<Epoch> | train loss | acc"),
            ("  Epoch    GPU_mem       loss  Size", "<Epoch> | - | loss | -"),
            ("  classes   top1_acc   top5_acc", "- | val_top1_acc | val_top5_acc"),
            (
                "\"epoch\",\"train loss\",\"val loss\",\"note, or none\"",
                "<Epoch> | train loss | val loss | valid_note, or none",
            ),
            ("# epoch   val_loss", "<Epoch> | val_loss"),
            ("# epoch val_loss", "<Epoch> | val_loss"),
            ("#\tloss", "<Step> | loss"),
            ("Epoche;Trainingsverlust;val_loss", "<Epoch> | Trainingsverlust | val_loss"),
            ("epoch,split,loss,acc", "<Epoch> | <Split> | loss | acc"),
        ] {
            assert_eq!(columns(line).as_deref(), Some(want), "{line}");
        }
        for line in [
            "Epoch 1: loss, accuracy",
            "epoch, step",
            "Name  Type  Params",
            "Layer (type)  Output Shape  Param #",
            "loss",
            "step,name",
        ] {
            assert_eq!(columns(line), None, "{line}");
        }
    }
}
