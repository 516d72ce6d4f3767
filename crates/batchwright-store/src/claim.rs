//! Who may train a run or a study: one living process at a time.
//!
//! A run or study belongs to the process that created it, until it has an end (a result, an error)
//! or is given back. If that process is gone, another one may claim it. Left out: how a process is
//! told apart from others (`owner`).

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rusqlite::params;
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::owner::{Life, Owner};
use crate::store::{EntryKind, Store, read_json, to_json};

/// How a run or a study was started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The words of the command line after the name of the program.
    pub arguments: Vec<OsString>,
    /// The working folder, to which relative paths in the arguments belong.
    pub folder: PathBuf,
}

/// A run or a study that this process owns: nobody else may go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// How it was started; absent where a program stored it that did not keep this yet.
    pub origin: Option<Origin>,
}

impl Store {
    /// Makes this process the owner of an existing run or study, whether it has an end or not. If
    /// several try at once, one of them succeeds.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`]; [`StoreError::Owned`] where its process lives, also where that
    /// is this process; [`StoreError::OwnedElsewhere`] and [`StoreError::OwnerUnreadable`] where it
    /// cannot be seen whether it lives; or of the database.
    pub fn claim(&self, name: &str) -> Result<Claim, StoreError> {
        let transaction = self.transaction()?;
        let kind = self.kind_of(name)?;
        self.refuse_owned(name, kind)?;
        self.set_owner(name, kind, Some(Owner::here()))?;
        let origin = self.read_origin(name, kind)?;
        self.commit(transaction).map_err(|error| self.sql(error))?;
        Ok(Claim { name: name.to_owned(), kind, origin })
    }

    /// Gives a run or a study back, so that another process may claim it. Also ends the ownership
    /// of a process that cannot be seen from here, or of which it can no longer be read which one
    /// it is; the caller must know that it is gone.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`]; [`StoreError::Owned`] where another process is the owner and
    /// lives; or of the database.
    pub fn release(&self, name: &str) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let kind = self.kind_of(name)?;
        match self.owner(name, kind) {
            Ok(Some(owner)) if owner != *Owner::here() && owner.life() == Life::Lives => {
                return Err(StoreError::Owned { name: name.to_owned(), process: owner.process });
            }
            // As one that cannot be seen from here: the caller knows that it is gone.
            Ok(_) | Err(StoreError::OwnerUnreadable { .. }) => {}
            Err(error) => return Err(error),
        }
        self.set_owner(name, kind, None)?;
        self.commit(transaction).map_err(|error| self.sql(error))
    }

    /// Whether a process owns the run or study and lives, as far as can be seen from here.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::OwnerUnreadable`], or of the database.
    pub fn owner_lives(&self, name: &str) -> Result<bool, StoreError> {
        let owner = self.owner(name, self.kind_of(name)?)?;
        Ok(owner.is_some_and(|owner| owner.life() != Life::Gone))
    }

    /// How a run or a study was started; `None` where a program stored it that did not keep this
    /// yet.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::Content`], or of the database.
    pub fn origin(&self, name: &str) -> Result<Option<Origin>, StoreError> {
        self.read_origin(name, self.kind_of(name)?)
    }

    /// Refuses an entry whose owner lives, or may live.
    pub(crate) fn refuse_owned(&self, name: &str, kind: EntryKind) -> Result<(), StoreError> {
        let Some(owner) = self.owner(name, kind)? else { return Ok(()) };
        let (name, process) = (name.to_owned(), owner.process);
        match owner.life() {
            Life::Gone => Ok(()),
            Life::Lives => Err(StoreError::Owned { name, process }),
            Life::OutOfSight => Err(StoreError::OwnedElsewhere { name, process, host: owner.host }),
        }
    }

    fn owner(&self, name: &str, kind: EntryKind) -> Result<Option<Owner>, StoreError> {
        let query = format!("SELECT CAST(owner AS BLOB) FROM {} WHERE name = ?1", kind.table());
        let owner: Option<Vec<u8>> =
            self.connection.query_row(&query, [name], |row| row.get(0)).map_err(|error| self.sql(error))?;
        owner.map(|owner| Owner::read(name, &owner)).transpose()
    }

    fn set_owner(&self, name: &str, kind: EntryKind, owner: Option<&Owner>) -> Result<(), StoreError> {
        let update = format!("UPDATE {} SET owner = ?2 WHERE name = ?1", kind.table());
        let owner = owner.map(|owner| to_json("owner", name, owner)).transpose()?;
        let done = self.connection.execute(&update, params![name, owner]);
        done.map(|_| ()).map_err(|error| self.sql(error))
    }

    fn read_origin(&self, name: &str, kind: EntryKind) -> Result<Option<Origin>, StoreError> {
        let query = format!("SELECT arguments, folder FROM {} WHERE name = ?1", kind.table());
        let read = |row: &rusqlite::Row<'_>| {
            let folder = match row.get_ref(1)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            };
            Ok((row.get::<_, Option<String>>(0)?, PathBuf::from(OsString::from_vec(folder))))
        };
        let (arguments, folder) =
            self.connection.query_row(&query, [name], read).map_err(|error| self.sql(error))?;
        let Some(arguments) = arguments else { return Ok(None) };
        let words: Vec<Word> = read_json("arguments", name, &arguments)?;
        Ok(Some(Origin { arguments: words.into_iter().map(Word::into_os).collect(), folder }))
    }
}

/// A word of a command line as JSON: a string, or its bytes where it is not UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Bytes(Vec<u8>),
}

impl Word {
    fn into_os(self) -> OsString {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => OsString::from_vec(bytes),
        }
    }
}

impl From<&OsString> for Word {
    fn from(word: &OsString) -> Self {
        word.to_str().map_or_else(|| Self::Bytes(word.as_bytes().to_vec()), |text| Self::Text(text.into()))
    }
}

/// The arguments as they are stored: JSON.
pub(crate) fn arguments_json(name: &str, origin: &Origin) -> Result<String, StoreError> {
    to_json("arguments", name, &origin.arguments.iter().map(Word::from).collect::<Vec<_>>())
}

/// A path as it is stored: text, or its bytes where it is not UTF-8.
pub(crate) fn path_value(path: &Path) -> ToSqlOutput<'_> {
    let bytes = || ValueRef::Blob(path.as_os_str().as_bytes());
    ToSqlOutput::Borrowed(path.to_str().map_or_else(bytes, ValueRef::from))
}
