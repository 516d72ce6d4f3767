//! The picture of a run.

use crate::shell::full_screen::Picture;
use batchwright_store::EntryStatus;
use batchwright_train::{Plan, RunResult, RunRow, Verdict};
use batchwright_view::{RunProgress, RunScreen, ScreenControls, ScreenVerdict, Style};
use ratatui_core::buffer::Buffer;
use std::time::Instant;

/// What is known of a run.
pub(crate) struct RunPicture {
    name: String,
    pub(crate) status: EntryStatus,
    pub(crate) plan: Plan,
    /// Bytes that were planned for it, where they are known.
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) rows: Vec<RunRow>,
    /// With the time at which it was told.
    now: Option<(RunProgress, Instant)>,
    /// What its curve says so far.
    pub(crate) verdict: Option<Verdict>,
    /// How it ended, if it did.
    pub(crate) result: Option<RunResult>,
    pub(crate) notices: Vec<String>,
    style: Style,
}

impl RunPicture {
    pub(crate) fn new(name: &str, plan: Plan, style: Style) -> Self {
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
            style,
        }
    }

    pub(crate) fn progress(&mut self, progress: RunProgress) {
        self.now = Some((progress, Instant::now()));
    }
}

impl Picture for RunPicture {
    fn draw(&self, buffer: &mut Buffer, controls: ScreenControls) {
        let so_far = self.verdict.as_ref().map(ScreenVerdict::SoFar);
        let screen = RunScreen {
            name: &self.name,
            status: self.status,
            plan: &self.plan,
            rows: &self.rows,
            now: self.now.map(|(progress, _)| progress),
            since: self.now.map_or(0.0, |(_, told)| told.elapsed().as_secs_f64()),
            memory_bytes: self.memory_bytes,
            verdict: self.result.as_ref().map(ScreenVerdict::Final).or(so_far),
            notices: &self.notices,
        };
        screen.draw(buffer, controls, self.style);
    }
}
