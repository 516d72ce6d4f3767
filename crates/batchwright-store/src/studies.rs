//! Studies: their settings and, once finished, all that they found.

use batchwright_find::StudyResult;
use rusqlite::{OptionalExtension, params};

use crate::store::{now, read_json, to_json};
use crate::{NewName, Store, StoreError};

/// A study as remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRecord {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// What was asked, as key and value in the words of the command line.
    pub settings: Vec<(String, String)>,
    /// What it found; absent while it runs, or when it was cut off.
    pub result: Option<StudyResult>,
}

/// A study in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudySummary {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Whether it has a result.
    pub finished: bool,
}

impl Store {
    /// Remembers a new study, and returns its name.
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::NameTaken`], or of the database.
    pub fn create_study(
        &self,
        wanted: &NewName,
        settings: &[(String, String)],
    ) -> Result<String, StoreError> {
        let transaction = self.transaction()?;
        let name = self.free_name(wanted)?;
        let values = params![name, now(), to_json("settings", &name, settings)?];
        transaction
            .execute("INSERT INTO studies (name, created, settings) VALUES (?1, ?2, ?3)", values)
            .and_then(|_| transaction.commit())
            .map_err(|error| self.sql(error))?;
        Ok(name)
    }

    /// Remembers what a study found.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn finish_study(&self, name: &str, result: &StudyResult) -> Result<(), StoreError> {
        let values = params![name, to_json("result", name, result)?];
        let changed = self.connection.execute("UPDATE studies SET result = ?2 WHERE name = ?1", values);
        match changed.map_err(|error| self.sql(error))? {
            0 => Err(self.unknown(name)),
            _ => Ok(()),
        }
    }

    /// A study.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::Content`], or of the database.
    pub fn study(&self, name: &str) -> Result<StudyRecord, StoreError> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
        };
        let stored = self
            .connection
            .query_row("SELECT created, settings, result FROM studies WHERE name = ?1", [name], read)
            .optional();
        let (created, settings, result) =
            stored.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))?;
        Ok(StudyRecord {
            name: name.to_string(),
            created,
            settings: read_json("settings", name, &settings)?,
            result: result.map(|text| read_json("result", name, &text)).transpose()?,
        })
    }

    /// All studies, the oldest first.
    ///
    /// # Errors
    /// Of the database.
    pub fn studies(&self) -> Result<Vec<StudySummary>, StoreError> {
        self.query("SELECT name, created, result IS NOT NULL FROM studies ORDER BY id", |row| {
            Ok(StudySummary { name: row.get(0)?, created: row.get(1)?, finished: row.get(2)? })
        })
    }
}
