//! Finds the files in a folder and its subfolders.
//!
//! Left out: which of them contain metrics. Links are not followed, and only plain files count: a pipe would block.

use crate::read::files::error::FileError;
use crate::read::files::tensorboard;
use crate::read::files::text::{Stamp, stamp};
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How deep folders within folders are read.
const DEPTH: usize = 8;
/// The largest number of entries in all folders together that are read.
const ENTRIES: usize = 20_000;

/// What one walk through a folder found.
#[derive(Default)]
pub(crate) struct Walk {
    /// Files, by path.
    pub(crate) files: Vec<(PathBuf, Stamp)>,
    /// What could not be listed.
    pub(crate) errors: Vec<(PathBuf, FileError)>,
}

impl Walk {
    pub(crate) fn through(root: &Path) -> Self {
        let mut walk = Self::default();
        let mut entries_left = ENTRIES;
        if walk.enter(root, 0, &mut entries_left).is_none() {
            let error = FileError::TooMany { folder: root.to_owned(), limit: ENTRIES };
            walk.errors.push((root.to_owned(), error));
        }
        walk.files.sort();
        walk
    }

    /// `None` once there are too many entries.
    fn enter(&mut self, folder: &Path, depth: usize, entries_left: &mut usize) -> Option<()> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Some(()),
            Err(error) => {
                let error = FileError::Unreadable { file: folder.to_owned(), kind: error.kind() };
                self.errors.push((folder.to_owned(), error));
                return Some(());
            }
        };
        for entry in entries.flatten() {
            *entries_left = entries_left.checked_sub(1)?;
            self.take(&entry, depth, entries_left)?;
        }
        Some(())
    }

    /// An entry that disappears meanwhile is ignored.
    fn take(&mut self, entry: &DirEntry, depth: usize, entries_left: &mut usize) -> Option<()> {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { return Some(()) };
        if kind.is_dir() && depth < DEPTH {
            self.enter(&path, depth + 1, entries_left)?;
        } else if kind.is_file() {
            self.files.extend(entry.metadata().ok().map(|metadata| (path, stamp(&metadata))));
        }
        Some(())
    }
}

/// Whether a file is an event file of TensorBoard; by its name.
pub(crate) fn is_event_file(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(tensorboard::NAME_PART))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with millions of checkpoints would be listed twice a second.
    #[test]
    fn a_folder_with_too_many_entries_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a"), "").unwrap();
        std::fs::write(root.path().join("b"), "").unwrap();
        assert_eq!(Walk::default().enter(root.path(), 0, &mut 1), None);
        assert_eq!(Walk::default().enter(root.path(), 0, &mut 2), Some(()));
        assert!(Walk::through(root.path()).errors.is_empty());
    }
}
