//! Studies: their settings and, once finished, their results.
//!
//! Left out: how a fingerprint is made, which is the business of the caller.

use batchwright_find::StudyResult;
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::name::NewName;
use crate::store::{Store, now, read_json, to_json};

/// A stored study.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRecord {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Its settings, as key and value in the words of the command line.
    pub settings: Vec<(String, String)>,
    /// Its result; absent while it runs, or when it was cut off.
    pub result: Option<StudyResult>,
}

/// What a study trained and asked, as two short texts. Two studies with equal texts trained and
/// asked the same. The caller decides what goes into the texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint {
    /// What was trained, and on which machine.
    pub workload: String,
    /// What was asked about it.
    pub question: String,
}

/// A study that was found by its workload.
#[derive(Debug, Clone, PartialEq)]
pub struct RelatedStudy {
    /// What was asked (see [`Fingerprint`]).
    pub question: String,
    /// The study.
    pub record: StudyRecord,
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
    /// Stores a new study, and returns its name.
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::NameTaken`], or of the database.
    pub fn create_study(
        &self,
        wanted: &NewName,
        settings: &[(String, String)],
        fingerprint: &Fingerprint,
    ) -> Result<String, StoreError> {
        let transaction = self.transaction()?;
        let name = self.free_name(wanted)?;
        let Fingerprint { workload, question } = fingerprint;
        let values = params![name, now(), to_json("settings", &name, settings)?, workload, question];
        const INSERT: &str =
            "INSERT INTO studies (name, created, settings, workload, question) VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction
            .execute(INSERT, values)
            .and_then(|_| transaction.commit())
            .map_err(|error| self.sql(error))?;
        Ok(name)
    }

    /// Stores the result of a study.
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

    /// The finished studies of a workload, the newest first; with `question`, only those that asked
    /// it.
    ///
    /// # Errors
    /// [`StoreError::Content`], or of the database.
    pub fn studies_of(
        &self,
        workload: &str,
        question: Option<&str>,
    ) -> Result<Vec<RelatedStudy>, StoreError> {
        const SELECT: &str = "SELECT name, question FROM studies WHERE workload = ?1 AND (?2 IS NULL OR question = ?2) AND result IS NOT NULL ORDER BY id DESC";
        let found = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut select = self.connection.prepare(SELECT)?;
            select.query_map(params![workload, question], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let related =
            |(name, question): (String, String)| Ok(RelatedStudy { question, record: self.study(&name)? });
        found().map_err(|error| self.sql(error))?.into_iter().map(related).collect()
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
