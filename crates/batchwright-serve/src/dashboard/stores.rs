//! Connections to the store, each used by one request at a time. They only read.

use batchwright_store::{DATABASE_FILE, Store, StoreError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Connections that are kept for later requests.
const MOST_KEPT: usize = 4;

/// How long a connection is used. A database of an older version is read as a copy of one moment
/// (see [`Store::open_existing`]), which grows old.
const MOST_AGE: Duration = Duration::from_secs(30);

/// The store of a folder, which may not be there yet, and may be replaced.
#[derive(Debug)]
pub(crate) struct Stores {
    runs: PathBuf,
    kept: Mutex<Vec<Reader>>,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) store: Store,
    opened: Instant,
    /// Device and number of the file.
    file: Option<(u64, u64)>,
}

impl Stores {
    pub(crate) fn new(runs: &Path) -> Self {
        Self { runs: runs.to_owned(), kept: Mutex::default() }
    }

    /// The folder of runs.
    pub(crate) fn runs(&self) -> &Path {
        &self.runs
    }

    /// Reads something.
    ///
    /// # Errors
    /// As [`Store::open_existing`], and what `read` returns.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match kept.filter(|reader| self.is_current(reader)) {
            Some(reader) => reader,
            None => self.open()?,
        };
        let result = read(&reader.store);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(reader);
        }
        result
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub(crate) fn open(&self) -> Result<Reader, StoreError> {
        let file = self.file();
        Ok(Reader { store: Store::open_existing(&self.runs)?, opened: Instant::now(), file })
    }

    /// Whether a connection still reads what is stored.
    pub(crate) fn is_current(&self, reader: &Reader) -> bool {
        reader.opened.elapsed() < MOST_AGE && reader.file.is_some() && reader.file == self.file()
    }

    fn file(&self) -> Option<(u64, u64)> {
        let metadata = self.runs.join(DATABASE_FILE).metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    }
}
