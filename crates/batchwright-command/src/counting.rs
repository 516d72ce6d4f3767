//! Counts the samples, steps and epochs of one training from the coordinates that its rows give,
//! and learns from them how many steps the program makes of an epoch.
//!
//! Two things are not in a single row. Some programs number the steps of each epoch from the start:
//! where a step falls back while the epoch grows, the steps before count too. And with a batch size
//! that does not divide the training split a program uses the short last batch, or drops it: ten
//! steps of 64 out of 100 samples are 500 samples or 640. Its steps per epoch tell which.
//!
//! Left out: what a row without a position means (`rows`).

use crate::read::position::{PositionError, RowPosition, batching};
use crate::read::row::Row;

/// A whole number of epochs may be rounded by this.
const ROUNDED: f64 = 1e-6;

/// Counts the rows of one training.
#[derive(Debug)]
pub(crate) struct Counting {
    batch_size: u64,
    /// The number of training samples, where the user gave it.
    train_samples: Option<u64>,
    /// The metric of the target where it is no training loss: its rows come at the end of an epoch, others
    /// somewhere in it.
    metric: Option<String>,
    /// Steps before the epoch of the last row, where steps are numbered within the epoch.
    before: f64,
    /// Whether an epoch starts with step 0, so that its last step has the number of its steps less 1.
    from_zero: bool,
    last: Option<Seen>,
    /// The last row of the metric that ended an epoch: (steps so far, epochs so far).
    evaluated: Option<(f64, f64)>,
    steps_per_epoch: Option<f64>,
}

/// A row with a step and an epoch, as it was reported.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    step: f64,
    epoch: f64,
    names: Vec<String>,
    /// Whether it carries the metric.
    ends_epoch: bool,
}

impl Counting {
    pub(crate) fn new(batch_size: u64, train_samples: Option<u64>, metric: &str) -> Self {
        let (before, from_zero, last, evaluated, steps_per_epoch) = Default::default();
        let metric = (!metric.starts_with("train_")).then(|| metric.to_owned());
        Self { batch_size, train_samples, metric, before, from_zero, last, evaluated, steps_per_epoch }
    }

    /// The position of the next row.
    ///
    /// # Errors
    /// The row has none.
    pub(crate) fn place(&mut self, row: &Row) -> Result<RowPosition, PositionError> {
        let named = step_and_epoch(row);
        let step = named.map(|(step, epoch)| self.since_start(step, epoch, row));
        let counted = Row { step, ..row.clone() };
        if let (Some(step), Some((_, Some(epoch)))) = (step, named) {
            self.learn(step, epoch, row);
        }
        // Some programs say it: `step 100/422`.
        self.steps_per_epoch = row.in_epoch.and_then(|place| place.of).or(self.steps_per_epoch);
        let batching = batching(self.batch_size, self.train_samples, self.drops_last());
        RowPosition::counted(&counted, self.batch_size, batching.as_ref())
    }

    /// Steps that the program makes of an epoch, as far as its rows show.
    pub(crate) fn steps_per_epoch(&self) -> Option<f64> {
        self.steps_per_epoch
    }

    /// Steps since the start of the training.
    fn since_start(&mut self, step: f64, epoch: Option<f64>, row: &Row) -> f64 {
        let Some(epoch) = epoch else { return self.before + step };
        let ends_epoch = self.is_evaluation(row);
        let seen = Seen { step, epoch, names: row.metrics.keys().cloned().collect(), ends_epoch };
        match &self.last {
            Some(last) if starts_again(last, &seen) => {
                let length = self.length_of_epoch(last);
                self.steps_per_epoch = Some(length);
                self.before += length * (epoch.floor() - last.epoch.floor());
                self.from_zero = step == 0.0;
            }
            Some(_) => {}
            None => self.from_zero = step == 0.0,
        }
        self.last = Some(seen);
        self.before + step
    }

    /// The steps of the epoch that ended with this row. A row of the metric, and one that counted on
    /// to where an epoch can end, stand at its end; other rows stand anywhere.
    fn length_of_epoch(&self, last: &Seen) -> f64 {
        let seen = last.step + f64::from(u8::from(self.from_zero));
        let of = |drop_last| batching(self.batch_size, self.train_samples, drop_last);
        let possible = |drop_last| of(drop_last).map(|batching| batching.steps_per_epoch() as f64);
        let Some(most) = possible(false).filter(|most| !last.ends_epoch && seen < *most) else {
            return seen.max(self.steps_per_epoch.unwrap_or(0.0));
        };
        self.steps_per_epoch.or(possible(true).filter(|least| seen == *least)).unwrap_or(most)
    }

    /// Learns the steps of an epoch from two evaluations that are whole epochs apart; from the first
    /// one only where it is one of the two numbers that are possible, as its epoch may count from 0.
    fn learn(&mut self, steps: f64, epochs: f64, row: &Row) {
        if !self.is_evaluation(row) || (epochs - epochs.round()).abs() > ROUNDED {
            return;
        }
        let steps_per_epoch = match self.evaluated {
            Some((before, epochs_before)) if epochs - epochs_before >= 1.0 - ROUNDED => {
                Some((steps - before) / (epochs - epochs_before))
            }
            Some(_) => return,
            None => Some(steps / epochs).filter(|steps| self.is_possible(*steps)),
        };
        self.evaluated = Some((steps, epochs));
        let learnt = steps_per_epoch.filter(|steps| steps.is_finite() && *steps > 0.0);
        self.steps_per_epoch = learnt.or(self.steps_per_epoch);
    }

    fn is_evaluation(&self, row: &Row) -> bool {
        self.metric.as_ref().is_some_and(|metric| row.metrics.contains_key(metric))
    }

    fn is_possible(&self, steps_per_epoch: f64) -> bool {
        [false, true].into_iter().any(|drop_last| {
            let batching = batching(self.batch_size, self.train_samples, drop_last);
            batching.is_some_and(|batching| batching.steps_per_epoch() as f64 == steps_per_epoch)
        })
    }

    /// Whether the program leaves out the short last batch of an epoch.
    fn drops_last(&self) -> bool {
        let steps = |drop_last| {
            batching(self.batch_size, self.train_samples, drop_last)
                .map(|batching| batching.steps_per_epoch() as f64)
        };
        self.steps_per_epoch.is_some() && self.steps_per_epoch == steps(true) && steps(true) != steps(false)
    }
}

/// The step that a row names and its epoch. A step within an epoch of unknown length is one that may
/// start again with each epoch.
fn step_and_epoch(row: &Row) -> Option<(f64, Option<f64>)> {
    let within = row.in_epoch.filter(|place| place.of.is_none()).map(|it| (it.step, Some(it.epochs_before)));
    row.step.map(|step| (step, row.epoch)).or(within)
}

/// Whether steps are numbered from the start again: they fall back, or rows of the same metrics stand at
/// the same step, while the number of the epoch grows.
fn starts_again(last: &Seen, next: &Seen) -> bool {
    let another_epoch = next.epoch.floor() > last.epoch.floor();
    let same_place = next.step == last.step && next.names == last.names && next.epoch.fract() == 0.0;
    another_epoch && (next.step < last.step || same_place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::row::StepInEpoch;
    use crate::read::source::RowSource;

    fn row(epoch: Option<f64>, step: Option<f64>, metric: &str) -> Row {
        let metrics = [(metric.to_owned(), 1.0)].into();
        let (samples, in_epoch, seconds, learning_rate) = Default::default();
        Row { source: RowSource::Json, step, epoch, samples, in_epoch, seconds, learning_rate, metrics }
    }

    /// (steps, samples) of rows with (epoch, step, metric).
    fn counted(samples: Option<u64>, rows: &[(f64, f64, &str)]) -> Vec<(u64, u64)> {
        let mut counting = Counting::new(64, samples, "val_loss");
        let place = |&(epoch, step, metric): &(f64, f64, &str)| {
            let position = counting.place(&row(Some(epoch), Some(step), metric)).unwrap();
            (position.step, position.samples)
        };
        rows.iter().map(place).collect()
    }

    /// From the second epoch on every row would stand at the end of the first.
    #[test]
    fn steps_that_fall_back_in_a_growing_epoch_count_within_it() {
        let train = |epoch, step| (epoch, step, "train_loss");
        let rows = [train(1.0, 10.0), train(1.0, 20.0), train(2.0, 10.0), train(2.0, 20.0), train(4.0, 10.0)];
        let steps: Vec<_> = counted(None, &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [10, 20, 30, 40, 70], "the last step that was seen is the best guess");
        // 1,600 samples are 25 steps an epoch, though only every tenth is printed.
        let steps: Vec<_> = counted(Some(1600), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [10, 20, 35, 45, 85]);
        // An evaluation stands at the end, whatever the number of samples promises.
        let rows = [(1.0, 20.0, "val_loss"), (2.0, 20.0, "val_loss"), (3.0, 20.0, "val_loss")];
        let steps: Vec<_> = counted(Some(1600), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [20, 40, 60]);
    }

    /// `epoch 2, batch 10`, without a number of samples: the rows would have no place.
    #[test]
    fn batches_within_an_epoch_of_unknown_length_count_on() {
        let mut counting = Counting::new(64, None, "val_loss");
        let mut place = |epochs_before, step| {
            let in_epoch = Some(StepInEpoch { epochs_before, step, of: None });
            counting.place(&Row { in_epoch, ..row(None, None, "train_loss") }).unwrap().step
        };
        assert_eq!([place(0.0, 10.0), place(0.0, 20.0), place(1.0, 10.0)], [10, 20, 30]);
    }

    /// A line that names epoch and step of an evaluation at its end, where steps go on.
    #[test]
    fn steps_that_go_on_over_epochs_do() {
        let rows = [(1.0, 120.0, "val_loss"), (2.0, 240.0, "val_loss"), (3.0, 360.0, "val_loss")];
        let steps: Vec<_> = counted(Some(60_000), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [120, 240, 360]);
    }

    /// A training row that carries the old number of the epoch and an evaluation that carries the new
    /// one stand at one step.
    #[test]
    fn an_evaluation_at_the_step_of_a_training_row_starts_nothing_again() {
        let rows = [
            (0.0, 25.0, "train_loss"),
            (1.0, 25.0, "val_loss"),
            (1.0, 50.0, "train_loss"),
            (2.0, 50.0, "val_loss"),
        ];
        let steps: Vec<_> = counted(Some(1600), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [25, 25, 50, 50]);
    }

    /// The last step of an epoch would be missing from every later row.
    #[test]
    fn steps_may_be_numbered_from_zero() {
        let rows = [(0.0, 0.0, "train_loss"), (0.0, 24.0, "train_loss"), (1.0, 0.0, "train_loss")];
        assert_eq!(counted(Some(1600), &rows)[2].0, 25);
        assert_eq!(counted(None, &rows)[2].0, 25);
    }

    /// 100 samples at batch size 64: ten steps are 500 samples, or 640 where the short batch is
    /// dropped.
    #[test]
    fn whether_the_short_last_batch_is_used_shows_in_the_steps_per_epoch() {
        let last = |rows: &[(f64, f64, &str)]| counted(Some(100), rows).last().unwrap().1;
        assert_eq!(last(&[(5.0, 10.0, "val_loss")]), 500);
        assert_eq!(last(&[(10.0, 10.0, "val_loss")]), 640);
        assert_eq!(last(&[(4.0, 8.0, "val_loss"), (5.0, 10.0, "val_loss")]), 500);
        assert_eq!(last(&[(8.0, 8.0, "val_loss"), (9.0, 9.0, "val_loss")]), 576);
        // Epochs from 0: the first row shows nothing yet, and no two rows contradict each other.
        assert_eq!(last(&[(0.0, 1.0, "val_loss"), (1.0, 2.0, "val_loss"), (2.0, 3.0, "val_loss")]), 192);
        // Steps of another length than both: several devices, or a size that is not used.
        let mut counting = Counting::new(16, Some(54_000), "val_loss");
        for epoch in [1.0, 2.0] {
            counting.place(&row(Some(epoch), Some(422.0 * epoch), "val_loss")).unwrap();
        }
        assert_eq!((counting.steps_per_epoch(), counting.drops_last()), (Some(422.0), false));
    }

    /// Steps alone say nothing about epochs.
    #[test]
    fn steps_that_fall_back_without_an_epoch_stay_what_they_are() {
        let mut counting = Counting::new(64, None, "val_loss");
        let mut step =
            |step| counting.place(&row(None, Some(step), "val_loss")).map(|position| position.step);
        assert_eq!((step(30.0), step(10.0)), (Ok(30), Ok(10)));
    }
}
