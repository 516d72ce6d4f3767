//! All sentences and words for people, in English and Japanese. Each message is one function on
//! [`crate::Lang`], so that the compiler checks that no translation is missing. The crates that
//! compute pass on values only: no other module makes sentences.
//!
//! - `labels`: single words and headings
//! - `comparison`: several runs side by side
//! - `plan`: the arithmetic of a run
//! - `run`: one run
//! - `run_verdict`: verdicts on a learning curve
//! - `runs`: stored runs and studies
//! - `screen`: what a live view says besides
//! - `study`: the answer of a study
//! - `models`: its step times, prediction and frontier
//! - `no_answer`: why a study has no answer
//! - `open_points`: why its verdict is not final
//! - `memory`: what it takes from earlier studies
//! - `dashboard`: what the dashboard says besides
//! - `evaluation`: which rows a model was trained on
//! - `exported`: what a model for other programs takes and puts out
//! - `explain`: where its numbers come from
//! - `fit`: what fits into memory; `fit_command`: the same for a training command
//! - `audit`: what a command does with batch size, micro-batches, epochs and seed
//! - `check`: what a study would read from a command; `findings`: what is missing
//! - `errors`: what went wrong; `messages`: what the program says of its flags
//! - `data_remarks`: what was assumed while a table was read
//! - `remarks`: what a reader of a study should know
//! - `suspicions`: what is doubtful about a training program
//! - `report`: what reports say besides
//! - `reported`: what a trial reported when it failed
//! - `terms`: what the terms of a report mean
//!
//! Flags and settings are not translated. What other programs and the operating system report keeps
//! their words.

#[cfg(test)]
#[macro_use]
pub(crate) mod examples;

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod comparison;
pub(crate) mod dashboard;
pub(crate) mod data_remarks;
pub(crate) mod errors;
pub(crate) mod evaluation;
pub(crate) mod explain;
pub(crate) mod exported;
pub(crate) mod findings;
pub(crate) mod fit;
pub(crate) mod fit_command;
pub(crate) mod labels;
pub(crate) mod memory;
pub(crate) mod messages;
pub(crate) mod model;
pub(crate) mod models;
pub(crate) mod no_answer;
pub(crate) mod open_points;
pub(crate) mod plan;
pub(crate) mod remarks;
pub(crate) mod report;
pub(crate) mod reported;
pub(crate) mod run;
pub(crate) mod run_verdict;
pub(crate) mod runs;
pub(crate) mod screen;
pub(crate) mod study;
pub(crate) mod suspicions;
pub(crate) mod terms;
