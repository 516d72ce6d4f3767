//! From reports to the rows of one training: where each stands, by which clock, and when the training's samples are used up.
//!
//! Left out: how reports come about (`report`), and the child that prints them (`trial`). Nothing here waits or asks the time.

use crate::read::position::RowPosition;
use crate::read::row::Row;
use crate::read::source::RowSource;
use crate::settings::CommandSettings;
use crate::step_time::StepTimer;
use batchwright_find::{TrialError, TrialRequest, TrialRow};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows of the metric that cannot be placed, while none can, after which waiting for a better one ends.
const MOST_UNPLACED: usize = 3;

/// The one source of rows that counts in all trainings of a study: the best, in the order of [`RowSource`], that has told the metric with its place.
#[derive(Debug, Default)]
pub(crate) struct ChosenSource(Mutex<Option<RowSource>>);

impl ChosenSource {
    pub(crate) fn get(&self) -> Option<RowSource> {
        *self.lock()
    }

    /// Whether this source counts, now that it has told the metric. A better one than before takes over.
    fn heard(&self, source: RowSource) -> bool {
        let mut chosen = self.lock();
        let best = chosen.map_or(source, |chosen| chosen.min(source));
        *chosen = Some(best);
        best == source
    }

    fn lock(&self) -> MutexGuard<'_, Option<RowSource>> {
        // One value, written in one go.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which clock the seconds of a training are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowClock {
    /// No row yet.
    Unknown,
    /// That of the rows' arrival, from the start of the program on.
    Arrival,
    /// The program's own.
    Own,
}

/// The first row.
#[derive(Debug, Clone, Copy)]
struct First {
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
    /// Training samples, where they are known.
    split: Option<u64>,
    metric: String,
    judged_at_end: bool,
    source: Option<RowSource>,
    clock: RowClock,
    timer: StepTimer,
    first: Option<First>,
    last: Option<TrialRow>,
    /// Samples at the last look at the metric, and between the last two.
    look: Option<u64>,
    between_looks: Option<u64>,
    /// Why rows of the metric could not be placed.
    unplaced: Vec<TrialError>,
    /// The last of them, where it may count for the whole training.
    without_place: Option<Row>,
}

impl Rows {
    pub(crate) fn new(request: &TrialRequest, settings: &CommandSettings) -> Self {
        Self {
            batch_size: request.batch_size,
            max_samples: request.max_samples,
            split: settings.samples,
            metric: settings.metric.clone(),
            judged_at_end: settings.judged_at_end,
            source: None,
            clock: RowClock::Unknown,
            timer: StepTimer::default(),
            first: None,
            last: None,
            look: None,
            between_looks: None,
            unplaced: Vec::new(),
            without_place: None,
        }
    }

    /// What a report says, where it counts. `at`: seconds from the program's start to its arrival.
    ///
    /// # Errors
    /// Too many rows of the metric say nowhere at what step they stand.
    pub(crate) fn take(
        &mut self,
        report: &Row,
        at: f64,
        chosen: &ChosenSource,
    ) -> Result<Option<TrialRow>, TrialError> {
        let metric = report.metrics.contains_key(&self.metric);
        let position = match RowPosition::of(report, self.batch_size, self.split) {
            Ok(position) => position,
            Err(_) if !metric => return Ok(None),
            Err(error) => {
                return self.not_placed(report, TrialError::Failed(error.to_string())).map(|()| None);
            }
        };
        // Once a source tells the metric, no worse one counts: its steps and seconds may differ.
        let counts = if metric {
            chosen.heard(report.source)
        } else {
            chosen.get().is_none_or(|chosen| chosen == report.source)
        };
        Ok(counts.then(|| self.placed(report, position, at)))
    }

    /// The row of a training that has ended and told the metric without a place: it stands at the end.
    pub(crate) fn take_last(&mut self) -> Option<TrialRow> {
        let report = self.without_place.take()?;
        let step = self.max_samples.div_ceil(self.batch_size);
        let position = RowPosition { samples: self.max_samples, step, epoch: None };
        let at = self.last.map_or(0.0, |row| row.seconds);
        Some(self.placed(&report, position, at))
    }

    /// Whether its samples are used up: it was looked at where they are, or it has gone on beyond. At the last step a row of training may come before that of the
    /// evaluation.
    pub(crate) fn is_over(&self) -> bool {
        let last_step = self.max_samples.div_ceil(self.batch_size).saturating_mul(self.batch_size);
        let looked = self.look.is_some_and(|samples| samples >= self.max_samples);
        (looked && !self.judged_at_end) || self.last.is_some_and(|row| row.samples > last_step)
    }

    pub(crate) fn timer(&self) -> &StepTimer {
        &self.timer
    }

    /// Seconds from its start to its first row.
    pub(crate) fn first_row_seconds(&self) -> Option<f64> {
        self.first.map(|first| first.at)
    }

    /// Seconds that it took beside its training: the way to the first row, less the steps before that.
    pub(crate) fn start_up_seconds(&self) -> Option<f64> {
        let First { at, step, own_seconds } = self.first?;
        let training = own_seconds.or_else(|| Some(step as f64 * self.timer.step_time()?.median));
        Some((at - training.unwrap_or(0.0)).max(0.0))
    }

    /// Samples between its last two looks at the metric.
    pub(crate) fn samples_between_looks(&self) -> Option<f64> {
        self.between_looks.map(|samples| samples as f64)
    }

    /// Whether its rows tell no seconds, so that their arrival counts.
    pub(crate) fn runs_by_wall_clock(&self) -> bool {
        self.clock == RowClock::Arrival
    }

    /// Why the metric was told, but nowhere placed.
    pub(crate) fn nowhere(&self) -> Option<&TrialError> {
        self.unplaced.first().filter(|_| self.look.is_none())
    }

    fn placed(&mut self, report: &Row, position: RowPosition, at: f64) -> TrialRow {
        if self.source.replace(report.source).is_some_and(|source| source != report.source) {
            // Another source rounds and counts otherwise: no stretch reaches from one to the other.
            self.timer = StepTimer::default();
        }
        let seconds = self.seconds(report, at);
        let last = self.last.map_or((0, 0), |row| (row.step, row.samples));
        let row = TrialRow {
            // A training does not go back, however its rows are rounded.
            step: position.step.max(last.0),
            samples: position.samples.max(last.1),
            epoch: position.epoch,
            seconds,
            val_loss: if diverged(report) { Some(f64::NAN) } else { report.metrics.get("val_loss").copied() },
            val_accuracy: report.metrics.get("val_accuracy").copied(),
            own: report.metrics.get(&self.metric).copied(),
        };
        if report.seconds.is_some() || self.clock == RowClock::Arrival {
            self.timer.row(row.step, seconds);
        }
        self.first.get_or_insert(First { at, step: row.step, own_seconds: report.seconds });
        if row.own.is_some() {
            self.looked_at(row.samples);
        }
        self.last = Some(row);
        row
    }

    /// The training's clock at a row: the program's own from the first row on that tells it, until then that of arrival.
    fn seconds(&mut self, report: &Row, at: f64) -> f64 {
        let last = self.last.map_or(0.0, |row| row.seconds);
        match (report.seconds, self.clock) {
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

    fn looked_at(&mut self, samples: u64) {
        let before = self.look.replace(samples);
        let between = before.and_then(|before| samples.checked_sub(before)).filter(|&between| between > 0);
        self.between_looks = between.or(self.between_looks);
    }

    /// The metric without a place. Another source may tell both, or it may be the number at the end that is asked about.
    fn not_placed(&mut self, report: &Row, error: TrialError) -> Result<(), TrialError> {
        if self.judged_at_end {
            self.without_place = Some(report.clone());
            return Ok(());
        }
        if self.look.is_some() {
            return Ok(());
        }
        self.unplaced.push(error.clone());
        if self.unplaced.len() >= MOST_UNPLACED { Err(error) } else { Ok(()) }
    }
}

/// Losses stand for the training; a perplexity may well overflow before them.
fn diverged(report: &Row) -> bool {
    let loss = |name: &str| name == "loss" || name.ends_with("_loss");
    report.metrics.iter().any(|(name, value)| loss(name) && !value.is_finite())
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

    fn report(source: RowSource, step: Option<f64>, seconds: Option<f64>, metric: &str, value: f64) -> Row {
        let metrics = [(metric.to_owned(), value)].into();
        Row { source, step, epoch: None, samples: None, seconds, metrics }
    }

    fn json(step: f64, metric: &str) -> Row {
        report(RowSource::Json, Some(step), None, metric, 1.0)
    }

    /// At its last step a program may tell the training loss first: the evaluation would never be heard, and a run with one look at its end have none.
    #[test]
    fn the_evaluation_at_the_last_step_is_waited_for() {
        let (mut rows, chosen) = (rows(95, false), ChosenSource::default());
        rows.take(&json(10.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(!rows.is_over());
        rows.take(&json(10.0, "val_loss"), 0.0, &chosen).unwrap();
        assert!(rows.is_over());
        let mut silent = self::rows(95, false);
        silent.take(&json(11.0, "train_loss"), 0.0, &chosen).unwrap();
        assert!(silent.is_over(), "a program that goes on beyond its samples is stopped");
    }

    /// The rows of a callback, with exact steps and seconds, would be passed over for a rounded line that came first.
    #[test]
    fn a_better_source_takes_over_for_good() {
        let (mut rows, chosen) = (rows(1000, false), ChosenSource::default());
        let worse = |step| report(RowSource::HuggingFace, Some(step), None, "val_loss", 1.0);
        assert!(rows.take(&worse(1.0), 5.0, &chosen).unwrap().is_some());
        let better = rows.take(&report(RowSource::Json, Some(1.0), Some(0.5), "val_loss", 1.0), 5.0, &chosen);
        assert_eq!(better.unwrap().unwrap().seconds, 0.5);
        assert_eq!(rows.take(&worse(2.0), 6.0, &chosen).unwrap(), None);
        assert_eq!(
            self::rows(1000, false).take(&worse(1.0), 5.0, &chosen).unwrap(),
            None,
            "in all trainings"
        );
    }

    /// The first of several numbers without a place would stand for the whole training, and the training be stopped there.
    #[test]
    fn the_last_number_without_a_place_stands_at_the_end() {
        let (mut rows, chosen) = (rows(100, true), ChosenSource::default());
        for value in [3.0, 2.0] {
            let report = report(RowSource::Json, None, None, "val_loss", value);
            assert_eq!(rows.take(&report, 1.0, &chosen).unwrap(), None);
        }
        assert!(!rows.is_over());
        let last = rows.take_last().unwrap();
        assert_eq!((last.samples, last.step, last.val_loss), (100, 10, Some(2.0)));
        assert_eq!(rows.take_last(), None);
    }

    /// What a trial costs beside its training would grow with how long it trains before it first reports.
    #[test]
    fn start_up_is_the_way_to_the_first_row_less_its_steps() {
        let (mut rows, chosen) = (rows(10_000, false), ChosenSource::default());
        for (step, at) in [(10.0, 7.0), (20.0, 9.0), (30.0, 11.0)] {
            rows.take(&json(step, "val_loss"), at, &chosen).unwrap();
        }
        assert_eq!(rows.start_up_seconds(), Some(5.0));
        let mut own = self::rows(10_000, false);
        own.take(&report(RowSource::Json, Some(10.0), Some(2.5), "val_loss", 1.0), 7.0, &chosen).unwrap();
        assert_eq!(own.start_up_seconds(), Some(4.5));
    }
}
