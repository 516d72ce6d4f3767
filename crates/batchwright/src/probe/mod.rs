//! Runs one micro-batch size in a child process within a memory limit: the parent's side and the
//! child's side.

pub(crate) mod child;
pub(crate) mod limits;
pub(crate) mod prober;
