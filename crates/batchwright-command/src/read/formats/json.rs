//! JSON lines: `{"step": 10, "samples": 640, "seconds": 1.5, "val_loss": 0.3}`, also after a
//! logger's prefix.
//!
//! `step`, `samples` and `epoch` are numbers done so far; `epoch` may be fractional. A field of an
//! inner object is named `outer/inner`, so that `{"step": 10, "val": {"loss": 0.3}}` also gives
//! `val_loss`. Lists, texts, `true` and `null` are ignored.

use crate::read::format::LineFormat;
use crate::read::formats::object::{Value, object_in};
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct Json {
    wanted: String,
}

impl Json {
    /// `wanted` is a normal name. A row without a position counts if it has this metric.
    pub(crate) fn new(wanted: &str) -> Self {
        Self { wanted: wanted.to_owned() }
    }
}

impl LineFormat for Json {
    fn source(&self) -> RowSource {
        RowSource::Json
    }

    fn read(&mut self, line: &str) -> Option<RawRow> {
        let mut row = RawRow::default();
        for (name, value) in object_in(line, b'"')?.fields {
            if let Value::Number(number) = value {
                row.put(&name, number);
            }
        }
        row.is_report(&self.wanted).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<RawRow> {
        Json::new("val_loss").read(line)
    }

    #[test]
    fn all_coordinates_and_metrics_are_read() {
        let row = read(r#"12:00:00 INFO {"step": 10, "epoch": 0.5, "samples": 640, "seconds": 1.5, "val_loss": 0.3, "val": {"acc": 0.9}}"#).unwrap();
        let metrics = vec![("val_loss".to_owned(), 0.3), ("val/acc".to_owned(), 0.9)];
        assert_eq!(
            row,
            RawRow {
                step: Some(10.0),
                epoch: Some(0.5),
                samples: Some(640.0),
                seconds: Some(1.5),
                metrics,
                ..RawRow::default()
            }
        );
    }

    /// The result of a program that prints only one number at its end would be lost.
    #[test]
    fn a_known_metric_needs_no_position() {
        assert!(read(r#"{"val_loss": 0.3}"#).is_some());
        assert!(read(r#"{"tea": 0.3}"#).is_none());
        assert!(Json::new("tea").read(r#"{"tea": 0.3}"#).is_some());
    }
}
