//! One example of every error and message. A variant without an example does not compile.

pub(super) mod data;
pub(super) mod engine;
pub(super) mod messages;
pub(super) mod programs;
pub(super) mod study;
