//! All runs and studies as two tables, the newest last, where the eye is.

use batchwright_store::{EntryStatus, RunSummary, StudySummary};

use crate::list_cells::{best, epochs, steps, study_rate, study_size, study_verdict, trained, verdict};
use crate::number::{date, grouped};
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

fn study_table(studies: &[StudySummary], style: Style) -> String {
    let lang = style.lang;
    let column = |cell: &dyn Fn(&StudySummary) -> String| studies.iter().map(cell).collect::<Vec<_>>();
    let columns = vec![
        TermColumn::left(lang.name(), column(&|study| harmless(&study.name))),
        TermColumn::left(lang.status(), column(&|study| lang.status_word(study.status).to_owned())),
        TermColumn::right(lang.batch_size(), column(&study_size)),
        TermColumn::right(lang.learning_rate(), column(&study_rate)),
        TermColumn::left(lang.verdict_label(), column(&|study| study_verdict(study, lang).to_owned())),
        TermColumn::left(lang.created(), column(&|study| date(study.created))).optional(),
        TermColumn::left(lang.what_is_trained(), column(&|study| trained(&study.settings))).optional(),
    ];
    render(columns, style, |_| false)
}
