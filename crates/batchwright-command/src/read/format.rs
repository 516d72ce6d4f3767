//! The trait of a format of lines, and the contract that each format must keep.

use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// Reads the lines of one training program, in order. It may keep a state: a header, the current
/// epoch.
///
/// The contract, which is tested for every format: no line makes it panic; its time and memory
/// depend only on the length of the line; it reads numbers that are not finite; lines that report
/// nothing give no row and change nothing.
pub(crate) trait LineFormat: std::fmt::Debug + Send {
    /// The source of its rows.
    fn source(&self) -> RowSource;

    /// The rows on a line, nearly always one or none; before them rows of earlier lines whose place
    /// this line names. The line has no end and no escape codes.
    fn read(&mut self, line: &str) -> Vec<RawRow>;

    /// The place that a line names, whatever else is on it; for a metric that the user describes.
    fn place_on(&mut self, _line: &str) -> Option<RawRow> {
        None
    }

    /// Whether the line that was read last is one of this format though it gave no row: a heading.
    /// Then no other format reads it.
    fn took_last(&self) -> bool {
        false
    }

    /// The rows of earlier lines that still wait for their place when the program has ended.
    fn finish(&mut self) -> Vec<RawRow> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::formats::bar::Bars;
    use crate::read::formats::hugging_face::HuggingFace;
    use crate::read::formats::json::Json;
    use crate::read::formats::metric::{Metric, MetricPatterns};
    use crate::read::formats::plain::Plain;
    use crate::read::formats::sklearn::Sklearn;
    use crate::read::formats::table::Table;
    use proptest::prelude::*;

    /// Every format, with lines that give no row, and then a line that gives one row; `@` stands
    /// for the value of its loss.
    fn formats() -> Vec<(Box<dyn LineFormat>, Vec<&'static str>, &'static str)> {
        let metric = Metric::parse(r"val_loss=^vl (\S+)").unwrap();
        vec![
            (Box::new(MetricPatterns::new(vec![metric])), vec![], "vl @"),
            (Box::new(Json::new("val_loss")), vec![], r#"{"step": 3, "val_loss": @}"#),
            (Box::new(HuggingFace::new("val_loss")), vec![], "{'eval_loss': @, 'epoch': 1.0}"),
            (
                Box::new(Bars::new("val_loss")),
                vec!["Epoch 1/5"],
                "10/10 ━━━━━━━ 3s 1ms/step - loss: 0.5 - val_loss: @",
            ),
            (
                Box::new(Table::new("val_loss")),
                vec!["epoch     train_loss  valid_loss  time    "],
                "0         0.5         @    00:12   ",
            ),
            (Box::new(Sklearn::default()), vec!["Iteration 3, loss ="], "Iteration 3, loss = @"),
            (Box::new(Plain::new("val_loss")), vec![], "step 250: train loss 2.0123, val loss @"),
        ]
    }

    /// Lines that healthy programs print beside their rows.
    const HEALTHY: &[&str] = &[
        "",
        " ",
        "2026-01-02 12:00:00,123 - INFO - starting",
        "12it [00:01, 10.7it/s, val_loss=0.3]",
        "[2026-01-02 12:00:00] Epoch 3 took 12.3s, 4.5 it/s",
        "Epoch 1:  45%|████▌     | 450/1000 [00:12<00:15, 36.00it/s, v_num=0]",
        "Epoch 0/4 ━━━━━━━━━━ 938/938 0:00:10 • 0:00:00 90.2it/s v_num: 0.000",
        "Name  Type  Params  Loss",
        "val loss 0.3 is the best so far, saving model",
        "Shall I compare thee to a 10 step loss 3 ladder?",
        "Accuracy for class: plane is 62.3 %",
        "  2%|▏         | 12/500 [00:01<00:45, 10.7it/s]",
        "Epoch 1/5 : |████████████----| 45.00% [45/100 00:12<00:15 0.3451]",
        "torch 2.9.1+cu128, python 3.14.0, CUDA 12.8",
        "Saving model to runs/epoch=3-val_loss=0.123.ckpt",
        "saved checkpoint-500/model-00001-of-00002.safetensors (1.2 GB)",
        "Epoch 3: val_loss improved from 0.34000 to 0.30000, saving model to best.keras",
        "Epoch 00003: val_loss did not improve from 0.31200",
        "Validation loss decreased (0.451231 --> 0.392110).  Saving model ...",
        "Training complete. Best val loss: 0.01017",
        "Early Stopping Enabled at Epoch 109 (non-decreasing Validation loss for 10 Epoch )",
        "[10/196] val loss: 0.3",
        "Early stopping: best val_loss 0.3 at epoch 5",
        "Best model at epoch 5 with val loss 0.3",
        "EarlyStopping on val_loss with patience 3 and min_delta 0.01",
        "Namespace(batch_size=64, lr=0.1, epochs=14, loss_weight=0.5, seed=1)",
        "{'batch_size': 64, 'lr': 0.1, 'epochs': 14, 'loss': 'mse', 'seed': 1}",
        r#"{"batch_size": 64, "lr": 0.1, "epochs": 14, "loss": "mse"}"#,
        r#"{"level": "info", "ts": 1700000000.1, "pid": 123, "msg": "validation loss is computed every 10 steps"}"#,
        "Test set size: 10000, validation set size: 5000",
        "Validation accuracy target: 0.97",
        "Loss function: CrossEntropyLoss (reduction=mean)",
        "Train on 60000 samples, validate on 10000 samples",
        "    Validation sanity check: 0it [00:00, ?it/s]",
        "GPU available: True (cuda), used: False",
        "10/10 ━━━━━━━━━━━━━━━━━━━━ 0s 1ms/step",
        "Downloading: 100%|██████████| 433M/433M [00:10<00:00, 40.3MB/s]",
        "steps per epoch: 938, max epochs: 10, test accuracy threshold = 0.5",
        "val loss is not available before epoch 1",
        "WARNING: error 2 in validation worker 3, retrying (attempt 1/5)",
        "{'train_runtime': 12.3, 'train_samples_per_second': 81.2, 'train_loss': 0.51, 'epoch': 3.0}",
    ];

    fn one_row(format: &mut dyn LineFormat, lines: &[&str], row: &str, value: &str) -> RawRow {
        for line in lines {
            assert_eq!(format.read(line), [], "{line}");
        }
        let mut rows = format.read(&row.replace('@', value));
        assert_eq!(rows.len(), 1, "{:?} reads {rows:?} of {row}", format.source());
        rows.remove(0)
    }

    fn last_value(row: &RawRow) -> f64 {
        row.metrics.last().unwrap().1
    }

    /// A run that diverged would seem to have stopped printing.
    #[test]
    fn every_format_reads_numbers_that_are_not_finite() {
        for (text, is) in [
            ("nan", f64::is_nan as fn(f64) -> bool),
            ("NaN", f64::is_nan),
            ("inf", f64::is_infinite),
            ("-inf", f64::is_infinite),
        ] {
            for (mut format, lines, row) in formats() {
                assert!(is(last_value(&one_row(&mut *format, &lines, row, text))), "{text}: {format:?}");
            }
        }
    }

    /// A progress bar, a file name or a sentence would count as an evaluation.
    #[test]
    fn healthy_lines_give_nothing_and_change_nothing() {
        for ((mut format, lines, row), (mut quiet, ..)) in formats().into_iter().zip(formats()) {
            for line in HEALTHY {
                assert_eq!(format.read(line), [], "{:?}: {line}", format.source());
            }
            let want = one_row(&mut *quiet, &lines, row, "0.25");
            assert_eq!(one_row(&mut *format, &lines, row, "0.25"), want, "{:?}", format.source());
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_a_format_panic(lines in prop::collection::vec(".{0,80}", 1..8)) {
            for (mut format, ..) in formats() {
                lines.iter().for_each(|line| drop(format.read(line)));
            }
        }

        /// Lines that are nearly right reach more code of a parser than random text does.
        #[test]
        fn no_spoiled_row_makes_a_format_panic(at in 0_usize..80, with in ".{0,4}", value in "[-+.0-9eE%/ ]{0,12}") {
            for (mut format, lines, row) in formats() {
                let mut spoiled: String = row.replace('@', &value).chars().take(at).collect();
                spoiled.push_str(&with);
                spoiled.extend(row.chars().skip(at));
                lines.iter().for_each(|line| drop(format.read(line)));
                drop(format.read(&spoiled));
            }
        }
    }
}
