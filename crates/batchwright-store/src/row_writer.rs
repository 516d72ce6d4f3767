//! Writes rows in groups. A training loop hands over each row at once; the disk is written to about
//! once a second.
//!
//! It takes `RunRow` of `batchwright-train` as it is and has no row type of its own.

use std::time::{Duration, Instant};

use batchwright_train::RunRow;

use crate::error::StoreError;
use crate::schema::{BUSY_TIMEOUT, ROWS_TIMEOUT};
use crate::store::Store;

/// The longest time that a row waits.
const INTERVAL: Duration = Duration::from_secs(1);

/// Collects the rows of one run, and writes each group in one transaction.
///
/// End it with [`RowWriter::finish`], which returns an error. Dropping it (as on an early return)
/// also writes the remaining rows, but cannot report an error.
#[derive(Debug)]
pub struct RowWriter<'a> {
    store: &'a Store,
    run: String,
    waiting: Vec<RunRow>,
    written: Instant,
    interval: Duration,
}

impl<'a> RowWriter<'a> {
    /// A writer for an existing run. Rows wait for up to a second.
    #[must_use]
    pub fn new(store: &'a Store, run: &str) -> Self {
        Self::with_interval(store, run, INTERVAL)
    }

    /// A writer with another waiting time; zero writes every row at once.
    #[must_use]
    pub fn with_interval(store: &'a Store, run: &str, interval: Duration) -> Self {
        Self { store, run: run.to_string(), waiting: Vec::new(), written: Instant::now(), interval }
    }

    /// Takes a row, and writes all waiting rows when the last write is long enough ago. Where
    /// another process has the database locked, they wait for the next group.
    ///
    /// # Errors
    /// As [`Store::append_rows`], but for [`StoreError::Locked`]; the rows stay in the writer.
    pub fn push(&mut self, row: RunRow) -> Result<(), StoreError> {
        self.waiting.push(row);
        if self.written.elapsed() < self.interval {
            return Ok(());
        }
        match self.write_within(ROWS_TIMEOUT) {
            Err(StoreError::Locked { .. }) => {
                self.written = Instant::now();
                Ok(())
            }
            written => written,
        }
    }

    /// Writes all waiting rows.
    ///
    /// # Errors
    /// As [`Store::append_rows`]; the rows stay in the writer.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.write_within(BUSY_TIMEOUT)
    }

    fn write_within(&mut self, patience: Duration) -> Result<(), StoreError> {
        if !self.waiting.is_empty() {
            self.store.append_rows_within(patience, &self.run, &self.waiting)?;
            self.waiting.clear();
        }
        self.written = Instant::now();
        Ok(())
    }

    /// Writes the remaining rows, and ends.
    ///
    /// # Errors
    /// As [`Store::append_rows`].
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.flush()
    }
}

impl Drop for RowWriter<'_> {
    fn drop(&mut self) {
        // A drop cannot return an error. Callers that need it call `finish`; on an early return
        // another error is on its way already.
        let _ = self.flush();
    }
}
