//! Keras' progress bars, of Keras 3 and 2, with `verbose=1` and `verbose=2`:
//!
//! ```text
//! Epoch 1/5
//! 1875/1875 ━━━━━━━━━━━━━━━━━━━━ 3s 1ms/step - accuracy: 0.87 - loss: 0.45 - val_accuracy: 0.95 - val_loss: 0.16
//! 1875/1875 [==============================] - 3s 1ms/step - loss: 0.45 - accuracy: 0.87
//! 1875/1875 - 3s - 1ms/step - accuracy: 0.87 - loss: 0.45
//! ```
//!
//! - `Epoch i/n` counts from 1; the bar gives the steps of an epoch. A bar within an epoch is a row
//!   of the training metrics, averaged over the epoch so far.
//! - A fit of one epoch prints no header. Its bar has a `val_` metric, which the bar of `evaluate`
//!   has not, and counts as one more epoch.
//! - A bar that starts again after the end of an epoch, or has another number of steps, belongs to
//!   `evaluate`. Its metrics get `val_` if the fit itself does not validate. Otherwise it is
//!   ignored, because then it is about the test split.
//!
//! Left out: seconds, which are those of one epoch, rounded; Keras before 2.3, whose bars counted
//! samples and called them steps.

use crate::read::format::LineFormat;
use crate::read::formats::epochs::EpochCounter;
use crate::read::row::RawRow;
use crate::read::source::RowSource;

/// See the documentation of this file.
#[derive(Debug, Default)]
pub(crate) struct Keras {
    epochs: EpochCounter,
    /// Epochs done at the end of the current epoch, or of the last one between two epochs.
    epoch: Option<f64>,
    /// Steps done in the current epoch; `None` between two epochs.
    step: Option<u64>,
    /// Total number of steps of the last bar.
    of: Option<u64>,
    /// Whether the fit itself validates.
    validates: bool,
}

/// One state of a progress bar.
struct Bar {
    step: u64,
    /// Steps of the epoch; unknown in the first epoch over a generator.
    of: Option<u64>,
    metrics: Vec<(String, f64)>,
}

impl LineFormat for Keras {
    fn source(&self) -> RowSource {
        RowSource::Keras
    }

    fn read(&mut self, line: &str) -> Option<RawRow> {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        if let Some(number) = header(line) {
            self.epoch = Some(self.epochs.done_after(number as f64 - 1.0));
            self.step = Some(0);
            return None;
        }
        let bar = bar(line)?;
        let validated = bar.metrics.iter().any(|(name, _)| name.starts_with("val_"));
        self.validates |= validated;
        if self.step.is_none() && validated {
            self.epoch = Some(self.epoch.unwrap_or(0.0) + 1.0);
        }
        let row = self.row(bar, validated);
        self.step = self.step.filter(|_| !validated);
        row
    }
}

impl Keras {
    fn row(&mut self, bar: Bar, validated: bool) -> Option<RawRow> {
        let epoch = self.epoch?;
        let ended = bar.of == Some(bar.step);
        if validated {
            return Some(positioned(epoch, epoch - 1.0, bar));
        }
        self.step = self.step.filter(|&step| step <= bar.step && (step == 0 || self.of == bar.of));
        self.of = bar.of;
        if self.step.is_some() {
            self.step = Some(bar.step);
            return bar.of.map(|of| positioned(epoch - 1.0 + bar.step as f64 / of as f64, epoch - 1.0, bar));
        }
        (ended && !self.validates).then(|| evaluation(epoch, bar.metrics))
    }
}

/// A row of the fit; `before` is the number of epochs done before the epoch of the bar.
fn positioned(epoch: f64, before: f64, bar: Bar) -> RawRow {
    let step = bar.of.or((before == 0.0).then_some(bar.step)).map(|of| before * of as f64 + bar.step as f64);
    RawRow { epoch: Some(epoch), step, metrics: bar.metrics, ..RawRow::default() }
}

fn evaluation(epoch: f64, metrics: Vec<(String, f64)>) -> RawRow {
    let metrics = metrics.into_iter().map(|(name, value)| (format!("val_{name}"), value)).collect();
    RawRow { epoch: Some(epoch), metrics, ..RawRow::default() }
}

/// The number of `Epoch 1/5`.
fn header(line: &str) -> Option<u64> {
    let (number, of) = line.strip_prefix("Epoch ")?.split_once('/')?;
    let (number, of): (u64, u64) = (number.parse().ok()?, of.parse().ok()?);
    (1..=of).contains(&number).then_some(number)
}

fn bar(line: &str) -> Option<Bar> {
    line.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    let mut parts = line.split(" - ");
    let (step, rest) = parts.next()?.split_once('/')?;
    let of = rest.split_whitespace().next()?;
    let of = if of == "Unknown" { None } else { Some(of.parse().ok().filter(|&of| of > 0)?) };
    let metrics: Vec<_> = parts.filter_map(metric).collect();
    (!metrics.is_empty()).then_some(Bar { step: step.parse().ok()?, of, metrics })
}

fn metric(part: &str) -> Option<(String, f64)> {
    let (name, value) = part.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (step, epoch, names of metrics) of each row.
    fn rows(lines: &[&str]) -> Vec<(Option<f64>, Option<f64>, String)> {
        let mut keras = Keras::default();
        let names =
            |row: &RawRow| row.metrics.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
        lines
            .iter()
            .filter_map(|line| keras.read(line))
            .map(|row| (row.step, row.epoch, names(&row)))
            .collect()
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
}
