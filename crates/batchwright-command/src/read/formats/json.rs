//! JSON lines: `{"step": 10, "samples": 640, "seconds": 1.5, "val_loss": 0.3}`, also after a
//! logger's prefix.
//!
//! `step`, `samples` and `epoch` are numbers done so far; `epoch` may be fractional. An epoch 0 with
//! a training metric is the number of an epoch: then they count from 0. A number may be written as a text. A field of an inner object is
//! named `outer/inner`, so that `{"step": 10, "val": {"loss": 0.3}}` also gives `val_loss`; where no
//! outer field says at which step, epoch or sample the line stands, an inner one does. A field like
//! `"split": "val"` names the split of the others. Several
//! objects of a line are one row where they name the same place. A metric may be named by a text:
//! `{"step": 10, "metric": "val_loss", "value": 0.3}`. Other lists and texts, `true` and `null` are
//! ignored.

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochNumbering;
use crate::read::formats::object::{Object, Value, objects_in};
use crate::read::names::{Split, names_split, normal_name, of_split};
use crate::read::number::number;
use crate::read::row::{Coordinate, RawRow};
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct Json {
    wanted: String,
    epochs: EpochNumbering,
}

impl Json {
    /// `wanted` is a normal name. A row without a position counts if it has this metric.
    pub(crate) fn new(wanted: &str) -> Self {
        Self { wanted: wanted.to_owned(), epochs: EpochNumbering::default() }
    }

    /// Gives a row its place: see the documentation of this file.
    fn placed(&mut self, mut row: RawRow) -> RawRow {
        let trains = row.metrics.iter().any(|(name, _)| normal_name(name).starts_with("train_"));
        let alone = row.step.or(row.samples).is_none();
        row.epoch = row.epoch.map(|epoch| match epoch {
            0.0 if !(alone && trains) => epoch,
            _ if alone => self.epochs.done_after(epoch),
            _ => epoch,
        });
        row
    }
}

impl LineFormat for Json {
    fn source(&self) -> RowSource {
        RowSource::Json
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        let mut rows: Vec<RawRow> = Vec::new();
        for row in objects_in(line, b'"').into_iter().map(|object| row(object, &self.wanted)) {
            match rows.last_mut() {
                Some(last) if last.is_at(&row) => last.metrics.extend(row.metrics),
                _ => rows.push(row),
            }
        }
        rows.retain(|row| row.is_report(&self.wanted));
        rows.into_iter().map(|row| self.placed(row)).collect()
    }
}

fn row(object: Object<'_>, wanted: &str) -> RawRow {
    let mut row = RawRow::default();
    let (mut inner, mut split) = (Vec::new(), None);
    for (name, value) in object.fields {
        if let (true, Value::Text(text)) = (names_split(&name), value) {
            split = split.or(Split::named(&text.to_ascii_lowercase()));
            continue;
        }
        let value = match value {
            Value::Number(number) => Some(number),
            Value::Text(text) => number(text),
        };
        let Some(value) = value else { continue };
        match inner_place(&name) {
            Some(place) => inner.push((place, value)),
            None => row.put(&name, value),
        }
    }
    if let Some(split) = split {
        row.metrics =
            row.metrics.into_iter().map(|(name, value)| (of_split(name, split, wanted), value)).collect();
    }
    // Beside an outer place an inner one is something else's: the steps of a scheduler.
    if !row.has_position() {
        inner.into_iter().for_each(|(place, value)| row.set(place, value));
    }
    row
}

/// The place that a field of an inner object names; none in an object that is about a split.
fn inner_place(path: &str) -> Option<Coordinate> {
    let (outer, name) = path.rsplit_once('/')?;
    let of_split = outer.split('/').any(|outer| Split::named(&outer.to_ascii_lowercase()).is_some());
    Coordinate::named(name).filter(|&place| place != Coordinate::Seconds && !of_split)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<RawRow> {
        Json::new("val_loss").read(line).into_iter().next()
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
        assert!(!Json::new("tea").read(r#"{"tea": 0.3}"#).is_empty());
    }

    /// The second of two objects would be lost, or stand at the place of the first.
    #[test]
    fn objects_of_one_place_are_one_row() {
        let steps = |line: &str| -> Vec<_> {
            let rows = Json::new("val_loss").read(line);
            rows.iter().map(|row| (row.step.unwrap(), row.metrics.len())).collect()
        };
        assert_eq!(steps(r#"{"step": "3", "train_loss": 0.5}{"step": 3, "val_loss": "0.25"}"#), [(3.0, 2)]);
        assert_eq!(steps(r#"{"step": 3, "loss": 0.5} {"step": 4, "loss": 0.5}"#), [(3.0, 1), (4.0, 1)]);
    }

    /// Both losses of an epoch would be one curve, that of training.
    #[test]
    fn a_field_may_name_the_split() {
        let names = |line: &str| -> Vec<String> {
            read(line).unwrap().metrics.iter().map(|(name, _)| normal_name(name)).collect()
        };
        assert_eq!(
            names(r#"{"epoch": 1, "phase": "val", "loss": 2.0, "acc": 0.5}"#),
            ["val_loss", "val_accuracy"]
        );
        assert_eq!(names(r#"{"epoch": 1, "loss": 2.0, "split": "train"}"#), ["train_loss"]);
        assert_eq!(names(r#"{"epoch": 1, "split": "val", "train_loss": 2.0}"#), ["train_loss"]);
        let tea = |line: &str| normal_name(&Json::new("tea").read(line)[0].metrics[0].0);
        assert_eq!(tea(r#"{"epoch": 1, "split": "val", "tea": 2.0}"#), "tea");
        assert_eq!(tea(r#"{"epoch": 1, "split": "train", "tea": 2.0}"#), "train_tea");
    }

    /// A row of a structured log would have no place, or that of something else.
    #[test]
    fn a_place_may_stand_in_an_inner_object() {
        let place = |line: &str| read(line).map(|row| (row.step, row.epoch, row.metrics));
        let loss = vec![("results/val/loss".to_owned(), 0.5)];
        let nested = r#"{"at": {"step": 10, "epoch": 0.5, "seconds": 3}, "results": {"val": {"loss": 0.5}}}"#;
        let (step, epoch, metrics) = place(nested).unwrap();
        assert_eq!((step, epoch), (Some(10.0), Some(0.5)));
        assert!(metrics.contains(&loss[0]));
        let beside = r#"{"step": 10, "scheduler": {"step": 99}, "results": {"val": {"loss": 0.5}}}"#;
        assert_eq!(place(beside), Some((Some(10.0), None, loss)));
        assert_eq!(place(r#"{"val": {"step": 3, "loss": 0.5}}"#).unwrap().0, None);
    }

    /// The value would be a metric of the name `value`, and a list of them would be lost.
    #[test]
    fn a_field_may_name_the_metric() {
        let metrics = |line: &str| -> Vec<(String, f64)> {
            let row = read(line).unwrap();
            row.metrics.iter().map(|(name, value)| (normal_name(name), *value)).collect()
        };
        for key in ["metric", "name", "key", "tag"] {
            let line = format!(r#"{{"epoch": 1, "{key}": "val_loss", "value": 0.5}}"#);
            assert_eq!(metrics(&line), [("val_loss".to_owned(), 0.5)], "{line}");
        }
        let list = r#"{"epoch": 1, "phase": "eval", "metrics": [{"name": "loss", "value": 0.5}, {"value": 0.9, "name": "acc"}, {"x": 3}]}"#;
        assert_eq!(metrics(list), [("val_loss".to_owned(), 0.5), ("val_accuracy".to_owned(), 0.9)]);
    }

    /// Every epoch would be one too early, or an evaluation before the training one too late.
    #[test]
    fn epochs_from_zero_are_known_by_their_training() {
        let epochs = |lines: [&str; 2]| {
            let mut json = Json::new("val_loss");
            lines.map(|line| json.read(line)[0].epoch.unwrap())
        };
        let trained = [r#"{"epoch": 0, "train_loss": 1, "test_loss": 1}"#, r#"{"epoch": 1, "test_loss": 1}"#];
        assert_eq!(epochs(trained), [1.0, 2.0]);
        assert_eq!(epochs([r#"{"epoch": 0, "val_loss": 1}"#, r#"{"epoch": 1, "val_loss": 1}"#]), [0.0, 1.0]);
    }
}
