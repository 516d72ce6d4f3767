//! The cells of the lists of runs and of studies. The terminal and the dashboard show the same cells.
//! What is not known yet is empty.

use std::path::Path;

use batchwright_store::{RunSummary, StudySummary};

use crate::lang::Lang;
use crate::number::{grouped, significant};
use crate::term::style::harmless;

pub(crate) fn steps(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.steps);
    reached.or(run.progress.map(|progress| progress.steps)).map(grouped).unwrap_or_default()
}

pub(crate) fn epochs(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.epochs);
    let reached = reached.or(run.progress.map(|progress| progress.epochs));
    reached.map(|epochs| significant(epochs, 3)).unwrap_or_default()
}

pub(crate) fn best(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.validation.best_loss);
    let reached = reached.or(run.progress.and_then(|progress| progress.best_loss));
    reached.map(|loss| significant(loss, 4)).unwrap_or_default()
}

pub(crate) fn verdict(run: &RunSummary, lang: Lang) -> &'static str {
    run.result.as_ref().map_or("", |result| lang.verdict_word(result.verdict.kind))
}

pub(crate) fn study_size(study: &StudySummary) -> String {
    study.answer.and_then(|answer| answer.batch_size).map(grouped).unwrap_or_default()
}

pub(crate) fn study_rate(study: &StudySummary) -> String {
    let rate = study.answer.and_then(|answer| answer.learning_rate);
    rate.map(|rate| significant(rate, 3)).unwrap_or_default()
}

pub(crate) fn study_verdict(study: &StudySummary, lang: Lang) -> &'static str {
    study.answer.map_or("", |answer| lang.study_verdict_word(answer.verdict))
}

/// The widest text on what is trained. A command may be a long line.
const WIDEST: usize = 40;

/// What is trained: `mlp:64 digits`, or the command.
pub(crate) fn trained(settings: &[(String, String)]) -> String {
    let value = |key: &str| settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let data = value("data")
        .map(|data| Path::new(data).file_name().map_or_else(|| data.into(), |name| name.to_string_lossy()));
    let words = match value("command") {
        Some(command) => command.to_owned(),
        None => value("model").map(Into::into).into_iter().chain(data).collect::<Vec<_>>().join(" "),
    };
    let words = harmless(&words);
    match words.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
