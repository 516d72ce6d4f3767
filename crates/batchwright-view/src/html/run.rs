//! The report of one run.
//!
//! Left out: sentences, which are in `text`, and charts, which are in `chart`.

use batchwright_train::{RunRecord, RunResult, RunRow, RunVerdictKind};

use crate::chart::curves::{CurveLine, Horizontal};
use crate::chart::run_figure;
use crate::export::json::RunRecordJson;
use crate::html::axis_switch::by_axis;
use crate::html::curve_data::CurveData;
use crate::html::page::{Fact, Page};
use crate::html::run_rows::{embedded, shown_rows};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{bytes, duration, grouped, percent, significant};
use crate::outcome::told_better;

/// A run as a page: verdict, outcome, learning curves over each of the four axes, explanations,
/// settings, all rows. `failure` is the reason of a run that failed; it takes the place of the
/// verdict.
#[must_use]
pub fn run_report(record: &RunRecord, failure: Option<&str>, lang: Lang) -> String {
    let sentence = match &record.result {
        Some(result) => lang.verdict(result),
        None => lang.no_result(failure),
    };
    let mut page = Page::new(lang.run(), &record.name, &sentence, lang);
    page.facts(&facts(record, lang));
    let figures = |horizontal| -> Vec<String> {
        let curves = [CurveLine::Loss, CurveLine::Accuracy].into_iter();
        curves.filter_map(|curve| run_figure(record, curve, horizontal, lang)).collect()
    };
    if !figures(Horizontal::Steps).is_empty() {
        page.heading(lang.charts());
        by_axis(&mut page, &Horizontal::ALL, Horizontal::Steps, lang, figures);
        page.curves(CurveData::of_run(record, lang));
    }
    meaning(&mut page, record, lang);
    page.heading(lang.all_rows());
    let shown = shown_rows(record);
    if shown.len() < record.rows.len() {
        page.note(&lang.rows_shown(shown.len(), record.rows.len()));
        page.record_in_short(&format!("batchwright report {} --format json", record.name));
    }
    page.details(&format!("{} ({})", lang.all_rows(), grouped(shown.len() as u64)), &rows_table(shown, lang));
    page.finish(&RunRecordJson(&embedded(record, record.rows.len())))
}

/// What the numbers of a run mean, and its settings.
pub(crate) fn meaning(page: &mut Page, record: &RunRecord, lang: Lang) {
    page.heading(lang.meaning());
    page.sentences(&lang.explain_run(&record.plan, record.result.as_ref()));
    let has_values = |result: &RunResult| result.test.values.or(result.validation.last.values).is_some();
    if record.result.as_ref().is_some_and(has_values) {
        page.note(lang.standardised());
    }
    page.terms(&lang.run_terms());
    page.settings(&record.settings);
}

/// The numbers of a run that a reader looks for first.
pub(crate) fn facts(record: &RunRecord, lang: Lang) -> Vec<Fact> {
    let mut facts = record.result.as_ref().map(|result| outcome(result, lang)).unwrap_or_default();
    facts.push(Fact::new(lang.samples(), grouped(record.plan.batching.samples)));
    facts.push(Fact::new(lang.batch_size(), grouped(record.plan.batching.batch_size)));
    facts.push(Fact::new(lang.steps_per_epoch(), grouped(record.plan.steps_per_epoch)));
    if let Some(result) = &record.result {
        facts.push(Fact::new(lang.total_steps(), grouped(result.steps)));
        facts.push(Fact::new(lang.epochs(), significant(result.epochs, 3)));
        facts.push(Fact::new(lang.training_time(), duration(result.seconds, lang)));
        facts.push(Fact::new(lang.parameters(), grouped(result.parameters)));
        facts.push(Fact::new(lang.memory(), bytes(result.memory_bytes)));
    }
    facts
}

/// The numbers that a reader looks for first: test accuracy, or errors in the label's unit where a
/// number is predicted.
fn outcome(result: &RunResult, lang: Lang) -> Vec<Fact> {
    let verdict = lang.verdict_word(result.verdict.kind).to_string();
    let mut facts = vec![match result.verdict.kind {
        RunVerdictKind::Converged | RunVerdictKind::Improving => Fact::main(lang.verdict_label(), verdict),
        RunVerdictKind::Unclear => Fact::new(lang.verdict_label(), verdict),
        RunVerdictKind::Overfitting | RunVerdictKind::Underfitting | RunVerdictKind::Diverged => {
            Fact::warning(lang.verdict_label(), verdict)
        }
    }];
    let of = |split: &str, label: &str| lang.of_split(split, label);
    let test = told_better(&result.test, lang);
    facts.extend(test.iter().map(|(label, value)| Fact::main(&of(lang.test(), label), value.clone())));
    if test.is_empty() {
        facts.push(Fact::main(lang.test_loss(), significant(result.test.loss, 4)));
    }
    let validation = told_better(&result.validation.last, lang);
    facts
        .extend(validation.into_iter().map(|(label, value)| Fact::new(&of(lang.validation(), label), value)));
    facts.push(Fact::new(lang.lowest_validation_loss(), significant(result.validation.best_loss, 4)));
    facts
}

/// One row for each evaluation.
pub(crate) fn rows_table<'a>(rows: impl IntoIterator<Item = &'a RunRow>, lang: Lang) -> HtmlTable {
    let mut table = HtmlTable::default().numbers(&[
        lang.steps(),
        lang.epochs(),
        lang.samples(),
        lang.training_time(),
        lang.learning_rate(),
        lang.train_loss(),
        lang.validation_loss(),
        lang.validation_accuracy(),
    ]);
    for row in rows {
        let cells = [
            grouped(row.step),
            format!("{:.2}", row.epoch),
            grouped(row.samples),
            duration(row.seconds, lang),
            significant(row.learning_rate, 3),
            significant(row.train.loss, 4),
            significant(row.validation.loss, 4),
            row.validation.accuracy.map(percent).unwrap_or_default(),
        ];
        table.row(None, &cells.map(HtmlCell::Number));
    }
    table
}
