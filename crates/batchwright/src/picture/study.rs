//! The picture of a study.

use crate::shell::full_screen::Picture;
use batchwright_find::{JournalEntry, Stage, TrialRequest};
use batchwright_store::EntryStatus;
use batchwright_view::{ScreenControls, StudyScreen, StudySoFar, Style, WatchedFrom};
use ratatui_core::buffer::Buffer;
use std::time::Instant;

/// What is known of a study.
pub(crate) struct StudyPicture {
    name: String,
    settings: Vec<(String, String)>,
    pub(crate) status: EntryStatus,
    pub(crate) stage: Option<Stage>,
    pub(crate) target: Option<String>,
    entries: Vec<JournalEntry>,
    so_far: StudySoFar,
    pub(crate) running: Vec<TrialRequest>,
    pub(crate) best: Option<u64>,
    /// Wall-clock seconds that it had used at some time.
    used: (f64, Instant),
    pub(crate) budget: Option<f64>,
    pub(crate) verdict: Option<String>,
    notices: Vec<String>,
    controls: ScreenControls,
    style: Style,
    version: u64,
}

impl StudyPicture {
    pub(crate) fn new(name: &str, settings: &[(String, String)], from: WatchedFrom, style: Style) -> Self {
        Self {
            name: name.to_owned(),
            settings: settings.to_vec(),
            status: EntryStatus::Running,
            stage: None,
            target: None,
            entries: Vec::new(),
            so_far: StudySoFar::default(),
            running: Vec::new(),
            best: None,
            used: (0.0, Instant::now()),
            budget: None,
            verdict: None,
            notices: Vec::new(),
            controls: ScreenControls::new(from),
            style,
            version: 0,
        }
    }

    /// Wall-clock seconds that it has used by now.
    pub(crate) fn used(&mut self, seconds: f64) {
        self.used = (seconds, Instant::now());
        self.changed();
    }

    /// Entries of its journal that have come.
    pub(crate) fn learn(&mut self, entries: &[JournalEntry]) {
        self.entries.extend_from_slice(entries);
        self.so_far = StudySoFar::new(&self.entries, &self.settings);
        self.changed();
    }

    pub(crate) fn trial_started(&mut self, request: &TrialRequest) {
        self.running.push(*request);
        self.changed();
    }

    pub(crate) fn trial_ended(&mut self, request: &TrialRequest) {
        if let Some(place) = self.running.iter().position(|running| running == request) {
            self.running.remove(place);
        }
        self.changed();
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.notices.push(text.to_owned());
        self.changed();
    }

    pub(crate) fn changed(&mut self) {
        self.version += 1;
    }

    fn used_now(&self) -> f64 {
        let (used, at) = self.used;
        if self.status == EntryStatus::Running { used + at.elapsed().as_secs_f64() } else { used }
    }
}

impl Picture for StudyPicture {
    fn draw(&mut self, buffer: &mut Buffer) {
        let screen = StudyScreen {
            name: &self.name,
            status: self.status,
            stage: self.stage,
            target: self.target.as_deref(),
            so_far: &self.so_far,
            running: &self.running,
            best: self.best,
            used: self.used_now(),
            budget: self.budget,
            verdict: self.verdict.as_deref(),
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
