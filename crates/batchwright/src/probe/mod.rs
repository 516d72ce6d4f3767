//! Running one micro-batch size in a child process within a memory limit: the parent's side and the
//! child's.

pub(crate) mod child;
pub(crate) mod limits;
pub(crate) mod prober;
