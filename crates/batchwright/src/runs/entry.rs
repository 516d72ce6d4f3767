//! What is read of stored runs and studies: which there are; of one the record, the command line that
//! started it, and its files.

use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_find::StudyResult;
use batchwright_store::{EntryKind, EntryStatus, RunSummary, Store, StoreError, StudySummary};
use batchwright_train::RunRecord;
use batchwright_view::{Notice, ShownEntry, UsageMessage, typed_command};
use std::fs::DirEntry;
use std::path::Path;

/// Stands for the newest run or study.
pub(crate) const LAST: &str = "last";

/// What tells which of many runs and studies is meant.
pub(crate) struct StoredEntry {
    /// Seconds since 1970.
    pub(crate) created: i64,
    pub(crate) name: String,
    pub(crate) status: EntryStatus,
}

/// All studies, then all runs, each in the order in which they came: of those of one second, the run came
/// last. Where one is damaged, it is not known when that was: it is left out, and told.
pub(crate) fn entries(store: &Store, screen: &Screen) -> Result<Vec<StoredEntry>> {
    let run = |run: RunSummary| StoredEntry { created: run.created, name: run.name, status: run.status };
    let study = |it: StudySummary| StoredEntry { created: it.created, name: it.name, status: it.status };
    let studies = whole(store.studies()?, screen).map(study);
    Ok(studies.chain(whole(store.runs()?, screen).map(run)).collect())
}

/// The entries that can be read.
fn whole<T>(entries: Vec<Result<T, StoreError>>, screen: &Screen) -> impl Iterator<Item = T> {
    let lang = screen.style.lang;
    let tell = move |error| screen.note(&Notice::EntryLeftOut { error: lang.error(&error) }.text(lang));
    entries.into_iter().filter_map(move |entry| entry.map_err(tell).ok())
}

/// A run or study with everything that is known of it.
pub(crate) enum Stored {
    Run(Box<RunSummary>, Box<RunRecord>),
    Study(StudySummary, Option<Box<StudyResult>>),
}

impl Stored {
    pub(crate) fn load(store: &Store, name: &str) -> Result<Self> {
        Ok(match store.kind_of(name)? {
            EntryKind::Run => Self::Run(Box::new(store.run_summary(name)?), Box::new(store.run(name)?)),
            EntryKind::Study => {
                Self::Study(store.study_summary(name)?, store.study(name)?.result.map(Box::new))
            }
        })
    }
}

/// The runs of these names, each once.
pub(crate) fn runs(store: &Store, names: &[String]) -> Result<Vec<RunRecord>> {
    let run = |name: &String| match store.kind_of(name)? {
        EntryKind::Run => Ok(store.run(name)?),
        EntryKind::Study => Err(UsageMessage::CompareStudies { name: name.clone() }.into()),
    };
    once(names).into_iter().map(run).collect()
}

/// The names without repetitions, in their order.
pub(crate) fn once(names: &[String]) -> Vec<&String> {
    let mut kept: Vec<&String> = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// What a run and a study have in common.
pub(crate) fn shown(store: &Store, stored: &Stored) -> Result<ShownEntry> {
    let (name, status, created, reason) = match stored {
        Stored::Run(run, _) => (&run.name, run.status, run.created, run.reason.clone()),
        Stored::Study(study, _) => (&study.name, study.status, study.created, None),
    };
    let origin = store.origin(name)?;
    Ok(ShownEntry {
        name: name.clone(),
        status,
        reason,
        created,
        command: origin.as_ref().map(|origin| typed_command(&origin.arguments)),
        folder: origin.map(|origin| origin.folder.display().to_string()),
        files: files(&store.place(name)?),
    })
}

/// The files in a folder and below it, by path within the folder, with their bytes. What cannot be
/// read is left out: it is shown, nothing depends on it.
pub(crate) fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(&next).into_iter().flatten().flatten();
        for entry in entries {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => files.push(file(folder, &entry)),
            }
        }
    }
    files.sort();
    files
}

fn file(folder: &Path, entry: &DirEntry) -> (String, u64) {
    let path = entry.path();
    let within = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
    (within, entry.metadata().map_or(0, |metadata| metadata.len()))
}

/// How stored values appear in JSON.
pub(crate) mod stored {
    use serde::{Serialize, Serializer};

    /// Settings as one object.
    pub(crate) struct Settings<'a>(pub(crate) &'a [(String, String)]);

    impl Serialize for Settings<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
        }
    }
}
