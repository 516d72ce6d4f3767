//! What a page of the dashboard says of a run beside its curves, and of several runs together.

use batchwright_store::{EntryStatus, RunNow, RunSummary};
use batchwright_train::{RunRecord, RunRow};

use crate::chart::curves::{best_row, first_best_last};
use crate::html::page::{Fact, Page};
use crate::html::run::{facts, meaning, rows_table};
use crate::lang::Lang;
use crate::number::{duration, grouped, significant};

/// The parts of a run's page, as HTML.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPart {
    /// Above the curves: its verdict or how far it is, and its numbers.
    pub above: String,
    /// Below the curves: its ledger, and what the numbers mean.
    pub below: String,
}

/// Share of a run below which its time left is not told.
const TOLD_FROM: f64 = 0.01;

/// A run with its rows as parts of a page. `now` is what it told last, which counts while it runs.
#[must_use]
pub fn run_part(run: &RunSummary, now: Option<&RunNow>, record: &RunRecord, lang: Lang) -> RunPart {
    let result = record.result.as_ref().filter(|_| run.status != EntryStatus::Running);
    let sentence = match (run.status, result) {
        (EntryStatus::Running, _) => lang.status_word(run.status).to_owned(),
        (EntryStatus::Lost, _) => lang.process_gone(&run.name),
        (_, Some(result)) => lang.verdict(result),
        (_, None) => lang.no_result(run.reason.as_deref()),
    };
    let mut above = Page::part(&sentence, lang);
    // A run that is made longer has its earlier result.
    let shown = RunRecord { result: result.cloned(), ..record.clone() };
    if let Some(now) = now.filter(|_| run.status == EntryStatus::Running) {
        above.note(&lang.sentence_so_far(&now.verdict));
    }
    let mut numbers = if result.is_none() { progress(&shown, lang) } else { Vec::new() };
    numbers.extend(facts(&shown, lang));
    above.facts(&numbers);
    RunPart { above: above.fragment(), below: below(&shown, lang) }
}

/// How far a run without a result is: the ledger of its last row, and the time that is left.
fn progress(record: &RunRecord, lang: Lang) -> Vec<Fact> {
    let Some(row) = record.rows.last() else { return Vec::new() };
    let plan = &record.plan;
    let of = |now: String, all: String| format!("{now} / {all}");
    let mut facts = vec![
        Fact::main(lang.total_steps(), of(grouped(row.step), grouped(plan.steps))),
        Fact::new(lang.epochs(), of(significant(row.epoch, 3), significant(plan.epochs, 3))),
        Fact::new(lang.samples_seen(), of(grouped(row.samples), grouped(plan.samples_seen))),
    ];
    let time = match left(row, plan.steps) {
        Some(left) => format!("{} ({})", duration(row.seconds, lang), lang.time_left(&duration(left, lang))),
        None => duration(row.seconds, lang),
    };
    facts.push(Fact::new(lang.training_time(), time));
    facts.push(Fact::new(lang.learning_rate(), significant(row.learning_rate, 3)));
    let best = best_row(record).map(|row| lang.best_at(&significant(row.validation.loss, 4), row.step));
    facts.extend(best.map(|best| Fact::new(lang.validation_loss(), best)));
    facts
}

/// Training seconds until the last step, as the steps so far went. Seconds of a run that was resumed
/// are those of all its processes, so they need no correction.
fn left(row: &RunRow, steps: u64) -> Option<f64> {
    let done = row.step as f64 / steps as f64;
    (done > TOLD_FROM && done <= 1.0 && row.seconds > 0.0).then(|| row.seconds * (1.0 - done) / done)
}

fn below(record: &RunRecord, lang: Lang) -> String {
    let mut page = Page::part(&lang.first_best_last(record.rows.len() as u64), lang);
    page.table(lang.all_rows(), &rows_table(first_best_last(record), lang));
    meaning(&mut page, record, lang);
    page.fragment()
}

/// What is to be said of several runs above their curves. Their rows are not needed.
#[must_use]
pub fn comparison_part(records: &[RunRecord], lang: Lang) -> String {
    let mut page = Page::part(&lang.compared(records), lang);
    page.note(lang.compare_by_samples());
    page.fragment()
}
