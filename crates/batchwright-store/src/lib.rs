//! The store of runs, their rows, and studies: one SQLite file `batchwright.db`, beside one folder
//! for each run and study.
//!
//! It writes and returns the types of `batchwright-train` and `batchwright-find`; a run or a study
//! does not know that it is stored. Left out: showing anything (`batchwright-view`).
//!
//! Promises: what a call wrote that returned `Ok` survives when the process is killed (write-ahead
//! log; one transaction for each call). A power loss never damages the file, and takes nothing that
//! was stored but the last groups of rows, which are not synced one by one. Several processes may
//! write at the same time; each waits for the others up to ten seconds.
//!
//! - `store`: opening the store; names and folders
//! - `schema`: the file, its tables and their version
//! - `runs`, `studies`: writing and reading them
//! - `rewind`: setting a run back to where it goes on from
//! - `row_writer`: writes rows in groups, so that a training loop seldom waits for the disk
//! - `number`: numbers that are not finite
//! - `claim`, `owner`, `status`: which process works on a run or a study, and whether it still lives
//! - `removal`: removing them, with their folders
//! - `query`: questions of the user in SQL, which can change nothing
//! - `events`: the journal of a study
//! - `seal`: checksums, by which a damaged row is noticed
//! - `name`: which names are safe; generated names
//! - `error`: everything that can go wrong
//!
//! ```
//! # use batchwright_store::{NewName, Store};
//! # let dir = tempfile::tempdir().unwrap();
//! # let origin = batchwright_store::Origin::default();
//! # let plan = batchwright_train::testkit::plan();
//! let store = Store::open(dir.path())?;
//! let name = store.create_run(&NewName::Numbered("digits mlp:64"), &[], &plan, &origin)?;
//! assert_eq!(name, "digits-mlp64-1");
//! assert_eq!(store.run(&name)?.plan, plan);
//! # Ok::<(), batchwright_store::StoreError>(())
//! ```

#![forbid(unsafe_code)]

mod changes;
mod claim;
mod error;
mod events;
mod name;
mod now;
mod number;
mod owner;
mod query;
mod removal;
mod rewind;
mod row_writer;
mod runs;
mod schema;
mod seal;
mod status;
mod store;
mod studies;

pub use batchwright_find::{from_json, to_json};
pub use changes::StoreChanges;
pub use claim::{Claim, Origin};
pub use error::{NameProblem, StoreError};
pub use name::NewName;
pub use now::{RunNow, RunningTrial, StudyNow};
pub use query::{QueryResult, QueryValue};
pub use row_writer::RowWriter;
pub use runs::{RunExtent, RunSummary};
pub use schema::{DATABASE_FILE, SCHEMA_VERSION};
pub use status::EntryStatus;
pub use store::{EntryKind, Store};
pub use studies::{Fingerprint, RelatedStudy, StudyAnswer, StudyRecord, StudySummary};
