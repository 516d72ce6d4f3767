//! The picture of a run.

use crate::shell::full_screen::Picture;
use batchwright_store::EntryStatus;
use batchwright_train::{Plan, RunResult, RunRow, Verdict};
use batchwright_view::{RunProgress, RunScreen, ScreenControls, ScreenVerdict, Style, WatchedFrom};
use ratatui_core::buffer::Buffer;
use std::time::Instant;

/// What is known of a run.
pub(crate) struct RunPicture {
    name: String,
    pub(crate) status: EntryStatus,
    pub(crate) plan: Plan,
    memory_bytes: Option<u64>,
    pub(crate) rows: Vec<RunRow>,
    /// With the time at which it was told.
    now: Option<(RunProgress, Instant)>,
    verdict: Option<Verdict>,
    result: Option<RunResult>,
    notices: Vec<String>,
    from: WatchedFrom,
    controls: ScreenControls,
    style: Style,
    version: u64,
}

impl RunPicture {
    pub(crate) fn new(name: &str, plan: Plan, from: WatchedFrom, style: Style) -> Self {
        Self {
            name: name.to_owned(),
            status: EntryStatus::Running,
            plan,
            memory_bytes: None,
            rows: Vec::new(),
            now: None,
            verdict: None,
            result: None,
            notices: Vec::new(),
            from,
            controls: ScreenControls::new(from),
            style,
            version: 0,
        }
    }

    /// Bytes that were planned for it.
    pub(crate) fn memory(&mut self, bytes: u64) {
        self.memory_bytes = Some(bytes);
        self.changed();
    }

    pub(crate) fn progress(&mut self, progress: RunProgress) {
        self.now = Some((progress, Instant::now()));
        self.changed();
    }

    /// Rows that have come.
    pub(crate) fn add_rows(&mut self, rows: &[RunRow]) {
        self.rows.extend_from_slice(rows);
        self.changed();
    }

    pub(crate) fn verdict_so_far(&mut self, verdict: &Verdict) {
        self.verdict = Some(verdict.clone());
        self.changed();
    }

    /// How it ended, if it did.
    pub(crate) fn result(&mut self, result: Option<RunResult>) {
        self.memory_bytes = result.as_ref().map(|result| result.memory_bytes).or(self.memory_bytes);
        self.result = result;
        self.changed();
    }

    /// The one thing to be said besides.
    pub(crate) fn only_note(&mut self, text: String) {
        self.notices = vec![text];
        self.changed();
    }

    pub(crate) fn note(&mut self, text: String) {
        self.notices.push(text);
        self.changed();
    }

    pub(crate) fn changed(&mut self) {
        self.version += 1;
    }

    /// Where it is: while it is evaluated no step tells it, but clocks go on.
    fn now(&self) -> Option<RunProgress> {
        let (progress, told) = self.now?;
        if self.status != EntryStatus::Running {
            return Some(progress);
        }
        let since = told.elapsed().as_secs_f64();
        let left = progress.left.map(|left| (left - since).max(0.0));
        // From outside it is the time of training, which rows tell.
        let passed = if self.from == WatchedFrom::Within { since } else { 0.0 };
        Some(RunProgress { elapsed: progress.elapsed + passed, left, ..progress })
    }
}

impl Picture for RunPicture {
    fn draw(&mut self, buffer: &mut Buffer) {
        let so_far = self.verdict.as_ref().map(ScreenVerdict::SoFar);
        let screen = RunScreen {
            name: &self.name,
            status: self.status,
            plan: &self.plan,
            rows: &self.rows,
            now: self.now(),
            memory_bytes: self.memory_bytes,
            verdict: self.result.as_ref().map(ScreenVerdict::Final).or(so_far),
            notices: &self.notices,
        };
        screen.draw(buffer, self.controls, self.style);
    }

    fn press(&mut self, key: char) {
        self.controls.press(key);
    }

    fn version(&self) -> u64 {
        self.version
    }
}
