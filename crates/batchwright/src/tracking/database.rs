//! A SQLite database of another program: opened, or made where it is missing, and told apart from the
//! database of a third program.
//!
//! Left out: the tables, which differ.

use crate::shell::explain::{Explain, Failed};
use crate::tracking::place::TrackingProgram;
use anyhow::Result;
use batchwright_view::{FailureMessage, UsageMessage};
use rusqlite::types::FromSql;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a call waits for other programs where the training waits too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A table, and the columns of it that are used.
pub(crate) type UsedTable = (&'static str, &'static [&'static str]);

/// A database of another program.
pub(crate) struct TrackingDatabase {
    pub(crate) path: PathBuf,
    connection: Connection,
}

impl TrackingDatabase {
    /// The database at `path`; where there is none, a new one with the tables of `create`.
    ///
    /// # Errors
    /// If it cannot be opened or written, or lacks a table or column of `used`.
    pub(crate) fn open(
        path: &Path,
        program: TrackingProgram,
        create: &str,
        used: &[UsedTable],
    ) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .explain(|| FailureMessage::MakeFolder { path: folder.display().to_string() })?;
        }
        let connection = Connection::open(path).map_err(|error| failed(path, error))?;
        let mut database = Self { path: path.to_owned(), connection };
        let ready = database.within(PATIENCE, |transaction| {
            let tables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'";
            if transaction.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0 {
                transaction.execute_batch(create)?;
            }
            has_all(transaction, used)
        })?;
        if ready {
            return Ok(database);
        }
        let path = path.display().to_string();
        Err(UsageMessage::NotOfProgram { path, program: program.word() }.into())
    }

    /// Does something as a whole or not at all; waits at most so long for other programs.
    ///
    /// # Errors
    /// Of the database; [`is_locked`] tells whether another program has it.
    pub(crate) fn within<T>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&Transaction) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let done = || {
            self.connection.busy_timeout(patience)?;
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        let done: rusqlite::Result<T> = done();
        done.map_err(|error| failed(&self.path, error))
    }

    /// Sets what is no part of a transaction.
    ///
    /// # Errors
    /// Of the database.
    pub(crate) fn set(&self, pragma: &str, value: &str) -> Result<()> {
        let set = self.connection.pragma_update(None, pragma, value);
        set.map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, error: rusqlite::Error) -> anyhow::Error {
    Failed::new(FailureMessage::WriteLog { path: path.display().to_string() }, error).into()
}

fn has_all(transaction: &Transaction, used: &[UsedTable]) -> rusqlite::Result<bool> {
    for (table, columns) in used {
        let there = columns_of(transaction, table)?;
        if columns.iter().any(|column| !there.iter().any(|name| name == column)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When the points of a run that are there were written, by their step. `column` holds the identities of runs.
pub(crate) fn times_of<T: FromSql>(
    transaction: &Transaction,
    column: &str,
    run: &str,
) -> rusqlite::Result<HashMap<i64, T>> {
    let times = format!("SELECT step, MIN(timestamp) FROM metrics WHERE {column} = ?1 GROUP BY step");
    let mut select = transaction.prepare(&times)?;
    select.query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// The columns of a table; none where there is no such table.
pub(crate) fn columns_of(transaction: &Transaction, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = transaction.prepare("SELECT name FROM pragma_table_info(?1)")?;
    select.query_map([table], |row| row.get(0))?.collect()
}

/// Whether an error came because another program has the database.
pub(crate) fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    })
}
