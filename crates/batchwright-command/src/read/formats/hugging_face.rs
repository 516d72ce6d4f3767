//! Dictionaries as Python prints them, mainly by Hugging Face's `Trainer`:
//!
//! ```text
//! {'loss': 0.69, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 0.5}
//! {'eval_loss': '0.4', 'eval_accuracy': '0.8', 'eval_runtime': '1.2', 'epoch': '1'}
//! ```
//!
//! Newer versions print numbers as texts. There is no step; `epoch` is the number of epochs done,
//! rounded. The summary of a whole run (`train_runtime`) is ignored: its loss is the average over
//! the run.
//!
//! Accelerate's examples print `epoch 0: {'accuracy': 0.68, 'f1': 0.81}`: a dictionary without a
//! position takes the position of the text before it.

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochNumbering;
use crate::read::formats::object::{Value, objects_in};
use crate::read::formats::plain::sentence::Sentence;
use crate::read::formats::plain::vocabulary::Vocabulary;
use crate::read::names::{Split, of_split};
use crate::read::number::number;
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct HuggingFace {
    wanted: String,
    vocabulary: Vocabulary,
    numbering: EpochNumbering,
}

impl HuggingFace {
    /// `wanted` is a normal name. A row without a position counts if it has this metric.
    pub(crate) fn new(wanted: &str) -> Self {
        Self {
            wanted: wanted.to_owned(),
            vocabulary: Vocabulary::new(wanted),
            numbering: EpochNumbering::default(),
        }
    }

    /// Takes the position of a row from the text before its dictionary.
    fn place(&mut self, row: &mut RawRow, before: &str) {
        let sentence = Sentence::parse(before, None, &mut self.vocabulary);
        row.epoch = sentence.epoch.map(|number| self.numbering.done_after(number));
        row.step = sentence.step.or(sentence.global_step);
    }
}

impl LineFormat for HuggingFace {
    fn source(&self) -> RowSource {
        RowSource::HuggingFace
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        let objects = objects_in(line, b'\'').into_iter();
        let mut rows: Vec<_> =
            objects.filter_map(|object| Some((object.before, row(object.fields)?))).collect();
        rows.retain(|(_, row)| row.is_report(&self.wanted));
        let placed = |(before, mut row): (&str, RawRow)| {
            if !row.has_position() {
                self.place(&mut row, before);
            }
            unmask_divergence(&mut row);
            // `eval | step: 100 | {'accuracy': 0.9}`
            let first = before.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            if let Some(split) = Split::named(first.trim_end_matches(':')) {
                for (name, _) in &mut row.metrics {
                    *name = of_split(std::mem::take(name), split, &self.wanted);
                }
            }
            row
        };
        rows.into_iter().map(placed).collect()
    }
}

/// The row of a dictionary; `None` if it is the summary of a whole run.
fn row(fields: Vec<(String, Value<'_>)>) -> Option<RawRow> {
    let mut row = RawRow::default();
    for (name, value) in fields {
        let number = match value {
            Value::Number(number) => Some(number),
            Value::Text(text) => number(text),
        };
        match number {
            Some(_) if name == "train_runtime" => return None,
            Some(number) => row.put(&name, number),
            None => {}
        }
    }
    Some(row)
}

/// The trainer prints a loss that is not finite as 0 (`logging_nan_inf_filter`), so that a run that
/// diverged would look perfect. The norm of its gradient shows the divergence.
fn unmask_divergence(row: &mut RawRow) {
    if row.metrics.iter().any(|(name, value)| name == "grad_norm" && value.is_nan()) {
        let masked = row.metrics.iter_mut().filter(|(name, value)| name == "loss" && *value == 0.0);
        masked.for_each(|(_, value)| *value = f64::NAN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> RawRow {
        HuggingFace::new("val_loss").read(line).remove(0)
    }

    #[test]
    fn training_and_evaluation_are_read() {
        let row = read("{'loss': 0.69, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 0.5}");
        let metrics = vec![("loss".to_owned(), 0.69), ("grad_norm".to_owned(), 1.2)];
        let learning_rate = Some(5e-5);
        assert_eq!(row, RawRow { epoch: Some(0.5), learning_rate, metrics, ..RawRow::default() });
        let row = read(
            "    {'eval_loss': 0.4, 'eval_runtime': 1.2, 'eval_samples_per_second': 83.1, 'epoch': 1.0}   ",
        );
        assert_eq!(
            row,
            RawRow { epoch: Some(1.0), metrics: vec![("eval_loss".to_owned(), 0.4)], ..RawRow::default() }
        );
    }

    /// Accelerate's examples print the epoch, counted from 0, before the dictionary.
    #[test]
    fn the_epoch_may_stand_before() {
        let mut format = HuggingFace::new("accuracy");
        let epochs = ["epoch 0: {'accuracy': 0.68, 'f1': 0.81}", "epoch 1: {'accuracy': 0.69, 'f1': 0.82}"]
            .map(|line| format.read(line)[0].epoch);
        assert_eq!(epochs, [Some(1.0), Some(2.0)]);
    }

    /// A run that diverged would reach every target.
    #[test]
    fn a_masked_loss_is_not_zero() {
        let loss = |line: &str| read(line).metrics[0].1;
        assert!(
            loss("{'loss': '0', 'grad_norm': 'nan', 'learning_rate': '1e+30', 'epoch': '0.8511'}").is_nan()
        );
        assert_eq!(loss("{'loss': '0', 'grad_norm': '0', 'epoch': '0.8511'}"), 0.0);
        assert_eq!(loss("{'loss': '1.2', 'grad_norm': 'nan', 'epoch': '0.8511'}"), 1.2);
    }

    /// All rows of newer versions would be lost.
    #[test]
    fn numbers_may_be_printed_as_texts() {
        let row = read("{'eval_loss': '0.4', 'eval_model': 'a', 'eval_f1': 'nan', 'epoch': '1'}");
        assert_eq!((row.epoch, row.metrics.len(), row.metrics[0].1), (Some(1.0), 2, 0.4));
        assert!(row.metrics[1].1.is_nan());
    }
}
