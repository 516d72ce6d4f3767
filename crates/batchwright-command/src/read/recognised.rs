//! What was recognised in the output of a program, to be shown before a study depends on it.

use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::read::suggest::{Shapes, Suggestion};
use serde::Serialize;
use std::collections::BTreeMap;

/// Characters of a line that are kept as an example.
const EXAMPLE: usize = 200;
/// Lines that are kept if none is recognised.
const KEPT_LINES: usize = 5;

/// What was recognised so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Recognised {
    /// Each source that gave rows.
    pub found: BTreeMap<RowSource, RecognisedSource>,
    lines: u64,
    last_lines: Vec<String>,
    #[serde(skip)]
    unrecognised: Shapes,
    /// Lines whose rows have no place.
    #[serde(skip)]
    unplaced: Shapes,
}

/// What was recognised from one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecognisedSource {
    /// The number of its rows.
    pub rows: u64,
    /// The line of the first row, shortened; for a file its path.
    pub example: String,
    /// Its metrics by normal name.
    pub metrics: BTreeMap<String, RecognisedMetric>,
}

/// One metric of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecognisedMetric {
    /// The name that the program prints.
    pub printed: String,
    /// The number of rows with it.
    pub rows: u64,
    /// The coordinates that all of these rows have, but for rows that have no position at all: an
    /// evaluation before the first step may have none.
    pub coordinates: Coordinates,
}

/// Which coordinates a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Coordinates {
    /// Parameter updates.
    pub step: bool,
    /// Epochs.
    pub epoch: bool,
    /// Training samples used.
    pub samples: bool,
    /// Seconds by the program's own clock.
    pub seconds: bool,
}

/// A program in whose output nothing was recognised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no metric was recognised in {lines} lines; let the program print a line like {{\"step\": 10, \"val_loss\": 0.3}}, or say how it prints one: --metric 'val_loss=validation: (\\S+)'"
)]
pub struct NothingRecognised {
    /// The number of lines.
    pub lines: u64,
    /// The last few lines, shortened.
    pub last_lines: Vec<String>,
}

impl Coordinates {
    fn of(row: &Row) -> Self {
        let Row { step, epoch, samples, in_epoch, seconds, .. } = row;
        let counted = in_epoch.is_some_and(|place| place.of.is_some());
        Self {
            step: step.is_some() || counted,
            epoch: epoch.is_some() || in_epoch.is_some(),
            samples: samples.is_some(),
            seconds: seconds.is_some(),
        }
    }

    fn has_position(self) -> bool {
        self.step || self.epoch || self.samples
    }

    /// The coordinates of rows, with those of one more row.
    fn of_both(self, other: Self) -> Self {
        if !self.has_position() {
            return other;
        }
        if !other.has_position() {
            return self;
        }
        Self {
            step: self.step && other.step,
            epoch: self.epoch && other.epoch,
            samples: self.samples && other.samples,
            seconds: self.seconds && other.seconds,
        }
    }

    /// Whether samples can be counted. With an epoch alone the size of the training split is
    /// needed.
    pub fn count_samples(self, split_is_known: bool) -> bool {
        self.step || self.samples || (self.epoch && split_is_known)
    }
}

impl std::fmt::Display for RecognisedMetric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.printed)
    }
}

impl Recognised {
    /// Set if no row was recognised.
    pub fn nothing(&self) -> Option<NothingRecognised> {
        let (lines, last_lines) = (self.lines, self.last_lines.clone());
        self.found.is_empty().then_some(NothingRecognised { lines, last_lines })
    }

    /// Of the lines without a row the one that looks most like the metric with this normal name, and
    /// the `--metric` that reads it.
    pub fn suggestion(&self, wanted: &str) -> Option<Suggestion> {
        self.unrecognised.suggestion(wanted)
    }

    /// Of the lines whose rows say nothing about their place the one that names the metric with this
    /// normal name beside a number that may be its place, and the `--metric` that reads both.
    pub fn placing_suggestion(&self, wanted: &str) -> Option<Suggestion> {
        self.unplaced.placing_suggestion(wanted)
    }

    /// Both together: of lines and of files.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (&source, found) in &other.found {
            self.found.entry(source).or_insert_with(|| found.clone());
        }
        self.lines += other.lines;
        self.last_lines.extend(other.last_lines.iter().cloned());
        self
    }

    /// Adds a row with the printed names of its metrics, and the line or file that it is from.
    pub(crate) fn add(&mut self, row: &Row, printed: &BTreeMap<String, String>, line: &str) {
        self.lines += 1;
        let new = || RecognisedSource { rows: 0, example: shortened(line), metrics: BTreeMap::new() };
        let found = self.found.entry(row.source).or_insert_with(new);
        found.rows += 1;
        let coordinates = Coordinates::of(row);
        for (name, printed) in printed {
            if let Some(metric) = found.metrics.get_mut(name) {
                metric.rows += 1;
                metric.coordinates = metric.coordinates.of_both(coordinates);
            } else {
                found.metrics.insert(
                    name.clone(),
                    RecognisedMetric { printed: printed.clone(), rows: 1, coordinates },
                );
            }
        }
    }

    /// Adds a line whose row says nothing about its place.
    pub(crate) fn add_unplaced(&mut self, line: &str) {
        self.unplaced.add(line);
    }

    /// Adds a line without a row, unless it is blank.
    pub(crate) fn add_unrecognised(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.lines += 1;
        self.unrecognised.add(line);
        if self.found.is_empty() {
            self.last_lines.drain(..(self.last_lines.len() + 1).saturating_sub(KEPT_LINES));
            self.last_lines.push(shortened(line));
        }
    }
}

fn shortened(line: &str) -> String {
    line.trim().chars().take(EXAMPLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::line_reader::LineReader;

    fn recognised(lines: &[&str]) -> Recognised {
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        lines.iter().for_each(|line| drop(reader.read(line)));
        reader.recognised().clone()
    }

    #[test]
    fn what_was_understood_can_be_shown() {
        let recognised = recognised(&[
            "hello",
            r#"{"step": 3, "epoch": 1, "eval_loss": 0.5}"#,
            r#"{"step": 4, "seconds": 1, "eval_loss": 0.5}"#,
        ]);
        let found = &recognised.found[&RowSource::Json];
        assert_eq!((found.rows, found.example.as_str()), (2, r#"{"step": 3, "epoch": 1, "eval_loss": 0.5}"#));
        let coordinates = Coordinates { step: true, epoch: false, samples: false, seconds: false };
        assert_eq!(
            found.metrics["val_loss"],
            RecognisedMetric { printed: "eval_loss".to_owned(), rows: 2, coordinates }
        );
        assert_eq!(recognised.nothing(), None);
    }

    #[test]
    fn nothing_is_said_with_the_last_lines() {
        let lines: Vec<String> =
            (0..9).map(|number| format!("line {number}")).chain([" ".to_owned(), "x".repeat(999)]).collect();
        let nothing = recognised(&lines.iter().map(String::as_str).collect::<Vec<_>>()).nothing().unwrap();
        assert_eq!(
            (nothing.lines, nothing.last_lines.len(), nothing.last_lines[0].as_str()),
            (10, 5, "line 5")
        );
        assert_eq!(nothing.last_lines[4].len(), 200);
        assert!(nothing.to_string().contains(r#"{"step": 10, "val_loss": 0.3}"#));
    }
}
