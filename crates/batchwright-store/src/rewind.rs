//! Sets a run back to an earlier moment, from which it goes on.

use batchwright_train::{Plan, RunRow};
use rusqlite::params;

use crate::error::StoreError;
use crate::store::{Store, to_json};

impl Store {
    /// Sets a run back: it has no end any more, these rows and no others, and this plan and these
    /// settings. The caller owns the run (see [`Store::claim`]).
    ///
    /// # Errors
    /// [`StoreError::UnknownName`], or of the database; then nothing is changed.
    pub fn rewind_run(
        &self,
        name: &str,
        settings: &[(String, String)],
        plan: &Plan,
        rows: &[RunRow],
    ) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let id = self.run_id(name)?;
        let values = params![id, to_json("settings", name, settings)?, to_json("plan", name, plan)?];
        let set_back = || -> rusqlite::Result<()> {
            let update = "UPDATE runs SET status = 'running', reason = NULL, result = NULL, settings = ?2, plan = ?3 WHERE id = ?1";
            self.connection.execute(update, values)?;
            self.connection.execute("DELETE FROM rows WHERE run_id = ?1", [id])?;
            for row in rows {
                self.insert_row(id, row)?;
            }
            self.seal_run(name)
        };
        set_back().and_then(|()| self.commit(transaction)).map_err(|error| self.sql(error))
    }
}
