//! From rows as they are read to the rows of one training: which of them count, where each stands,
//! by which clock, and when the training is over.
//!
//! Left out: how rows are read (`read`), and the child that prints them (`trial`). Nothing here
//! waits or asks for the time.

use crate::read::position::RowPosition;
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::settings::CommandSettings;
use crate::step_time::StepTimer;
use batchwright_find::{TrialError, TrialRequest, TrialRow};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// After this many rows of the metric without a position, while none has one, waiting for a better
/// source ends.
const MOST_UNPLACED: usize = 3;

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
    /// The number of training samples, where it is known.
    train_samples: Option<u64>,
    metric: String,
    judged_at_end: bool,
    source: Option<RowSource>,
    clock: RowClock,
    timer: StepTimer,
    first: Option<FirstRow>,
    last: Option<TrialRow>,
    /// Samples at the last evaluation.
    evaluated_at: Option<u64>,
    /// Samples between the last two evaluations.
    evaluation_interval: Option<u64>,
    /// Why rows of the metric could not be placed.
    unplaced: Vec<TrialError>,
    /// The last row of the metric without a position, where it may count for the whole training.
    without_position: Option<Row>,
}

impl Rows {
    pub(crate) fn new(request: &TrialRequest, settings: &CommandSettings) -> Self {
        Self {
            batch_size: request.batch_size,
            max_samples: request.max_samples,
            train_samples: settings.samples,
            metric: settings.metric.clone(),
            judged_at_end: settings.judged_at_end,
            source: None,
            clock: RowClock::Unknown,
            timer: StepTimer::default(),
            first: None,
            last: None,
            evaluated_at: None,
            evaluation_interval: None,
            unplaced: Vec::new(),
            without_position: None,
        }
    }

    /// Where a row stands in the training; `Ok(None)` where it does not count. `at`: seconds from
    /// the program's start to its arrival.
    ///
    /// # Errors
    /// Too many rows of the metric have no position.
    pub(crate) fn place(
        &mut self,
        row: &Row,
        at: f64,
        chosen: &ChosenSource,
    ) -> Result<Option<TrialRow>, TrialError> {
        let metric = row.metrics.contains_key(&self.metric);
        let position = match RowPosition::of(row, self.batch_size, self.train_samples) {
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
        Ok(counts.then(|| self.add(row, position, at)))
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
    /// beyond it. At the last step a training row may come before the row of the evaluation.
    pub(crate) fn is_over(&self) -> bool {
        let last_step = self.max_samples.div_ceil(self.batch_size).saturating_mul(self.batch_size);
        let evaluated = self.evaluated_at.is_some_and(|samples| samples >= self.max_samples);
        (evaluated && !self.judged_at_end) || self.last.is_some_and(|row| row.samples > last_step)
    }

    pub(crate) fn timer(&self) -> &StepTimer {
        &self.timer
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

    /// Whether its rows have no seconds, so that their arrival counts.
    pub(crate) fn uses_wall_clock(&self) -> bool {
        self.clock == RowClock::Arrival
    }

    /// Why no row of the metric could be placed, where the metric was reported.
    pub(crate) fn placement_error(&self) -> Option<&TrialError> {
        self.unplaced.first().filter(|_| self.evaluated_at.is_none())
    }

    fn add(&mut self, row: &Row, position: RowPosition, at: f64) -> TrialRow {
        if self.source.replace(row.source).is_some_and(|source| source != row.source) {
            // Another source rounds and counts in another way: no interval may span both.
            self.timer = StepTimer::default();
        }
        let seconds = self.seconds(row, at);
        let last = self.last.map_or((0, 0), |row| (row.step, row.samples));
        let placed = TrialRow {
            // A training does not go back, however its rows are rounded.
            step: position.step.max(last.0),
            samples: position.samples.max(last.1),
            epoch: position.epoch,
            seconds,
            val_loss: if diverged(row) { Some(f64::NAN) } else { row.metrics.get("val_loss").copied() },
            val_accuracy: row.metrics.get("val_accuracy").copied(),
            own: row.metrics.get(&self.metric).copied(),
        };
        if row.seconds.is_some() || self.clock == RowClock::Arrival {
            self.timer.row(placed.step, seconds);
        }
        self.first.get_or_insert(FirstRow { at, step: placed.step, own_seconds: row.seconds });
        if placed.own.is_some() {
            self.add_evaluation(placed.samples);
        }
        self.last = Some(placed);
        placed
    }

    /// The seconds of a row: by the program's own clock from the first row on that has it, by
    /// arrival before.
    fn seconds(&mut self, row: &Row, at: f64) -> f64 {
        let last = self.last.map_or(0.0, |row| row.seconds);
        match (row.seconds, self.clock) {
            (Some(seconds), RowClock::Own) => seconds.max(last),
            (Some(seconds), _) => {
                (self.clock, self.timer) = (RowClock::Own, StepTimer::default());
                seconds
            }
            (None, RowClock::Own) => last,
            (None, _) => {
                self.clock = RowClock::Arrival;
                at.max(last)
            }
        }
    }

    fn add_evaluation(&mut self, samples: u64) {
        let before = self.evaluated_at.replace(samples);
        let interval = before.and_then(|before| samples.checked_sub(before)).filter(|&interval| interval > 0);
        self.evaluation_interval = interval.or(self.evaluation_interval);
    }

    /// Keeps a row of the metric without a position. Another source may report the metric with its
    /// position, or it may be the number at the end that a training is judged by.
    fn add_unplaced(&mut self, row: &Row, error: TrialError) -> Result<(), TrialError> {
        if self.judged_at_end {
            self.without_position = Some(row.clone());
            return Ok(());
        }
        if self.evaluated_at.is_some() {
            return Ok(());
        }
        self.unplaced.push(error.clone());
        if self.unplaced.len() >= MOST_UNPLACED { Err(error) } else { Ok(()) }
    }
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
        Rows::new(&request, &settings)
    }

    fn row(source: RowSource, step: Option<f64>, seconds: Option<f64>, metric: &str, value: f64) -> Row {
        let metrics = [(metric.to_owned(), value)].into();
        Row { source, step, epoch: None, samples: None, seconds, learning_rate: None, metrics }
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
        let mut silent = self::rows(95, false);
        silent.place(&json(11.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(silent.is_over(), "a program that goes on beyond its samples is stopped");
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
