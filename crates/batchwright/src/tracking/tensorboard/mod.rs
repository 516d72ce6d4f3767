//! TensorBoard event files, one folder for each run.
//!
//! - `messages`: the messages of such a file
//! - `events`: what is said of a run, as bytes
//! - `folder`: the files

pub(crate) mod events;
pub(crate) mod folder;
pub(crate) mod messages;
