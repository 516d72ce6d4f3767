//! Rows in groups: a training loop hands over each row at once, the disk is written to about once a second.

use std::time::{Duration, Instant};

use batchwright_train::RunRow;

use crate::error::StoreError;
use crate::store::Store;

/// How long a row may wait.
const INTERVAL: Duration = Duration::from_secs(1);

/// Collects the rows of one run and writes them by transaction.
///
/// End it with [`RowWriter::finish`], which reports an error. Dropping it (as on an early return) writes what is left, too, but cannot
/// say whether that went well.
#[derive(Debug)]
pub struct RowWriter<'a> {
    store: &'a Store,
    run: String,
    waiting: Vec<RunRow>,
    written: Instant,
    interval: Duration,
}

impl<'a> RowWriter<'a> {
    /// For a run that exists. Rows wait for up to a second.
    #[must_use]
    pub fn new(store: &'a Store, run: &str) -> Self {
        Self::with_interval(store, run, INTERVAL)
    }

    /// The same with another waiting time; zero writes every row at once.
    #[must_use]
    pub fn with_interval(store: &'a Store, run: &str, interval: Duration) -> Self {
        Self { store, run: run.to_string(), waiting: Vec::new(), written: Instant::now(), interval }
    }

    /// Takes a row, and writes all waiting ones where the last writing is long enough ago.
    ///
    /// # Errors
    /// As [`Store::append_rows`]; the rows keep waiting.
    pub fn push(&mut self, row: RunRow) -> Result<(), StoreError> {
        self.waiting.push(row);
        if self.written.elapsed() >= self.interval { self.flush() } else { Ok(()) }
    }

    /// Writes all waiting rows.
    ///
    /// # Errors
    /// As [`Store::append_rows`]; the rows keep waiting.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if !self.waiting.is_empty() {
            self.store.append_rows(&self.run, &self.waiting)?;
            self.waiting.clear();
        }
        self.written = Instant::now();
        Ok(())
    }

    /// Writes what is left, and ends.
    ///
    /// # Errors
    /// As [`Store::append_rows`].
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.flush()
    }
}

impl Drop for RowWriter<'_> {
    fn drop(&mut self) {
        // There is nobody to tell: an error that matters was returned by `finish` or is on its way up already.
        let _ = self.flush();
    }
}
