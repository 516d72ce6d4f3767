//! The database file, its tables, and their version.
//!
//! The version is `PRAGMA user_version`. A new version adds an entry to [`UPGRADES`]. Older files
//! are upgraded when they are opened; files of a newer version are refused. Left out: the queries,
//! which are in `runs` and `studies`.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::error::StoreError;
use crate::seal;

/// The database within the folder of runs.
pub const DATABASE_FILE: &str = "batchwright.db";

/// The version that this program writes.
pub const SCHEMA_VERSION: i64 = 3;

/// How long a writer waits for another one.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a group of rows waits, which can be written with the next group.
pub(crate) const ROWS_TIMEOUT: Duration = Duration::from_millis(200);

/// The write-ahead log is cut back to this many bytes after a checkpoint.
const LOG_LIMIT_BYTES: i64 = 8 << 20;

/// A log that is longer is cut back after a transaction, also where a reader must be waited for.
pub(crate) const LONG_LOG_BYTES: u64 = 8 << 20;

/// How long a writer waits for such a reader.
pub(crate) const LOG_TIMEOUT: Duration = Duration::from_millis(50);

/// Floating-point columns hold a real number or the text `NaN` (see `number`). A null `result`
/// means that the run or study is not finished.
const VERSION_1: &str = "
CREATE TABLE runs (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    created  INTEGER NOT NULL,                -- seconds since 1970
    settings TEXT NOT NULL,                   -- JSON: [[key, value], ...]
    plan     TEXT NOT NULL,                   -- JSON
    status   TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'stopped')),
    reason   TEXT,                            -- why it failed
    result   TEXT                             -- JSON
);
CREATE TABLE rows (
    run_id         INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step           INTEGER NOT NULL,
    epoch          REAL NOT NULL,
    samples        INTEGER NOT NULL,
    seconds        REAL NOT NULL,
    learning_rate  REAL NOT NULL,
    step_loss      REAL,
    train_loss     REAL NOT NULL,
    train_accuracy REAL,
    val_loss       REAL NOT NULL,
    val_accuracy   REAL,
    PRIMARY KEY (run_id, step)
) WITHOUT ROWID;
CREATE TABLE studies (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    created  INTEGER NOT NULL,
    settings TEXT NOT NULL,
    result   TEXT
);
PRAGMA user_version = 1;
";

/// The fingerprint of a study (see `studies`). It is null for a study that was stored before
/// fingerprints existed; no search by fingerprint finds it.
const VERSION_2: &str = "
ALTER TABLE studies ADD COLUMN workload TEXT;
ALTER TABLE studies ADD COLUMN question TEXT;
CREATE INDEX studies_by_workload ON studies (workload);
PRAGMA user_version = 2;
";

/// How a run or study was started (see `claim`), which process works on it, the journal of a study
/// (see `events`), and a seal for each row (see `seal`). Where a run or study has no owner, no
/// process works on it.
const VERSION_3: &str = "
ALTER TABLE runs ADD COLUMN arguments TEXT;   -- JSON: words of the command line
ALTER TABLE runs ADD COLUMN folder TEXT;      -- working folder at the start
ALTER TABLE runs ADD COLUMN owner TEXT;       -- JSON: a process
ALTER TABLE runs ADD COLUMN checksum INTEGER;
ALTER TABLE studies ADD COLUMN arguments TEXT;
ALTER TABLE studies ADD COLUMN folder TEXT;
ALTER TABLE studies ADD COLUMN owner TEXT;
ALTER TABLE studies ADD COLUMN checksum INTEGER;
ALTER TABLE rows ADD COLUMN checksum INTEGER;
CREATE TABLE study_events (
    study_id INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
    nth      INTEGER NOT NULL,                -- from 0
    event    TEXT NOT NULL,                   -- JSON
    checksum INTEGER NOT NULL,
    PRIMARY KEY (study_id, nth)
) WITHOUT ROWID;
CREATE TABLE removals (                       -- folders that are still to be removed
    name TEXT PRIMARY KEY
) WITHOUT ROWID;
UPDATE runs SET checksum = seal(name, created, settings, plan, status, reason, result, arguments, folder);
UPDATE studies SET checksum = seal(name, created, settings, result, workload, question, arguments, folder);
UPDATE rows SET checksum = seal(run_id, step, epoch, samples, seconds, learning_rate, step_loss, train_loss, train_accuracy, val_loss, val_accuracy);
PRAGMA user_version = 3;
";

/// `UPGRADES[v]` turns a file of version v into one of version v + 1.
const UPGRADES: [&str; SCHEMA_VERSION as usize] = [VERSION_1, VERSION_2, VERSION_3];

/// Sets up the connection and brings the file to [`SCHEMA_VERSION`].
pub(crate) fn prepare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let sql = |error| StoreError::sql(path, error);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sql)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(sql)?;
    seal::add_function(connection).map_err(sql)?;
    refuse_newer(connection, path)?;
    write_ahead(connection).map_err(sql)?;
    upgrade(connection, path)
}

/// Brings the tables to [`SCHEMA_VERSION`].
fn upgrade(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let sql = |error| StoreError::sql(path, error);
    if version(connection).map_err(sql)? == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(sql)?;
    // The version is read again under the lock: in the meantime another process may have created or
    // upgraded the tables.
    let found = version(&transaction).map_err(sql)?;
    for upgrade in UPGRADES.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(upgrade).map_err(sql)?;
    }
    transaction.commit().map_err(sql)
}

/// Sets up a connection that only reads. A file without tables counts as missing; a newer version
/// is refused. An older file is not changed: a copy in memory is upgraded and read in its place.
pub(crate) fn prepare_to_read(connection: Connection, path: &Path) -> Result<Connection, StoreError> {
    let sql = |error| StoreError::sql(path, error);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(sql)?;
    seal::add_function(&connection).map_err(sql)?;
    refuse_newer(&connection, path)?;
    match version(&connection).map_err(sql)? {
        0 => Err(StoreError::Missing { path: path.to_path_buf() }),
        SCHEMA_VERSION => Ok(connection),
        _ => upgraded_copy(&connection, path),
    }
}

fn upgraded_copy(connection: &Connection, path: &Path) -> Result<Connection, StoreError> {
    let sql = |error| StoreError::sql(path, error);
    let mut copy = Connection::open_in_memory().map_err(sql)?;
    seal::add_function(&copy).map_err(sql)?;
    let backup = Backup::new(connection, &mut copy).map_err(sql)?;
    // In one step: all pages, from one moment.
    backup.step(-1).map_err(sql)?;
    drop(backup);
    upgrade(&copy, path)?;
    // It is read only, as the file is: what would be written is lost.
    copy.pragma_update(None, "query_only", true).map_err(sql)?;
    Ok(copy)
}

fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection).map_err(|error| StoreError::sql(path, error))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known: SCHEMA_VERSION });
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Switches to the write-ahead log. The switch needs exclusive access, and for it SQLite does not
/// wait by itself: where two processes open a new file at the same time, one of them must try
/// again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = std::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && std::time::Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    connection.pragma_update(None, "synchronous", "full")?;
    // macOS confirms an ordinary sync before the disk has written.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT_BYTES)
}
