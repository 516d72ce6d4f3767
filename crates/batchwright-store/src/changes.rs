//! Whether something may have changed in a store since it was looked at last: one cheap question a moment,
//! a number that SQLite keeps.
//!
//! Left out: waiting between two questions, and looking.

use std::time::{Duration, Instant};

use crate::store::Store;

/// After this time one looks although nothing was written: a process that was killed writes nothing.
const LONGEST: Duration = Duration::from_secs(10);

/// What is known of the last look. Of one connection: what another one counts is not comparable.
#[derive(Debug, Default)]
pub struct StoreChanges {
    version: Option<i64>,
    looked: Option<Instant>,
}

impl StoreChanges {
    /// Whether to look now. Where it is so, that counts as a look. `None` stands for a store that is not
    /// there.
    pub fn came(&mut self, store: Option<&Store>) -> bool {
        // Of a store that cannot be asked, the look tells why.
        let version = store.and_then(|store| store.data_version().ok());
        let came = version != self.version || self.looked.is_none_or(|at| at.elapsed() >= LONGEST);
        if came {
            *self = Self { version, looked: Some(Instant::now()) };
        }
        came
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Origin;
    use crate::name::NewName;

    /// Else a page that listens reads the whole store four times a second, or misses a row.
    #[test]
    fn one_looks_at_first_and_when_another_connection_has_written() {
        let dir = tempfile::tempdir().unwrap();
        let (writer, reader) = (Store::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
        let mut changes = StoreChanges::default();
        assert!(changes.came(None) && !changes.came(None));
        assert!(changes.came(Some(&reader)) && !changes.came(Some(&reader)));
        let plan = batchwright_train::testkit::plan();
        writer.create_run(&NewName::Exactly("a"), &[], &plan, &Origin::default()).unwrap();
        assert!(changes.came(Some(&reader)) && !changes.came(Some(&reader)));
        assert!(changes.came(None), "it went away");
    }
}
