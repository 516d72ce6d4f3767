//! A run while it trains: its live line, its evaluations as lines, its rows on disk.

use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_store::{RowWriter, StoreError};
use batchwright_train::{CheckedRun, Observer, RunEnd, RunEvent, RunRow, RunState};
use batchwright_view::{Notice, RunProgress, row_line, run_line};
use indicatif::ProgressBar;
use std::time::Instant;

/// Evaluations that are shown; all are saved.
const SHOWN: u64 = 20;
/// Evaluations at the start that are shown in any case.
const FIRST: u64 = 3;
/// Texts of the live line a second: it need not be built for each of a million steps a minute.
const TEXTS_A_SECOND: f64 = 10.0;

/// Sets the stored run back to these rows, from which it goes on.
pub(crate) type SetBack<'a> = Box<dyn Fn(&[RunRow]) -> Result<(), StoreError> + 'a>;

/// Shows and saves a run while it trains.
pub(crate) struct LiveRun<'a> {
    rows: RowWriter<'a>,
    bar: ProgressBar,
    screen: &'a Screen,
    signals: &'a Signals,
    run: &'a CheckedRun,
    started: Instant,
    /// Steps, samples and seconds of training of earlier processes.
    before: (u64, u64, f64),
    /// Seconds of training at the last row, and when it came: evaluation is no training.
    last_row: (f64, Instant),
    /// The step for which the next text is built.
    next_text: u64,
    shown: Shown,
    /// The last row, where it was not shown.
    hidden: Option<RunRow>,
    set_back: SetBack<'a>,
    /// Why rows cannot be saved. Such an error stops the run.
    failed: Option<StoreError>,
}

impl<'a> LiveRun<'a> {
    pub(crate) fn new(
        rows: RowWriter<'a>,
        set_back: SetBack<'a>,
        run: &'a CheckedRun,
        screen: &'a Screen,
        signals: &'a Signals,
    ) -> Self {
        let evaluations = match run.end() {
            RunEnd::Samples(samples) => Some(samples.div_ceil(run.eval_samples().max(1))),
            RunEnd::Seconds(_) => None,
        };
        Self {
            rows,
            bar: screen.progress(run.plan().map(|plan| plan.steps)),
            screen,
            signals,
            run,
            started: Instant::now(),
            before: (0, 0, 0.0),
            last_row: (0.0, Instant::now()),
            next_text: 1,
            shown: Shown::of(evaluations),
            hidden: None,
            set_back,
            failed: None,
        }
    }

    /// Ends the live line, shows the last row, and saves the rest.
    ///
    /// # Errors
    /// If a row could not be saved.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.bar.finish_and_clear();
        if let Some(row) = self.hidden.take() {
            self.screen.tell(&row_line(&row, self.screen.style));
        }
        match self.failed {
            Some(error) => Err(error),
            None => self.rows.finish(),
        }
    }

    fn progress(&self, step: u64, samples: u64, loss: f64) -> RunProgress {
        let plan = self.run.plan();
        let elapsed = self.started.elapsed().as_secs_f64();
        let share = |samples: u64, seconds: f64| match self.run.end() {
            RunEnd::Samples(of) => samples as f64 / of as f64,
            RunEnd::Seconds(of) => seconds / of,
        };
        let seconds = self.last_row.0 + self.last_row.1.elapsed().as_secs_f64();
        RunProgress {
            epochs: (
                samples as f64 / self.run.batching().samples_per_epoch() as f64,
                plan.map(|plan| plan.epochs),
            ),
            steps: (step, plan.map(|plan| plan.steps)),
            samples,
            elapsed,
            done: share(samples, seconds).min(1.0),
            before: (self.before.1, share(self.before.1, self.before.2).min(1.0)),
            loss,
        }
    }

    /// A line on stderr, also where little is to be shown.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| self.screen.note(text));
    }

    fn notice(&self, notice: &Notice) {
        self.note(&notice.text(self.screen.style.lang));
    }

    fn resumed(&mut self, state: &RunState) {
        self.before = (state.steps(), state.samples(), state.seconds());
        self.started = Instant::now();
        self.last_row = (state.seconds(), self.started);
        self.failed = (self.set_back)(state.rows()).err();
    }

    fn row(&mut self, row: &RunRow) {
        self.hidden = None;
        self.last_row = (row.seconds, Instant::now());
        if self.shown.next() {
            self.screen.tell_above(&self.bar, &row_line(row, self.screen.style));
        } else {
            self.hidden = Some(*row);
        }
        if let Err(error) = self.rows.push(*row) {
            self.failed.get_or_insert(error);
        }
    }
}

impl Observer for LiveRun<'_> {
    fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Started { .. } => {}
            RunEvent::Resumed(state) => self.resumed(state),
            RunEvent::Step { step, samples, loss } => {
                if step >= self.next_text {
                    let progress = self.progress(step, samples, loss);
                    let taken = (step - self.before.0) as f64;
                    self.next_text = step + ((taken / progress.elapsed / TEXTS_A_SECOND) as u64).max(1);
                    if !self.bar.is_hidden() {
                        self.bar.set_message(run_line(&progress, self.screen.style));
                    }
                }
                self.bar.set_position(step);
            }
            RunEvent::Row(row) => self.row(row),
            RunEvent::Retried { step, retry, of } => {
                self.notice(&Notice::WentBack { step, retry, of });
            }
            RunEvent::Unsaved(error) => {
                self.notice(&Notice::StateUnsaved { error: self.screen.style.lang.error(error) });
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came() || self.failed.is_some()
    }
}

/// Which evaluations are shown: the first ones, so that one sees that it runs, and about [`SHOWN`] of
/// the run, spread evenly. Where their number is not known, ever fewer.
#[derive(Debug)]
struct Shown {
    every: u64,
    seen: u64,
    shown: u64,
    known: bool,
}

impl Shown {
    fn of(evaluations: Option<u64>) -> Self {
        let every = evaluations.map_or(1, |evaluations| evaluations.div_ceil(SHOWN).max(1));
        Self { every, seen: 0, shown: 0, known: evaluations.is_some() }
    }

    /// Whether the next evaluation is shown.
    fn next(&mut self) -> bool {
        let shown = self.seen < FIRST || self.seen.is_multiple_of(self.every);
        self.seen += 1;
        self.shown += u64::from(shown);
        if !self.known && self.shown == SHOWN {
            (self.every, self.shown) = (2 * self.every, SHOWN / 2);
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(known: bool, evaluations: u64) -> usize {
        let mut shown = Shown::of(known.then_some(evaluations));
        // One more, before the first step.
        (0..=evaluations).filter(|_| shown.next()).count()
    }

    #[test]
    fn some_twenty_lines_however_long_the_run() {
        for evaluations in [20, 21, 100, 1_000, 123_456] {
            assert!((11..=23).contains(&shown(true, evaluations)), "{evaluations}");
        }
        assert_eq!((shown(true, 3), shown(true, 20)), (4, 21));
        assert!(shown(false, 1_000) < 90 && shown(false, 15) == 16);
    }
}
