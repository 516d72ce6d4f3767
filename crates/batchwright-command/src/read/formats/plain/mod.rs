//! Lines that programs print for people: `step 250: train loss 2.01, val loss 2.13`, `[Epoch 2] loss: 0.3 | val acc 91%`,
//! `Test set: Average loss: 0.0345, Accuracy: 9887/10000 (99%)`.
//!
//! A line is a row where a number follows the name of a metric, and it names an epoch or a step or is about the validation or test split. What it
//! takes names from is in `sentence`; here is what they say about the run:
//!
//! - `Epoch i` counts from 1, unless an epoch 0 was seen: then from 0, and epoch i stands after i + 1 epochs. `step i` stands after i updates.
//! - A step or a batch beside an epoch is within it. As `100/500` it gives the fraction of the epoch; otherwise a training row has no position and
//!   is passed over, unless it names a `global_step` too.
//! - A validation row without epoch and step belongs to the last one named before, at its end.
//! - `[3/10]` at the start of a line that has both a training and a validation metric is epoch 3.
//! - A line `Test Error:` speaks for the next line.
//!
//! Passed over: progress bars; what is called best, previous or a target; an evaluation under way; whole numbers on a line without epoch or step.

pub(crate) mod sentence;
pub(crate) mod tokens;
pub(crate) mod vocabulary;

use crate::read::format::LineFormat;
use crate::read::formats::epochs::Numbering;
use crate::read::formats::plain::sentence::{Said, Sentence};
use crate::read::formats::plain::vocabulary::Words;
use crate::read::names::normal_name;
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// Longer lines are data.
const LONGEST: usize = 4096;

/// What starts further right continues the columns beside a bar (Rich).
const COLUMN: &str = "                ";

/// See the module.
#[derive(Debug)]
pub(crate) struct Plain {
    words: Words,
    numbering: Numbering,
    last: Last,
    /// The split that the line before announced.
    heading: Option<String>,
}

/// What was named last.
#[derive(Debug, Clone, Copy)]
enum Last {
    Nothing,
    /// Epochs done at its end.
    Epoch(f64),
    Step(f64),
}

impl Plain {
    /// `wanted` is a normal name that counts as a metric, whatever it is.
    pub(crate) fn new(wanted: &str) -> Self {
        Self {
            words: Words::new(wanted),
            numbering: Numbering::default(),
            last: Last::Nothing,
            heading: None,
        }
    }

    fn remember(&mut self, said: &Said) {
        if let Some(epoch) = said.epoch {
            self.last = Last::Epoch(epoch);
        } else if let Some(step) = said.global_step.or(said.step) {
            self.last = Last::Step(step);
        }
    }

    fn row(&self, mut said: Said) -> Option<RawRow> {
        let placed = said.epoch.or(said.step).or(said.global_step).or(said.samples).is_some();
        said.metrics.retain(|metric| placed || !metric.whole);
        let validates = said.metrics.iter().any(|metric| normal_name(&metric.name).starts_with("val_"));
        let position = if validates { self.validation(&said, placed)? } else { training(&said)? };
        let metrics: Vec<_> = said.metrics.into_iter().map(|metric| (metric.name, metric.value)).collect();
        (!metrics.is_empty()).then_some(RawRow { metrics, ..position })
    }

    /// Where a validation row stands; nowhere while the evaluation is under way.
    fn validation(&self, said: &Said, placed: bool) -> Option<RawRow> {
        let under_way = said.in_batches || said.progress.is_some_and(|progress| progress < 1.0);
        let (epoch, step) = match self.last {
            Last::Epoch(epoch) if !placed => (Some(epoch), None),
            Last::Step(step) if !placed => (None, Some(step)),
            _ => (said.epoch, step(said)),
        };
        (!under_way).then(|| RawRow { epoch, step, samples: said.samples, ..RawRow::default() })
    }
}

/// Where a training row stands, if that can be told.
fn training(said: &Said) -> Option<RawRow> {
    let within = said.step.is_some() || said.in_batches;
    let epoch = said.epoch.and_then(|epoch| match said.progress {
        Some(progress) => Some(epoch - 1.0 + progress),
        None => (!within).then_some(epoch),
    });
    let row = RawRow { epoch, step: step(said), samples: said.samples, ..RawRow::default() };
    row.has_position().then_some(row)
}

/// `[3/10] train_loss: 0.5 valid_loss: 0.4` is about epoch 3, though it does not say so: no batch has both losses.
fn name_opening(said: &mut Said) {
    let has = |split: &str| said.metrics.iter().any(|metric| normal_name(&metric.name).starts_with(split));
    if said.epoch.or(said.step).is_none() && said.opening.is_some() && has("train_") && has("val_") {
        (said.epoch, said.progress) = (said.opening, None);
    }
}

/// The step since the start. Beside an epoch a step is within it.
fn step(said: &Said) -> Option<f64> {
    said.global_step.or(said.step.filter(|_| said.epoch.is_none()))
}

impl LineFormat for Plain {
    fn source(&self) -> RowSource {
        RowSource::Plain
    }

    fn read(&mut self, line: &str) -> Option<RawRow> {
        if line.len() > LONGEST || line.trim().is_empty() || is_bar(line) || is_object(line) {
            return None;
        }
        let mut said = Sentence::read(line, self.heading.take(), &mut self.words);
        name_opening(&mut said);
        said.epoch = said.epoch.map(|number| self.numbering.done_after(number));
        self.heading.clone_from(&said.heading);
        self.remember(&said);
        self.row(said)
    }
}

/// Whether a line holds an object, which others read better: what they passed over is no sentence either.
fn is_object(line: &str) -> bool {
    line.contains("{'") || line.contains("{\"")
}

/// Whether a line is a progress bar. Its numbers are running means, or repeat the last evaluation all through the next epoch. A rate alone
/// (`3.4 it/s`) makes no bar.
fn is_bar(line: &str) -> bool {
    ["%|", "it [", "?it/s", "[==", "[>", "━", "█"].iter().any(|sign| line.contains(sign))
        || line.starts_with(COLUMN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<RawRow> {
        let mut plain = Plain::new("val_loss");
        lines.iter().filter_map(|line| plain.read(line)).collect()
    }

    fn row(step: impl Into<Option<f64>>, epoch: impl Into<Option<f64>>, metrics: &[(&str, f64)]) -> RawRow {
        let metrics = metrics.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
        RawRow { step: step.into(), epoch: epoch.into(), metrics, ..RawRow::default() }
    }

    /// A line of a well-known program, and what it says.
    #[test]
    fn lines_that_people_print() {
        for (line, want) in [
            (
                "step 250: train loss 2.0123, val loss 2.1345",
                row(250.0, None, &[("train loss", 2.0123), ("val loss", 2.1345)]),
            ),
            ("iter 100: loss 2.5, time 12.3ms, mfu -100.00%", row(100.0, None, &[("loss", 2.5)])),
            (
                "Epoch 3: val_loss=0.123 val_acc: 97.5%",
                row(None, 3.0, &[("val_loss", 0.123), ("val_acc", 0.975)]),
            ),
            (
                "[Epoch 2] train loss: 0.3 | val loss: 0.25 | acc 0.91",
                row(None, 2.0, &[("train loss", 0.3), ("val loss", 0.25), ("val acc", 0.91)]),
            ),
            (
                "Epoch [3/10], Loss: 0.4, Validation Accuracy: 91.5 %",
                row(None, 3.0, &[("Loss", 0.4), ("Validation Accuracy", 0.915)]),
            ),
            (
                "2026-01-02 12:00:00,123 | INFO | Epoch 003/010 - loss: 0.5 - valid_loss: nan",
                row(None, 3.0, &[("loss", 0.5), ("valid_loss", f64::NAN)]),
            ),
            (
                "| end of epoch   1 | time: 38.1s | valid loss  5.5 | valid ppl   250.0",
                row(None, 1.0, &[("valid loss", 5.5), ("valid ppl", 250.0)]),
            ),
            (
                "| epoch   1 |  200/2000 batches | lr 5.00 | ms/batch 12.3 | loss  7.5 | ppl  1800.0",
                row(None, 0.1, &[("loss", 7.5), ("ppl", 1800.0)]),
            ),
            ("Train Epoch: 2 [15000/60000 (25%)]\tLoss: 2.3", row(None, 1.25, &[("Train Loss", 2.3)])),
            (
                "epoch 001 | valid on 'valid' subset | loss 8.5 | ppl 180.5 | num_updates 500 | best_loss 8.1",
                row(500.0, 1.0, &[("valid loss", 8.5), ("valid ppl", 180.5)]),
            ),
            ("Epoch 3 (best val loss 0.1): val loss 0.2", row(None, 3.0, &[("val loss", 0.2)])),
            (
                "[03/20] train_loss: 0.5, valid_loss: 0.25, valid_acc: 0.9",
                row(None, 3.0, &[("train_loss", 0.5), ("valid_loss", 0.25), ("valid_acc", 0.9)]),
            ),
            (
                "Ep.   20|train_loss: 0.5|valid_loss: 0.25 -saved",
                row(None, 20.0, &[("train_loss", 0.5), ("valid_loss", 0.25)]),
            ),
            (
                "Valid_Epoch: 4/99, Valid_Loss: 0.25 Valid_acc: 0.5",
                row(None, 4.0, &[("Valid_Loss", 0.25), ("Valid_acc", 0.5)]),
            ),
            (
                "Epoch  10/60 - Train Loss: 0.5 (Acc: 85.0%) | Val Loss: 0.25 (Acc: 75.0%)",
                row(
                    None,
                    10.0,
                    &[("Train Loss", 0.5), ("Train Acc", 0.85), ("Val Loss", 0.25), ("Val Acc", 0.75)],
                ),
            ),
            (
                "Epoch 3: val acc 0.9, loss 0.5, val loss 0.25",
                row(None, 3.0, &[("val acc", 0.9), ("val loss", 0.25)]),
            ),
            ("Epoch [1/5], Step [150/600], Loss: 0.25, 3.4 it/s", row(None, 0.25, &[("Loss", 0.25)])),
            (
                "Epoch: 2/5..  Training Loss: 0.9..  Test Loss: 0.5..  Test Accuracy: 0.8",
                row(None, 2.0, &[("Training Loss", 0.9), ("Test Loss", 0.5), ("Test Accuracy", 0.8)]),
            ),
            (
                "Validation Results - Epoch: 1  Avg accuracy: 0.93 Avg loss: 0.25",
                row(None, 1.0, &[("Validation Avg accuracy", 0.93), ("Validation Avg loss", 0.25)]),
            ),
            (
                "step:125/1770 val_loss:4.3 train_time:18000ms step_avg:150.1ms",
                row(125.0, None, &[("val_loss", 4.3)]),
            ),
            (
                "step    1/18865 | loss 10.9 (+nanz)| norm 15.3 (+nanz)| lr 8.57e-07 | 300.22 ms",
                row(1.0, None, &[("loss", 10.9)]),
            ),
            (
                "Epoch 1 | Val top-1: 76.5 | Val Top-5 acc: 92.5%",
                row(None, 1.0, &[("Val top-1", 76.5), ("Val Top-5 acc", 0.925)]),
            ),
            ("Epoch 5, step 100, global_step 1100, loss 0.5", row(1100.0, None, &[("loss", 0.5)])),
        ] {
            assert_eq!(format!("{:?}", rows(&[line])), format!("{:?}", [want]), "{line}");
        }
        let megatron = " iteration 100/ 5000 | consumed_samples: 25600 | elapsed time per iteration (ms): 503.5 | lm loss: 9.5E+00 |";
        assert_eq!(
            rows(&[megatron]),
            [RawRow { samples: Some(25600.0), ..row(100.0, None, &[("loss", 9.5)]) }]
        );
    }

    /// The evaluation of PyTorch's MNIST example has no epoch on its line.
    #[test]
    fn an_evaluation_belongs_to_the_last_epoch() {
        let lines = [
            "Train Epoch: 1 [59520/60000 (99%)]\tLoss: 0.5",
            "",
            "Test set: Average loss: 0.0345, Accuracy: 9887/10000 (99%)",
            "",
        ];
        let want = row(None, 1.0, &[("Test Average loss", 0.0345), ("Test Accuracy", 0.9887)]);
        assert_eq!(rows(&lines)[1..], [want]);
        let lines = [
            "Epoch 1",
            "-----",
            "loss: 2.303494  [   64/60000]",
            "Test Error: ",
            " Accuracy: 50.0%, Avg loss: 2.15",
            " Accuracy: 50.0%, Avg loss: 2.15 ",
        ];
        assert_eq!(rows(&lines), [row(None, 1.0, &[("Test Accuracy", 0.5), ("Test Avg loss", 2.15)])]);
    }

    /// The first epoch would be counted as none.
    #[test]
    fn epochs_may_count_from_zero() {
        let lines = [
            "Epoch 0/24",
            "train Loss: 0.6 Acc: 0.7",
            "val Loss: 0.2 Acc: 0.92",
            "Epoch 1/24",
            "val Loss: 0.1 Acc: 0.95",
        ];
        let want = [
            row(None, 1.0, &[("val Loss", 0.2), ("val Acc", 0.92)]),
            row(None, 2.0, &[("val Loss", 0.1), ("val Acc", 0.95)]),
        ];
        assert_eq!(rows(&lines), want);
    }

    /// The running value of an evaluation's tenth batch is none.
    #[test]
    fn an_evaluation_under_way_is_none() {
        let lines = [
            "Epoch: [0][  10/5005]\tTime  0.1 ( 0.2)\tLoss 6.5 (7.0)",
            "Test: [ 10/196]\tTime  0.1\tLoss 5.5e-01 (6.5e-01)\tAcc@1  85.94",
            " *   Acc@1 76.130 Acc@5 92.862",
        ];
        let want = [
            row(None, 10.0 / 5005.0, &[("Loss", 6.5)]),
            row(None, 1.0, &[("val Acc@1", 76.13), ("val Acc@5", 92.862)]),
        ];
        assert_eq!(rows(&lines), want);
        assert_eq!(rows(&["Epoch 2 batch 10: val loss 0.5", "Epoch 2 step 10: loss 0.5"]), []);
    }
}
