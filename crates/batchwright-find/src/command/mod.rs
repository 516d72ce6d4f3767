//! Training programs in any language, run as child processes.

#[cfg(unix)]
pub mod process;
