//! All runs and studies as two tables, the newest last, where the eye is.

use std::path::Path;

use batchwright_store::{EntryStatus, RunSummary, StudySummary};

use crate::lang::Lang;
use crate::number::{date, grouped, significant};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, render, wrapped};

/// Runs and studies as tables, and what can be done with those that are lost.
#[must_use]
pub fn entry_list(runs: &[RunSummary], studies: &[StudySummary], style: Style) -> String {
    let lang = style.lang;
    if runs.is_empty() && studies.is_empty() {
        return lang.no_entries().to_owned();
    }
    let mut parts = Vec::new();
    if !runs.is_empty() {
        parts.push(format!("{}\n{}", style.bold(lang.runs_heading()), run_table(runs, style)));
    }
    if !studies.is_empty() {
        parts.push(format!("{}\n{}", style.bold(lang.studies_heading()), study_table(studies, style)));
    }
    let statuses = runs.iter().map(|run| run.status).chain(studies.iter().map(|study| study.status));
    let lost = statuses.filter(|&status| status == EntryStatus::Lost).count();
    if lost > 0 {
        parts.push(wrapped(&lang.some_are_lost(lost as u64), style.width));
    }
    parts.join("\n")
}

fn run_table(runs: &[RunSummary], style: Style) -> String {
    let lang = style.lang;
    let column = |cell: &dyn Fn(&RunSummary) -> String| runs.iter().map(cell).collect::<Vec<_>>();
    let columns = vec![
        TermColumn::left(lang.name(), column(&|run| harmless(&run.name))),
        TermColumn::left(lang.status(), column(&|run| lang.status_word(run.status).to_owned())),
        TermColumn::right(lang.batch_size(), column(&|run| grouped(run.plan.batching.batch_size))),
        TermColumn::right(lang.steps(), column(&|run| steps(run))),
        TermColumn::right(lang.epochs(), column(&|run| epochs(run))),
        TermColumn::right(lang.best_loss(), column(&|run| best(run))),
        TermColumn::left(lang.verdict_label(), column(&|run| verdict(run, lang).to_owned())).optional(),
        TermColumn::left(lang.created(), column(&|run| date(run.created))).optional(),
        TermColumn::left(lang.what_is_trained(), column(&|run| trained(&run.settings))).optional(),
    ];
    render(columns, style, |_| false)
}

fn steps(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.steps);
    reached.or(run.progress.map(|progress| progress.steps)).map(grouped).unwrap_or_default()
}

fn epochs(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.epochs);
    let reached = reached.or(run.progress.map(|progress| progress.epochs));
    reached.map(|epochs| significant(epochs, 3)).unwrap_or_default()
}

fn best(run: &RunSummary) -> String {
    let reached = run.result.as_ref().map(|result| result.validation.best_loss);
    let reached = reached.or(run.progress.and_then(|progress| progress.best_loss));
    reached.map(|loss| significant(loss, 4)).unwrap_or_default()
}

fn verdict(run: &RunSummary, lang: Lang) -> &'static str {
    run.result.as_ref().map_or("", |result| lang.verdict_word(result.verdict.kind))
}

fn study_table(studies: &[StudySummary], style: Style) -> String {
    let lang = style.lang;
    let column = |cell: &dyn Fn(&StudySummary) -> String| studies.iter().map(cell).collect::<Vec<_>>();
    let size = |study: &StudySummary| study.answer.and_then(|answer| answer.batch_size).map(grouped);
    let rate = |study: &StudySummary| study.answer.and_then(|answer| answer.learning_rate);
    let verdict = |study: &StudySummary| study.answer.map(|answer| lang.study_verdict_word(answer.verdict));
    let columns = vec![
        TermColumn::left(lang.name(), column(&|study| harmless(&study.name))),
        TermColumn::left(lang.status(), column(&|study| lang.status_word(study.status).to_owned())),
        TermColumn::right(lang.batch_size(), column(&|study| size(study).unwrap_or_default())),
        TermColumn::right(
            lang.learning_rate(),
            column(&|study| rate(study).map(|rate| significant(rate, 3)).unwrap_or_default()),
        ),
        TermColumn::left(
            lang.verdict_label(),
            column(&|study| verdict(study).unwrap_or_default().to_owned()),
        ),
        TermColumn::left(lang.created(), column(&|study| date(study.created))).optional(),
        TermColumn::left(lang.what_is_trained(), column(&|study| trained(&study.settings))).optional(),
    ];
    render(columns, style, |_| false)
}

/// The widest text on what is trained. A command may be a long line.
const WIDEST: usize = 40;

/// What is trained: `mlp:64 digits`, or the command.
fn trained(settings: &[(String, String)]) -> String {
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
