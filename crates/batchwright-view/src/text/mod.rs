//! All sentences and words for people, in English and Japanese. Each message is one function on
//! [`crate::Lang`], so that the compiler checks that no translation is missing. The crates that
//! compute pass on values only: no other module makes sentences.
//!
//! - `labels`: single words and headings
//! - `plan`: the arithmetic of a run
//! - `run`: verdicts on a learning curve
//! - `study`: the answer of a study
//! - `models`: its step times, prediction and frontier
//! - `no_answer`: why a study has no answer
//! - `open_points`: why its verdict is not final
//! - `memory`: what it takes from earlier studies
//! - `evaluation`: which rows a model was trained on
//! - `explain`: where its numbers come from
//! - `fit`: what fits into memory; `fit_command`: the same for a training command
//! - `check`: what a study would read from a command; `findings`: what is missing
//! - `data_remarks`: what was assumed while a table was read
//! - `remarks`: what a reader of a study should know
//! - `terms`: what the terms of a report mean
//!
//! Flags and settings are not translated. Errors keep the words of the program that reported them.

pub(crate) mod check;
pub(crate) mod data_remarks;
pub(crate) mod evaluation;
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
