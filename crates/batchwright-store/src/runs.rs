//! Runs and their rows: written while they train, read back as a `RunRecord`.
//!
//! Left out: when rows are written (`row_writer`).

use batchwright_train::{Plan, RunRecord, RunResult, RunRow, SplitMetrics, StoppedBy};
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::name::NewName;
use crate::number::Real;
use crate::store::{Store, now, read_json, to_json};

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// It is training, or its process was killed.
    Running,
    /// It has a result.
    Done,
    /// It ended with an error.
    Failed,
    /// A signal ended it; its result covers the training so far.
    Stopped,
}

impl RunStatus {
    /// The word that is stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Failed, Self::Stopped]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Its state.
    pub status: RunStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// Its plan.
    pub plan: Plan,
    /// Its result; absent while it runs, or when it was cut off.
    pub result: Option<RunResult>,
}

const INSERT_ROW: &str = "INSERT OR REPLACE INTO rows
    (run_id, step, epoch, samples, seconds, learning_rate, step_loss, train_loss, train_accuracy, val_loss, val_accuracy)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const SELECT_ROWS: &str = "SELECT step, epoch, samples, seconds, learning_rate, step_loss, train_loss, train_accuracy, val_loss, val_accuracy
    FROM rows WHERE run_id = ?1 ORDER BY step";

impl Store {
    /// Stores a new run, and returns its name.
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::NameTaken`], or of the database.
    pub fn create_run(
        &self,
        wanted: &NewName,
        settings: &[(String, String)],
        plan: &Plan,
    ) -> Result<String, StoreError> {
        let transaction = self.transaction()?;
        let name = self.free_name(wanted)?;
        let values =
            params![name, now(), to_json("settings", &name, settings)?, to_json("plan", &name, plan)?];
        transaction
            .execute(
                "INSERT INTO runs (name, created, settings, plan, status) VALUES (?1, ?2, ?3, ?4, 'running')",
                values,
            )
            .and_then(|_| transaction.commit())
            .map_err(|error| self.sql(error))?;
        Ok(name)
    }

    /// Adds rows, all or none. A row replaces a stored row of the same step, since a resumed run
    /// repeats its last steps.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn append_rows(&self, name: &str, rows: &[RunRow]) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let id = self.run_id(name)?;
        for row in rows {
            self.insert_row(id, row).map_err(|error| self.sql(error))?;
        }
        transaction.commit().map_err(|error| self.sql(error))
    }

    fn insert_row(&self, run_id: i64, row: &RunRow) -> rusqlite::Result<usize> {
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

    /// Stores the result of a run. Its status becomes `stopped` where a signal ended it, otherwise
    /// `done`.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn finish_run(&self, name: &str, result: &RunResult) -> Result<(), StoreError> {
        let status =
            if result.stopped_by == StoppedBy::Signal { RunStatus::Stopped } else { RunStatus::Done };
        let id = self.run_id(name)?;
        let values = params![id, status.as_str(), to_json("result", name, result)?];
        let done = self
            .connection
            .execute("UPDATE runs SET status = ?2, reason = NULL, result = ?3 WHERE id = ?1", values);
        done.map(|_| ()).map_err(|error| self.sql(error))
    }

    /// Stores that a run ended with an error, and the reason. Its rows stay.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn fail_run(&self, name: &str, reason: &str) -> Result<(), StoreError> {
        let id = self.run_id(name)?;
        let done = self
            .connection
            .execute("UPDATE runs SET status = 'failed', reason = ?2 WHERE id = ?1", params![id, reason]);
        done.map(|_| ()).map_err(|error| self.sql(error))
    }

    /// A run with all its rows.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::Content`], or of the database.
    pub fn run(&self, name: &str) -> Result<RunRecord, StoreError> {
        // One transaction, so that rows and result are from the same moment.
        let snapshot = self.connection.unchecked_transaction().map_err(|error| self.sql(error))?;
        let id = self.run_id(name)?;
        let (settings, plan, result) = snapshot
            .query_row("SELECT settings, plan, result FROM runs WHERE id = ?1", [id], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            })
            .map_err(|error| self.sql(error))?;
        Ok(RunRecord {
            name: name.to_string(),
            settings: read_json("settings", name, &settings)?,
            plan: read_json("plan", name, &plan)?,
            rows: self.rows(id).map_err(|error| self.sql(error))?,
            result: result.map(|text| read_json("result", name, &text)).transpose()?,
        })
    }

    /// Why a run failed; `None` where it did not.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn failure(&self, name: &str) -> Result<Option<String>, StoreError> {
        let id = self.run_id(name)?;
        let query = "SELECT reason FROM runs WHERE id = ?1";
        self.connection.query_row(query, [id], |row| row.get(0)).map_err(|error| self.sql(error))
    }

    fn rows(&self, run_id: i64) -> rusqlite::Result<Vec<RunRow>> {
        self.connection.prepare_cached(SELECT_ROWS)?.query_map([run_id], read_row)?.collect()
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Content`], or of the database.
    pub fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        };
        let stored =
            self.query("SELECT name, created, status, reason, plan, result FROM runs ORDER BY id", read)?;
        stored.into_iter().map(summary).collect()
    }

    fn run_id(&self, name: &str) -> Result<i64, StoreError> {
        let id = self
            .connection
            .query_row("SELECT id FROM runs WHERE name = ?1", [name], |row| row.get(0))
            .optional();
        id.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))
    }
}

/// Name, created, status, reason, plan, result.
type StoredSummary = (String, i64, String, Option<String>, String, Option<String>);

fn summary((name, created, status, reason, plan, result): StoredSummary) -> Result<RunSummary, StoreError> {
    let unknown = || StoreError::Content {
        what: "status",
        name: name.clone(),
        reason: format!("unknown value {status:?}"),
    };
    Ok(RunSummary {
        status: RunStatus::parse(&status).ok_or_else(unknown)?,
        plan: read_json("plan", &name, &plan)?,
        result: result.map(|text| read_json("result", &name, &text)).transpose()?,
        name,
        created,
        reason,
    })
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<RunRow> {
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
