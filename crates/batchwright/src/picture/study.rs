//! The picture of a study.

use crate::shell::full_screen::Picture;
use batchwright_find::JournalEntry;
use batchwright_store::{EntryStatus, StudyNow};
use batchwright_view::{ScreenControls, StudyScreen, StudySoFar, Style};
use ratatui_core::buffer::Buffer;
use std::time::Instant;

/// What is known of a study.
pub(crate) struct StudyPicture {
    name: String,
    settings: Vec<(String, String)>,
    pub(crate) status: EntryStatus,
    /// What it is doing; once it has ended, its target and the size that it recommends.
    pub(crate) now: StudyNow,
    entries: Vec<JournalEntry>,
    so_far: StudySoFar,
    /// Wall-clock seconds that it had used at some time.
    used: (f64, Instant),
    /// Wall-clock seconds that it may use.
    pub(crate) budget: Option<f64>,
    /// Its answer, in a sentence.
    pub(crate) verdict: Option<String>,
    pub(crate) notices: Vec<String>,
    style: Style,
}

impl StudyPicture {
    pub(crate) fn new(name: &str, settings: &[(String, String)], style: Style) -> Self {
        Self {
            name: name.to_owned(),
            settings: settings.to_vec(),
            status: EntryStatus::Running,
            now: StudyNow::default(),
            entries: Vec::new(),
            so_far: StudySoFar::default(),
            used: (0.0, Instant::now()),
            budget: None,
            verdict: None,
            notices: Vec::new(),
            style,
        }
    }

    /// Wall-clock seconds that it has used by now.
    pub(crate) fn used(&mut self, seconds: f64) {
        self.used = (seconds, Instant::now());
    }

    /// Its journal so far.
    pub(crate) fn journal(&mut self, entries: Vec<JournalEntry>) {
        self.entries = entries;
        self.so_far = StudySoFar::new(&self.entries, &self.settings);
    }

    /// One more entry of its journal.
    pub(crate) fn learn(&mut self, entry: &JournalEntry) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.push(entry.clone());
        self.journal(entries);
    }

    /// What its trials must reach: as it was asked until it is known.
    fn target(&self) -> Option<String> {
        let asked = || self.settings.iter().find(|(key, _)| key == "target").map(|(_, value)| value.clone());
        self.now.target.as_ref().map(|target| self.style.lang.target_line(target)).or_else(asked)
    }

    fn used_now(&self) -> f64 {
        let (used, at) = self.used;
        if self.status == EntryStatus::Running { used + at.elapsed().as_secs_f64() } else { used }
    }
}

impl Picture for StudyPicture {
    fn draw(&self, buffer: &mut Buffer, controls: ScreenControls) {
        let target = self.target();
        let screen = StudyScreen {
            name: &self.name,
            status: self.status,
            stage: self.now.stage,
            target: target.as_deref(),
            so_far: &self.so_far,
            running: &self.now.running,
            best: self.now.best,
            used: self.used_now(),
            budget: self.budget,
            verdict: self.verdict.as_deref(),
            notices: &self.notices,
        };
        screen.draw(buffer, controls, self.style);
    }
}
