//! Checkpoints: the state of a run in a file, so that it survives the end of its process.
//!
//! - `file`: one checkpoint, its bytes and its checksum
//! - `folder`: the checkpoints of a run, the newest that is whole
//! - `writer`: writes them beside the training
//!
//! docs/CHECKPOINTS.md says what is promised when the process is killed and when the power fails.

pub(crate) mod file;
pub(crate) mod folder;
pub(crate) mod writer;
