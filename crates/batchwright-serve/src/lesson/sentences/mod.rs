//! Every sentence of the lesson, in both languages: a sentence without one of them does not compile.
//!
//! A sentence is HTML. `{name}` is a place that the script fills with a number or a word. The keys are
//! those that the page and the script name; a test compares them.

pub(crate) mod boxes;
pub(crate) mod bugs;
pub(crate) mod costs;
pub(crate) mod curves;
pub(crate) mod experiment;
pub(crate) mod frame;
pub(crate) mod gradients;
pub(crate) mod odometers;
pub(crate) mod order;
pub(crate) mod questions;
pub(crate) mod resume;
pub(crate) mod sentence;
pub(crate) mod terms;

use crate::lesson::sentences::sentence::Sentence;

/// All of them, part by part.
pub(crate) fn sentences() -> impl Iterator<Item = &'static Sentence> {
    let files = [
        frame::FRAME,
        questions::QUESTIONS,
        boxes::BOXES,
        odometers::ODOMETERS,
        order::ORDER,
        gradients::GRADIENTS,
        costs::COSTS,
        experiment::EXPERIMENT,
        resume::RESUME,
        curves::CURVES,
        bugs::BUGS,
        terms::TERMS,
    ];
    files.into_iter().flatten()
}
