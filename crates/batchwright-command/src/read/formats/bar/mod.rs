//! Progress bars, whoever draws them:
//!
//! ```text
//! Epoch 1/5
//! 1875/1875 ━━━━━━━━━━━━━━━━━━━━ 3s 1ms/step - accuracy: 0.87 - loss: 0.45 - val_accuracy: 0.95 - val_loss: 0.16
//! 1875/1875 - 3s - 1ms/step - accuracy: 0.87 - loss: 0.45
//! step 20/938 [>......] - loss: 0.5 - acc: 0.9
//! Epoch 0:  45%|████▌     | 450/1000 [00:12<00:15, 36.00it/s, loss=0.345, val_loss=0.3]
//! [=====>.....]  Step: 50ms | Loss: 1.459 | Acc: 46.037% (20000/25600)  200/391
//! ```
//!
//! - The epoch is named by a line of its own (`Epoch 1/5`, `Epoch: 0`) or by the bar. The bar gives
//!   the steps of the epoch. Without any epoch the bar is that of the whole training.
//! - Each state of a training bar is a row of its training metrics.
//! - A bar repeats the last evaluation throughout the next epoch. So a validation metric in a
//!   training bar counts where the state before did not show it or showed another value. If it is
//!   already there when an epoch begins, the evaluation was at the end of the epoch before. `nan`
//!   before the first value says that there is none yet.
//! - A bar that starts again after the end of an epoch, or has another number of steps, or names the
//!   validation split before its numbers, belongs to an evaluation. It counts when it is complete,
//!   but not where the fit itself validates: then it is about the test split.
//! - A bar whose text or unit says epochs counts them.
//! - Keras: a fit of one epoch prints no heading. Its bar has a `val_` metric, which the bar of
//!   `evaluate` has not, and counts as one more epoch.
//!
//! Left out: seconds, which are those of one epoch, rounded; bars without an end and without an
//! epoch (`12it [00:01, ..]`); Keras before 2.3, whose bars counted samples and called them steps.

pub(crate) mod drawn;

use crate::read::format::LineFormat;
use crate::read::formats::bar::drawn::{BarKind, DrawnBar, heading};
use crate::read::formats::epochs::EpochCounter;
use crate::read::formats::plain::vocabulary::Vocabulary;
use crate::read::names::normal_name;
use crate::read::row::{NamedValues, RawRow, StepInEpoch};
use crate::read::source::RowSource;
use std::collections::BTreeMap;

/// See the documentation of this file.
#[derive(Debug)]
pub(crate) struct Bars {
    vocabulary: Vocabulary,
    epochs: EpochCounter,
    /// Whether epochs are numbered from 0.
    from_zero: bool,
    /// The number of the current epoch, as it is printed.
    number: Option<f64>,
    /// Epochs done at the end of the current epoch, or of the last one between two epochs.
    epoch: Option<f64>,
    /// Steps done before the current epoch, or before the current bar.
    steps_before: f64,
    /// Epochs before the current one whose bars were not seen.
    missed: f64,
    /// Whether the first bar that was seen is within epoch 2 or later: then nobody knows how many
    /// epochs are done.
    lost: bool,
    /// Steps done in the current epoch; `None` between two epochs.
    step: Option<f64>,
    /// Total number of steps of the last bar.
    of: Option<f64>,
    /// Steps of the first epoch. A later one may be cut short.
    whole: Option<f64>,
    /// Whether the bar itself names its epoch.
    labelled: bool,
    /// Whether a bar over epochs shows metrics before it counts their epoch.
    early: Option<bool>,
    /// Whether the fit itself validates.
    validates: bool,
    /// The validation metrics that the state before showed.
    shown: BTreeMap<String, f64>,
}

impl LineFormat for Bars {
    fn source(&self) -> RowSource {
        RowSource::Bar
    }

    fn read(&mut self, line: &str) -> Vec<RawRow> {
        if let Some(number) = heading(line) {
            self.begin(number);
            self.shown.clear();
            return Vec::new();
        }
        let Some(bar) = DrawnBar::parse(line, &mut self.vocabulary) else { return Vec::new() };
        match bar.kind {
            BarKind::Keras if !self.is_of_whole_run(&bar) => self.keras(bar).into_iter().collect(),
            _ => self.other(bar),
        }
    }
}

impl Bars {
    /// `wanted` is the normal name of the metric of the target.
    pub(crate) fn new(wanted: &str) -> Self {
        let (epochs, shown) = Default::default();
        Self {
            vocabulary: Vocabulary::new(wanted),
            epochs,
            from_zero: false,
            number: None,
            epoch: None,
            steps_before: 0.0,
            missed: 0.0,
            lost: false,
            step: None,
            of: None,
            whole: None,
            labelled: false,
            early: None,
            validates: false,
            shown,
        }
    }

    /// Begins the epoch with this number.
    fn begin(&mut self, number: f64) {
        self.from_zero |= number == 0.0;
        self.lost |= self.number.is_none() && number > 1.0;
        self.number = Some(number);
        let before = self.epoch.unwrap_or(0.0);
        let epoch = self.epochs.done_after(number - f64::from(u8::from(!self.from_zero)));
        self.missed = (epoch - 1.0 - before).max(0.0);
        self.epoch = Some(epoch);
        self.steps_before += self.steps_of_ended();
        self.step = Some(0.0);
    }

    /// Steps of the current epoch, now that it has ended: its last state may not have been shown.
    fn steps_of_ended(&self) -> f64 {
        self.step.filter(|&step| step > 0.0).map_or(0.0, |step| self.of.unwrap_or(step))
    }

    /// Whether a bar without an epoch validates on its way, which the bar of a fit does at its end.
    fn is_of_whole_run(&self, bar: &DrawnBar) -> bool {
        let goes_on = self.step.is_some_and(|step| step < bar.step) && self.of == bar.of;
        let under_way = bar.validates() && bar.of.is_some() && !bar.is_complete();
        self.epoch.is_none() && (goes_on || under_way)
    }

    fn keras(&mut self, bar: DrawnBar) -> Option<RawRow> {
        let validated = bar.validates();
        self.validates |= validated;
        if self.step.is_none() && validated {
            self.epoch = Some(self.epoch.unwrap_or(0.0) + 1.0);
        }
        let epoch = self.epoch?;
        if validated {
            let row = self.positioned(epoch, &bar);
            self.steps_before += bar.step;
            self.step = None;
            return Some(row);
        }
        if self.goes_on(&bar) {
            // The first epoch over a generator has no end: its metrics have no place until it is over.
            return bar.of.map(|_| self.positioned(epoch, &bar));
        }
        (bar.is_complete() && !self.validates).then(|| self.evaluation(bar.metrics))
    }

    /// Whether a bar goes on with the current epoch; takes its steps if so.
    fn goes_on(&mut self, bar: &DrawnBar) -> bool {
        let goes_on = self.step.is_some_and(|step| step <= bar.step && (step == 0.0 || self.of == bar.of));
        if self.step.is_some() && !goes_on {
            self.steps_before += self.steps_of_ended();
        }
        if let (true, Some(of)) = (goes_on, bar.of) {
            self.steps_before += std::mem::take(&mut self.missed) * of;
        }
        self.step = goes_on.then_some(bar.step);
        self.of = bar.of;
        self.whole = self.whole.or(bar.of.filter(|_| goes_on));
        goes_on
    }

    fn other(&mut self, bar: DrawnBar) -> Vec<RawRow> {
        if bar.evaluates {
            let counts = bar.is_complete() && !self.lost;
            return if counts { vec![self.evaluation(bar.metrics)] } else { Vec::new() };
        }
        if bar.counts_epochs {
            return self.epochs(&bar).into_iter().collect();
        }
        if self.is_another(&bar) {
            let ended = self.epoch.is_some() && self.step == self.of;
            let counts = ended && bar.is_complete() && !self.validates && !self.lost;
            return if counts { vec![self.evaluation(bar.metrics)] } else { Vec::new() };
        }
        let begins = bar.epoch.is_some() && bar.epoch != self.number;
        let ended = self.end();
        if let Some(number) = bar.epoch.filter(|_| begins) {
            self.labelled = true;
            self.begin(number);
        } else if self.epoch.is_none() {
            self.begin_whole_run(&bar);
        }
        if self.lost {
            return Vec::new();
        }
        if !self.goes_on(&bar) {
            let in_epoch = self.epoch.is_some() && bar.epoch.is_none();
            let counts = in_epoch && bar.is_complete() && !self.validates;
            return if counts { vec![self.evaluation(bar.metrics)] } else { Vec::new() };
        }
        let (mut training, validation) = self.parted(&bar);
        let place = self.place(&bar);
        let mut rows = Vec::new();
        if begins && ended.has_position() && !validation.is_empty() {
            rows.push(RawRow { metrics: validation, ..ended });
        } else {
            training.extend(validation);
        }
        rows.extend((!training.is_empty()).then_some(RawRow { metrics: training, ..place }));
        rows
    }

    /// Whether a bar without an epoch stands beside the one that is followed: one with epochs on it,
    /// or that of the whole training.
    fn is_another(&self, bar: &DrawnBar) -> bool {
        let follows = self.labelled || self.epoch.is_none();
        follows && bar.epoch.is_none() && self.of.is_some() && self.of != bar.of
    }

    /// A state of a bar over epochs. A program that shows its metrics before it counts the epoch
    /// shows the first ones beside 0 epochs done, and each again when the next epoch begins.
    fn epochs(&mut self, bar: &DrawnBar) -> Option<RawRow> {
        let early = *self.early.get_or_insert(bar.step == 0.0);
        let is_new = |(name, value): &(String, f64)| {
            self.shown.get(name).is_none_or(|shown| shown.to_bits() != value.to_bits())
        };
        let metrics: NamedValues = bar.metrics.iter().filter(|metric| is_new(metric)).cloned().collect();
        self.shown = bar.metrics.iter().cloned().collect();
        let epoch = Some(bar.step + f64::from(u8::from(early)));
        (!metrics.is_empty()).then_some(RawRow { epoch, metrics, ..RawRow::default() })
    }

    /// A bar of the whole training that starts again goes on; one of another length is no training.
    fn begin_whole_run(&mut self, bar: &DrawnBar) {
        let again = self.step.is_some_and(|step| bar.step < step) && self.of == bar.of;
        if self.of.is_none() || again {
            self.steps_before += self.steps_of_ended();
            self.step = Some(0.0);
        }
    }

    /// The training metrics of a state, and the validation metrics that are new in it.
    fn parted(&mut self, bar: &DrawnBar) -> (NamedValues, NamedValues) {
        let (validation, training): (Vec<_>, Vec<_>) =
            bar.metrics.iter().cloned().partition(|(name, _)| normal_name(name).starts_with("val_"));
        self.validates |= !validation.is_empty();
        let is_new = |(name, value): &(String, f64)| match self.shown.get(name) {
            None => !value.is_nan(),
            Some(shown) => shown.to_bits() != value.to_bits(),
        };
        let new = validation.iter().filter(|metric| is_new(metric)).cloned().collect();
        self.shown = validation.into_iter().collect();
        (training, new)
    }

    /// The place of a state of a training bar.
    fn place(&self, bar: &DrawnBar) -> RawRow {
        match self.epoch {
            Some(epoch) => {
                let whole = bar.of.zip(self.whole).map(|(of, whole)| of.max(whole));
                let done = whole.map(|whole| epoch - 1.0 + bar.step / whole);
                RawRow { epoch: done, samples: bar.samples, ..self.positioned(epoch, bar) }
            }
            None => {
                let step = Some(self.steps_before + bar.step);
                RawRow { step, samples: bar.samples, ..RawRow::default() }
            }
        }
    }

    /// The end of the current epoch.
    fn end(&self) -> RawRow {
        let step = self.step.and(self.epoch).map(|_| self.steps_before + self.steps_of_ended());
        RawRow { epoch: self.epoch, step, ..RawRow::default() }
    }

    /// A row of the epoch that ends with `epoch` epochs done.
    fn positioned(&self, epoch: f64, bar: &DrawnBar) -> RawRow {
        let epochs_before = epoch - 1.0;
        let step = Some(self.steps_before + bar.step);
        let in_epoch = Some(StepInEpoch { epochs_before, step: bar.step, of: bar.of });
        let done = bar.of.filter(|_| !bar.validates()).map_or(epoch, |of| epochs_before + bar.step / of);
        RawRow { epoch: Some(done), step, in_epoch, metrics: bar.metrics.clone(), ..RawRow::default() }
    }

    /// A row of an evaluation at the end of the current epoch, or where the training is.
    fn evaluation(&self, metrics: NamedValues) -> RawRow {
        let named = |name: String| {
            if normal_name(&name).starts_with("val_") { name } else { format!("val_{name}") }
        };
        let metrics = metrics.into_iter().map(|(name, value)| (named(name), value)).collect();
        let under_way = self.step.zip(self.of).filter(|(step, of)| step < of);
        let step = self.step.filter(|_| self.epoch.is_none() || under_way.is_some());
        let part =
            under_way.map_or(0.0, |(step, of)| 1.0 - step / self.whole.map_or(of, |whole| of.max(whole)));
        let (epoch, step) = (self.epoch.map(|epoch| epoch - part), step.map(|step| self.steps_before + step));
        RawRow { epoch, step, metrics, ..RawRow::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (step, epoch, names of metrics) of each row.
    fn rows(lines: &[&str]) -> Vec<(Option<f64>, Option<f64>, String)> {
        let mut keras = Bars::new("val_loss");
        let names =
            |row: &RawRow| row.metrics.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
        lines.iter().flat_map(|line| keras.read(line)).map(|row| (row.step, row.epoch, names(&row))).collect()
    }

    fn row(step: f64, epoch: f64, names: &str) -> (Option<f64>, Option<f64>, String) {
        (Some(step), Some(epoch), names.to_owned())
    }

    /// The running mean of an epoch would count as a validation, or the second epoch as the first.
    #[test]
    fn bars_within_and_at_the_end_of_an_epoch() {
        let lines = [
            "Epoch 1/2",
            "  1/100 ━━━━━━━━━━━━━━━━━━━━ 10s 100ms/step - loss: 2.3000",
            "\u{8}\u{8}\u{8} 50/100 ━━━━━━━━━━━━━━━━━━━━ 5s 100ms/step - loss: 1.2\u{8}\u{8}",
            "100/100 ━━━━━━━━━━━━━━━━━━━━ 0s 100ms/step - loss: 0.6",
            "100/100 ━━━━━━━━━━━━━━━━━━━━ 12s 100ms/step - loss: 0.5 - val_loss: 0.4",
            "Epoch 2/2",
            "100/100 - 3s - 30ms/step - accuracy: 0.9000 - loss: 1.0000e-04 - val_accuracy: 0.8 - val_loss: 0.3",
            "313/313 ━━━━━━━━━━━━━━━━━━━━ 0s 1ms/step - loss: 0.09",
        ];
        let want = [
            row(1.0, 0.01, "loss"),
            row(50.0, 0.5, "loss"),
            row(100.0, 1.0, "loss"),
            row(100.0, 1.0, "loss val_loss"),
            row(200.0, 2.0, "accuracy loss val_accuracy val_loss"),
        ];
        assert_eq!(rows(&lines), want);
    }

    /// The results of a program without validation data that calls `evaluate` would be lost.
    #[test]
    fn evaluate_counts_where_fit_does_not_validate() {
        let fit = [
            "Epoch 1/2",
            "10/10 [======] - 3s 1ms/step - loss: 0.5",
            "Epoch 2/2",
            "10/10 [======] - 3s 1ms/step - loss: 0.4",
        ];
        let evaluate =
            ["1/4 [>.....] - ETA: 0s - loss: 0.3", "4/4 [======] - 0s 1ms/step - loss: 0.3 - accuracy: 0.9"];
        let rows = rows(&[&fit[..], &evaluate].concat());
        assert_eq!(rows[..2], [row(10.0, 1.0, "loss"), row(20.0, 2.0, "loss")]);
        assert_eq!(rows[2..], [(None, Some(2.0), "val_loss val_accuracy".to_owned())]);
    }

    /// With `verbose=2` only the end of the bar of `evaluate` is printed.
    #[test]
    fn evaluate_may_have_more_steps_than_fit() {
        let lines = ["Epoch 1/2", "10/10 - 3s - 1ms/step - loss: 0.5", "20/20 - 0s - 1ms/step - loss: 0.3"];
        assert_eq!(rows(&lines), [row(10.0, 1.0, "loss"), (None, Some(1.0), "val_loss".to_owned())]);
    }

    #[test]
    fn fits_of_one_epoch_print_no_header() {
        let fit = ["5/10 ━━━━ 3s 1ms/step - loss: 0.5", "10/10 ━━━━ 3s 1ms/step - loss: 0.5 - val_loss: 0.4"];
        assert_eq!(
            rows(&[fit, fit].concat()),
            [row(10.0, 1.0, "loss val_loss"), row(20.0, 2.0, "loss val_loss")]
        );
        assert_eq!(rows(&["10/10 ━━━━ 3s 1ms/step - loss: 0.5"]), []);
    }

    #[test]
    fn the_first_epoch_over_a_generator_has_no_end() {
        let lines = [
            "Epoch 1/2",
            "     10/Unknown 3s 1ms/step - loss: 0.5",
            "     12/Unknown 3s 1ms/step - loss: 0.5 - val_loss: 0.4",
        ];
        assert_eq!(rows(&lines), [row(12.0, 1.0, "loss val_loss")]);
    }

    /// (step, epoch, names and values of metrics) of each row.
    fn values(lines: &[&str]) -> Vec<(Option<f64>, Option<f64>, String)> {
        let mut bars = Bars::new("val_loss");
        let names = |row: &RawRow| {
            row.metrics.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        let rows = lines.iter().flat_map(|line| bars.read(line));
        rows.map(|row| (row.step, row.epoch, names(&row))).collect()
    }

    /// The last evaluation would count again at each state of the next epoch.
    #[test]
    fn a_bar_repeats_its_last_evaluation() {
        let lines = [
            "Epoch 0:  50%|████▌     | 2/4 [00:12<00:15, 36.00it/s, v_num=0, train_loss=0.9]",
            "Epoch 0: 100%|████▌     | 4/4 [00:12<00:15, 36.00it/s, v_num=0, train_loss=0.8, val_loss=0.7]",
            "Epoch 1:  50%|████▌     | 2/4 [00:12<00:15, 36.00it/s, v_num=0, train_loss=0.6, val_loss=0.7]",
            "Epoch 1: 100%|████▌     | 4/4 [00:12<00:15, 36.00it/s, v_num=0, train_loss=0.5, val_loss=0.7]",
            "Epoch 2:   0%|████▌     | 0/4 [00:12<00:15, 36.00it/s, v_num=0, train_loss=0.5, val_loss=0.4]",
        ];
        let want = [
            row(2.0, 0.5, "train_loss=0.9"),
            row(4.0, 1.0, "train_loss=0.8 val_loss=0.7"),
            row(6.0, 1.5, "train_loss=0.6"),
            row(8.0, 2.0, "train_loss=0.5"),
            row(8.0, 2.0, "val_loss=0.4"),
            row(8.0, 2.0, "train_loss=0.5"),
        ];
        assert_eq!(values(&lines), want);
    }

    /// Each state would be an epoch.
    #[test]
    fn a_bar_may_validate_on_its_way() {
        let lines = [
            "1/3 ━━━ 2ms/step - loss: 2 - val_loss: 3",
            "2/3 ━━━ 2ms/step - loss: 1 - val_loss: 2",
            "3/3 ━━━ 2ms/step - loss: 0 - val_loss: 1",
        ];
        let steps: Vec<_> = values(&lines).into_iter().map(|(step, epoch, _)| (step, epoch)).collect();
        assert_eq!(steps, [(Some(1.0), None), (Some(2.0), None), (Some(3.0), None)]);
    }

    /// Each epoch would be a step, or have the metrics of the one before.
    #[test]
    fn a_bar_over_epochs_counts_them() {
        let bar = |n: u32, x: &str| format!("Epochs:  20%|██   | {n}/10 [00:01<00:04,  1.5s/it, loss={x}]");
        let epochs = |states: &[(u32, &str)]| {
            let lines: Vec<String> = states.iter().map(|(n, x)| bar(*n, x)).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            values(&lines).into_iter().map(|(_, epoch, text)| (epoch.unwrap(), text)).collect::<Vec<_>>()
        };
        let want = [(1.0, "loss=0.5".to_owned()), (2.0, "loss=0.4".to_owned())];
        assert_eq!(epochs(&[(0, "0.5"), (1, "0.5"), (1, "0.4"), (2, "0.4")]), want);
        assert_eq!(epochs(&[(1, "0.5"), (1, "0.5"), (2, "0.4")]), want);
    }

    /// The training would be lost at its first evaluation.
    #[test]
    fn bars_may_stand_beside_each_other() {
        let lines = [
            "Epoch 0:  50%|██   | 2/4 [00:01<00:04,  1.5it/s, loss=0.9]",
            "Reading:  50%|██   | 1/3 [00:01<00:04,  1.5it/s, loss=7]",
            "Evaluating: 100%|██   | 3/3 [00:01<00:04,  1.5it/s, loss=0.8]",
            "Epoch 0:  75%|██   | 3/4 [00:01<00:04,  1.5it/s, loss=0.7]",
            "Epoch 0: 100%|██   | 4/4 [00:01<00:04,  1.5it/s, loss=0.6]",
            "Evaluating: 100%|██   | 3/3 [00:01<00:04,  1.5it/s, loss=0.5]",
        ];
        let want = [
            row(2.0, 0.5, "loss=0.9"),
            row(2.0, 0.5, "Evaluating loss=0.8"),
            row(3.0, 0.75, "loss=0.7"),
            row(4.0, 1.0, "loss=0.6"),
            (None, Some(1.0), "Evaluating loss=0.5".to_owned()),
        ];
        assert_eq!(values(&lines), want);
    }

    /// A value that is not there yet would be a run that diverged.
    #[test]
    fn a_bar_without_epochs_is_that_of_the_training() {
        let lines = [
            "loss:   2.30 test_accuracy:   nan%:   1%|   | 1/70 [00:00<00:70,  1.02it/s]",
            "loss:   1.50 test_accuracy:   50.0%:  14%|   | 10/70 [00:00<00:70,  1.02it/s]",
            "loss:   1.40 test_accuracy:   50.0%:  16%|   | 11/70 [00:00<00:70,  1.02it/s]",
            "Validation:  50%|███   | 1/2 [00:00<00:70,  1.02it/s, loss=9]",
            "Validation: 100%|███   | 2/2 [00:00<00:70,  1.02it/s, loss=0.5]",
        ];
        let at = |step: f64, names: &str| (Some(step), None, names.to_owned());
        let want = [
            at(1.0, "loss=2.3"),
            at(10.0, "loss=1.5 test_accuracy=0.5"),
            at(11.0, "loss=1.4"),
            at(11.0, "Validation loss=0.5"),
        ];
        assert_eq!(values(&lines), want);
    }

    /// The evaluation after each epoch would be training.
    #[test]
    fn a_second_bar_of_an_epoch_evaluates() {
        let lines = [
            "Epoch: 0",
            " [===>...]  Step: 50ms | Loss: 0.9 | Acc: 60.0% (60/100)  4/4 ",
            " [=>.....]  Step: 50ms | Loss: 0.9 | Acc: 10.0% (1/10)  1/2 ",
            " [======>]  Step: 50ms | Loss: 0.8 | Acc: 70.0% (14/20)  2/2 ",
            "Epoch: 1",
            " [===>...]  Step: 50ms | Loss: 0.7 | Acc: 75.0% (60/100)  2/4 ",
        ];
        let want = [
            row(4.0, 1.0, "Loss=0.9 Acc=0.6"),
            (None, Some(1.0), "val_Loss=0.8 val_Acc=0.7".to_owned()),
            row(6.0, 1.5, "Loss=0.7 Acc=0.75"),
        ];
        assert_eq!(values(&lines), want);
    }
}
