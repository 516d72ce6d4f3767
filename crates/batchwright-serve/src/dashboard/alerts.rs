//! Tells whoever asked for it what happens to runs and studies while the dashboard runs, as its pages do
//! while one is open: diverged, overfitting (also one that still runs), failed, lost, verdict reached.
//!
//! Left out: how it is told (the program: a command, or an address).

use crate::dashboard::answers::run_in_list;
use crate::dashboard::stores::{Reader, Stores};
use batchwright_store::{EntryStatus, Store, StoreChanges, StoreError};
use batchwright_view::{DashboardAlert, DashboardEntry, Lang, study_entry};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Who is told of an entry that has something to tell. Called one after the other, on a thread of their own.
pub type OnAlert = Box<dyn Fn(&DashboardEntry) + Send>;

/// Time between two looks at whether something was stored. A look at 1,000 runs takes a tenth of a second.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks until it is dropped.
#[derive(Debug)]
pub(crate) struct Alerts {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Alerts {
    pub(crate) fn start(stores: Arc<Stores>, lang: Lang, tell: OnAlert) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let thread = std::thread::spawn(move || look(&stores, lang, &tell, &stop));
        Self { ended, thread: Some(thread) }
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn look(stores: &Stores, lang: Lang, tell: &OnAlert, ended: &AtomicBool) {
    let mut reader: Option<Reader> = None;
    let (mut known, mut changes) = (Known::default(), StoreChanges::default());
    while !ended.load(Ordering::Relaxed) {
        if !reader.as_ref().is_some_and(|reader| stores.is_current(reader)) {
            (reader, changes) = (stores.open().ok(), StoreChanges::default());
        }
        match &reader {
            Some(reader) if changes.came(Some(&reader.store)) => {
                // What cannot be read now is read at a later look; what was told stays known.
                let new = entries(&reader.store, lang).map(|entries| known.new_of(entries));
                for entry in new.unwrap_or_default() {
                    if !ended.load(Ordering::Relaxed) {
                        tell(&entry);
                    }
                }
            }
            Some(_) => {}
            // What comes into a folder that has no store yet is new.
            None => known.begun = true,
        }
        std::thread::park_timeout(INTERVAL);
    }
}

/// All runs and studies.
fn entries(store: &Store, lang: Lang) -> Result<Vec<DashboardEntry>, StoreError> {
    let runs = store.runs()?.into_iter().flatten().map(|run| run_in_list(store, &run, lang));
    let studies = store.studies()?.into_iter().flatten().map(|study| study_entry(&study, lang));
    Ok(runs.chain(studies).collect())
}

/// What was told, or was there when it began.
#[derive(Debug, Default)]
struct Known {
    told: HashSet<(String, &'static str)>,
    begun: bool,
}

impl Known {
    /// Those of the entries that tell something new. Of one that has gone on and ended once more, it is new
    /// again. What a run tells before it ends is told once, also where its curve wavers.
    fn new_of(&mut self, entries: Vec<DashboardEntry>) -> Vec<DashboardEntry> {
        let key = |entry: &DashboardEntry| Some((entry.name.clone(), entry.alert.as_ref()?.kind));
        let running = entries.iter().filter(|entry| entry.status == EntryStatus::Running);
        let kept = running
            .map(|entry| (entry.name.clone(), DashboardAlert::SO_FAR))
            .filter(|key| self.told.contains(key));
        let now: HashSet<_> = entries.iter().filter_map(key).chain(kept).collect();
        let new = |entry: &DashboardEntry| key(entry).is_some_and(|key| !self.told.contains(&key));
        let new: Vec<DashboardEntry> = entries.into_iter().filter(new).collect();
        self.told = now;
        if std::mem::replace(&mut self.begun, true) { new } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_store::EntryKind;

    /// It still runs where it tells what it is so far.
    fn entry(name: &str, kind: &'static str) -> DashboardEntry {
        DashboardEntry {
            name: name.to_owned(),
            kind: EntryKind::Run,
            status: if kind == DashboardAlert::SO_FAR { EntryStatus::Running } else { EntryStatus::Done },
            cells: Vec::new(),
            alert: Some(DashboardAlert { kind, text: String::new() }),
        }
    }

    /// Else whoever starts it is told of a hundred old runs, or of each one at every look.
    #[test]
    fn only_what_is_new_is_told_and_once() {
        let mut known = Known::default();
        let mut names = |entries: Vec<DashboardEntry>| -> Vec<String> {
            known.new_of(entries).into_iter().map(|entry| entry.name).collect()
        };
        assert!(names(vec![entry("old", "verdict")]).is_empty());
        assert_eq!(names(vec![entry("old", "verdict"), entry("a", "lost")]), ["a"]);
        assert!(names(vec![entry("old", "verdict"), entry("a", "lost")]).is_empty());
        assert!(names(vec![entry("old", "verdict")]).is_empty(), "a goes on");
        assert_eq!(names(vec![entry("old", "verdict"), entry("a", "verdict")]), ["a"]);
        assert_eq!(names(vec![entry("old", "diverged")]), ["old"], "something else");
    }

    /// Else a curve that wavers is told again and again; or the verdict at its end is not.
    #[test]
    fn what_a_run_tells_before_it_ends_is_told_once() {
        let mut known = Known::default();
        let quiet = DashboardEntry { alert: None, ..entry("a", DashboardAlert::SO_FAR) };
        let overfits = entry("a", DashboardAlert::SO_FAR);
        let told = [&quiet, &overfits, &quiet, &overfits].map(|it| known.new_of(vec![it.clone()]).len());
        assert_eq!(told, [0, 1, 0, 0]);
        assert_eq!(known.new_of(vec![entry("a", "overfitting")]).len(), 1, "it has ended");
        assert_eq!(known.new_of(vec![quiet]).len() + known.new_of(vec![overfits]).len(), 1, "it goes on");
    }
}
