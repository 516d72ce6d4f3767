//! A run while it trains: shown as lines or as a picture, its rows saved on disk.

use crate::picture::run::RunPicture;
use crate::shell::explain::Explain;
use crate::shell::full_screen::{FullScreen, has_terminal, picture_style};
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::train::job::RunJob;
use crate::train::lines::RunLines;
use batchwright_store::{RowWriter, StoreError};
use batchwright_train::{CheckedRun, Observer, Plan, RunEnd, RunEvent, RunRow, RunState, TimeLeft};
use batchwright_view::{FailureMessage, Notice, RunProgress, WatchedFrom};
use std::time::Instant;

/// Times a second that the progress is told: it need not be for each of a million steps a minute.
const TOLD_A_SECOND: f64 = 10.0;

/// What lines still have to show.
enum Untold {
    Row(RunRow),
    Note(String),
}

/// Sets the stored run back to these rows, from which it goes on.
pub(crate) type SetBack<'a> = Box<dyn Fn(&[RunRow]) -> Result<(), StoreError> + 'a>;

/// Shows and saves a run while it trains.
pub(crate) struct LiveRun<'a> {
    rows: RowWriter<'a>,
    lines: RunLines<'a>,
    /// In the place of the lines, until it is left.
    full: Option<FullScreen<RunPicture>>,
    /// What was shown on the picture and not in lines.
    untold: Vec<Untold>,
    screen: &'a Screen,
    signals: &'a Signals,
    run: &'a CheckedRun,
    started: Instant,
    left: TimeLeft,
    /// The step for which progress is told next, and the steps of earlier processes.
    next_told: u64,
    steps_before: u64,
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
        let mut left = TimeLeft::new(run.end(), run.eval_samples());
        left.begin(0, 0.0, 0.0);
        Self {
            rows,
            lines: RunLines::new(run, screen),
            full: None,
            untold: Vec::new(),
            screen,
            signals,
            run,
            started: Instant::now(),
            left,
            next_told: 1,
            steps_before: 0,
            set_back,
            failed: None,
        }
    }

    /// Fills the terminal with the run, where that was asked for. Without one that can do it lines are
    /// printed, which is said.
    ///
    /// # Errors
    /// Of the terminal.
    pub(crate) fn fill_screen(mut self, name: &str, job: &RunJob, plan: Plan) -> anyhow::Result<Self> {
        if !self.screen.live() {
            return Ok(self);
        }
        if !has_terminal() {
            self.screen.warn(&Notice::NoTerminal.text(self.screen.style.lang));
            return Ok(self);
        }
        let mut picture = RunPicture::new(name, plan, picture_style(self.screen));
        picture.memory_bytes = Some(job.memory_bytes);
        let opened = FullScreen::open(picture, WatchedFrom::Within, self.signals);
        self.full = Some(opened.explain(|| FailureMessage::OpenScreen)?);
        Ok(self)
    }

    /// Ends what is shown live, and saves the rest.
    ///
    /// # Errors
    /// If a row could not be saved.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        if let Some(full) = &mut self.full {
            full.close();
        }
        self.tell_untold();
        self.lines.finish();
        match self.failed {
            Some(error) => Err(error),
            None => self.rows.finish(),
        }
    }

    /// The picture, while it fills the terminal.
    fn picture(&mut self) -> Option<&FullScreen<RunPicture>> {
        if self.full.as_ref().is_some_and(|full| !full.is_open()) {
            self.full = None;
            self.tell_untold();
        }
        self.full.as_ref()
    }

    /// Shows in lines what was shown on the picture alone: it stays when the picture is gone.
    fn tell_untold(&mut self) {
        for untold in std::mem::take(&mut self.untold) {
            match untold {
                Untold::Row(row) => self.lines.row(&row),
                Untold::Note(text) => self.lines.note(&text),
            }
        }
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn progress(&self, step: u64, samples: u64, loss: f64) -> RunProgress {
        let plan = self.run.plan();
        let done = match self.run.end() {
            RunEnd::Samples(of) => samples as f64 / of as f64,
            RunEnd::Seconds(of) => self.left.trained() / of,
        };
        RunProgress {
            epochs: (
                samples as f64 / self.run.batching().samples_per_epoch() as f64,
                plan.map(|plan| plan.epochs),
            ),
            steps: (step, plan.map(|plan| plan.steps)),
            samples,
            elapsed: self.now(),
            done: done.min(1.0),
            left: self.left.seconds(self.now()),
            samples_a_second: self.left.samples_a_second(),
            loss,
        }
    }

    /// Tells something besides, also where little is to be shown.
    pub(crate) fn note(&mut self, text: &str) {
        match self.picture() {
            Some(full) => {
                full.change(|picture| picture.notices.push(text.to_owned()));
                self.untold.push(Untold::Note(text.to_owned()));
            }
            None => self.lines.note(text),
        }
    }

    fn notice(&mut self, notice: &Notice) {
        self.note(&notice.text(self.screen.style.lang));
    }

    fn resumed(&mut self, state: &RunState) {
        self.steps_before = state.steps();
        self.started = Instant::now();
        self.left.begin(state.samples(), state.seconds(), 0.0);
        if let Some(full) = self.picture() {
            full.change(|picture| picture.rows.extend_from_slice(state.rows()));
        }
        self.failed = (self.set_back)(state.rows()).err();
    }

    fn step(&mut self, step: u64, samples: u64, loss: f64) {
        let now = self.now();
        self.left.step(samples, now);
        if step < self.next_told {
            return;
        }
        let taken = (step - self.steps_before) as f64;
        self.next_told = step + ((taken / now / TOLD_A_SECOND) as u64).max(1);
        let progress = self.progress(step, samples, loss);
        match self.picture() {
            Some(full) => full.change(|picture| picture.progress(progress)),
            None => self.lines.progress(&progress),
        }
    }

    fn row(&mut self, row: &RunRow) {
        self.left.row(row.samples, self.now());
        match self.picture() {
            Some(full) => {
                full.change(|picture| picture.rows.push(*row));
                self.untold.push(Untold::Row(*row));
            }
            None => self.lines.row(row),
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
            RunEvent::Step { step, samples, loss } => self.step(step, samples, loss),
            RunEvent::Row(row) => self.row(row),
            RunEvent::VerdictSoFar(verdict) => {
                if let Some(full) = self.picture() {
                    full.change(|picture| picture.verdict = Some(verdict.clone()));
                }
            }
            RunEvent::Retried { step, retry, of } => self.notice(&Notice::WentBack { step, retry, of }),
            RunEvent::Unsaved(error) => {
                self.notice(&Notice::StateUnsaved { error: self.screen.style.lang.error(error) });
            }
        }
    }

    fn should_stop(&self) -> bool {
        self.signals.came() || self.failed.is_some()
    }
}
