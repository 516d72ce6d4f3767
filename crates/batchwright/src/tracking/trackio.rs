//! The database of a project of trackio.
//!
//! A new database has the two tables that are written; trackio adds its others when it opens the file.
//! What is not finite is the texts `NaN`, `Infinity` and `-Infinity`, as trackio writes it.

use crate::tracking::database::{PATIENCE, TrackingDatabase, UsedTable, times_of};
use crate::tracking::place::TrackingProgram;
use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun, TrackedState, number};
use crate::tracking::tracker::Tracker;
use anyhow::Result;
use rusqlite::{Connection, OpenFlags, Transaction, params};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TABLES: &str = "
CREATE TABLE metrics (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id    TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    run_name  TEXT NOT NULL,
    step      INTEGER NOT NULL,
    metrics   TEXT NOT NULL
);
CREATE TABLE configs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id     TEXT NOT NULL,
    run_name   TEXT NOT NULL,
    config     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (run_id)
);
CREATE INDEX idx_metrics_run_step ON metrics (run_id, step);
";

const USED: &[UsedTable] = &[
    ("metrics", &["run_id", "timestamp", "run_name", "step", "metrics"]),
    ("configs", &["run_id", "run_name", "config", "created_at"]),
];

/// The moment of ?2, in seconds since 1970, as a text in UTC.
const MOMENT: &str = "strftime('%Y-%m-%dT%H:%M:%f+00:00', ?2, 'unixepoch')";

/// Runs in a project of trackio.
pub(crate) struct TrackioDatabase(TrackingDatabase);

impl TrackioDatabase {
    /// The database at `path`; it is made where it is missing.
    ///
    /// # Errors
    /// As [`TrackingDatabase::open`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let database = TrackingDatabase::open(path, TrackingProgram::Trackio, TABLES, USED)?;
        // As trackio sets both: a dashboard reads while we write.
        database.set("journal_mode", "WAL")?;
        database.set("synchronous", "NORMAL")?;
        Ok(Self(database))
    }
}

impl Tracker for TrackioDatabase {
    fn replace(&mut self, run: &TrackedRun, points: &[TrackedPoint], end: &TrackedEnd) -> Result<()> {
        self.0.within(PATIENCE, |transaction| {
            clear_points(transaction, run)?;
            put_points(transaction, run, points, &HashMap::new())?;
            put_end(transaction, run, end)
        })
    }

    fn begin(&mut self, run: &TrackedRun, kept: &[TrackedPoint]) -> Result<()> {
        self.0.within(PATIENCE, |transaction| {
            let known = times_of::<String>(transaction, "run_id", &run.id)?;
            clear_points(transaction, run)?;
            put_config(transaction, run, TrackedState::Running, None)?;
            put_points(transaction, run, kept, &known)
        })
    }

    fn append(&mut self, run: &TrackedRun, points: &[TrackedPoint], patience: Duration) -> Result<()> {
        self.0.within(patience, |transaction| put_points(transaction, run, points, &HashMap::new()))
    }

    fn end(&mut self, run: &TrackedRun, end: &TrackedEnd) -> Result<()> {
        self.0.within(PATIENCE, |transaction| put_end(transaction, run, end))
    }
}

/// A database beside that of a project which has a table of trackio's name and is none of its own, as
/// that of MLflow: trackio opens all databases of a folder when it starts, and does not start with it.
pub(crate) fn foreign_neighbour(database: &Path) -> Option<PathBuf> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut others = entries.flatten().map(|entry| entry.path()).filter(|path| {
        path.extension().is_some_and(|extension| extension == "db")
            && path.file_name() != database.file_name()
    });
    // One that cannot be read is not known to be in the way.
    others.find(|path| is_foreign(path).unwrap_or(false))
}

fn is_foreign(path: &Path) -> rusqlite::Result<bool> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let columns = "SELECT COUNT(*) > 0 AND TOTAL(name = 'run_name') = 0 FROM pragma_table_info('metrics')";
    database.query_row(columns, [], |row| row.get(0))
}

/// A value as JSON, which has no numbers that are not finite.
fn value_json(value: f64) -> Value {
    match value {
        value if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        value => json!(value),
    }
}

/// A parameter as a number where it is one, so that a dashboard can sort by it.
fn parameter(text: &str) -> Value {
    let whole = text.parse::<u64>().ok().map(|whole| json!(whole));
    whole.or_else(|| number(text).map(|number| json!(number))).unwrap_or_else(|| json!(text))
}

fn put_config(
    transaction: &Transaction,
    run: &TrackedRun,
    state: TrackedState,
    outcome: Option<&str>,
) -> rusqlite::Result<()> {
    let state = match state {
        TrackedState::Running => "running",
        TrackedState::Finished => "finished",
        TrackedState::Stopped => "stopped",
        TrackedState::Failed => "failed",
    };
    let created = format!("SELECT {MOMENT} WHERE ?1 != ''");
    let created: String = transaction.query_row(&created, params![run.id, run.started], |row| row.get(0))?;
    let mut config: Map<String, Value> =
        run.parameters.iter().map(|(key, value)| (key.clone(), parameter(value))).collect();
    config.insert("status".to_owned(), json!(state));
    config.extend(outcome.map(|outcome| ("outcome".to_owned(), json!(outcome))));
    config.insert("_Username".to_owned(), Value::Null);
    config.insert("_Created".to_owned(), json!(created));
    config.insert("_Group".to_owned(), json!(run.study));
    transaction.execute(
        "INSERT INTO configs (run_id, run_name, config, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (run_id) DO UPDATE SET run_name = ?2, config = ?3",
        params![run.id, run.name, Value::Object(config).to_string(), created],
    )?;
    Ok(())
}

fn clear_points(transaction: &Transaction, run: &TrackedRun) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM metrics WHERE run_id = ?1", [&run.id]).map(|_| ())
}

/// Points, at the time that is known for their step, or else at their own.
fn put_points(
    transaction: &Transaction,
    run: &TrackedRun,
    points: &[TrackedPoint],
    known: &HashMap<i64, String>,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(&format!(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?1, COALESCE(?3, {MOMENT}), ?4, ?5, ?6)"
    ))?;
    for point in points {
        let step = point.step.cast_signed();
        let values: Map<String, Value> =
            point.values.iter().map(|(name, value)| (name.clone(), value_json(*value))).collect();
        let values = Value::Object(values).to_string();
        insert.execute(params![run.id, point.time, known.get(&step), run.name, step, values])?;
    }
    Ok(())
}

fn put_end(transaction: &Transaction, run: &TrackedRun, end: &TrackedEnd) -> rusqlite::Result<()> {
    put_points(transaction, run, end.last.as_slice(), &HashMap::new())?;
    put_config(transaction, run, end.state, end.outcome)
}
