//! The parts of the dashboard's pages: what changes while a run or a study goes on, as HTML and as
//! cells. They share their charts, cells and sentences with the reports and the terminal.
//!
//! - `entry`: a run or a study in the list
//! - `run`, `study`: what a page says of one of them
//!
//! Left out: the frame of a page, its scripts and who asks for it (`batchwright-serve`).

pub(crate) mod entry;
pub(crate) mod run;
pub(crate) mod study;
