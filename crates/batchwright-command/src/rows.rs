//! From rows as they are read to the rows of one training: which of them count, by which clock, what
//! is doubtful about them, and when the training is over.
//!
//! Left out: how rows are read (`read`), where each stands (`counting`), and the child that prints
//! them (`trial`). Nothing here waits or asks for the time.

use crate::averaging::Averaging;
use crate::counting::{Counting, StepsPerEpoch};
use crate::doubts::{Values, add_once};
use crate::read::position::{RowPosition, batching};
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::settings::CommandSettings;
use crate::step_time::StepTimer;
use crate::time_of_day::TimeOfDay;
use batchwright_find::{Suspicion, TrialError, TrialRequest, TrialRow};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// After this many rows of the metric without a position, while none has one, waiting for a better
/// source ends.
const MOST_UNPLACED: usize = 3;
/// A training whose first evaluations all stand at one step is given up after so many of them, and
/// doubted after so many.
const MOST_STANDING: u64 = 10;
const DOUBTFUL_STANDING: u64 = 3;
/// A training that goes on beyond its samples is waited for if it was not evaluated yet: for two
/// epochs, where they are known, or this many times its samples.
const WAITING: u64 = 4;
/// Seconds that fall back by less than this share, and by less than a hundredth, are rounded.
const ROUNDED_SECONDS: f64 = 0.01;
/// Values that differ by a smaller share, or by less than their last decimal, may be one that was
/// printed with fewer digits.
const ROUNDED_VALUE: f64 = 0.02;
const MOST_DECIMALS: usize = 17;

/// The one source of rows that counts in all trainings of a study: the first, in the order of
/// [`RowSource`], that has reported the metric with its position.
#[derive(Debug, Default)]
pub(crate) struct ChosenSource(Mutex<Option<RowSource>>);

impl ChosenSource {
    pub(crate) fn get(&self) -> Option<RowSource> {
        *self.lock()
    }

    /// Whether this source counts, now that it has reported the metric. It takes the place of a
    /// worse one.
    fn offer(&self, source: RowSource) -> bool {
        let mut chosen = self.lock();
        let best = chosen.map_or(source, |chosen| chosen.min(source));
        *chosen = Some(best);
        best == source
    }

    /// Takes over what was chosen in another process.
    pub(crate) fn set(&self, source: Option<RowSource>) {
        *self.lock() = source;
    }

    fn lock(&self) -> MutexGuard<'_, Option<RowSource>> {
        // A panic cannot leave one value half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clock that gives the seconds of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowClock {
    /// There was no row yet.
    Unknown,
    /// Our clock when a row arrives, from the start of the program.
    Arrival,
    /// The program's own.
    Own,
    /// Arrival, because the program's own runs backwards.
    Broken,
}

/// The first row.
#[derive(Debug, Clone, Copy)]
struct FirstRow {
    /// Seconds from the program's start to its arrival.
    at: f64,
    step: u64,
    /// By the program's own clock.
    own_seconds: Option<f64>,
}

/// The rows of one training.
#[derive(Debug)]
pub(crate) struct Rows {
    batch_size: u64,
    max_samples: u64,
    /// The samples at the end of the last step, where the short last batch of an epoch counts; and the
    /// samples at which a training that was never evaluated is not waited for any more.
    ends: (u64, u64),
    /// The number of training samples, where it is known.
    train_samples: Option<u64>,
    /// The largest number of an epoch that a row named.
    named_epoch: f64,
    metric: String,
    averaging: Option<Averaging>,
    judged_at_end: bool,
    source: Option<RowSource>,
    counting: BTreeMap<RowSource, Counting>,
    clock: RowClock,
    /// Where the program's clock is the time of day.
    day: Option<TimeOfDay>,
    timer: StepTimer,
    first: Option<FirstRow>,
    last: Option<TrialRow>,
    /// The last evaluation.
    evaluated: Option<Evaluated>,
    /// Step of the first evaluation, and seconds from the start to its arrival.
    first_look: Option<(u64, f64)>,
    values: Option<Values>,
    /// Evaluations at the step of the first one, as long as none stands later.
    standing: u64,
    /// The first evaluation that differs from the one before it at its step, and the last step where
    /// that was so.
    two_values: Option<(Suspicion, u64)>,
    /// Samples between the last two evaluations.
    evaluation_interval: Option<u64>,
    /// Why rows of the metric could not be placed.
    unplaced: Vec<TrialError>,
    /// The last row of the metric without a position, where it may count for the whole training.
    without_position: Option<Row>,
    /// What is doubtful about it.
    suspicions: Vec<Suspicion>,
}

/// An evaluation.
#[derive(Debug, Clone, Copy)]
struct Evaluated {
    source: RowSource,
    step: u64,
    samples: u64,
    value: f64,
}

impl Rows {
    /// `own_clock`: whether the program's seconds are believed.
    pub(crate) fn new(request: &TrialRequest, settings: &CommandSettings, own_clock: bool) -> Self {
        let averaging = || Averaging::new(request.eval_samples);
        Self {
            batch_size: request.batch_size,
            max_samples: request.max_samples,
            ends: ends(request, settings.samples),
            train_samples: settings.samples,
            named_epoch: 0.0,
            metric: settings.metric.clone(),
            averaging: is_training(&settings.metric).then(averaging),
            judged_at_end: settings.judged_at_end,
            source: None,
            counting: BTreeMap::new(),
            clock: if own_clock { RowClock::Unknown } else { RowClock::Broken },
            day: None,
            timer: StepTimer::default(),
            first: None,
            last: None,
            evaluated: None,
            first_look: None,
            values: None,
            standing: 0,
            two_values: None,
            evaluation_interval: None,
            unplaced: Vec::new(),
            without_position: None,
            suspicions: Vec::new(),
        }
    }

    /// Where a row stands in the training; `Ok(None)` where it does not count. `at`: seconds from
    /// the program's start to its arrival.
    ///
    /// # Errors
    /// Too many rows of the metric have no position, or stand at one.
    pub(crate) fn place(
        &mut self,
        row: &Row,
        at: f64,
        chosen: &ChosenSource,
    ) -> Result<Option<TrialRow>, TrialError> {
        self.named_epoch = self.named_epoch.max(row.epoch.unwrap_or(0.0));
        let metric = row.metrics.contains_key(&self.metric);
        let new = || Counting::new(self.batch_size, self.train_samples, &self.metric);
        let position = match self.counting.entry(row.source).or_insert_with(new).place(row) {
            Ok(position) => position,
            Err(_) if !metric => return Ok(None),
            Err(error) => {
                return self.add_unplaced(row, TrialError::Failed(error.to_string())).map(|()| None);
            }
        };
        // Once a source reports the metric, no worse one counts: its steps and seconds may differ.
        let counts = if metric {
            chosen.offer(row.source)
        } else {
            chosen.get().is_none_or(|chosen| chosen == row.source)
        };
        if !counts || metric && self.falls_back(row.source, &position) {
            return Ok(None);
        }
        let placed = self.add(row, position, at);
        if self.standing >= MOST_STANDING {
            return Err(TrialError::Failed(format!(
                "its first {} evaluations all stand at step {}; let the program print the step that it has reached",
                self.standing, placed.step
            )));
        }
        Ok(Some(placed))
    }

    /// Whether an evaluation stands before the one before it: a second training, or another process.
    /// Where a better source took over, it repeats what was read.
    fn falls_back(&mut self, source: RowSource, position: &RowPosition) -> bool {
        let Some(before) = self.evaluated.filter(|before| position.samples < before.samples) else {
            return false;
        };
        if before.source == source {
            add_once(&mut self.suspicions, Suspicion::StepsFallBack { from: before.step, to: position.step });
        }
        true
    }

    /// The row of a training that has ended and reported the metric without a position: it stands
    /// at the end.
    pub(crate) fn place_at_end(&mut self) -> Option<TrialRow> {
        let row = self.without_position.take()?;
        let step = self.max_samples.div_ceil(self.batch_size);
        let position = RowPosition { samples: self.max_samples, step, epoch: None };
        let at = self.last.map_or(0.0, |row| row.seconds);
        Some(self.add(&row, position, at))
    }

    /// Whether its samples are used up: there was an evaluation at the last step, or it has trained
    /// beyond it. At the last step a training row may come before the row of the evaluation. A program
    /// that evaluates rarely is waited for until it has evaluated once.
    pub(crate) fn is_over(&self) -> bool {
        let evaluated = self.evaluated.is_some_and(|it| it.samples >= self.max_samples);
        let waits = self.evaluated.is_none() && !self.judged_at_end;
        let end = if waits { self.ends.1 } else { self.ends.0 };
        (evaluated && !self.judged_at_end) || self.last.is_some_and(|row| row.samples > end)
    }

    /// Whether it was evaluated and has trained as far as it was asked to, also where an epoch has fewer
    /// samples than was said: a part is kept for validation, or the short last batch is dropped.
    pub(crate) fn is_complete(&self) -> bool {
        let epochs = self.train_samples.filter(|&epoch| epoch > 0 && self.max_samples.is_multiple_of(epoch));
        let by_epochs = epochs.is_some_and(|epoch| self.named_epoch >= (self.max_samples / epoch) as f64);
        let evaluated = self.evaluated.is_some() && !self.judged_at_end;
        evaluated && (by_epochs || self.is_over())
    }

    /// What is doubtful about it so far.
    pub(crate) fn suspicions(&self) -> Vec<Suspicion> {
        let rows = self.standing;
        let step = self.evaluated.map_or(0, |it| it.step);
        let stand = (rows >= DOUBTFUL_STANDING).then_some(Suspicion::StepsStand { step, rows });
        let averaged = |averaging: &Averaging| Suspicion::TrainingLoss {
            metric: self.metric.clone(),
            samples: averaging.samples(),
        };
        let training = self.averaging.as_ref().filter(|_| self.evaluated.is_some()).map(averaged);
        self.suspicions.iter().cloned().chain(stand).chain(training).collect()
    }

    /// Steps that the program makes of an epoch, as far as its rows show.
    pub(crate) fn steps_per_epoch(&self) -> Option<StepsPerEpoch> {
        self.counting.get(&self.source?)?.steps_per_epoch()
    }

    /// Step of the first evaluation.
    pub(crate) fn first_look(&self) -> Option<u64> {
        self.first_look.map(|look| look.0)
    }

    /// Seconds from the start to the first evaluation.
    pub(crate) fn first_look_seconds(&self) -> Option<f64> {
        self.first_look.map(|look| look.1)
    }

    /// The values of the metric so far.
    pub(crate) fn values(&self) -> Option<Values> {
        self.values
    }

    pub(crate) fn timer(&self) -> &StepTimer {
        &self.timer
    }

    /// The step of its last row.
    pub(crate) fn last_step(&self) -> u64 {
        self.last.map_or(0, |row| row.step)
    }

    /// Seconds from its start to its first row.
    pub(crate) fn first_row_seconds(&self) -> Option<f64> {
        self.first.map(|first| first.at)
    }

    /// Seconds before its first step: the time to the first row, less the steps before that row.
    pub(crate) fn start_up_seconds(&self) -> Option<f64> {
        let FirstRow { at, step, own_seconds } = self.first?;
        let training = own_seconds.or_else(|| Some(step as f64 * self.timer.step_time()?.median));
        Some((at - training.unwrap_or(0.0)).max(0.0))
    }

    /// Samples between its last two evaluations.
    pub(crate) fn evaluation_interval(&self) -> Option<f64> {
        self.evaluation_interval.map(|samples| samples as f64)
    }

    /// Whether its rows have no seconds, or none that can be believed, so that their arrival counts.
    pub(crate) fn uses_wall_clock(&self) -> bool {
        self.uses_arrival() && self.last.is_some()
    }

    /// Why no row of the metric could be placed, where the metric was reported.
    pub(crate) fn placement_error(&self) -> Option<&TrialError> {
        self.unplaced.first().filter(|_| self.evaluated.is_none())
    }

    fn add(&mut self, row: &Row, position: RowPosition, at: f64) -> TrialRow {
        if self.source.replace(row.source).is_some_and(|source| source != row.source) {
            // Another source rounds and counts in another way: no interval may span both.
            self.timer = StepTimer::default();
        }
        let own_seconds = self.own_seconds(row, at);
        let seconds = self.seconds(own_seconds, at);
        let last = self.last.map_or((0, 0), |row| (row.step, row.samples));
        let placed = TrialRow {
            // A training does not go back, however its rows are rounded.
            step: position.step.max(last.0),
            samples: position.samples.max(last.1),
            epoch: position.epoch,
            seconds,
            val_loss: if diverged(row) { Some(f64::NAN) } else { row.metrics.get("val_loss").copied() },
            val_accuracy: row.metrics.get("val_accuracy").copied(),
            own: self.value(row, position.samples),
        };
        match own_seconds {
            _ if self.uses_arrival() => self.timer.arrival(placed.step, seconds),
            Some(_) => self.timer.row(placed.step, seconds),
            None => {}
        }
        self.first.get_or_insert(FirstRow { at, step: placed.step, own_seconds });
        if let Some(value) = placed.own {
            self.add_evaluation(
                Evaluated { source: row.source, step: placed.step, samples: placed.samples, value },
                at,
            );
        }
        self.last = Some(placed);
        placed
    }

    /// The value of the metric. A training loss is averaged over equal samples.
    fn value(&mut self, row: &Row, samples: u64) -> Option<f64> {
        let value = *row.metrics.get(&self.metric)?;
        match &mut self.averaging {
            Some(averaging) => averaging.add(value, samples),
            None => Some(value),
        }
    }

    fn uses_arrival(&self) -> bool {
        matches!(self.clock, RowClock::Arrival | RowClock::Broken)
    }

    /// The seconds since the program's start by its own clock.
    fn own_seconds(&mut self, row: &Row, at: f64) -> Option<f64> {
        let seconds = row.seconds?;
        if matches!(self.clock, RowClock::Unknown | RowClock::Arrival) {
            self.day = TimeOfDay::of(seconds, at);
        }
        Some(self.day.map_or(seconds, |day| day.since_start(seconds)))
    }

    /// The seconds of a row: by the program's own clock from the first row on that has it, by
    /// arrival before, and again once it has run backwards.
    fn seconds(&mut self, own_seconds: Option<f64>, at: f64) -> f64 {
        let last = self.last.map_or(0.0, |row| row.seconds);
        match (own_seconds, self.clock) {
            (Some(seconds), RowClock::Own) if seconds < last * (1.0 - ROUNDED_SECONDS) - ROUNDED_SECONDS => {
                add_once(&mut self.suspicions, Suspicion::SecondsFallBack { from: last, to: seconds });
                (self.clock, self.timer) = (RowClock::Broken, StepTimer::default());
                at.max(last)
            }
            (Some(seconds), RowClock::Own) => seconds.max(last),
            (Some(seconds), RowClock::Unknown | RowClock::Arrival) => {
                (self.clock, self.timer) = (RowClock::Own, StepTimer::default());
                seconds
            }
            (None, RowClock::Own) => last,
            (_, RowClock::Broken) => at.max(last),
            (None, _) => {
                self.clock = RowClock::Arrival;
                at.max(last)
            }
        }
    }

    fn add_evaluation(&mut self, next: Evaluated, at: f64) {
        self.values = Some(Values::with(self.values, next.value));
        if next.step > 0 {
            // What is evaluated before the first step is no look at a training.
            self.first_look.get_or_insert((next.step, at));
        }
        let Some(before) = self.evaluated.replace(next) else {
            self.standing = 1;
            return;
        };
        if next.samples > before.samples {
            self.standing = 0;
            self.evaluation_interval = Some(next.samples - before.samples);
            return;
        }
        if self.standing > 0 && next.value.to_bits() != before.value.to_bits() {
            self.standing += 1;
        }
        if next.step > 0 && next.source == before.source && differ(before.value, next.value) {
            self.add_two_values(next.step, [before.value, next.value]);
        }
    }

    /// Two values at one step, once more. Once alone may be a last evaluation of the best weights.
    fn add_two_values(&mut self, step: u64, values: [f64; 2]) {
        match &mut self.two_values {
            None => {
                let metric = self.metric.clone();
                self.two_values = Some((Suspicion::TwoValues { metric, step, values }, step));
            }
            Some((first, last)) if *last != step => {
                *last = step;
                add_once(&mut self.suspicions, first.clone());
            }
            Some(_) => {}
        }
    }

    /// Keeps a row of the metric without a position. Another source may report the metric with its
    /// position, or it may be the number at the end that a training is judged by.
    fn add_unplaced(&mut self, row: &Row, error: TrialError) -> Result<(), TrialError> {
        if self.judged_at_end {
            self.without_position = Some(row.clone());
            return Ok(());
        }
        if self.evaluated.is_some() {
            return Ok(());
        }
        self.unplaced.push(error);
        if self.unplaced.len() >= MOST_UNPLACED { Err(self.unplaced[0].clone()) } else { Ok(()) }
    }
}

/// Whether two values are more than one that was printed with fewer digits once.
fn differ(a: f64, b: f64) -> bool {
    let decimals = |value: f64| {
        let text = format!("{value}");
        text.split_once('.').map_or(0, |(_, decimals)| decimals.len().min(MOST_DECIMALS))
    };
    let rounded = 0.5 * 10f64.powi(-(decimals(a).min(decimals(b)) as i32)) * (1.0 + f64::EPSILON.sqrt());
    (a - b).abs() > rounded.max(ROUNDED_VALUE * a.abs().max(b.abs()))
}

/// The samples at the end of the last step of a training, and those up to which it is waited for if it
/// was never evaluated.
fn ends(request: &TrialRequest, train_samples: Option<u64>) -> (u64, u64) {
    let TrialRequest { batch_size, max_samples, .. } = *request;
    let of_epochs = batching(batch_size, train_samples, false)
        .and_then(|batching| batching.samples_after(batching.steps_for(max_samples)).ok());
    let last = of_epochs.unwrap_or_else(|| max_samples.div_ceil(batch_size).saturating_mul(batch_size));
    let epochs = train_samples.unwrap_or(0).saturating_mul(2);
    (last, last.saturating_mul(WAITING).max(epochs))
}

/// Whether a metric is of the samples just used, by its normal name.
fn is_training(metric: &str) -> bool {
    metric.starts_with("train_")
}

/// Losses show whether a training has diverged; a perplexity may overflow before that.
fn diverged(row: &Row) -> bool {
    let loss = |name: &str| name == "loss" || name.ends_with("_loss");
    row.metrics.iter().any(|(name, value)| loss(name) && !value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::template::CommandTemplate;

    fn rows(max_samples: u64, judged_at_end: bool) -> Rows {
        let template = CommandTemplate::parse(&["x".into(), "{batch_size}".into()]).unwrap();
        let settings = CommandSettings { judged_at_end, ..CommandSettings::new(template) };
        let request =
            TrialRequest { batch_size: 10, learning_rate: 0.1, seed: 0, max_samples, eval_samples: 10 };
        Rows::new(&request, &settings, true)
    }

    fn row(source: RowSource, step: Option<f64>, seconds: Option<f64>, metric: &str, value: f64) -> Row {
        let metrics = [(metric.to_owned(), value)].into();
        let (epoch, samples, in_epoch, learning_rate) = Default::default();
        Row { source, step, epoch, samples, in_epoch, seconds, learning_rate, metrics }
    }

    fn json(step: f64, metric: &str) -> Row {
        row(RowSource::Json, Some(step), None, metric, 1.0)
    }

    /// At its last step a program may report the training loss first. The evaluation would never be
    /// read, and a run with one evaluation at its end would have none.
    #[test]
    fn the_evaluation_at_the_last_step_is_waited_for() {
        let (mut rows, chosen) = (rows(95, false), ChosenSource::default());
        rows.place(&json(10.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(!rows.is_over());
        rows.place(&json(10.0, "val_loss"), 0.0, &chosen).unwrap();
        assert!(rows.is_over());
        let mut beyond = self::rows(95, false);
        beyond.place(&json(1.0, "val_loss"), 0.0, &chosen).unwrap();
        beyond.place(&json(11.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(beyond.is_over(), "a program that goes on beyond its samples is stopped");
    }

    /// A program that keeps a part of its samples for validation, and fails when all is done, would be
    /// taken for one that fails in its training.
    #[test]
    fn a_training_of_all_its_epochs_is_complete_whatever_their_samples() {
        let complete = |epochs: &[f64]| {
            let (mut rows, chosen) = (rows(300, false), ChosenSource::default());
            rows.train_samples = Some(100);
            for &epoch in epochs {
                let row = Row { epoch: Some(epoch), ..json(8.0 * epoch, "val_loss") };
                rows.place(&row, 0.0, &chosen).unwrap();
            }
            assert!(!rows.is_over());
            rows.is_complete()
        };
        assert!(complete(&[1.0, 2.0, 3.0]));
        assert!(!complete(&[1.0, 2.0]));
    }

    /// A program that evaluates once an epoch would be stopped before it ever did, and the trial would
    /// count as failed.
    #[test]
    fn a_program_that_evaluates_rarely_is_waited_for() {
        let (mut rows, chosen) = (rows(95, false), ChosenSource::default());
        rows.place(&json(11.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(!rows.is_over());
        rows.place(&json(12.0, "val_loss"), 0.0, &chosen).unwrap();
        assert!(rows.is_over());
        let mut silent = self::rows(95, false);
        silent.place(&json(41.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(silent.is_over(), "but not for ever");
    }

    /// Whatever the numbers, no figure may be made from them.
    #[test]
    fn absurd_rows_are_doubted_and_not_counted() {
        let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
        let mut place = |step, value| {
            rows.place(&row(RowSource::Json, Some(step), None, "val_loss", value), 0.0, &chosen)
        };
        assert!(place(30.0, 1.0).unwrap().is_some());
        assert_eq!(place(10.0, 2.0), Ok(None), "a second training, or another process");
        assert!(place(1e308, 0.1).unwrap().is_none());
        assert_eq!(rows.suspicions(), [Suspicion::StepsFallBack { from: 30, to: 10 }]);

        let mut standing = self::rows(10_000, false);
        let mut at_zero =
            |value| standing.place(&row(RowSource::Json, Some(0.0), None, "val_loss", value), 0.0, &chosen);
        for value in 1..MOST_STANDING {
            assert!(at_zero(value as f64).is_ok());
        }
        assert!(at_zero(0.5).unwrap_err().to_string().contains("all stand at step 0"));
        assert_eq!(standing.suspicions(), [Suspicion::StepsStand { step: 0, rows: MOST_STANDING }]);
    }

    /// The seconds of one epoch, or of a clock that was set back, would make steps that take no time.
    #[test]
    fn seconds_that_run_backwards_are_not_believed() {
        let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
        let mut place = |step, seconds, at| {
            let row = row(RowSource::Json, Some(step), Some(seconds), "val_loss", 1.0);
            rows.place(&row, at, &chosen).unwrap().unwrap().seconds
        };
        assert_eq!([place(1.0, 3.0, 4.0), place(2.0, 5.0, 6.0), place(3.0, 2.0, 8.0)], [3.0, 5.0, 8.0]);
        assert_eq!(place(4.0, 9.0, 10.0), 10.0, "not even where they are larger again");
        assert!(rows.uses_wall_clock());
        assert_eq!(rows.suspicions(), [Suspicion::SecondsFallBack { from: 5.0, to: 2.0 }]);
    }

    /// A study would report 500,000 hours for each training.
    #[test]
    fn the_time_of_day_is_no_time_since_the_start() {
        for unit in [1.0, 1e3, 1e6, 1e9] {
            let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
            let mut place = |step, after| {
                let row = row(RowSource::Json, Some(step), Some(unit * (1.75e9 + after)), "val_loss", 1.0);
                rows.place(&row, 4.0 + after, &chosen).unwrap().unwrap().seconds
            };
            let seconds = [place(1.0, 0.0), place(2.0, 2.0), place(3.0, 4.0)];
            assert!(seconds.iter().zip([4.0, 6.0, 8.0]).all(|(a, b)| (a - b).abs() < 1e-3), "{seconds:?}");
            assert!(!rows.uses_wall_clock());
        }
    }

    /// The better of two evaluations would meet the target, whichever was meant.
    #[test]
    fn two_values_at_one_step_are_doubted_once_they_come_again() {
        let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
        let mut place = |step, value| {
            rows.place(&row(RowSource::Json, Some(step), None, "val_loss", value), 0.0, &chosen).unwrap();
            rows.suspicions()
        };
        for (step, value) in [(1.0, 2.0), (1.0, 3.0), (2.0, 1.5), (2.0, 1.501), (3.0, 0.0214), (3.0, 0.02)] {
            assert_eq!(place(step, value), []);
        }
        let doubt = Suspicion::TwoValues { metric: "val_loss".into(), step: 1, values: [2.0, 3.0] };
        assert_eq!(place(3.0, 2.5), [doubt]);
    }

    /// Small batches would pass a target by the luck of one batch.
    #[test]
    fn a_training_loss_is_averaged_over_equal_samples() {
        let template = CommandTemplate::parse(&["x".into(), "{batch_size}".into()]).unwrap();
        let settings = CommandSettings { metric: "train_loss".into(), ..CommandSettings::new(template) };
        let request = TrialRequest {
            batch_size: 10,
            learning_rate: 0.1,
            seed: 0,
            max_samples: 10_000,
            eval_samples: 20,
        };
        let (mut rows, chosen) = (Rows::new(&request, &settings, true), ChosenSource::default());
        let mut own = |step, value| {
            let row = row(RowSource::Json, Some(step), None, "train_loss", value);
            rows.place(&row, step, &chosen).unwrap().unwrap().own
        };
        assert_eq!(
            [own(1.0, 4.0), own(2.0, 2.0), own(3.0, 1.0), own(4.0, 2.0)],
            [None, Some(3.0), None, Some(1.5)]
        );
        let training = Suspicion::TrainingLoss { metric: "train_loss".into(), samples: 20 };
        assert_eq!(rows.suspicions(), [training]);
    }

    /// The rows of a callback, with exact steps and seconds, would be ignored because a rounded
    /// line came first.
    #[test]
    fn a_better_source_takes_over_for_good() {
        let (mut rows, chosen) = (rows(1000, false), ChosenSource::default());
        let worse = |step| row(RowSource::HuggingFace, Some(step), None, "val_loss", 1.0);
        assert!(rows.place(&worse(1.0), 5.0, &chosen).unwrap().is_some());
        let better = rows.place(&row(RowSource::Json, Some(1.0), Some(0.5), "val_loss", 1.0), 5.0, &chosen);
        assert_eq!(better.unwrap().unwrap().seconds, 0.5);
        assert_eq!(rows.place(&worse(2.0), 6.0, &chosen).unwrap(), None);
        assert_eq!(
            self::rows(1000, false).place(&worse(1.0), 5.0, &chosen).unwrap(),
            None,
            "in all trainings"
        );
    }

    /// The first of several numbers without a position would count for the whole training, and the
    /// training would be stopped there.
    #[test]
    fn the_last_number_without_a_place_stands_at_the_end() {
        let (mut rows, chosen) = (rows(100, true), ChosenSource::default());
        for value in [3.0, 2.0] {
            let row = row(RowSource::Json, None, None, "val_loss", value);
            assert_eq!(rows.place(&row, 1.0, &chosen).unwrap(), None);
        }
        assert!(!rows.is_over());
        let last = rows.place_at_end().unwrap();
        assert_eq!((last.samples, last.step, last.val_loss), (100, 10, Some(2.0)));
        assert_eq!(rows.place_at_end(), None);
    }

    /// The cost of a trial beside its training would grow with the time that it trains before its
    /// first row.
    #[test]
    fn start_up_is_the_way_to_the_first_row_less_its_steps() {
        let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
        for (step, at) in [(10.0, 7.0), (20.0, 9.0), (30.0, 11.0)] {
            rows.place(&json(step, "val_loss"), at, &chosen).unwrap();
        }
        assert_eq!(rows.start_up_seconds(), Some(5.0));
        let mut own = self::rows(10_000, false);
        own.place(&row(RowSource::Json, Some(10.0), Some(2.5), "val_loss", 1.0), 7.0, &chosen).unwrap();
        assert_eq!(own.start_up_seconds(), Some(4.5));
    }
}
