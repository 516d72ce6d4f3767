//! Where an evaluation stands that does not say so itself: the place is on another line, before or
//! after it.
//!
//! ```text
//! Epoch 1: train loss 0.9        val loss 0.8
//! val loss 0.8                   Epoch 1: train loss 0.9
//! Epoch 2: train loss 0.7        val loss 0.6
//! val loss 0.6                   Epoch 2: train loss 0.7
//! ```
//!
//! Which of the two it is shows at the first evaluation: if no place was named before it, each
//! evaluation waits for the next line that reports on training. A heading alone (`Epoch 1/10`) does
//! not end an epoch: an evaluation before it was made before the training.
//!
//! Left out: how a line is read (`sentence`).

use crate::read::formats::plain::sentence::Sentence;
use crate::read::row::RawRow;

/// The places that the lines of a program name, and the evaluations that wait for one.
#[derive(Debug, Default)]
pub(crate) struct Places {
    last: LastPlace,
    /// Whether evaluations come before the line that names their place; not known at first.
    come_before: Option<bool>,
    waiting: Vec<RawRow>,
    /// Whether a training row of step 0 was seen: then step i is the one after i updates.
    steps_from_zero: bool,
}

/// The place that was named last.
#[derive(Debug, Clone, Copy, Default)]
enum LastPlace {
    #[default]
    None,
    /// Epochs done at its end.
    Epoch(f64),
    Step(f64),
}

impl Places {
    /// Takes the place that a line names, if it names one; `training` is that of its training row.
    /// Gives the evaluations that waited for it.
    pub(crate) fn named(
        &mut self,
        sentence: &Sentence,
        training: Option<&RawRow>,
        validates: bool,
    ) -> Vec<RawRow> {
        let step = sentence.global_step.or(sentence.step);
        let place = match (sentence.epoch, step) {
            (Some(_), Some(step)) if sentence.global_step.is_some() => LastPlace::Step(step),
            (Some(epoch), _) => LastPlace::Epoch(epoch),
            (None, Some(step)) => LastPlace::Step(step),
            (None, None) => return Vec::new(),
        };
        let reports = !sentence.metrics.is_empty();
        self.steps_from_zero |= reports && !validates && step == Some(0.0) && sentence.epoch.is_none();
        let released = match training {
            _ if self.waiting.is_empty() => Vec::new(),
            _ if !reports && self.come_before == Some(true) => Vec::new(),
            Some(place) if reports && !validates => {
                let whole_epoch = sentence.epoch.is_none() || place.epoch == sentence.epoch;
                self.come_before.get_or_insert(whole_epoch);
                self.release(place)
            }
            _ => {
                self.come_before.get_or_insert(false);
                let before = sentence.epoch.map(|epoch| epoch - 1.0);
                self.release(&RawRow {
                    epoch: before,
                    step: step.filter(|_| before.is_none()),
                    ..RawRow::default()
                })
            }
        };
        self.last = place;
        released
    }

    /// Takes an evaluation whose line names no place; gives what can be placed now.
    pub(crate) fn unplaced(&mut self, row: RawRow) -> Vec<RawRow> {
        let known = !matches!(self.last, LastPlace::None);
        if known && self.come_before != Some(true) {
            self.come_before = Some(false);
            let place = self.last_place();
            return vec![RawRow { metrics: row.metrics, ..place }];
        }
        // A program that never names a place would be kept for ever.
        let repeated = self
            .waiting
            .iter()
            .flat_map(|row| &row.metrics)
            .any(|(name, _)| row.metrics.iter().any(|(new, _)| new == name));
        let released = if repeated { std::mem::take(&mut self.waiting) } else { Vec::new() };
        self.waiting.push(row);
        released
    }

    /// What still waits when the program has ended.
    pub(crate) fn finish(&mut self) -> Vec<RawRow> {
        let place = self.last_place();
        self.release(&place)
    }

    fn release(&mut self, place: &RawRow) -> Vec<RawRow> {
        let placed = |row: RawRow| RawRow { metrics: row.metrics, ..place.clone() };
        std::mem::take(&mut self.waiting).into_iter().map(placed).collect()
    }

    /// The end of the epoch or step that was named last.
    fn last_place(&self) -> RawRow {
        match self.last {
            LastPlace::None => RawRow::default(),
            LastPlace::Epoch(epoch) => RawRow { epoch: Some(epoch), ..RawRow::default() },
            LastPlace::Step(step) => {
                let step = Some(step + f64::from(u8::from(self.steps_from_zero)));
                RawRow { step, ..RawRow::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::read::format::LineFormat;
    use crate::read::formats::plain::Plain;

    /// (step, epoch, value) of each row of the validation loss.
    fn places(lines: &[&str]) -> Vec<(Option<f64>, Option<f64>, f64)> {
        let mut plain = Plain::new("val_loss");
        let mut rows: Vec<_> = lines.iter().flat_map(|line| plain.read(line)).collect();
        rows.extend(plain.finish());
        let validation = rows.iter().filter(|row| row.metrics[0].0 == "val loss");
        validation.map(|row| (row.step, row.epoch, row.metrics[0].1)).collect()
    }

    /// Each evaluation would count for the epoch before its own.
    #[test]
    fn an_evaluation_may_come_before_or_after_its_epoch() {
        let (first, second) = ("Epoch 1: train loss 0.9", "Epoch 2: train loss 0.7");
        let epochs = [(None, Some(1.0), 0.8), (None, Some(2.0), 0.6)];
        assert_eq!(places(&[first, "val loss 0.8", second, "val loss 0.6"]), epochs);
        assert_eq!(places(&["val loss 0.8", first, "val loss 0.6", second]), epochs);
    }

    /// The loss of the untrained network would count as that after an epoch.
    #[test]
    fn an_evaluation_before_the_training_is_at_its_start() {
        let lines =
            ["val loss 2.3", "Epoch 1/2", "train loss 0.9", "val loss 0.8", "Epoch 2/2", "val loss 0.6"];
        let want = [(None, Some(0.0), 2.3), (None, Some(1.0), 0.8), (None, Some(2.0), 0.6)];
        assert_eq!(places(&lines), want);
        let lines = [
            "val loss 4.5",
            "step 0: train loss 4.5",
            "step 1: train loss 4.1",
            "val loss 3.9",
            "step 2: train loss 3.9",
        ];
        assert_eq!(places(&lines), [(Some(0.0), None, 4.5), (Some(2.0), None, 3.9)]);
    }

    /// The only number of a program would be lost, or those of one without places kept for ever.
    #[test]
    fn without_any_place_there_is_none() {
        assert_eq!(places(&["val loss 0.5"]), [(None, None, 0.5)]);
        assert_eq!(places(&["val loss 0.5", "val loss 0.4"]), [(None, None, 0.5), (None, None, 0.4)]);
    }
}
