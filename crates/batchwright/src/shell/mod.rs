//! The process as the user sees it: what it prints, how it reacts to signals, and its exit codes.

pub(crate) mod ask;
pub(crate) mod clap_error;
pub(crate) mod explain;
pub(crate) mod failure;
pub(crate) mod full_screen;
pub(crate) mod guard;
pub(crate) mod save;
pub(crate) mod screen;
pub(crate) mod signals;
pub(crate) mod stdout;
