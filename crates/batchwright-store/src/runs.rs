//! Runs and their rows: written while they train, read back as a `RunRecord`.
//!
//! Left out: when rows are written (`row_writer`).

use batchwright_train::{Plan, RunRecord, RunResult, RunRow, SplitMetrics, StoppedBy};
use rusqlite::{OptionalExtension, ToSql, params};
use std::time::Duration;

use crate::claim::{Origin, arguments_json, path_value};
use crate::error::StoreError;
use crate::name::NewName;
use crate::number::Real;
use crate::owner::Owner;
use crate::schema::BUSY_TIMEOUT;
use crate::seal::seal;
use crate::status;
use crate::status::EntryStatus;
use crate::store::{Store, now, read_json, to_json};

/// A run in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Its state.
    pub status: EntryStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// What was asked, as keys and values in the words of the command line.
    pub settings: Vec<(String, String)>,
    /// Its plan.
    pub plan: Plan,
    /// Its result; absent while it runs, or when it was cut off.
    pub result: Option<RunResult>,
    /// How far its rows reach; absent where it has a result or no row.
    pub progress: Option<RunExtent>,
}

/// How far the rows of a run without a result reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunExtent {
    /// Steps so far.
    pub steps: u64,
    /// Epochs so far, fractional.
    pub epochs: f64,
    /// The lowest finite validation loss; absent where none is finite.
    pub best_loss: Option<f64>,
}

const INSERT_RUN: &str = "INSERT INTO runs (name, created, settings, plan, status, arguments, folder, owner)
    VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7)";

/// The columns of a run under its seal, in this order.
const SEALED_RUN: &str = "name, created, settings, plan, status, reason, result, arguments, folder";

const INSERT_ROW: &str = "INSERT OR REPLACE INTO rows
    (run_id, step, epoch, samples, seconds, learning_rate, step_loss, train_loss, train_accuracy, val_loss, val_accuracy, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))";

const SELECT_ROWS: &str = "SELECT step, epoch, samples, seconds, learning_rate, step_loss, train_loss, train_accuracy, val_loss, val_accuracy,
    run_id, checksum FROM rows WHERE run_id = ?1 AND step >= ?2 ORDER BY step";

/// The columns of [`SELECT_ROWS`] that are sealed, in the order in which [`INSERT_ROW`] seals them.
const SEALED: [usize; 11] = [10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// The column of the seal.
const CHECKSUM: usize = 11;

impl Store {
    /// Stores a new run, and returns its name. This process owns it (see [`Store::claim`]).
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::NameTaken`], or of the database.
    pub fn create_run(
        &self,
        wanted: &NewName,
        settings: &[(String, String)],
        plan: &Plan,
        origin: &Origin,
    ) -> Result<String, StoreError> {
        let transaction = self.transaction()?;
        let name = self.free_name(wanted)?;
        let values = params![
            name,
            now(),
            to_json("settings", &name, settings)?,
            to_json("plan", &name, plan)?,
            arguments_json(&name, origin)?,
            path_value(&origin.folder),
            to_json("owner", &name, Owner::here())?
        ];
        transaction
            .execute(INSERT_RUN, values)
            .and_then(|_| self.seal_run(&name))
            .and_then(|()| self.commit(transaction))
            .map_err(|error| self.sql(error))?;
        Ok(name)
    }

    /// Makes the seal of a run again, within the transaction that changed it.
    pub(crate) fn seal_run(&self, name: &str) -> rusqlite::Result<()> {
        let update = format!("UPDATE runs SET checksum = seal({SEALED_RUN}) WHERE name = ?1");
        self.connection.execute(&update, [name]).map(|_| ())
    }

    /// Adds rows, all or none. A row takes the place of a stored row of the same step. A power
    /// failure may take the last groups of rows: the checkpoints of the run have them too.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn append_rows(&self, name: &str, rows: &[RunRow]) -> Result<(), StoreError> {
        self.append_rows_within(BUSY_TIMEOUT, name, rows)
    }

    /// As [`Store::append_rows`], but waits only so long for other processes.
    pub(crate) fn append_rows_within(
        &self,
        patience: Duration,
        name: &str,
        rows: &[RunRow],
    ) -> Result<(), StoreError> {
        let transaction = self.quick_transaction(patience)?;
        let id = self.run_id(name)?;
        for row in rows {
            self.insert_row(id, row).map_err(|error| self.sql(error))?;
        }
        self.commit(transaction).map_err(|error| self.sql(error))
    }

    pub(crate) fn insert_row(&self, run_id: i64, row: &RunRow) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(INSERT_ROW)?.execute(params![
            run_id,
            row.step.cast_signed(),
            Real(row.epoch),
            row.samples.cast_signed(),
            Real(row.seconds),
            Real(row.learning_rate),
            row.step_loss.map(Real),
            Real(row.train.loss),
            row.train.accuracy.map(Real),
            Real(row.validation.loss),
            row.validation.accuracy.map(Real),
        ])
    }

    /// Stores the result of a run, which ends the ownership. Its status becomes `stopped` where a
    /// signal ended it, otherwise `done`.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn finish_run(&self, name: &str, result: &RunResult) -> Result<(), StoreError> {
        let status =
            if result.stopped_by == StoppedBy::Signal { EntryStatus::Stopped } else { EntryStatus::Done };
        let end = "UPDATE runs SET status = ?2, reason = NULL, result = ?3, owner = NULL WHERE name = ?1";
        self.end_run(name, end, params![name, status.as_str(), to_json("result", name, result)?])
    }

    /// Stores that a run ended with an error, and the reason, which ends the ownership. Its rows
    /// stay.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn fail_run(&self, name: &str, reason: &str) -> Result<(), StoreError> {
        let end = "UPDATE runs SET status = 'failed', reason = ?2, owner = NULL WHERE name = ?1";
        self.end_run(name, end, params![name, reason])
    }

    fn end_run(&self, name: &str, update: &str, values: &[&dyn ToSql]) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        if transaction.execute(update, values).map_err(|error| self.sql(error))? == 0 {
            return Err(self.unknown(name));
        }
        self.seal_run(name).and_then(|()| self.commit(transaction)).map_err(|error| self.sql(error))
    }

    /// A run with all its rows.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::DamagedEntry`], [`StoreError::DamagedRow`],
    /// [`StoreError::Content`], or of the database.
    pub fn run(&self, name: &str) -> Result<RunRecord, StoreError> {
        // One transaction, so that rows and result are from the same moment.
        let _snapshot = self.connection.unchecked_transaction().map_err(|error| self.sql(error))?;
        let id = self.run_id(name)?;
        let query =
            format!("SELECT settings, plan, result, checksum IS seal({SEALED_RUN}) FROM runs WHERE id = ?1");
        let read = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Option<String>>(2)?,
                row.get(3)?,
            ))
        };
        let (settings, plan, result, sealed) =
            self.connection.query_row(&query, [id], read).map_err(|error| self.sql(error))?;
        self.refuse_damaged(name, sealed)?;
        Ok(RunRecord {
            name: name.to_string(),
            settings: read_json("settings", name, &settings)?,
            plan: read_json("plan", name, &plan)?,
            rows: self.rows(id, name, 0)?,
            result: result.map(|text| read_json("result", name, &text)).transpose()?,
        })
    }

    /// The rows of a run from the step `first` on: what came since a reader looked last.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::DamagedRow`], or of the database.
    pub fn rows_from(&self, name: &str, first: u64) -> Result<Vec<RunRow>, StoreError> {
        // One transaction: a run of this name could be removed and made again in between.
        let _snapshot = self.connection.unchecked_transaction().map_err(|error| self.sql(error))?;
        self.rows(self.run_id(name)?, name, first)
    }

    fn rows(&self, run_id: i64, name: &str, first: u64) -> Result<Vec<RunRow>, StoreError> {
        let sql = |error| self.sql(error);
        let mut select = self.connection.prepare_cached(SELECT_ROWS).map_err(sql)?;
        let mut stored = select.query([run_id, first.cast_signed()]).map_err(sql)?;
        let mut rows = Vec::new();
        while let Some(row) = stored.next().map_err(sql)? {
            rows.push(read_row(row).ok_or_else(|| StoreError::DamagedRow {
                name: name.to_owned(),
                step: row.get::<_, i64>(0).map_or(0, i64::cast_unsigned),
                path: self.path(),
            })?);
        }
        Ok(rows)
    }

    /// All runs, the oldest first. A damaged one is an error in its place, so that the others can
    /// be listed.
    ///
    /// # Errors
    /// Of the database; for one run [`StoreError::DamagedEntry`] or [`StoreError::Content`].
    pub fn runs(&self) -> Result<Vec<Result<RunSummary, StoreError>>, StoreError> {
        let query = format!("SELECT {SUMMARY}, checksum IS seal({SEALED_RUN}) FROM runs ORDER BY id");
        Ok(self.query(&query, read_stored)?.into_iter().map(|stored| self.summary(stored)).collect())
    }

    /// A run as in a list, without its rows.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::DamagedEntry`], [`StoreError::Content`], or of
    /// the database.
    pub fn run_summary(&self, name: &str) -> Result<RunSummary, StoreError> {
        let query = format!("SELECT {SUMMARY}, checksum IS seal({SEALED_RUN}) FROM runs WHERE name = ?1");
        let stored = self.connection.query_row(&query, [name], read_stored).optional();
        self.summary(stored.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))?)
    }

    fn summary(&self, stored: StoredSummary) -> Result<RunSummary, StoreError> {
        let StoredSummary { name, created, status, reason, settings, plan, result, owner, progress, sealed } =
            stored;
        self.refuse_damaged(&name, sealed)?;
        Ok(RunSummary {
            status: status::status(&name, &status, owner.as_deref())?,
            settings: read_json("settings", &name, &settings)?,
            plan: read_json("plan", &name, &plan)?,
            result: result.map(|text| read_json("result", &name, &text)).transpose()?,
            name,
            created,
            reason,
            progress,
        })
    }

    pub(crate) fn run_id(&self, name: &str) -> Result<i64, StoreError> {
        let id = self
            .connection
            .query_row("SELECT id FROM runs WHERE name = ?1", [name], |row| row.get(0))
            .optional();
        id.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))
    }
}

/// The columns of a run in a list. Without a result its rows tell how far it is: the last one by
/// the primary key, and the best of all of them.
const SUMMARY: &str = "name, created, status, reason, settings, plan, result, CAST(owner AS BLOB),
    CASE WHEN result IS NULL THEN (SELECT MAX(step) FROM rows WHERE run_id = runs.id) END,
    CASE WHEN result IS NULL THEN (SELECT epoch FROM rows WHERE run_id = runs.id ORDER BY step DESC LIMIT 1) END,
    CASE WHEN result IS NULL THEN (SELECT MIN(val_loss) FROM rows WHERE run_id = runs.id AND typeof(val_loss) = 'real') END";

struct StoredSummary {
    name: String,
    created: i64,
    status: String,
    reason: Option<String>,
    settings: String,
    plan: String,
    result: Option<String>,
    owner: Option<Vec<u8>>,
    progress: Option<RunExtent>,
    sealed: bool,
}

fn read_stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredSummary> {
    let steps: Option<i64> = row.get(8)?;
    let epochs: Option<Real> = row.get(9)?;
    let best: Option<Real> = row.get(10)?;
    Ok(StoredSummary {
        name: row.get(0)?,
        created: row.get(1)?,
        status: row.get(2)?,
        reason: row.get(3)?,
        settings: row.get(4)?,
        plan: row.get(5)?,
        result: row.get(6)?,
        owner: row.get(7)?,
        progress: steps.zip(epochs).map(|(steps, epochs)| RunExtent {
            steps: steps.cast_unsigned(),
            epochs: epochs.0,
            best_loss: best.map(|best| best.0).filter(|best| best.is_finite()),
        }),
        sealed: row.get(11)?,
    })
}

/// A row; `None` where it is damaged.
/// A row, or nothing if it is damaged. The seal is computed here and not by SQL: a function that SQL calls
/// takes longer than all the rest of a row.
fn read_row(row: &rusqlite::Row<'_>) -> Option<RunRow> {
    let seal = seal(SEALED.into_iter().flat_map(|column| row.get_ref(column)));
    let sealed = row.get(CHECKSUM) == Ok(i64::from(seal));
    if sealed { read_values(row).ok() } else { None }
}

fn read_values(row: &rusqlite::Row<'_>) -> rusqlite::Result<RunRow> {
    let count = |index| row.get::<_, i64>(index).map(i64::cast_unsigned);
    let real = |index| row.get::<_, Real>(index).map(|real| real.0);
    let optional = |index| row.get::<_, Option<Real>>(index).map(|real| real.map(|real| real.0));
    Ok(RunRow {
        step: count(0)?,
        epoch: real(1)?,
        samples: count(2)?,
        seconds: real(3)?,
        learning_rate: real(4)?,
        step_loss: optional(5)?,
        train: SplitMetrics { loss: real(6)?, accuracy: optional(7)? },
        validation: SplitMetrics { loss: real(8)?, accuracy: optional(9)? },
    })
}
