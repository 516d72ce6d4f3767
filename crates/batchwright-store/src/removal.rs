//! Removing runs and studies.
//!
//! A run is in the database and in a folder, and nothing removes both at once. So the entry is
//! exchanged for a note that the folder is to be removed, in one transaction; then the folder is
//! removed, then the note. Where that is cut off, the next process that opens the store for writing
//! goes on from the note. The name is free again when the note is gone.

use std::io::ErrorKind;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Removes a run or study with its rows, its journal and its folder. A damaged one too.
    ///
    /// # Errors
    /// [`StoreError::UnknownName`]; [`StoreError::Owned`] and [`StoreError::OwnedElsewhere`] as in
    /// [`Store::claim`]; [`StoreError::FolderLeft`]; or of the database.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let sql = |error| self.sql(error);
        // A name that is no safe folder name was not written by this program.
        self.place(name)?;
        let transaction = self.transaction()?;
        let kind = self.kind_of(name)?;
        self.refuse_owned(name, kind)?;
        transaction.execute("INSERT OR IGNORE INTO removals (name) VALUES (?1)", [name]).map_err(sql)?;
        // Rows and journal go with it (`ON DELETE CASCADE`).
        let delete = format!("DELETE FROM {} WHERE name = ?1", kind.table());
        transaction.execute(&delete, [name]).and_then(|_| self.commit(transaction)).map_err(sql)?;
        self.finish_removal(name)
    }

    /// Refuses a run or study that [`Store::remove`] would refuse.
    ///
    /// # Errors
    /// As [`Store::remove`].
    pub fn check_removable(&self, name: &str) -> Result<(), StoreError> {
        self.place(name)?;
        self.refuse_owned(name, self.kind_of(name)?)
    }

    /// Goes on with removals that were cut off.
    pub(crate) fn finish_removals(&self) -> Result<(), StoreError> {
        for name in self.query("SELECT name FROM removals", |row| row.get::<_, String>(0))? {
            match self.finish_removal(&name) {
                // That a folder cannot be removed is no reason not to train. It is tried again.
                Ok(()) | Err(StoreError::FolderLeft { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes the folder and then the note, under the write lock: where the note is gone, another
    /// process has finished the removal, and the folder may already be that of a new run.
    fn finish_removal(&self, name: &str) -> Result<(), StoreError> {
        let path = self.place(name)?;
        let transaction = self.transaction()?;
        if !self.is_being_removed(name)? {
            return Ok(());
        }
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::FolderLeft {
                    name: name.to_owned(),
                    path,
                    reason: error.to_string(),
                });
            }
            _ => {}
        }
        let delete = transaction.execute("DELETE FROM removals WHERE name = ?1", [name]);
        delete.and_then(|_| self.commit(transaction)).map_err(|error| self.sql(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Origin;
    use crate::name::NewName;
    use batchwright_train::testkit::plan;

    /// Else a process that read the notes before another one finished the removal removes the
    /// folder of a new run of this name.
    #[test]
    fn a_removal_that_another_process_finished_removes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let make = || {
            store.create_run(&NewName::Exactly("a"), &[], &plan(), &Origin::default()).unwrap();
            std::fs::write(store.folder("a").unwrap().join("model.safetensors"), "x").unwrap();
        };
        make();
        store.release("a").unwrap();
        // What the other process has read, before the removal ends and the name is given again.
        let read_before = "a";
        store.remove("a").unwrap();
        make();
        store.finish_removal(read_before).unwrap();
        assert!(dir.path().join("a/model.safetensors").exists());
    }
}
