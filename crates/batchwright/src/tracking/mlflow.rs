//! The database of MLflow.
//!
//! A new database has the tables of an early version, which every later one brings up to its own when
//! it opens the file for the first time. In a database that MLflow has made or brought up to date, the
//! columns that are written are still the same.
//!
//! Runs are in the experiment `batchwright`, the trials of a study in one of its name. MLflow would
//! keep files of a run beside the database; there are none, so that removing a run in MLflow removes
//! nothing of ours.

use crate::tracking::database::{PATIENCE, TrackingDatabase, UsedTable, columns_of, times_of};
use crate::tracking::place::TrackingProgram;
use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun, TrackedState, latest};
use crate::tracking::tracker::Tracker;
use anyhow::Result;
use rusqlite::{Transaction, params};
use std::path::Path;
use std::time::Duration;

/// The tables of revision 89d4b8295536 (2019), and the experiment that MLflow expects. The names of
/// constraints are those by which later versions change them.
const TABLES: &str = "
CREATE TABLE experiments (
    experiment_id     INTEGER NOT NULL,
    name              VARCHAR(256) NOT NULL,
    artifact_location VARCHAR(256),
    lifecycle_stage   VARCHAR(32),
    CONSTRAINT experiment_pk PRIMARY KEY (experiment_id),
    UNIQUE (name),
    CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted'))
);
CREATE TABLE runs (
    run_uuid         VARCHAR(32) NOT NULL,
    name             VARCHAR(250),
    source_type      VARCHAR(20),
    source_name      VARCHAR(500),
    entry_point_name VARCHAR(50),
    user_id          VARCHAR(256),
    status           VARCHAR(20),
    start_time       BIGINT,
    end_time         BIGINT,
    source_version   VARCHAR(50),
    lifecycle_stage  VARCHAR(20),
    artifact_uri     VARCHAR(200),
    experiment_id    INTEGER,
    CONSTRAINT run_pk PRIMARY KEY (run_uuid),
    FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
    CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted'))
);
CREATE TABLE metrics (
    key       VARCHAR(250) NOT NULL,
    value     FLOAT NOT NULL,
    timestamp BIGINT NOT NULL,
    run_uuid  VARCHAR(32) NOT NULL,
    step      BIGINT DEFAULT '0' NOT NULL,
    is_nan    BOOLEAN DEFAULT '0' NOT NULL,
    CONSTRAINT metric_pk PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan),
    FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE latest_metrics (
    key       VARCHAR(250) NOT NULL,
    value     FLOAT NOT NULL,
    timestamp BIGINT,
    step      BIGINT NOT NULL,
    is_nan    BOOLEAN NOT NULL,
    run_uuid  VARCHAR(32) NOT NULL,
    CONSTRAINT latest_metric_pk PRIMARY KEY (key, run_uuid),
    FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE params (
    key      VARCHAR(250) NOT NULL,
    value    VARCHAR(250) NOT NULL,
    run_uuid VARCHAR(32) NOT NULL,
    CONSTRAINT param_pk PRIMARY KEY (key, run_uuid),
    FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE tags (
    key      VARCHAR(250) NOT NULL,
    value    VARCHAR(5000),
    run_uuid VARCHAR(32) NOT NULL,
    CONSTRAINT tag_pk PRIMARY KEY (key, run_uuid),
    FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);
CREATE TABLE experiment_tags (
    key           VARCHAR(250) NOT NULL,
    value         VARCHAR(5000),
    experiment_id INTEGER NOT NULL,
    CONSTRAINT experiment_tag_pk PRIMARY KEY (key, experiment_id),
    FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('89d4b8295536');
INSERT INTO experiments VALUES (0, 'Default', './mlruns/0', 'active');
";

const USED: &[UsedTable] = &[
    ("experiments", &["experiment_id", "name", "artifact_location", "lifecycle_stage"]),
    ("runs", &["run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status"]),
    ("runs", &["start_time", "end_time", "source_version", "lifecycle_stage", "artifact_uri"]),
    ("metrics", &["key", "value", "timestamp", "run_uuid", "step", "is_nan"]),
    ("latest_metrics", &["key", "value", "timestamp", "run_uuid", "step", "is_nan"]),
    ("params", &["key", "value", "run_uuid"]),
    ("tags", &["key", "value", "run_uuid"]),
];

/// The experiment of runs that belong to no study.
const EXPERIMENT: &str = "batchwright";

/// Runs in a database of MLflow.
pub(crate) struct MlflowDatabase(TrackingDatabase);

impl MlflowDatabase {
    /// The database at `path`; it is made where it is missing.
    ///
    /// # Errors
    /// As [`TrackingDatabase::open`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        TrackingDatabase::open(path, TrackingProgram::Mlflow, TABLES, USED).map(Self)
    }

    /// Where MLflow keeps the files of runs: beside the database.
    fn artifacts(&self) -> String {
        let folder = self.0.path.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(folder.join("mlruns")).unwrap_or_else(|_| "mlruns".into());
        folder.display().to_string()
    }
}

impl Tracker for MlflowDatabase {
    fn replace(&mut self, run: &TrackedRun, points: &[TrackedPoint], end: &TrackedEnd) -> Result<()> {
        let artifacts = self.artifacts();
        self.0.within(PATIENCE, |transaction| {
            put_run(transaction, run, &artifacts)?;
            clear_points(transaction, run)?;
            let times = |point: &TrackedPoint| milliseconds(point.time);
            put_points(transaction, run, points, &times)?;
            put_end(transaction, run, end)
        })
    }

    fn begin(&mut self, run: &TrackedRun, kept: &[TrackedPoint]) -> Result<()> {
        let artifacts = self.artifacts();
        self.0.within(PATIENCE, |transaction| {
            put_run(transaction, run, &artifacts)?;
            let known = times_of::<i64>(transaction, "run_uuid", &run.id)?;
            clear_points(transaction, run)?;
            let time = |point: &TrackedPoint| known.get(&point.step.cast_signed()).copied();
            put_points(transaction, run, kept, &|point| time(point).unwrap_or(milliseconds(point.time)))
        })
    }

    fn append(&mut self, run: &TrackedRun, points: &[TrackedPoint], patience: Duration) -> Result<()> {
        let times = |point: &TrackedPoint| milliseconds(point.time);
        self.0.within(patience, |transaction| put_points(transaction, run, points, &times))
    }

    fn end(&mut self, run: &TrackedRun, end: &TrackedEnd) -> Result<()> {
        self.0.within(PATIENCE, |transaction| put_end(transaction, run, end))
    }
}

/// MLflow counts time in milliseconds.
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// The value in the database, and whether it is no number: SQLite has no NaN, and MLflow no infinity.
fn stored(value: f64) -> (f64, bool) {
    if value.is_nan() { (0.0, true) } else { (value.clamp(f64::MIN, f64::MAX), false) }
}

/// The experiment of a run, which is made, or brought back from the bin.
fn experiment(transaction: &Transaction, run: &TrackedRun, artifacts: &str) -> rusqlite::Result<i64> {
    let name = run.study.as_deref().unwrap_or(EXPERIMENT);
    let known = "SELECT MIN(experiment_id) FROM experiments WHERE name = ?1";
    if let Some(id) = transaction.query_row(known, [name], |row| row.get::<_, Option<i64>>(0))? {
        let back = "UPDATE experiments SET lifecycle_stage = 'active' WHERE experiment_id = ?1";
        transaction.execute(back, [id])?;
        return Ok(id);
    }
    let next = "SELECT COALESCE(MAX(experiment_id), 0) + 1 FROM experiments";
    let id: i64 = transaction.query_row(next, [], |row| row.get(0))?;
    transaction.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES (?1, ?2, ?3, 'active')",
        params![id, name, format!("{artifacts}/{id}")],
    )?;
    // Columns of later versions.
    for column in ["creation_time", "last_update_time"] {
        if columns_of(transaction, "experiments")?.iter().any(|there| there == column) {
            let set = format!("UPDATE experiments SET {column} = ?2 WHERE experiment_id = ?1");
            transaction.execute(&set, params![id, milliseconds(run.started)])?;
        }
    }
    Ok(id)
}

fn put_run(transaction: &Transaction, run: &TrackedRun, artifacts: &str) -> rusqlite::Result<()> {
    let experiment = experiment(transaction, run, artifacts)?;
    let artifacts = format!("{artifacts}/{experiment}/{}/artifacts", run.id);
    transaction.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
         VALUES (?1, ?2, 'LOCAL', 'batchwright', '', '', 'RUNNING', ?3, '', 'active', ?4, ?5)
         ON CONFLICT (run_uuid) DO UPDATE SET status = 'RUNNING', end_time = NULL, lifecycle_stage = 'active'",
        params![run.id, run.name, milliseconds(run.started), artifacts, experiment],
    )?;
    transaction.execute("DELETE FROM params WHERE run_uuid = ?1", [&run.id])?;
    for (key, value) in &run.parameters {
        let insert = "INSERT INTO params (key, value, run_uuid) VALUES (?1, ?2, ?3)";
        transaction.execute(insert, params![key, value, run.id])?;
    }
    put_tag(transaction, run, "mlflow.runName", &run.name)?;
    put_tag(transaction, run, "mlflow.source.name", "batchwright")?;
    put_tag(transaction, run, "mlflow.source.type", "LOCAL")?;
    if let Some(study) = &run.study {
        put_tag(transaction, run, "batchwright.study", study)?;
    }
    let outcome = "DELETE FROM tags WHERE run_uuid = ?1 AND key = 'batchwright.outcome'";
    transaction.execute(outcome, [&run.id]).map(|_| ())
}

/// Other tags of the run, which a user gave it in MLflow, stay.
fn put_tag(transaction: &Transaction, run: &TrackedRun, key: &str, value: &str) -> rusqlite::Result<()> {
    let put = "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?1, ?2, ?3)";
    transaction.execute(put, params![key, value, run.id]).map(|_| ())
}

fn clear_points(transaction: &Transaction, run: &TrackedRun) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM metrics WHERE run_uuid = ?1", [&run.id])?;
    transaction.execute("DELETE FROM latest_metrics WHERE run_uuid = ?1", [&run.id]).map(|_| ())
}

fn put_points(
    transaction: &Transaction,
    run: &TrackedRun,
    points: &[TrackedPoint],
    time: &dyn Fn(&TrackedPoint) -> i64,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for point in points {
        for (key, value) in &point.values {
            let (value, is_nan) = stored(*value);
            insert.execute(params![key, value, time(point), run.id, point.step.cast_signed(), is_nan])?;
        }
    }
    let mut put = transaction.prepare_cached(
        "INSERT OR REPLACE INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (key, (point, value)) in latest(points) {
        let (value, is_nan) = stored(value);
        put.execute(params![key, value, time(point), run.id, point.step.cast_signed(), is_nan])?;
    }
    Ok(())
}

fn put_end(transaction: &Transaction, run: &TrackedRun, end: &TrackedEnd) -> rusqlite::Result<()> {
    put_points(transaction, run, end.last.as_slice(), &|point| milliseconds(point.time))?;
    let status = match end.state {
        TrackedState::Running => "RUNNING",
        TrackedState::Finished => "FINISHED",
        TrackedState::Stopped => "KILLED",
        TrackedState::Failed => "FAILED",
    };
    let time = (end.state != TrackedState::Running).then(|| milliseconds(end.time));
    let update = "UPDATE runs SET status = ?2, end_time = ?3 WHERE run_uuid = ?1";
    transaction.execute(update, params![run.id, status, time])?;
    match end.outcome {
        Some(outcome) => put_tag(transaction, run, "batchwright.outcome", outcome),
        None => Ok(()),
    }
}
