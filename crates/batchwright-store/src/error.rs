//! Everything that can go wrong with the store. Each error names the path, or the run or study, and
//! says what to do.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_FSTAT, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};

/// Why a name is not safe as the name of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// It has no characters.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it is longer than {most} bytes")]
    TooLong {
        /// The most that is allowed.
        most: usize,
    },
    /// It has a character that is not allowed.
    #[error("{character:?} is not allowed; use letters, digits and any of {marks:?}")]
    Character {
        /// The character.
        character: char,
        /// What is allowed besides letters and digits.
        marks: &'static str,
    },
    /// It begins or ends with a character that is not allowed there.
    #[error("it must not begin with a dash, dot or space, nor end with a dot or space")]
    Ends,
    /// It has two dots in a row.
    #[error("it must not contain \"..\"")]
    Dots,
    /// The database has this name.
    #[error("this is the name of the database file")]
    Database,
}

/// Why something was not stored, or not found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the database in it cannot be written.
    #[error("cannot write to {}: {reason}; choose a folder that can be written with --runs DIR", path.display())]
    Unwritable {
        /// Folder or file.
        path: PathBuf,
        /// Message of the operating system.
        reason: String,
    },
    /// The database, or its folder, cannot be read.
    #[error("cannot read {}: {reason}; choose another folder with --runs DIR", path.display())]
    Unreadable {
        /// Folder or file.
        path: PathBuf,
        /// Message of the operating system.
        reason: String,
    },
    /// In the place of the database is something that cannot be one.
    #[error("{} is no regular file (but a folder, a pipe or a device), so it cannot be the database; move it away, or choose another folder with --runs DIR", path.display())]
    NotAFile {
        /// The database, or one of the files that SQLite keeps beside it.
        path: PathBuf,
    },
    /// There is no database in the folder, or the database is empty.
    #[error("no runs in {}: no such database, or nothing in it; name the folder with --runs DIR", path.display())]
    Missing {
        /// The database that was looked for.
        path: PathBuf,
    },
    /// The file is not an SQLite database, or it is damaged.
    #[error("{} is damaged or no SQLite database ({reason}); move it away to start anew", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// Message of SQLite.
        reason: String,
    },
    /// A newer version of the program wrote the database.
    #[error("{} has schema version {found}, this program knows up to {known}; use a newer batchwright", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Version in the file.
        found: i64,
        /// Highest version that can be read.
        known: i64,
    },
    /// Another process kept the database locked.
    #[error("{} stayed locked by another process; try again when it is done", path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The name is not safe as a folder name.
    #[error("name {name:?} cannot be used: {reason}")]
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it, and what is allowed.
        reason: NameProblem,
    },
    /// The name is in use.
    #[error("name {name:?} is taken; choose another, or leave it out to have one made")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// No run or study has the name.
    #[error("no run or study is named {name:?}{}", near_names(near))]
    UnknownName {
        /// The name.
        name: String,
        /// Existing names that look like it, nearest first.
        near: Vec<String>,
    },
    /// A stored value cannot be read as its type.
    #[error(
        "{what} of {name:?} cannot be read: {reason}; the database was changed by something else, remove the entry or restore the file"
    )]
    Content {
        /// Which part of it.
        what: &'static str,
        /// Name of the run or study.
        name: String,
        /// Message of the parser.
        reason: String,
    },
    /// A stored row is not the one that was written.
    #[error(
        "the row of run {name:?} at step {step} is damaged: its checksum does not match; restore {} from a copy, or remove the run", path.display()
    )]
    DamagedRow {
        /// Name of the run.
        name: String,
        /// The step of the row, as far as it can be read.
        step: u64,
        /// The database.
        path: PathBuf,
    },
    /// What is stored of a run or a study beside its rows is not what was written.
    #[error("the entry of {name:?} is damaged: its checksum does not match; restore {} from a copy, or remove {name:?}", path.display())]
    DamagedEntry {
        /// Name of the run or study.
        name: String,
        /// The database.
        path: PathBuf,
    },
    /// An event of a study is not the one that was written, or is missing.
    #[error("event {nth} of study {name:?} is damaged or missing; restore {} from a copy, or remove the study", path.display())]
    DamagedEvent {
        /// Name of the study.
        name: String,
        /// Which event, from 0.
        nth: u64,
        /// The database.
        path: PathBuf,
    },
    /// An event does not follow the events that are stored: another process wrote to the study.
    #[error(
        "study {name:?} has {expected} events, so event {found} cannot follow; another process works on it, end one of the two"
    )]
    EventOrder {
        /// Name of the study.
        name: String,
        /// The event that was to be stored.
        found: u64,
        /// Events so far.
        expected: u64,
    },
    /// A living process works on the run or study.
    #[error("{name:?} is in use by process {process}, which is running; wait for its end, or end it first")]
    Owned {
        /// Name of the run or study.
        name: String,
        /// The process.
        process: u32,
    },
    /// A process that cannot be seen from here works on the run or study, or did so.
    #[error(
        "{name:?} is in use by process {process} on host {host:?}, which cannot be seen from here; go on there, or if that process has ended: batchwright runs release {name:?}"
    )]
    OwnedElsewhere {
        /// Name of the run or study.
        name: String,
        /// The process.
        process: u32,
        /// The machine or container.
        host: String,
    },
    /// It cannot be read which process works on the run or study.
    #[error(
        "it cannot be read which process uses {name:?} ({reason}); if none does: batchwright runs release {name:?}"
    )]
    OwnerUnreadable {
        /// Name of the run or study.
        name: String,
        /// Message of the parser.
        reason: String,
    },
    /// The folder of a removed run or study is still there.
    #[error("{name:?} is removed, but not its folder {}: {reason}; the next command that writes to the store tries again", path.display())]
    FolderLeft {
        /// Name of the run or study.
        name: String,
        /// The folder.
        path: PathBuf,
        /// Message of the operating system.
        reason: String,
    },
    /// A query of the user would do something else than read.
    #[error("the query would do more than read; give one SELECT, which may begin with WITH")]
    QueryChanges,
    /// A query of the user has more than one statement, or none.
    #[error("the query has {found}; give one SELECT", found = if *several { "several statements" } else { "no statement" })]
    QueryCount {
        /// Whether there are several.
        several: bool,
    },
    /// The result of a query of the user is larger than what is read into memory.
    #[error("the result of the query is larger than {most_mib} MiB; ask for less, e.g. with LIMIT")]
    QueryTooLarge {
        /// The most, in MiB.
        most_mib: usize,
    },
    /// A query of the user is wrong.
    #[error("the query cannot be answered: {reason}; the tables are runs, rows, studies and study_events")]
    Query {
        /// Message of SQLite.
        reason: String,
    },
    /// Anything else that SQLite reports.
    #[error("database {}: {source}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// The kind of an SQLite error, by what the user can do about it.
    pub(crate) fn sql(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::SystemIoFailure) if is_of_reading(&error) => Self::Unreadable { path, reason },
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure,
            ) => Self::Unwritable { path, reason },
            _ => Self::Database { path, source: error },
        }
    }
}

impl StoreError {
    /// The same error where only reading was tried: with that verb, and the reason of the system.
    pub(crate) fn while_reading(self) -> Self {
        match self {
            Self::Unwritable { path, reason } => {
                let refused = File::open(&path).err();
                Self::Unreadable { reason: refused.map_or(reason, |error| error.to_string()), path }
            }
            other => other,
        }
    }

    /// The same error where a file could not be opened for writing, with the reason of the system.
    pub(crate) fn while_opening(self) -> Self {
        match self {
            Self::Unwritable { path, reason } => {
                let refused = File::options().append(true).open(&path).err();
                Self::Unwritable { reason: refused.map_or(reason, |error| error.to_string()), path }
            }
            other => other,
        }
    }
}

fn is_of_reading(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(SQLITE_IOERR_READ | SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_FSTAT))
}

fn near_names(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) }
}
