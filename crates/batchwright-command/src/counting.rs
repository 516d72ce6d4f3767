//! Counts the samples, steps and epochs of one training from the coordinates that its rows give,
//! and learns from them how many steps the program makes of an epoch.
//!
//! Two things are not in a single row. Some programs number the steps of each epoch from the start:
//! where a step falls back while the epoch grows, the steps before count too. And with a batch size
//! that does not divide the training split a program uses the short last batch, or drops it: ten
//! steps of 64 out of 100 samples are 500 samples or 640. Its steps per epoch tell which.
//!
//! The number of an epoch may be that of the current one or of those done, counted from 0 or from 1,
//! and an evaluation may come anywhere in it. So two rows only bound the steps of an epoch, the closer
//! the further they are apart; a program that says them, or starts again, shows them exactly.
//!
//! Left out: what a row without a position means (`rows`).

use crate::read::position::{PositionError, RowPosition, batching};
use crate::read::row::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Epochs by which a whole number of an epoch may be off, and by which a fraction may be rounded.
const OFF: f64 = 1.0;
const ROUNDED: f64 = 0.02;
/// So many equal distances of evaluations are no chance.
const FEWEST_DISTANCES: u32 = 2;

/// Counts the rows of one training.
#[derive(Debug)]
pub(crate) struct Counting {
    batch_size: u64,
    /// The number of training samples, where the user gave it.
    train_samples: Option<u64>,
    /// The metric of the target where it is no training loss: its rows are evaluations.
    metric: Option<String>,
    /// Steps before the current epoch, where steps are numbered within the epoch.
    before: f64,
    /// Whether an epoch starts with step 0, so that its last step has the number of its steps less 1.
    from_zero: bool,
    epoch: Option<CurrentEpoch>,
    /// The last step of the rows with these metrics, and its epoch.
    last_of: BTreeMap<Vec<String>, (f64, f64)>,
    /// Steps and epochs of the first row with both.
    first: Option<(f64, f64)>,
    steps_per_epoch: Option<StepsPerEpoch>,
    /// Steps of the longest epoch that was seen to end.
    longest: f64,
    /// The number of the first epoch that was seen.
    first_epoch: Option<f64>,
    looks: Looks,
}

/// Evaluations, as long as each stands one epoch and as many steps after the one before.
#[derive(Debug, Default)]
struct Looks {
    /// Step and epoch of the last one.
    last: Option<(f64, f64)>,
    distance: f64,
    /// How often the distance was seen.
    seen: u32,
    irregular: bool,
}

impl Looks {
    fn add(&mut self, step: f64, epoch: f64) {
        let Some((last_step, last_epoch)) = self.last.replace((step, epoch)) else { return };
        let distance = step - last_step;
        let next = epoch - last_epoch == 1.0 && distance > 0.0;
        if !next || self.seen > 0 && distance != self.distance {
            self.irregular = true;
        }
        (self.distance, self.seen) = (distance, self.seen.saturating_add(1));
    }

    /// The steps between two of them.
    fn once_an_epoch(&self) -> Option<f64> {
        (!self.irregular && self.seen >= FEWEST_DISTANCES).then_some(self.distance)
    }
}

/// The steps of an epoch: bounds, which are equal where they are known exactly, and the likeliest number
/// between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct StepsPerEpoch {
    pub(crate) least: f64,
    pub(crate) likely: f64,
    pub(crate) most: f64,
    /// The distance of evaluations that came once in each epoch, always after as many steps.
    #[serde(default)]
    pub(crate) once_an_epoch: Option<f64>,
}

impl StepsPerEpoch {
    pub(crate) fn exactly(steps: f64) -> Self {
        Self { least: steps, likely: steps, most: steps, once_an_epoch: None }
    }

    /// Whether more rows would hardly tell more.
    pub(crate) fn is_settled(self) -> bool {
        self.least == self.most || self.once_an_epoch.is_some()
    }

    pub(crate) fn may_be(self, steps: f64) -> bool {
        (self.least..=self.most).contains(&steps)
    }

    /// Both bounds; what was known loses where they contradict each other.
    fn within(self, other: Self) -> Self {
        let (least, most) = (self.least.max(other.least), self.most.min(other.most));
        if least > most {
            return other;
        }
        Self { least, likely: other.likely.clamp(least, most), most, once_an_epoch: None }
    }
}

/// The epoch of the last row, as it is numbered.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CurrentEpoch {
    number: f64,
    last_step: f64,
    starts_at_zero: bool,
    evaluations: u32,
}

impl Counting {
    pub(crate) fn new(batch_size: u64, train_samples: Option<u64>, metric: &str) -> Self {
        let (before, from_zero, epoch, last_of, first, steps_per_epoch, longest) = Default::default();
        let (first_epoch, looks) = Default::default();
        let metric = (!metric.starts_with("train_")).then(|| metric.to_owned());
        Self {
            batch_size,
            train_samples,
            metric,
            before,
            from_zero,
            epoch,
            last_of,
            first,
            steps_per_epoch,
            longest,
            first_epoch,
            looks,
        }
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
            self.learn(step, epoch);
            if step > 0.0 && self.is_evaluation(row) {
                self.looks.add(step, epoch);
            }
        }
        // Some programs say it: `step 100/422`.
        let said = row.in_epoch.and_then(|place| place.of).map(StepsPerEpoch::exactly);
        self.steps_per_epoch = said.or(self.steps_per_epoch);
        let batching = batching(self.batch_size, self.train_samples, self.drops_last());
        RowPosition::counted(&counted, self.batch_size, batching.as_ref())
    }

    /// Steps that the program makes of an epoch, as far as its rows show; `None` as long as they do not
    /// bound them from both sides.
    pub(crate) fn steps_per_epoch(&self) -> Option<StepsPerEpoch> {
        let known = self.steps_per_epoch.filter(|steps| steps.most.is_finite())?;
        Some(StepsPerEpoch { once_an_epoch: self.looks.once_an_epoch(), ..known })
    }

    fn is_evaluation(&self, row: &Row) -> bool {
        self.metric.as_ref().is_some_and(|metric| row.metrics.contains_key(metric))
    }

    /// Steps since the start of the training.
    fn since_start(&mut self, step: f64, epoch: Option<f64>, row: &Row) -> f64 {
        let Some(epoch) = epoch else { return self.before + step };
        let names: Vec<String> = row.metrics.keys().cloned().collect();
        self.first_epoch.get_or_insert(epoch);
        if let Some(last) = self.epoch.filter(|last| self.starts_again(last, step, epoch, &names)) {
            let length = self.length_of(&last);
            self.before += length * (epoch.floor() - last.number.floor());
            self.epoch = None;
            self.first = None;
        }
        self.last_of.insert(names, (step, epoch));
        let evaluation = self.is_evaluation(row);
        let new = CurrentEpoch {
            number: epoch,
            last_step: step,
            starts_at_zero: step == 0.0,
            evaluations: u32::from(evaluation),
        };
        self.epoch = Some(match self.epoch.filter(|current| current.number.floor() == epoch.floor()) {
            Some(current) => {
                self.from_zero |= current.starts_at_zero && step > 0.0;
                let evaluations = current.evaluations.saturating_add(new.evaluations);
                CurrentEpoch { last_step: step.max(current.last_step), evaluations, ..current }
            }
            None => new,
        });
        self.before + step
    }

    /// Whether steps are numbered from the start again: they fall back, or rows of the same metrics stand
    /// at the same step, while the number of the epoch grows.
    fn starts_again(&self, last: &CurrentEpoch, step: f64, epoch: f64, names: &[String]) -> bool {
        let again = |&(before, at): &(f64, f64)| before == step && at.floor() < epoch.floor();
        let may_repeat = step > 0.0 || self.has_epochs_of_one_step();
        let same_place = || epoch.fract() == 0.0 && may_repeat && self.last_of.get(names).is_some_and(again);
        epoch.floor() > last.number.floor() && (step < last.last_step || same_place())
    }

    /// The steps of the epoch that ended. With a known number of samples an epoch that seems too short
    /// was not printed to its end, unless its one evaluation stands there.
    fn length_of(&mut self, last: &CurrentEpoch) -> f64 {
        let ends_there = last.evaluations == 1;
        self.from_zero |= self.has_epochs_of_one_step() && last.last_step == 0.0;
        self.from_zero |= ends_there && self.ends_before(last.last_step);
        let seen = last.last_step + f64::from(u8::from(self.from_zero));
        let (Some(least), Some(most)) = (self.possible(true), self.possible(false)) else {
            self.longest = seen.max(self.longest);
            if ends_there {
                self.steps_per_epoch = Some(StepsPerEpoch::exactly(self.longest));
            }
            return self.longest;
        };
        if seen < least && !ends_there {
            return most;
        }
        self.steps_per_epoch = Some(StepsPerEpoch::exactly(seen));
        seen
    }

    /// Whether an epoch may have one step, as far as its samples are known.
    fn has_epochs_of_one_step(&self) -> bool {
        self.possible(true) == Some(1.0)
    }

    /// Whether the last step of an epoch seems to have the number of its steps less 1, as in programs
    /// that count epochs from 0 too.
    fn ends_before(&self, last_step: f64) -> bool {
        let may_be = |steps: Option<f64>| steps == Some(last_step + 1.0);
        self.first_epoch == Some(0.0) && (may_be(self.possible(true)) || may_be(self.possible(false)))
    }

    /// Bounds the steps of an epoch by the way from the start, and from the first row.
    fn learn(&mut self, steps: f64, epochs: f64) {
        let from_start = bounds(steps, epochs, OFF);
        let (first_steps, first_epochs) = *self.first.get_or_insert((steps, epochs));
        let whole = epochs.fract() == 0.0 && first_epochs.fract() == 0.0;
        let off = if whole { OFF } else { ROUNDED };
        let between = bounds(steps - first_steps, epochs - first_epochs, off);
        for bound in [from_start, between].into_iter().flatten() {
            let known = self.steps_per_epoch.unwrap_or(bound);
            self.steps_per_epoch = Some(known.within(bound));
        }
    }

    /// The steps of an epoch by the number of samples, with or without a short last batch.
    fn possible(&self, drop_last: bool) -> Option<f64> {
        batching(self.batch_size, self.train_samples, drop_last).map(|it| it.steps_per_epoch() as f64)
    }

    /// Whether the program leaves out the short last batch of an epoch: the only number that its rows
    /// allow. Where both are possible it is used, as most programs do, unless evaluations come once an
    /// epoch just as if it were not.
    fn drops_last(&self) -> bool {
        let (short, whole) = (self.possible(true), self.possible(false));
        if short != whole && self.looks.once_an_epoch().is_some_and(|steps| short == Some(steps)) {
            return true;
        }
        let allows = |drop_last| {
            self.steps_per_epoch.zip(self.possible(drop_last)).is_some_and(|(it, steps)| it.may_be(steps))
        };
        allows(true) && !allows(false)
    }
}

/// The steps of an epoch, if so many steps were made in so many epochs, more or less.
fn bounds(steps: f64, epochs: f64, off: f64) -> Option<StepsPerEpoch> {
    let most = if epochs > off { steps / (epochs - off) } else { f64::INFINITY };
    let (least, likely) = (steps / (epochs + off), (steps / epochs).min(most));
    (steps > 0.0 && epochs >= 0.0).then_some(StepsPerEpoch { least, likely, most, once_an_epoch: None })
}

/// The step that a row names and its epoch. A step within an epoch of unknown length is one that may
/// start again with each epoch.
fn step_and_epoch(row: &Row) -> Option<(f64, Option<f64>)> {
    let within = row.in_epoch.filter(|place| place.of.is_none()).map(|it| (it.step, Some(it.epochs_before)));
    row.step.map(|step| (step, row.epoch)).or(within)
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
        // Epochs from 0.
        let from_zero: Vec<_> =
            (0..6).map(|epoch| (epoch.into(), f64::from(epoch + 1), "val_loss")).collect();
        assert_eq!(last(&from_zero), 384);
        // Steps of another length than both: several devices, or a size that is not used.
        let mut counting = Counting::new(16, Some(54_000), "val_loss");
        for epoch in [1.0, 2.0, 3.0] {
            counting.place(&row(Some(epoch), Some(422.0 * epoch), "val_loss")).unwrap();
        }
        let steps = counting.steps_per_epoch().unwrap();
        assert!(steps.may_be(422.0) && !steps.may_be(3375.0) && !counting.drops_last(), "{steps:?}");
    }

    /// A healthy program that evaluates every k steps and prints the number of the current epoch would be
    /// told that its epochs are k steps long.
    #[test]
    fn evaluations_anywhere_in_an_epoch_only_bound_its_length() {
        for (samples, batch_size, every) in
            [(8000, 64, 100), (6000, 64, 90), (4480, 32, 100), (4480, 64, 100)]
        {
            let mut counting = Counting::new(batch_size, Some(samples), "val_loss");
            let length = samples.div_ceil(batch_size);
            for step in (every..40 * every).step_by(every as usize) {
                let epoch = (step - 1) / length;
                counting.place(&row(Some(epoch as f64), Some(step as f64), "val_loss")).unwrap();
                let steps = counting.steps_per_epoch();
                assert!(
                    steps.is_none_or(|it| it.may_be(length as f64)),
                    "{samples} {batch_size} {step} {steps:?}"
                );
            }
            assert!(counting.steps_per_epoch().is_some());
        }
    }

    /// Evaluations within an epoch whose steps start again are no end of it.
    #[test]
    fn a_last_evaluation_before_the_end_of_an_epoch_does_not_make_it_shorter() {
        let rows: Vec<_> = [1.0, 2.0, 3.0]
            .into_iter()
            .flat_map(|epoch| [25.0, 50.0, 75.0].map(|step| (epoch, step, "val_loss")))
            .collect();
        let steps: Vec<_> = counted(Some(6000), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [25, 50, 75, 119, 144, 169, 213, 238, 263], "94 steps an epoch");
    }

    /// An evaluation before the first step is no sign that steps count from 0.
    #[test]
    fn an_evaluation_before_the_training_adds_no_step() {
        let rows = [(0.0, 0.0, "val_loss"), (1.0, 40.0, "val_loss"), (2.0, 40.0, "val_loss")];
        let steps: Vec<_> = counted(Some(2560), &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [0, 40, 80]);
    }

    /// A training row and an evaluation in each epoch, both with the number of its batches.
    #[test]
    fn rows_that_take_turns_start_again_once_an_epoch() {
        let rows: Vec<_> = [1.0, 2.0, 3.0]
            .into_iter()
            .flat_map(|epoch| ["train_loss", "val_loss"].map(|metric| (epoch, 120.0, metric)))
            .collect();
        let steps: Vec<_> = counted(None, &rows).into_iter().map(|row| row.0).collect();
        assert_eq!(steps, [120, 120, 240, 240, 360, 360]);
    }

    /// `{"epoch": 0, "iter": 6}` at the end of the first of epochs with 7 batches; all rows would stand a
    /// step too early, and those of epochs with one batch at the start.
    #[test]
    fn the_last_step_of_an_epoch_from_zero_is_the_number_of_its_steps_less_one() {
        let rows = |last: f64| [0.0, 1.0, 2.0].map(|epoch| (epoch, last, "val_loss"));
        let steps = |samples, last| -> Vec<_> {
            counted(Some(samples), &rows(last)).into_iter().map(|row| row.0).collect()
        };
        // 416 samples are 6.5 batches of 64: 7 steps, or 6 where the short one is dropped.
        assert_eq!(steps(416, 6.0), [6, 13, 20]);
        assert_eq!(steps(416, 5.0), [5, 11, 17]);
        assert_eq!(steps(50, 0.0), [0, 1, 2]);
    }

    /// 100 samples at batch size 16, of which the last 4 are dropped: after the third epoch the count
    /// would be a sixth too high.
    #[test]
    fn evaluations_once_an_epoch_show_that_the_short_batch_is_dropped() {
        let mut counting = Counting::new(16, Some(100), "val_loss");
        let samples: Vec<u64> = [0.0, 1.0, 2.0, 3.0]
            .into_iter()
            .map(|epoch| counting.place(&row(Some(epoch), Some(6.0 * (epoch + 1.0)), "val_loss")).unwrap())
            .map(|position| position.samples)
            .collect();
        assert_eq!(samples[2..], [288, 384], "six batches of 16 an epoch");
        // As often as an epoch without the short batch is long, but not once an epoch.
        let mut often = Counting::new(16, Some(100), "val_loss");
        for step in (6..60).step_by(6) {
            let epoch = ((step - 1) / 7) as f64;
            often.place(&row(Some(epoch), Some(step as f64), "val_loss")).unwrap();
        }
        assert!(!often.drops_last());
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
