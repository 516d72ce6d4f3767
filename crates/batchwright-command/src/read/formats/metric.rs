//! `--metric NAME=REGEX`: a metric, or a coordinate of its rows, that the user describes.
//!
//! ```text
//! --metric 'val_loss=held out: (\S+)'
//! --metric 'wer=step (?<step>\d+).* WER (?<value>[\d.]+)'
//! --metric 'step=after (\d+) updates'
//! ```
//!
//! The first group is the value. Groups may be named step, epoch, samples, seconds and value. A
//! coordinate on a line of its own holds until the next one. Epochs count from 1, unless an epoch 0
//! was seen. A value is a share where a percent sign stands within the group or beside it.

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochNumbering;
use crate::read::number::number;
use crate::read::row::{Coordinate, RawRow};
use crate::read::source::RowSource;
use regex_lite::{Captures, Regex};

/// One `--metric`.
#[derive(Debug, Clone)]
pub struct Metric {
    name: String,
    pattern: Regex,
}

/// Why a `--metric` cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// There is no name, or no `=`.
    #[error("--metric {value:?} has no name; give NAME=REGEX, e.g. 'val_loss=validation: (\\S+)'")]
    NoName {
        /// The text of the flag.
        value: String,
    },
    /// The regular expression cannot be parsed.
    #[error("--metric {value:?}: {problem}")]
    Expression {
        /// The text of the flag.
        value: String,
        /// The parser's message.
        problem: String,
    },
    /// There is no group for the value.
    #[error(
        "--metric {value:?} has no group for the value; put brackets around it, e.g. 'val_loss=validation: (\\S+)'"
    )]
    NoGroup {
        /// The text of the flag.
        value: String,
    },
}

impl Metric {
    /// Parses `NAME=REGEX`. The value is the group named `value`, otherwise the first group without
    /// a name.
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn parse(value: &str) -> Result<Self, MetricError> {
        let given = || value.to_owned();
        let (name, pattern) = value.split_once('=').ok_or_else(|| MetricError::NoName { value: given() })?;
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(MetricError::NoName { value: given() });
        }
        let pattern = Regex::new(pattern)
            .map_err(|error| MetricError::Expression { value: given(), problem: error.to_string() })?;
        value_group(&pattern)
            .map(|_| Self { name, pattern })
            .ok_or_else(|| MetricError::NoGroup { value: given() })
    }

    /// The name, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, line: &str, row: &mut RawRow) {
        let found = self.pattern.captures(line);
        if let Some((captures, group)) = found.zip(value_group(&self.pattern)) {
            let Some(found) = captures.get(group) else { return };
            let Some(value) = printed(found.as_str()) else { return };
            let share =
                is_share(&line[..found.start()], &line[found.end()..]) && !found.as_str().contains('%');
            row.put(&self.name, if share { value / 100.0 } else { value });
            put_named_groups(&captures, row);
        }
    }
}

/// A number with any closing sign: `(\S+)` also matches a comma.
fn printed(text: &str) -> Option<f64> {
    number(text.trim_end_matches([',', ';', ')', ']', '.', ':']))
}

/// Whether a percent sign stands beside a group.
fn is_share(before: &str, after: &str) -> bool {
    before.trim_end().ends_with(['%', '％']) || after.trim_start().starts_with(['%', '％'])
}

fn value_group(pattern: &Regex) -> Option<usize> {
    let mut names = pattern.capture_names();
    let named = names.position(|name| name == Some("value"));
    named.or_else(|| pattern.capture_names().skip(1).position(|name| name.is_none()).map(|at| at + 1))
}

fn put_named_groups(captures: &Captures<'_>, row: &mut RawRow) {
    for name in ["step", "epoch", "samples", "seconds"] {
        let number = captures.name(name).and_then(|text| printed(text.as_str()));
        if let Some((coordinate, number)) = Coordinate::named(name).zip(number) {
            row.set(coordinate, number);
        }
    }
}

/// All `--metric` of the user.
#[derive(Debug, Default)]
pub(crate) struct MetricPatterns {
    metrics: Vec<Metric>,
    /// The last coordinates, which may stand on lines without a metric.
    last: RawRow,
    epochs: EpochNumbering,
}

impl MetricPatterns {
    pub(crate) fn new(metrics: Vec<Metric>) -> Self {
        Self { metrics, last: RawRow::default(), epochs: EpochNumbering::default() }
    }
}

impl LineFormat for MetricPatterns {
    fn source(&self) -> RowSource {
        RowSource::Metric
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        let mut row = RawRow::default();
        self.metrics.iter().for_each(|metric| metric.read(line, &mut row));
        let RawRow { step, epoch, samples, seconds, learning_rate, metrics, .. } = row;
        let epoch = epoch.map(|number| self.epochs.done_after(number));
        let last = &self.last;
        let coordinates = RawRow {
            step: step.or(last.step),
            epoch: epoch.or(last.epoch),
            samples: samples.or(last.samples),
            seconds: seconds.or(last.seconds),
            learning_rate: learning_rate.or(last.learning_rate),
            ..RawRow::default()
        };
        if metrics.is_empty() {
            self.last = coordinates;
            return Vec::new();
        }
        vec![RawRow { metrics, ..coordinates }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(metrics: &[&str], lines: &[&str]) -> Vec<RawRow> {
        let mut metrics =
            MetricPatterns::new(metrics.iter().map(|text| Metric::parse(text).unwrap()).collect());
        lines.iter().flat_map(|line| metrics.read(line)).collect()
    }

    #[test]
    fn values_and_named_groups_are_read() {
        let rows = read(
            &[r"wer=step (?<step>\d+) at (?<seconds>\S+)s.* WER (\S+)", r"cer=CER (?<value>\S+) (\S+)"],
            &["step 20 at 1.5s: WER 50%, CER 0.25 0.1", "step 30 at 2s: WER none", "nothing"],
        );
        let metrics = vec![("wer".to_owned(), 0.5), ("cer".to_owned(), 0.25)];
        assert_eq!(rows, [RawRow { step: Some(20.0), seconds: Some(1.5), metrics, ..RawRow::default() }]);
    }

    /// Step and metric often stand on lines of their own.
    #[test]
    fn a_coordinate_holds_until_the_next() {
        let rows = read(
            &[r"step=after (\d+) updates", r"val_loss=held out (\S+)"],
            &["held out 3", "after 10 updates", "held out 2", "after 20 updates", "held out 1"],
        );
        assert_eq!(rows.iter().map(|row| row.step).collect::<Vec<_>>(), [None, Some(10.0), Some(20.0)]);
    }

    /// An accuracy of 97 would reach every target.
    #[test]
    fn a_percent_sign_may_stand_beside_the_group() {
        for pattern in [
            "acc=acc: ([0-9.]+)%",
            "acc=acc: ([0-9.]+%)",
            "acc=acc: ([0-9.]+)",
            r"acc=acc: (\S+) test",
            r"acc=test %([\d.]+)",
        ] {
            let row = &read(&[pattern], &["acc: 50% test %50"])[0];
            assert_eq!(row.metrics, [("acc".to_owned(), 0.5)], "{pattern}");
        }
        assert_eq!(read(&[r"acc=acc: (\S+)"], &["acc: 50 of 100%"])[0].metrics[0].1, 50.0);
    }

    /// The first epoch would end before the training.
    #[test]
    fn epochs_may_count_from_zero() {
        let pattern = [r"val_loss=epoch (?<epoch>\S+) (\S+)"];
        let epochs =
            |lines: &[&str]| read(&pattern, lines).iter().map(|row| row.epoch.unwrap()).collect::<Vec<_>>();
        assert_eq!(epochs(&["epoch 0: 0.5", "epoch 1: 0.4"]), [1.0, 2.0]);
        assert_eq!(epochs(&["epoch 1: 0.5", "epoch 2: 0.4"]), [1.0, 2.0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |text: &str| Metric::parse(text).unwrap_err();
        assert_eq!(refused("val_loss"), MetricError::NoName { value: "val_loss".to_owned() });
        assert_eq!(refused(" =(a)"), MetricError::NoName { value: " =(a)".to_owned() });
        assert_eq!(refused("a=b"), MetricError::NoGroup { value: "a=b".to_owned() });
        assert_eq!(refused("a=(?<step>b)"), MetricError::NoGroup { value: "a=(?<step>b)".to_owned() });
        assert!(matches!(refused("a=(b"), MetricError::Expression { .. }));
    }
}
