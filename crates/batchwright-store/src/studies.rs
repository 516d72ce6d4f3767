//! Studies: their settings and, once finished, their results.
//!
//! Left out: how a fingerprint is made, which is the business of the caller.

use batchwright_find::{StudyResult, VerdictKind};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::claim::{Origin, arguments_json, path_value};
use crate::error::StoreError;
use crate::name::NewName;
use crate::owner::Owner;
use crate::status;
use crate::status::EntryStatus;
use crate::store::{Store, content, now, read_json, to_json};

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
#[derive(Debug, Clone, PartialEq)]
pub struct StudySummary {
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Its state: done, running or lost.
    pub status: EntryStatus,
    /// What was asked, as keys and values in the words of the command line.
    pub settings: Vec<(String, String)>,
    /// Its answer in short; absent while it runs, or when it was cut off.
    pub answer: Option<StudyAnswer>,
    /// Events in its journal.
    pub events: u64,
}

/// The answer of a study in short. It is read without the rest of the result, which is long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StudyAnswer {
    /// The kind of answer.
    pub verdict: VerdictKind,
    /// The recommended batch size, if there is one.
    pub batch_size: Option<u64>,
    /// The recommended learning rate, if there is one.
    pub learning_rate: Option<f64>,
}

/// The part of a result that makes a [`StudyAnswer`].
#[derive(Deserialize)]
struct StoredAnswer {
    verdict: StoredVerdict,
    recommended: Option<StoredChoice>,
}

#[derive(Deserialize)]
struct StoredVerdict {
    kind: VerdictKind,
}

#[derive(Deserialize)]
struct StoredChoice {
    batch_size: u64,
    learning_rate: Option<f64>,
}

impl From<StoredAnswer> for StudyAnswer {
    fn from(stored: StoredAnswer) -> Self {
        let choice = stored.recommended.as_ref();
        Self {
            verdict: stored.verdict.kind,
            batch_size: choice.map(|choice| choice.batch_size),
            learning_rate: choice.and_then(|choice| choice.learning_rate),
        }
    }
}

const INSERT_STUDY: &str =
    "INSERT INTO studies (name, created, settings, workload, question, arguments, folder, owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// The columns of a study under its seal, in this order.
const SEALED_STUDY: &str = "name, created, settings, result, workload, question, arguments, folder";

impl Store {
    /// Stores a new study, and returns its name. This process owns it (see [`Store::claim`]).
    ///
    /// # Errors
    /// [`StoreError::BadName`], [`StoreError::NameTaken`], or of the database.
    pub fn create_study(
        &self,
        wanted: &NewName,
        settings: &[(String, String)],
        fingerprint: &Fingerprint,
        origin: &Origin,
    ) -> Result<String, StoreError> {
        let transaction = self.transaction()?;
        let name = self.free_name(wanted)?;
        let Fingerprint { workload, question } = fingerprint;
        let values = params![
            name,
            now(),
            to_json("settings", &name, settings)?,
            workload,
            question,
            arguments_json(&name, origin)?,
            path_value(&origin.folder),
            to_json("owner", &name, Owner::here())?
        ];
        transaction
            .execute(INSERT_STUDY, values)
            .and_then(|_| self.seal_study(&name))
            .and_then(|()| self.commit(transaction))
            .map_err(|error| self.sql(error))?;
        Ok(name)
    }

    /// Makes the seal of a study again, within the transaction that changed it.
    fn seal_study(&self, name: &str) -> rusqlite::Result<()> {
        let update = format!("UPDATE studies SET checksum = seal({SEALED_STUDY}) WHERE name = ?1");
        self.connection.execute(&update, [name]).map(|_| ())
    }

    /// Stores the result of a study, which ends the ownership.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn finish_study(&self, name: &str, result: &StudyResult) -> Result<(), StoreError> {
        let values = params![name, to_json("result", name, result)?];
        let transaction = self.transaction()?;
        let changed =
            transaction.execute("UPDATE studies SET result = ?2, owner = NULL WHERE name = ?1", values);
        if changed.map_err(|error| self.sql(error))? == 0 {
            return Err(self.unknown(name));
        }
        self.seal_study(name).and_then(|()| self.commit(transaction)).map_err(|error| self.sql(error))
    }

    /// A study.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::DamagedEntry`], [`StoreError::Content`], or of
    /// the database.
    pub fn study(&self, name: &str) -> Result<StudyRecord, StoreError> {
        let query = format!(
            "SELECT created, settings, result, checksum IS seal({SEALED_STUDY}) FROM studies WHERE name = ?1"
        );
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?, row.get(3)?))
        };
        let stored = self.connection.query_row(&query, [name], read).optional();
        let (created, settings, result, sealed) =
            stored.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))?;
        self.refuse_damaged(name, sealed)?;
        Ok(StudyRecord {
            name: name.to_string(),
            created,
            settings: read_json("settings", name, &settings)?,
            result: result.map(|text| read_json("result", name, &text)).transpose()?,
        })
    }

    /// What a study trained and asked; `None` for a study that was stored before this was kept.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn fingerprint(&self, name: &str) -> Result<Option<Fingerprint>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let stored = self
            .connection
            .query_row("SELECT workload, question FROM studies WHERE name = ?1", [name], read)
            .optional();
        let (workload, question) =
            stored.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))?;
        Ok(Option::zip(workload, question).map(|(workload, question)| Fingerprint { workload, question }))
    }

    /// The finished studies of a workload, the newest first; with `question`, only those that asked
    /// it. A damaged one is an error in its place, so that the others can be used.
    ///
    /// # Errors
    /// Of the database; for one study as [`Store::study`].
    pub fn studies_of(
        &self,
        workload: &str,
        question: Option<&str>,
    ) -> Result<Vec<Result<RelatedStudy, StoreError>>, StoreError> {
        const SELECT: &str = "SELECT name, question FROM studies WHERE workload = ?1 AND (?2 IS NULL OR question = ?2) AND result IS NOT NULL ORDER BY id DESC";
        let found = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut select = self.connection.prepare(SELECT)?;
            select.query_map(params![workload, question], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let related =
            |(name, question): (String, String)| Ok(RelatedStudy { question, record: self.study(&name)? });
        Ok(found().map_err(|error| self.sql(error))?.into_iter().map(related).collect())
    }

    /// The studies without a result that trained and asked this, and that no process works on: what
    /// was cut off. The newest first. Where it cannot be read which process works on one, it is
    /// not among them.
    ///
    /// # Errors
    /// Of the database.
    pub fn lost_studies_of(&self, about: &Fingerprint) -> Result<Vec<String>, StoreError> {
        const SELECT: &str = "SELECT name, CAST(owner AS BLOB) FROM studies WHERE workload = ?1 AND question = ?2 AND result IS NULL ORDER BY id DESC";
        let found = || -> rusqlite::Result<Vec<(String, Option<Vec<u8>>)>> {
            let mut select = self.connection.prepare(SELECT)?;
            let values = params![about.workload, about.question];
            select.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let is_lost = |(name, owner): &(String, Option<Vec<u8>>)| {
            study_status(name, false, owner.as_deref()).is_ok_and(|status| status == EntryStatus::Lost)
        };
        let found = found().map_err(|error| self.sql(error))?;
        Ok(found.into_iter().filter(is_lost).map(|(name, _)| name).collect())
    }

    /// All studies, the oldest first. A damaged one is an error in its place, so that the others
    /// can be listed.
    ///
    /// # Errors
    /// Of the database; for one study [`StoreError::DamagedEntry`] or [`StoreError::Content`].
    pub fn studies(&self) -> Result<Vec<Result<StudySummary, StoreError>>, StoreError> {
        let query = format!("SELECT {SUMMARY}, checksum IS seal({SEALED_STUDY}) FROM studies ORDER BY id");
        Ok(self.query(&query, read_stored)?.into_iter().map(|stored| self.study_in_list(stored)).collect())
    }

    /// A study as in a list.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], [`StoreError::DamagedEntry`], [`StoreError::Content`], or of
    /// the database.
    pub fn study_summary(&self, name: &str) -> Result<StudySummary, StoreError> {
        let query =
            format!("SELECT {SUMMARY}, checksum IS seal({SEALED_STUDY}) FROM studies WHERE name = ?1");
        let stored = self.connection.query_row(&query, [name], read_stored).optional();
        self.study_in_list(stored.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))?)
    }

    fn study_in_list(&self, stored: StoredSummary) -> Result<StudySummary, StoreError> {
        let StoredSummary { name, created, settings, result, owner, events, sealed } = stored;
        self.refuse_damaged(&name, sealed)?;
        let answer = result.as_deref().map(serde_json::from_str::<StoredAnswer>).transpose();
        Ok(StudySummary {
            status: study_status(&name, result.is_some(), owner.as_deref())?,
            settings: read_json("settings", &name, &settings)?,
            answer: answer.map_err(|error| content("result", &name, &error))?.map(StudyAnswer::from),
            name,
            created,
            events: events.cast_unsigned(),
        })
    }
}

const SUMMARY: &str = "name, created, settings, result, CAST(owner AS BLOB),
    (SELECT COUNT(*) FROM study_events WHERE study_id = studies.id)";

/// The columns of a study in a list.
struct StoredSummary {
    name: String,
    created: i64,
    settings: String,
    result: Option<String>,
    owner: Option<Vec<u8>>,
    events: i64,
    sealed: bool,
}

fn read_stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredSummary> {
    Ok(StoredSummary {
        name: row.get(0)?,
        created: row.get(1)?,
        settings: row.get(2)?,
        result: row.get(3)?,
        owner: row.get(4)?,
        events: row.get(5)?,
        sealed: row.get(6)?,
    })
}

fn study_status(name: &str, finished: bool, owner: Option<&[u8]>) -> Result<EntryStatus, StoreError> {
    let word = if finished { EntryStatus::Done } else { EntryStatus::Running };
    status::status(name, word.as_str(), owner)
}
