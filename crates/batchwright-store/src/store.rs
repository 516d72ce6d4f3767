//! Opening the store; the names and folders that runs and studies share.
//!
//! Left out: what a run or a study holds (`runs`, `studies`).

use crate::error::StoreError;
use crate::name;
use crate::name::NewName;
use crate::schema;
use crate::schema::DATABASE_FILE;
use batchwright_find::from_json;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use batchwright_data::create_folder;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Time between two tries to get the write lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(2);

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A training run.
    Run,
    /// A study of batch sizes.
    Study,
}

impl EntryKind {
    /// The table of the entries of this kind.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Run => "runs",
            Self::Study => "studies",
        }
    }
}

/// When the write-ahead log is synced to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Synced {
    /// At the end of the transaction.
    AtOnce,
    /// With a later transaction.
    Later,
}

impl Synced {
    /// The value of `PRAGMA synchronous`.
    fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "full",
            Self::Later => "normal",
        }
    }
}

/// The open store, with one connection. It can be moved to another thread, but not shared between
/// threads: open one for each.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    pub(crate) connection: Connection,
}

impl Store {
    /// Opens the store in `dir`. Creates the folder and the database where they do not exist.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::NotAFile`], [`StoreError::Corrupt`],
    /// [`StoreError::Newer`], [`StoreError::Locked`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        create_folder(dir).map_err(|error| unwritable(dir, &error))?;
        refuse_odd_files(dir)?;
        let path = dir.join(DATABASE_FILE);
        let opened = Connection::open(&path).map_err(|error| StoreError::sql(&path, error));
        let connection = opened.map_err(StoreError::while_opening)?;
        schema::prepare(&connection, &path).map_err(StoreError::while_opening)?;
        let store = Self { dir: dir.to_path_buf(), connection };
        store.finish_removals()?;
        Ok(store)
    }

    /// Opens the store in `dir` for reading, also where the folder cannot be written to. Nothing is
    /// created or changed; calls that would write fail.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no store, [`StoreError::Unreadable`]; otherwise as
    /// [`Store::open`].
    pub fn open_existing(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(DATABASE_FILE);
        match path.try_exists() {
            Ok(true) => refuse_odd_files(dir)?,
            Ok(false) => return Err(StoreError::Missing { path }),
            Err(error) => return Err(StoreError::Unreadable { path, reason: error.to_string() }),
        }
        let connection = match read_only(&path, "mode=ro") {
            // The write-ahead log needs files beside the database, and a folder that cannot be
            // written to does not get them. Where there is no log, no process has the database
            // open, and it can be read as a file that does not change.
            Err(StoreError::Unreadable { .. }) if !dir.join(format!("{DATABASE_FILE}-wal")).exists() => {
                read_only(&path, "immutable=1")?
            }
            opened => opened?,
        };
        Ok(Self { dir: dir.to_path_buf(), connection })
    }

    /// A number that changes when another process has written since it was last asked for. Asking costs
    /// microseconds.
    ///
    /// # Errors
    /// Of the database.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|error| self.sql(error))
    }

    /// The folder of a run or study, `DIR/name/`. It is created where it does not exist.
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::Unwritable`].
    pub fn folder(&self, name: &str) -> Result<PathBuf, StoreError> {
        let folder = self.place(name)?;
        create_folder(&folder).map_err(|error| unwritable(&folder, &error))?;
        Ok(folder)
    }

    /// Whether a name belongs to a run or to a study.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], with the existing names that look similar.
    pub fn kind_of(&self, name: &str) -> Result<EntryKind, StoreError> {
        self.find_kind(name)?.ok_or_else(|| self.unknown(name))
    }

    fn find_kind(&self, name: &str) -> Result<Option<EntryKind>, StoreError> {
        if self.has("SELECT 1 FROM runs WHERE name = ?1", name)? {
            return Ok(Some(EntryKind::Run));
        }
        Ok(self.has("SELECT 1 FROM studies WHERE name = ?1", name)?.then_some(EntryKind::Study))
    }

    fn has(&self, query: &str, name: &str) -> Result<bool, StoreError> {
        let found = self.connection.query_row(query, [name], |_| Ok(())).optional();
        Ok(found.map_err(|error| self.sql(error))?.is_some())
    }

    /// The error for a name that no run or study has.
    pub(crate) fn unknown(&self, name: &str) -> StoreError {
        match self.names() {
            Ok(names) => {
                StoreError::UnknownName { name: name.to_string(), near: name::nearest(name, &names) }
            }
            Err(error) => error,
        }
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        self.query("SELECT name FROM runs UNION SELECT name FROM studies ORDER BY name", |row| row.get(0))
    }

    /// The name of a new run or study. Called within the transaction that inserts it, so that two
    /// processes never get the same name.
    pub(crate) fn free_name(&self, wanted: &NewName) -> Result<String, StoreError> {
        match wanted {
            NewName::Exactly(name) => {
                name::check(name)?;
                let taken = self.is_taken(name)?;
                if taken {
                    Err(StoreError::NameTaken { name: (*name).to_string() })
                } else {
                    Ok((*name).to_string())
                }
            }
            NewName::Numbered(text) => self.numbered_name(&name::slug(text)),
        }
    }

    fn numbered_name(&self, slug: &str) -> Result<String, StoreError> {
        let mut number = 1_u64;
        loop {
            let name = format!("{slug}-{number}");
            if !self.is_taken(&name)? {
                return Ok(name);
            }
            number += 1;
        }
    }

    /// A name is also taken where a file or folder has it: when only the database was deleted, the
    /// models in the folders must not be overwritten.
    fn is_taken(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.find_kind(name)?.is_some() || self.dir.join(name).exists() || self.is_being_removed(name)?)
    }

    /// Whether there is a note that the folder of this name is to be removed.
    pub(crate) fn is_being_removed(&self, name: &str) -> Result<bool, StoreError> {
        self.has("SELECT 1 FROM removals WHERE name = ?1", name)
    }

    /// The folder of a run or study, whether it exists or not.
    ///
    /// # Errors
    /// [`StoreError::BadName`].
    pub fn place(&self, name: &str) -> Result<PathBuf, StoreError> {
        name::check(name)?;
        Ok(self.dir.join(name))
    }

    /// A transaction that holds the write lock from its start, so that it cannot fail half-way
    /// because another process got the lock first. Once it is committed, a power failure does not
    /// take it back.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>, StoreError> {
        self.begin(Synced::AtOnce, schema::BUSY_TIMEOUT)
    }

    /// As [`Store::transaction`], but it waits so long at most, and is on the disk only after the
    /// next transaction that is synced. For what is also kept elsewhere.
    pub(crate) fn quick_transaction(&self, patience: Duration) -> Result<Transaction<'_>, StoreError> {
        self.begin(Synced::Later, patience)
    }

    /// SQLite itself asks for a lock ever more rarely, in the end every tenth of a second: beside writers
    /// that sync within the lock one of many would starve.
    fn begin(&self, synced: Synced, patience: Duration) -> Result<Transaction<'_>, StoreError> {
        let deadline = Instant::now() + patience;
        let begun = || {
            self.connection.pragma_update(None, "synchronous", synced.as_str())?;
            self.connection.busy_timeout(Duration::ZERO)?;
            loop {
                let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
                let busy = begun.as_ref().is_err_and(|error| {
                    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline
                });
                if !busy {
                    return begun;
                }
                std::thread::sleep(LOCK_INTERVAL);
            }
        };
        let begun = begun();
        let restored = self.connection.busy_timeout(schema::BUSY_TIMEOUT);
        restored.and(begun).map_err(|error| self.sql(error))
    }

    /// Commits, and then cuts the write-ahead log back where it has become long.
    ///
    /// SQLite begins the log anew when no process reads from it. Where some process always does (a
    /// dashboard beside several runs), that moment never comes, and the log grows without bound. So
    /// beyond a limit a writer waits for the readers of the moment: who begins to read meanwhile,
    /// reads from the database itself.
    pub(crate) fn commit(&self, transaction: Transaction<'_>) -> rusqlite::Result<()> {
        transaction.commit()?;
        let log = self.dir.join(format!("{DATABASE_FILE}-wal"));
        if log.metadata().is_ok_and(|log| log.len() > schema::LONG_LOG_BYTES) {
            self.connection.busy_timeout(schema::LOG_TIMEOUT)?;
            // A reader that takes longer is waited for again after the next transaction.
            let _ = self.connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE);
            self.connection.busy_timeout(schema::BUSY_TIMEOUT)?;
        }
        Ok(())
    }

    /// All rows of a query without parameters.
    pub(crate) fn query<T>(
        &self,
        query: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows =
            || -> rusqlite::Result<Vec<T>> { self.connection.prepare(query)?.query_map([], read)?.collect() };
        rows().map_err(|error| self.sql(error))
    }

    /// Refuses an entry whose seal is broken.
    pub(crate) fn refuse_damaged(&self, name: &str, sealed: bool) -> Result<(), StoreError> {
        match sealed {
            true => Ok(()),
            false => Err(StoreError::DamagedEntry { name: name.to_owned(), path: self.path() }),
        }
    }

    /// The database file.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(DATABASE_FILE)
    }

    pub(crate) fn sql(&self, error: rusqlite::Error) -> StoreError {
        StoreError::sql(&self.path(), error)
    }
}

fn read_only(path: &Path, parameter: &str) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path, parameter), flags)
        .map_err(|error| StoreError::sql(path, error).while_reading())?;
    schema::prepare_to_read(connection, path).map_err(StoreError::while_reading)
}

/// Refuses a folder, a pipe or a device in the place of the database, or of the files that SQLite
/// keeps beside it: SQLite would wait for a pipe for ever.
fn refuse_odd_files(dir: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let path = dir.join(format!("{DATABASE_FILE}{suffix}"));
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(StoreError::NotAFile { path });
        }
    }
    Ok(())
}

/// `file:PATH?parameter`. Characters that would end the path are escaped
/// (<https://sqlite.org/uri.html>).
fn uri(path: &Path, parameter: &str) -> PathBuf {
    let mut uri = OsString::from("file:");
    match path.to_str() {
        Some(text) => uri.push(text.replace('%', "%25").replace('?', "%3f").replace('#', "%23")),
        None => uri.push(path),
    }
    uri.push("?");
    uri.push(parameter);
    uri.into()
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unwritable { path: path.to_path_buf(), reason: error.to_string() }
}

/// Seconds since 1970 by the wall clock; 0 where the clock is set to an earlier time.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The text of a JSON column.
pub(crate) fn to_json<T: Serialize + ?Sized>(
    what: &'static str,
    name: &str,
    value: &T,
) -> Result<String, StoreError> {
    batchwright_find::to_json(value).map_err(|error| content(what, name, &error))
}

/// The value of a JSON column.
pub(crate) fn read_json<T: DeserializeOwned>(
    what: &'static str,
    name: &str,
    text: &str,
) -> Result<T, StoreError> {
    from_json(text).map_err(|error| content(what, name, &error))
}

pub(crate) fn content(what: &'static str, name: &str, error: &dyn std::error::Error) -> StoreError {
    StoreError::Content { what, name: name.to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Origin;
    use crate::studies::Fingerprint;
    use batchwright_train::testkit::{plan, result, row};

    /// Else a power failure takes what a call has stored. Whether SQLite syncs the log at the end
    /// of a transaction is its `synchronous`, when the transaction begins: 2 is "full", 1 is
    /// "normal".
    #[test]
    fn all_but_rows_is_synced_when_it_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let (origin, about) = (Origin::default(), Fingerprint::default());
        let synced =
            || -> i64 { store.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap() };
        store.create_run(&NewName::Exactly("a"), &[], &plan(), &origin).unwrap();
        store.create_study(&NewName::Exactly("b"), &[], &about, &origin).unwrap();
        let (row, result) = (row(1, 1.0), result("a", 1.0));
        let calls: [&dyn Fn() -> Result<(), StoreError>; 6] = [
            &|| store.append_event("b", 0, "[]"),
            &|| store.rewind_run("a", &[], &plan(), &[]),
            &|| store.finish_run("a", &result),
            &|| store.fail_run("a", "odd"),
            &|| store.claim("a").map(drop),
            &|| store.release("a"),
        ];
        assert_eq!(synced(), 2);
        for call in calls {
            store.append_rows("a", std::slice::from_ref(&row)).unwrap();
            assert_eq!(synced(), 1);
            call().unwrap();
            assert_eq!(synced(), 2);
        }
    }
}
