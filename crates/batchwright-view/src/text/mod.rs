//! All sentences and words for people, in English and Japanese: one function a message on
//! [`crate::Lang`], so that the compiler checks that no translation is missing. The crates that
//! compute hand over values; no sentence is made anywhere else.
//!
//! - `labels`: single words and headings
//! - `plan`: what the arithmetic of a run means
//! - `run`: verdicts on a learning curve
//! - `study`: the answer of a study
//! - `models`: its step times, prediction and frontier
//! - `no_answer`: why a study has none
//! - `open_points`: what keeps its verdict open
//! - `memory`: what it takes from earlier studies
//! - `explain`: where its numbers come from
//! - `fit`: what fits into memory; `fit_command`: the same of a training command
//! - `check`: what would be read of a command; `findings`: what is missing
//! - `remarks`: what a reader of a study should know
//! - `terms`: what the terms of a report mean
//!
//! Flags and settings stay as they are typed, and errors in the words of their origin.

pub(crate) mod check;
#[cfg(test)]
pub(crate) mod examples;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod fit;
pub(crate) mod fit_command;
pub(crate) mod labels;
pub(crate) mod memory;
pub(crate) mod models;
pub(crate) mod no_answer;
pub(crate) mod open_points;
pub(crate) mod plan;
pub(crate) mod remarks;
pub(crate) mod run;
pub(crate) mod study;
pub(crate) mod terms;
