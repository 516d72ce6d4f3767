//! What is trained by a command of the user's: any program in any language.

#[cfg(unix)]
pub mod process;
pub mod report;
