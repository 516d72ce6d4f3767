//! The journal of a study: what happened in it, in order, each event stored as soon as it has
//! happened.
//!
//! Left out: what an event says. It is JSON of the caller.

use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Adds an event to a study, in a transaction of its own. `nth` counts the events from 0.
    ///
    /// # Errors
    /// [`StoreError::EventOrder`] where `nth` is not the number of the events so far,
    /// [`StoreError::UnknownName`], or of the database.
    pub fn append_event(&self, study: &str, nth: u64, event: &str) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let id = self.study_id(study)?;
        let count = "SELECT COUNT(*) FROM study_events WHERE study_id = ?1";
        let expected = self.connection.query_row(count, [id], |row| row.get::<_, i64>(0));
        let expected = expected.map_err(|error| self.sql(error))?.cast_unsigned();
        if nth != expected {
            return Err(StoreError::EventOrder { name: study.to_owned(), found: nth, expected });
        }
        transaction
            .execute(
                "INSERT INTO study_events (study_id, nth, event, checksum) VALUES (?1, ?2, ?3, seal(?1, ?2, ?3))",
                params![id, nth.cast_signed(), event],
            )
            .and_then(|_| self.commit(transaction))
            .map_err(|error| self.sql(error))
    }

    /// The events of a study, in order.
    ///
    /// # Errors
    /// [`StoreError::DamagedEvent`], also where one is missing; [`StoreError::UnknownName`], or of
    /// the database.
    pub fn events(&self, study: &str) -> Result<Vec<String>, StoreError> {
        let id = self.study_id(study)?;
        let stored = || -> rusqlite::Result<Vec<(i64, String, bool)>> {
            let mut select = self.connection.prepare_cached(
                "SELECT nth, CAST(event AS TEXT), checksum IS seal(study_id, nth, event) FROM study_events WHERE study_id = ?1 ORDER BY nth",
            )?;
            select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        let stored = stored().map_err(|error| self.sql(error))?;
        let whole = |(expected, (nth, event, sealed)): (usize, (i64, String, bool))| {
            if sealed && usize::try_from(nth) == Ok(expected) {
                Ok(event)
            } else {
                Err(StoreError::DamagedEvent {
                    name: study.to_owned(),
                    nth: expected as u64,
                    path: self.path(),
                })
            }
        };
        stored.into_iter().enumerate().map(whole).collect()
    }

    /// Removes the events of a study, so that it can begin anew. This process must own it.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database.
    pub fn clear_events(&self, study: &str) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let id = self.study_id(study)?;
        transaction
            .execute("DELETE FROM study_events WHERE study_id = ?1", [id])
            .and_then(|_| self.commit(transaction))
            .map_err(|error| self.sql(error))
    }

    fn study_id(&self, name: &str) -> Result<i64, StoreError> {
        let id = self
            .connection
            .query_row("SELECT id FROM studies WHERE name = ?1", [name], |row| row.get(0))
            .optional();
        id.map_err(|error| self.sql(error))?.ok_or_else(|| self.unknown(name))
    }
}
