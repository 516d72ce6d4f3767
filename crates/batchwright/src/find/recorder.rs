//! Stores the journal of a study while it runs, so that it can go on after its process was killed; logs its
//! trials where that was asked for; and tells what the study is doing now, for whoever watches it from
//! outside.
//!
//! An entry is stored in a transaction of its own as soon as the study hears of the answer. Where that
//! fails, the study goes on, and the entry is tried again before the next one: what is stored is
//! always the beginning of the journal.

use crate::find::live::LiveStudy;
use crate::shell::screen::Screen;
use crate::tracking::study_log::StudyLog;
use crate::tracking::texts::lost_text;
use anyhow::{Context, Result};
use batchwright_find::{FindError, Journal, JournalEntry, JournalProblem, StudyEvent, StudyObserver};
use batchwright_store::{Store, StoreError, StudyNow, from_json, to_json};
use batchwright_view::{FailureMessage, Notice};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Shows a study, stores its journal, and logs its trials.
pub(crate) struct Recorder<'a> {
    pub(crate) live: LiveStudy<'a>,
    log: StudyLog,
    screen: &'a Screen,
    store: &'a Store,
    study: &'a str,
    /// Number of stored entries.
    stored: u64,
    /// Entries that are not stored, in their order.
    waiting: Vec<String>,
    /// Whether it was said that entries cannot be stored.
    told: bool,
    now: StudyNow,
    /// Since when what it is doing has changed and was not told.
    untold_since: Cell<Option<Instant>>,
}

/// Least time between two tellings of what a study is doing: a trial may take less than a millisecond.
const TELLING: Duration = Duration::from_millis(250);

impl<'a> Recorder<'a> {
    /// For a study whose journal has so many entries.
    pub(crate) fn new(
        live: LiveStudy<'a>,
        log: StudyLog,
        screen: &'a Screen,
        store: &'a Store,
        study: &'a str,
        stored: u64,
    ) -> Self {
        Self {
            live,
            log,
            screen,
            store,
            study,
            stored,
            waiting: Vec::new(),
            told: false,
            now: StudyNow::default(),
            untold_since: Cell::new(None),
        }
    }

    /// Tells what it is doing, where that has changed a moment ago.
    fn tell_now(&self) {
        if self.untold_since.get().is_some_and(|since| since.elapsed() >= TELLING) {
            self.untold_since.set(None);
            // Whoever watches sees less; the study lacks nothing.
            let _ = self.store.tell_now(self.study, &self.now);
        }
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<()> {
        self.waiting.push(to_json(entry).context(FailureMessage::WriteJson)?);
        Ok(self.store_waiting()?)
    }

    fn store_waiting(&mut self) -> Result<(), StoreError> {
        while let Some(entry) = self.waiting.first() {
            self.store.append_event(self.study, self.stored, entry)?;
            self.stored += 1;
            self.waiting.remove(0);
        }
        Ok(())
    }
}

impl StudyObserver for Recorder<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        self.live.on_event(event);
        if self.now.note(event) && self.untold_since.get().is_none() {
            self.untold_since.set(Some(Instant::now()));
        }
        let StudyEvent::Learnt(entry) = event else { return };
        if let Err(error) = self.record(entry)
            && !std::mem::replace(&mut self.told, true)
        {
            let lang = self.screen.style.lang;
            let reason = lang.error_chain(error.chain());
            let notice = Notice::NotRecorded { study: self.study.to_owned(), reason };
            self.live.tell(&notice.text(lang));
        }
        for lost in self.log.learnt(entry) {
            self.live.tell(&lost_text(&lost, self.study, self.screen));
        }
    }

    fn should_stop(&self) -> bool {
        self.tell_now();
        self.live.should_stop()
    }
}

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        self.store.forget_now(self.study);
    }
}

/// The journal of a study; `None` for a study that was cut off before its first entry, or that an
/// older program stored.
pub(crate) fn journal(store: &Store, study: &str) -> Result<Option<Journal>> {
    let texts = store.events(study)?;
    let read = |(nth, text): (u64, &String)| {
        let entry = from_json::<JournalEntry>(text);
        entry.map_err(|error| JournalProblem::Entry { nth, reason: error.to_string() })
    };
    let entries = (0..).zip(&texts).map(read).collect::<Result<Vec<_>, _>>();
    let journal = |entries: Vec<_>| (!entries.is_empty()).then(|| Journal::new(entries)).transpose();
    Ok(entries.and_then(journal).map_err(FindError::Journal)?)
}
