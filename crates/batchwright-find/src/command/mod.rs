//! What is trained by a command of the user's: any program in any language.

pub mod report;
