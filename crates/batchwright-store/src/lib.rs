//! What is remembered: runs, their rows, and studies, in one SQLite file `batchwright.db` beside one folder a run or study.
//!
//! The layers that compute don't know that anything is remembered; this one hands back what it was given in `train`'s and `find`'s
//! own types. It draws and prints nothing.
//!
//! Promises: a call that returned `Ok` is kept when the process is killed (write-ahead log; one transaction a call). A power loss may cost the
//! last transactions, never the file. Several processes may write at the same time; each waits for the other up to ten seconds.
//!
//! - `store`: opening, names, folders
//! - `schema`: tables and their version
//! - `runs`, `studies`: what is written and read
//! - `row_writer`: rows in groups, so that a training loop does not wait for the disk
//! - `number`: numbers that are not finite
//! - `name`: which names are safe, and generated ones
//! - `error`: everything that can go wrong
//!
//! ```
//! # use batchwright_store::{NewName, Store};
//! # use batchwright_train::{Batching, Plan};
//! # let dir = tempfile::tempdir().unwrap();
//! # let plan = Plan {
//! #     batching: Batching { samples: 100, batch_size: 10, micro_batch_size: 10, drop_last: false },
//! #     accumulation: 1, steps_per_epoch: 10, last_batch: 10, epochs: 1.0, steps: 10, samples_seen: 100,
//! # };
//! let store = Store::open(dir.path())?;
//! let name = store.create_run(&NewName::Numbered("digits mlp:64"), &[], &plan)?;
//! assert_eq!(name, "digits-mlp64-1");
//! assert_eq!(store.run(&name)?.plan, plan);
//! # Ok::<(), batchwright_store::StoreError>(())
//! ```

mod error;
mod name;
mod number;
mod row_writer;
mod runs;
mod schema;
mod store;
mod studies;

pub use error::StoreError;
pub use name::NewName;
pub use number::from_json;
pub use row_writer::RowWriter;
pub use runs::{RunStatus, RunSummary};
pub use schema::SCHEMA_VERSION;
pub use store::{DATABASE_FILE, EntryKind, Store};
pub use studies::{Fingerprint, RelatedStudy, StudyRecord, StudySummary};
