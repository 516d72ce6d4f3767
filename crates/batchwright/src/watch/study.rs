//! A study that is watched.

use crate::find::recorder::journal;
use crate::picture::study::StudyPicture;
use crate::shell::full_screen::picture_style;
use crate::shell::screen::Screen;
use crate::watch::watched::Watched;
use anyhow::Result;
use batchwright_find::{Journal, JournalEntry, StudyResult};
use batchwright_store::{EntryStatus, Store, StudyNow, StudySummary};
use batchwright_view::{Style, ended_trial_line, study_verdict_line};

/// A study in the store, as far as it was read.
pub(super) struct WatchedStudy {
    store: Store,
    name: String,
    style: Style,
    summary: StudySummary,
    /// Absent before its first entry.
    journal: Option<Journal>,
    result: Option<StudyResult>,
    /// Entries of the journal that were printed.
    printed: usize,
}

impl WatchedStudy {
    pub(super) fn new(store: Store, name: &str, screen: &Screen) -> Result<Self> {
        let (summary, style) = (store.study_summary(name)?, picture_style(screen));
        let name = name.to_owned();
        Ok(Self { store, name, style, summary, journal: None, result: None, printed: 0 })
    }

    fn entries(&self) -> &[JournalEntry] {
        self.journal.as_ref().map_or(&[], Journal::entries)
    }

    /// What it is doing; once it has ended, its target and the size that it recommends.
    fn now(&self) -> StudyNow {
        match &self.result {
            None => self.store.now_of(&self.name).unwrap_or_default(),
            Some(result) => StudyNow {
                target: result.target.clone(),
                best: result.recommended.as_ref().map(|choice| choice.batch_size),
                ..StudyNow::default()
            },
        }
    }
}

impl Watched for WatchedStudy {
    type Picture = StudyPicture;

    fn store(&self) -> &Store {
        &self.store
    }

    fn look(&mut self) -> Result<EntryStatus> {
        self.summary = self.store.study_summary(&self.name)?;
        self.journal = journal(&self.store, &self.name)?;
        // It may have been begun anew.
        self.printed = self.printed.min(self.entries().len());
        let ended = self.summary.status != EntryStatus::Running;
        self.result = if ended { self.store.study(&self.name)?.result } else { None };
        Ok(self.summary.status)
    }

    fn picture(&mut self) -> StudyPicture {
        let mut picture = StudyPicture::new(&self.name, &self.summary.settings, self.style);
        self.paint(&mut picture);
        picture
    }

    fn paint(&mut self, picture: &mut StudyPicture) {
        picture.status = self.summary.status;
        picture.now = self.now();
        picture.journal(self.entries().to_vec());
        if let Some(journal) = &self.journal {
            picture.budget = journal.budget().map(|budget| budget.as_secs_f64());
            picture.used(journal.used().as_secs_f64());
        }
        picture.verdict = self.result.as_ref().map(|result| study_verdict_line(result, self.style));
    }

    fn print(&mut self, screen: &Screen) {
        for entry in &self.entries()[self.printed..] {
            if let JournalEntry::Ended { outcome, .. } = entry {
                screen.tell(&ended_trial_line(outcome, screen.style));
            }
        }
        self.printed = self.entries().len();
        if self.summary.status == EntryStatus::Running {
            return;
        }
        match &self.result {
            Some(result) => screen.say(&study_verdict_line(result, screen.style)),
            None => screen.note(&screen.style.lang.process_gone(&self.name)),
        }
    }
}
