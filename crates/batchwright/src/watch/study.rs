//! A study that is watched.

use crate::picture::study::StudyPicture;
use crate::shell::full_screen::picture_style;
use crate::shell::screen::Screen;
use crate::watch::watched::Watched;
use anyhow::Result;
use batchwright_find::{Journal, JournalEntry, StudyResult, from_json};
use batchwright_store::{EntryStatus, Store, StoreError, StudyNow, StudySummary};
use batchwright_view::{Style, WatchedFrom, ended_trial_line, study_verdict_line};

/// A study in the store, as far as it was read.
pub(super) struct WatchedStudy {
    store: Store,
    name: String,
    style: Style,
    summary: StudySummary,
    entries: Vec<JournalEntry>,
    result: Option<StudyResult>,
    /// What it is doing, while it runs.
    now: Option<StudyNow>,
    /// Entries that the picture has, and that were printed.
    painted: usize,
    printed: usize,
}

impl WatchedStudy {
    pub(super) fn new(store: Store, name: &str, screen: &Screen) -> Result<Self> {
        let summary = store.study_summary(name)?;
        Ok(Self {
            store,
            name: name.to_owned(),
            style: picture_style(screen),
            summary,
            entries: Vec::new(),
            result: None,
            now: None,
            painted: 0,
            printed: 0,
        })
    }

    fn journal(&self) -> Option<Journal> {
        Journal::new(self.entries.clone()).ok()
    }
}

impl Watched for WatchedStudy {
    type Picture = StudyPicture;

    fn version(&self) -> Result<i64> {
        Ok(self.store.data_version()?)
    }

    fn look(&mut self) -> Result<EntryStatus> {
        self.summary = self.store.study_summary(&self.name)?;
        let texts = self.store.events(&self.name)?;
        if texts.len() < self.entries.len() {
            // It was begun anew.
            self.entries.clear();
            (self.painted, self.printed) = (0, 0);
        }
        for text in &texts[self.entries.len()..] {
            self.entries.push(from_json(text).map_err(|error| StoreError::Content {
                what: "journal",
                name: self.name.clone(),
                reason: error.to_string(),
            })?);
        }
        let running = self.summary.status == EntryStatus::Running;
        self.now = running.then(|| self.store.now_of(&self.name)).flatten();
        if !running {
            self.result = self.store.study(&self.name)?.result;
        }
        Ok(self.summary.status)
    }

    fn picture(&mut self) -> StudyPicture {
        let settings = &self.summary.settings;
        let mut picture = StudyPicture::new(&self.name, settings, WatchedFrom::Outside, self.style);
        let target = settings.iter().find(|(key, _)| key == "target").map(|(_, value)| value.clone());
        picture.target = target;
        self.paint(&mut picture);
        picture
    }

    fn paint(&mut self, picture: &mut StudyPicture) {
        picture.status = self.summary.status;
        if self.painted < self.entries.len() {
            picture.learn(&self.entries[self.painted..]);
            self.painted = self.entries.len();
            if let Some(journal) = self.journal() {
                picture.budget = journal.budget().map(|budget| budget.as_secs_f64());
                picture.used(journal.used().as_secs_f64());
            }
        }
        if let Some(now) = &self.now {
            picture.stage = now.stage;
            if let Some(target) = &now.target {
                picture.target = Some(self.style.lang.target_to_reach(target));
            }
        }
        picture.running = self.now.as_ref().map(|now| now.running.clone()).unwrap_or_default();
        picture.verdict = self.result.as_ref().map(|result| study_verdict_line(result, self.style));
        if let Some(target) = self.result.as_ref().and_then(|result| result.target.as_ref()) {
            picture.target = Some(self.style.lang.target_to_reach(target));
        }
        let recommended = self.result.as_ref().and_then(|result| result.recommended.as_ref());
        let best = self.now.as_ref().and_then(|now| now.best);
        picture.best = recommended.map(|it| it.batch_size).or(best);
        picture.changed();
    }

    fn print(&mut self, screen: &Screen) {
        for entry in &self.entries[self.printed..] {
            if let JournalEntry::Ended { outcome, .. } = entry {
                screen.tell(&ended_trial_line(outcome, screen.style));
            }
        }
        self.printed = self.entries.len();
        if self.summary.status == EntryStatus::Running {
            return;
        }
        match &self.result {
            Some(result) => screen.say(&study_verdict_line(result, screen.style)),
            None => screen.note(&screen.style.lang.entry_is_lost(&self.name)),
        }
    }
}
