//! Reads the lines of a program with all formats at once.

use crate::read::format::LineFormat;
use crate::read::formats::fastai::Fastai;
use crate::read::formats::hugging_face::HuggingFace;
use crate::read::formats::json::Json;
use crate::read::formats::keras::Keras;
use crate::read::formats::metric::{Metric, MetricPatterns};
use crate::read::formats::plain::Plain;
use crate::read::formats::sklearn::Sklearn;
use crate::read::names::normal_name;
use crate::read::normalise::Normaliser;
use crate::read::recognised::Recognised;
use crate::read::row::Row;

/// Longer lines, in bytes, are data and are ignored.
const LONGEST: usize = 1 << 16;

/// Reads the lines that one trial prints, each without its end and without escape codes.
///
/// Pieces that end with a carriage return are lines too. A line gives at most one row, that of the
/// first format that reads it, in the order of [`RowSource`](crate::read::RowSource). Reading never
/// fails: a line that is not recognised gives no row and is kept in [`LineReader::recognised`].
#[derive(Debug)]
pub struct LineReader {
    formats: Vec<Box<dyn LineFormat>>,
    normaliser: Normaliser,
    recognised: Recognised,
}

impl LineReader {
    /// A reader for a program, with the `--metric` of the user. `wanted` is the metric of the
    /// target: it counts as a metric even if its name is not a well-known one.
    pub fn new(metrics: Vec<Metric>, wanted: &str) -> Self {
        let wanted = normal_name(wanted);
        let mut formats: Vec<Box<dyn LineFormat>> = vec![
            Box::new(MetricPatterns::new(metrics)),
            Box::new(Json::new(&wanted)),
            Box::new(HuggingFace::new(&wanted)),
            Box::new(Keras::default()),
            Box::new(Fastai::default()),
            Box::new(Sklearn::default()),
            Box::new(Plain::new(&wanted)),
        ];
        formats.sort_by_key(|format| format.source());
        Self { formats, normaliser: Normaliser::default(), recognised: Recognised::default() }
    }

    /// The row on the next line.
    pub fn read(&mut self, line: &str) -> Option<Row> {
        let line = visible(line);
        let row = (line.len() <= LONGEST)
            .then(|| self.formats.iter_mut().find_map(|format| Some((format.source(), format.read(line)?))))
            .flatten();
        let Some((source, row)) = row else {
            self.recognised.add_unrecognised(line);
            return None;
        };
        let (row, printed) = self.normaliser.normalise(row, source);
        self.recognised.add(&row, &printed, line);
        Some(row)
    }

    /// What was recognised so far.
    pub fn recognised(&self) -> &Recognised {
        &self.recognised
    }
}

/// The visible part of a line with backspaces: the text after the last of them.
fn visible(line: &str) -> &str {
    let line = line.trim_end_matches('\u{8}');
    line.rfind('\u{8}').map_or(line, |at| &line[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::source::RowSource;

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
        let sources: Vec<_> =
            lines.iter().filter_map(|line| reader.read(line)).map(|row| row.source).collect();
        use RowSource::{Fastai, HuggingFace, Json, Keras, Plain};
        assert_eq!(sources, [RowSource::Metric, Json, HuggingFace, Keras, Fastai, Plain]);
    }

    /// The metric of the target would be missed because its name is not a well-known one.
    #[test]
    fn the_wanted_metric_counts_whatever_its_name() {
        let lines = ["tea 0.5 after step 3", r#"{"tea": 0.5}"#, "{'Tea': 0.5}"];
        let read = |wanted: &str| {
            let mut reader = LineReader::new(Vec::new(), wanted);
            lines.iter().filter_map(|line| reader.read(line)).filter(|row| row.metrics["tea"] == 0.5).count()
        };
        assert_eq!((read("Tea"), read("val_loss")), (3, 0));
    }

    #[test]
    fn a_line_without_end_costs_nothing() {
        let mut reader = LineReader::new(Vec::new(), "val_loss");
        assert_eq!(reader.read(&"step 3 val loss 0.5 ".repeat(10_000)), None);
        assert!(reader.recognised().nothing().is_some());
    }
}
