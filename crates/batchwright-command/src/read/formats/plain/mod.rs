//! Lines that programs print for people: `step 250: train loss 2.01, val loss 2.13`, `[Epoch 2]
//! loss: 0.3 | val acc 91%`, `Test set: Average loss: 0.0345, Accuracy: 9887/10000 (99%)`.
//!
//! A line is a row if a number follows the name of a metric, and if the line also names an epoch or
//! a step, or is about the validation or test split. `sentence` finds the names and numbers of a
//! line; this file decides what they mean for the run:
//!
//! - `Epoch i` counts from 1, unless an epoch 0 was seen: then it counts from 0, and epoch i stands
//!   for i + 1 epochs done. `step i` stands for i updates done.
//! - A batch beside an epoch counts within the epoch, a step as the rows of several epochs show, unless the
//!   line also names a `global_step`. Written as `100/500` it gives the fraction of the epoch.
//! - `[3/10]`, `[3]` or `3` at the start of a line with both a training and a validation metric is epoch 3;
//!   `[3, 2000] loss: 0.5` is batch 2000 of epoch 3; `Train: 3 [50/117]` is within epoch 3.
//! - A validation row without a place has it on another line (`places`).
//! - Of an evaluation that is complete the mean counts where both are shown: `0.97 (0.95)`.
//! - A line `Test Error:` names the split of the next line; `Saving dict for global step 200:`, of TensorFlow's
//!   Estimator, is an evaluation.
//! - `Eval Epoch: 1` straight after the training of epoch 0 is what is done, not the number of an epoch.
//!
//! Ignored: progress bars (`bar`); training rows without a place; values that are called best, previous or a target; an unfinished
//! evaluation; whole numbers on a line without epoch or step.

pub(crate) mod places;
pub(crate) mod sentence;
pub(crate) mod tokens;
pub(crate) mod vocabulary;

use crate::read::format::LineFormat;
use crate::read::formats::bar::drawn::is_bar;
use crate::read::formats::epochs::EpochNumbering;
use crate::read::formats::plain::places::Places;
use crate::read::formats::plain::sentence::Sentence;
use crate::read::formats::plain::vocabulary::Vocabulary;
use crate::read::names::normal_name;
use crate::read::row::{RawRow, StepInEpoch};
use crate::read::source::RowSource;

/// Longer lines, in bytes, are data.
const LONGEST: usize = 4096;
/// What TensorFlow's Estimator says before the metrics of an evaluation.
const ESTIMATOR_EVALUATION: &str = "Saving dict for global step";

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct Plain {
    vocabulary: Vocabulary,
    numbering: EpochNumbering,
    places: Places,
    /// The split that the line before named for this line.
    heading: Option<String>,
}

impl Plain {
    /// `wanted` is a normal name, which counts as a metric even if it is not a well-known one.
    pub(crate) fn new(wanted: &str) -> Self {
        Self {
            vocabulary: Vocabulary::new(wanted),
            numbering: EpochNumbering::default(),
            places: Places::default(),
            heading: None,
        }
    }

    fn sentence(&mut self, line: &str) -> Sentence {
        let (pair, text) = opening_pair(line).map_or((None, line), |(pair, rest)| (Some(pair), rest));
        let heading =
            self.heading.take().or_else(|| text.contains(ESTIMATOR_EVALUATION).then(|| "eval".to_owned()));
        let mut sentence = Sentence::parse(text, heading, &mut self.vocabulary);
        if let (Some((epoch, batch)), None) = (pair, sentence.epoch.or(sentence.step)) {
            (sentence.epoch, sentence.step) = (Some(epoch), Some(batch));
        }
        read_opening_as_epoch(&mut sentence);
        let validates = has_split(&sentence, "val_");
        sentence.epoch = sentence.epoch.map(|number| self.numbering.done_after_line(number, validates));
        self.heading.clone_from(&sentence.heading);
        sentence
    }
}

impl LineFormat for Plain {
    fn source(&self) -> RowSource {
        RowSource::Plain
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        if line.len() > LONGEST || line.trim().is_empty() || is_bar(line) || is_object(line) {
            return Vec::new();
        }
        let mut sentence = self.sentence(line);
        let placed = is_placed(&sentence);
        sentence.metrics.retain(|metric| placed || !metric.whole);
        let validates = has_split(&sentence, "val_");
        let place = training(&sentence);
        let mut rows = self.places.named(&sentence, place.as_ref(), validates);
        if validates && placed {
            rows.extend(evaluation(&sentence).map(|place| with_metrics(place, sentence)));
        } else if validates && !is_under_way(&sentence) {
            rows.extend(self.places.unplaced(with_metrics(RawRow::default(), sentence)));
        } else if !validates && !sentence.metrics.is_empty() {
            rows.extend(place.map(|place| with_metrics(place, sentence)));
        }
        rows
    }

    fn place_on(&mut self, line: &str) -> Option<RawRow> {
        let is_text = line.len() <= LONGEST && !is_bar(line) && !is_object(line);
        let sentence = is_text.then(|| self.sentence(line))?;
        evaluation(&sentence).or_else(|| training(&sentence)).filter(RawRow::has_position)
    }

    fn finish(&mut self) -> Vec<RawRow> {
        self.places.finish()
    }
}

/// Whether a metric is of the split with this prefix.
fn has_split(sentence: &Sentence, prefix: &str) -> bool {
    sentence.metrics.iter().any(|metric| normal_name(&metric.name).starts_with(prefix))
}

/// Whether the line itself says where its metrics stand.
fn is_placed(sentence: &Sentence) -> bool {
    sentence.epoch.or(sentence.step).or(sentence.global_step).or(sentence.samples).is_some()
}

fn is_under_way(sentence: &Sentence) -> bool {
    let in_batches = sentence.in_batches && sentence.steps_of_epoch.is_none();
    in_batches || sentence.progress.is_some_and(|progress| progress < 1.0)
}

/// The row of a line. In the last line of an evaluation in batches the mean counts.
fn with_metrics(place: RawRow, sentence: Sentence) -> RawRow {
    let complete = sentence.progress == Some(1.0);
    let value = |metric: &sentence::NamedNumber| metric.mean.filter(|_| complete).unwrap_or(metric.value);
    let metrics = sentence.metrics.iter().map(|metric| (metric.name.clone(), value(metric))).collect();
    RawRow { metrics, ..place }
}

/// The place that the line of an evaluation names; `None` while the evaluation is not finished.
fn evaluation(sentence: &Sentence) -> Option<RawRow> {
    let within = within_epoch(sentence).filter(|_| sentence.progress.is_none());
    let epoch = sentence.epoch.filter(|_| within.is_none());
    let place = RawRow { epoch, step: step(sentence), samples: sentence.samples, ..RawRow::default() };
    (!is_under_way(sentence)).then_some(RawRow { in_epoch: within, ..place })
}

/// The place of a training row, if the line names one.
fn training(sentence: &Sentence) -> Option<RawRow> {
    let within = within_epoch(sentence);
    let epoch = sentence.epoch.and_then(|epoch| match sentence.progress {
        Some(progress) => Some(epoch - 1.0 + progress),
        // Beside a global step the other one counts within the epoch.
        None => (!sentence.in_batches && sentence.step.and(sentence.global_step).is_none()).then_some(epoch),
    });
    let place = RawRow { epoch, step: step(sentence), samples: sentence.samples, ..RawRow::default() };
    let place = RawRow { in_epoch: within, ..place };
    place.has_position().then_some(place)
}

/// The steps of the current epoch, where the line names an epoch and batches within it. A step beside
/// an epoch is none: only the rows of several epochs show whether it starts again with each of them.
fn within_epoch(sentence: &Sentence) -> Option<StepInEpoch> {
    let epochs_before = sentence.epoch? - 1.0;
    let named = sentence.batch.map(|batch| (batch, None));
    let (step, of) = sentence.steps_of_epoch.map(|(step, of)| (step, Some(of))).or(named)?;
    sentence.global_step.is_none().then_some(StepInEpoch { epochs_before, step, of })
}

/// `[3/10] train_loss: 0.5 valid_loss: 0.4` is about epoch 3, although it does not say so: no batch
/// has both losses.
fn read_opening_as_epoch(sentence: &mut Sentence) {
    if sentence.epoch.or(sentence.step).is_none()
        && sentence.opening.is_some()
        && has_split(sentence, "train_")
        && has_split(sentence, "val_")
    {
        (sentence.epoch, sentence.progress) = (sentence.opening, None);
    }
}

/// The epoch and the batch of `[3,  2000] loss: 0.5`, and the text after them.
fn opening_pair(line: &str) -> Option<((f64, f64), &str)> {
    let (pair, rest) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    let (epoch, batch) = pair.split_once(',')?;
    let (epoch, batch): (u32, u32) = (epoch.trim().parse().ok()?, batch.trim().parse().ok()?);
    Some(((epoch.into(), batch.into()), rest))
}

/// The step as it is named; with the steps of an epoch it counts within the epoch.
fn step(sentence: &Sentence) -> Option<f64> {
    let beside_share =
        sentence.epoch.is_some() && (sentence.steps_of_epoch.is_some() || sentence.progress.is_some());
    sentence.global_step.or(sentence.step.filter(|_| !beside_share))
}

/// Whether a line contains an object. Other formats read objects; an object that they ignored is no
/// sentence either.
fn is_object(line: &str) -> bool {
    line.contains("{'") || line.contains("{\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<RawRow> {
        let mut plain = Plain::new("val_loss");
        lines.iter().flat_map(|line| plain.read(line)).collect()
    }

    fn row(step: impl Into<Option<f64>>, epoch: impl Into<Option<f64>>, metrics: &[(&str, f64)]) -> RawRow {
        let metrics = metrics.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
        RawRow { step: step.into(), epoch: epoch.into(), metrics, ..RawRow::default() }
    }

    fn within(epochs_before: f64, step: f64, of: Option<f64>, row: RawRow) -> RawRow {
        RawRow { in_epoch: Some(StepInEpoch { epochs_before, step, of }), ..row }
    }

    /// A line of a well-known program, and the row on it.
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
                within(0.0, 200.0, Some(2000.0), row(None, 0.1, &[("loss", 7.5), ("ppl", 1800.0)])),
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
            (
                "Epoch [1/5], Step [150/600], Loss: 0.25, 3.4 it/s",
                within(0.0, 150.0, Some(600.0), row(None, 0.25, &[("Loss", 0.25)])),
            ),
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
            (
                "epoch: 2, batch_id: 10, loss is: 0.5",
                within(1.0, 10.0, None, row(None, None, &[("loss", 0.5)])),
            ),
            (
                "[10]\ttrain-rmse:0.5\tvalidation-rmse:0.75",
                row(None, 10.0, &[("train-rmse", 0.5), ("validation-rmse", 0.75)]),
            ),
            (
                "[10]\ttraining's l2: 0.5\tvalid_0's l2: 0.75",
                row(None, 10.0, &[("training l2", 0.5), ("valid_0 l2", 0.75)]),
            ),
            (
                "[01/05 09:30:00 events]: iter: 19  loss: 0.5  val_loss: 0.25",
                row(19.0, None, &[("loss", 0.5), ("val_loss", 0.25)]),
            ),
            (
                "epoch 3 [validation] accuracy/loss: 0.5/0.25",
                row(None, 3.0, &[("validation accuracy", 0.5), ("validation loss", 0.25)]),
            ),
            ("steps: 10 loss: 0.5 samples/sec: 7.5", row(10.0, None, &[("loss", 0.5)])),
            ("Epoch 2 step 10: loss 0.5", row(10.0, 2.0, &[("loss", 0.5)])),
            ("[2,  4000] loss: 0.5", row(4000.0, 2.0, &[("loss", 0.5)])),
            (
                "Train: 3 [  50/200 ( 25%)]  Loss: 0.5 (0.6)  LR: 1e-2",
                row(None, 2.25, &[("Train Loss", 0.5)]),
            ),
            (
                "01/02 10:00:00 - INFO - Epoch(val)  [3][40/40]    accuracy/top1: 66.5  time: 0.1",
                row(None, 3.0, &[("val accuracy/top1", 66.5)]),
            ),
            (
                "   3 train loss:  0.97 test acc: 66.5%",
                row(None, 3.0, &[("train loss", 0.97), ("test acc", 0.665)]),
            ),
            ("step 10,000: val_loss 0,25", row(10_000.0, None, &[("val_loss", 0.25)])),
            ("step 3 - val_loss 2026 -> 0.25", row(3.0, None, &[("val_loss", 0.25)])),
            ("エポック 3：学習率 0.1、検証損失 0.25", row(None, 3.0, &[("検証損失", 0.25)])),
            (
                "Epoch 3: Accuracy of the net on the 1000 test images: 55 %",
                row(None, 3.0, &[("test Accuracy", 0.55)]),
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

    /// The first epoch would not be counted.
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

    /// A thousand would be read as one, or one as a thousand.
    #[test]
    fn an_unclear_comma_means_what_others_of_the_program_mean() {
        let values = |lines: &[&str]| rows(lines).iter().map(|row| row.metrics[0].1).collect::<Vec<_>>();
        assert_eq!(values(&["step 1: ppl 1,234", "step 2: ppl 0,5", "step 3: ppl 1,234"]), [0.5, 1.234]);
        assert_eq!(values(&["step 1: ppl 0.5", "step 2: ppl 1,234"]), [0.5, 1234.0]);
    }

    /// The last line of an evaluation in batches shows its last batch, and the mean in brackets.
    #[test]
    fn of_a_complete_evaluation_the_mean_counts() {
        let lines = [
            "Train: 0 [100/117 (86%)]  Loss: 1.0",
            "Test: [19/39]  Loss: 0.5 (0.75)",
            "Test: [39/39]  Loss: 0.5 (0.25)",
        ];
        assert_eq!(rows(&lines)[1..], [row(None, 1.0, &[("Test Loss", 0.25)])]);
    }

    /// The running value at the tenth batch of an evaluation is no result.
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
        assert_eq!(
            rows(&["Epoch 2 batch 10: val loss 0.5", "Epoch[2] Batch [0-100] accuracy=0.5", "steps: 938"]),
            []
        );
    }
}
