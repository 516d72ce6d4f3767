//! The process as the user sees it: what it prints, which signals it obeys, and its exit codes.

pub(crate) mod failure;
pub(crate) mod save;
pub(crate) mod screen;
pub(crate) mod signals;
