//! A run that is watched.

use crate::picture::run::RunPicture;
use crate::shell::full_screen::picture_style;
use crate::shell::screen::Screen;
use crate::watch::watched::Watched;
use anyhow::Result;
use batchwright_store::{EntryStatus, RunNow, RunSummary, Store};
use batchwright_train::RunRow;
use batchwright_view::{RunProgress, Style, row_heading, row_line, run_summary};
use std::time::Instant;

/// Rows from which on the way from row to row tells how long the rest takes.
const TELLING_ROWS: usize = 3;

/// A run in the store, as far as it was read.
pub(super) struct WatchedRun {
    store: Store,
    name: String,
    style: Style,
    summary: RunSummary,
    rows: Vec<RunRow>,
    /// Rows that the picture has, and that were printed.
    painted: usize,
    printed: usize,
    /// Whether rows were taken back since the picture was painted.
    set_back: bool,
    /// The first row that came while it was watched: its training seconds, and when.
    first_seen: Option<(f64, Instant)>,
}

impl WatchedRun {
    pub(super) fn new(store: Store, name: &str, screen: &Screen) -> Result<Self> {
        let summary = store.run_summary(name)?;
        Ok(Self {
            store,
            name: name.to_owned(),
            style: picture_style(screen),
            summary,
            rows: Vec::new(),
            painted: 0,
            printed: 0,
            set_back: false,
            first_seen: None,
        })
    }

    /// Reads the rows that have come. A run that goes on from an earlier checkpoint was set back: then all.
    fn read_rows(&mut self) -> Result<()> {
        let new = self.store.rows_from(&self.name, self.rows.last().map_or(0, |row| row.step))?;
        let before = self.rows.len();
        if self.rows.is_empty() || new.first() == self.rows.last() {
            self.rows.extend(new.into_iter().skip(usize::from(before > 0)));
        } else {
            self.rows = self.store.rows_from(&self.name, 0)?;
            (self.painted, self.set_back, self.first_seen) = (0, true, None);
            self.printed = self.printed.min(self.rows.len());
        }
        if before > 0 && self.rows.len() > before && self.first_seen.is_none() {
            self.first_seen = self.rows.last().map(|row| (row.seconds, Instant::now()));
        }
        Ok(())
    }

    /// Where it is, as its rows tell.
    fn progress(&self) -> Option<RunProgress> {
        let (plan, last) = (&self.summary.plan, self.rows.last()?);
        let timed = self.summary.settings.iter().any(|(key, value)| key == "duration" && is_time(value));
        let of = |value| (!timed).then_some(value);
        let done = last.samples as f64 / plan.samples_seen.max(1) as f64;
        let recent = &self.rows[self.rows.len().saturating_sub(2 * TELLING_ROWS)..];
        let rate = recent
            .first()
            .map(|first| last.samples.saturating_sub(first.samples) as f64 / (last.seconds - first.seconds));
        let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0 && self.rows.len() >= TELLING_ROWS);
        let left = rate.filter(|_| !timed).map(|rate| {
            let samples = plan.samples_seen.saturating_sub(last.samples) as f64;
            samples / rate * self.wall_for_training(last)
        });
        Some(RunProgress {
            epochs: (last.epoch, of(plan.epochs)),
            steps: (last.step, (!timed).then_some(plan.steps)),
            samples: last.samples,
            elapsed: last.seconds,
            done: if timed { 0.0 } else { done.min(1.0) },
            left,
            samples_a_second: rate,
            loss: last.step_loss.unwrap_or(last.train.loss),
        })
    }

    /// Seconds on the clock for each second of training: evaluations take time too. 1 until rows came
    /// while it was watched.
    fn wall_for_training(&self, last: &RunRow) -> f64 {
        let Some((seconds, at)) = self.first_seen else { return 1.0 };
        let ratio = at.elapsed().as_secs_f64() / (last.seconds - seconds);
        if ratio.is_finite() { ratio.clamp(1.0, 100.0) } else { 1.0 }
    }
}

/// Whether a stored duration is given in time.
fn is_time(duration: &str) -> bool {
    matches!(duration.parse(), Ok(batchwright_train::Duration::Seconds(_)))
}

impl Watched for WatchedRun {
    type Picture = RunPicture;

    fn store(&self) -> &Store {
        &self.store
    }

    fn look(&mut self) -> Result<EntryStatus> {
        self.summary = self.store.run_summary(&self.name)?;
        self.read_rows()?;
        Ok(self.summary.status)
    }

    fn picture(&mut self) -> RunPicture {
        let mut picture = RunPicture::new(&self.name, self.summary.plan, self.style);
        self.paint(&mut picture);
        picture
    }

    fn paint(&mut self, picture: &mut RunPicture) {
        if std::mem::take(&mut self.set_back) {
            picture.rows.clear();
        }
        picture.rows.extend_from_slice(&self.rows[self.painted..]);
        self.painted = self.rows.len();
        picture.status = self.summary.status;
        picture.plan = self.summary.plan;
        if let Some(progress) = self.progress() {
            picture.progress(progress);
        }
        // A finished run that is made longer has its earlier result.
        let ended = self.summary.status != EntryStatus::Running;
        let now = || self.store.now_of::<RunNow>(&self.name);
        picture.verdict = if ended { None } else { now().map(|now| now.verdict) };
        picture.result = self.summary.result.clone().filter(|_| ended);
        picture.memory_bytes = self.summary.result.as_ref().map(|result| result.memory_bytes);
        picture.notices = self.summary.reason.clone().into_iter().collect();
    }

    fn print(&mut self, screen: &Screen) {
        if self.printed == 0
            && let Some(first) = self.rows.first()
        {
            screen.tell(&row_heading(first.validation.accuracy.is_some(), screen.style));
        }
        for row in &self.rows[self.printed..] {
            screen.tell(&row_line(row, screen.style));
        }
        self.printed = self.rows.len();
        if self.summary.status == EntryStatus::Running {
            return;
        }
        match (&self.summary.result, &self.summary.reason) {
            (Some(result), _) => screen.say(&run_summary(result, screen.style)),
            (None, Some(reason)) => screen.note(reason),
            (None, None) => screen.note(&screen.style.lang.process_gone(&self.name)),
        }
    }
}
