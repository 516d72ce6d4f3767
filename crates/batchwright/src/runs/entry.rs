//! What `runs` reads of a stored run or study: the record, the command line that started it, and
//! its files.

use anyhow::Result;
use batchwright_command::process::shell_line;
use batchwright_find::StudyResult;
use batchwright_store::{EntryKind, RunSummary, Store, StudySummary};
use batchwright_train::RunRecord;
use batchwright_view::{ShownEntry, UsageMessage};
use std::fs::DirEntry;
use std::path::Path;

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
        command: origin.as_ref().map(|origin| format!("batchwright {}", shell_line(&origin.arguments))),
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
