//! Several runs on one page: their validation curves in one chart, and a table.

use batchwright_train::{RunRecord, RunResult};

use crate::chart::curves::{CurveLine, Horizontal};
use crate::chart::overlay_figure;
use crate::export::json::RunRecordJson;
use crate::html::axis_switch::by_axis;
use crate::html::page::Page;
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::number::{duration, grouped, significant};
use crate::outcome::told_better;

/// Several runs as a page. The axis that is shown first is the samples: only over samples or
/// seconds are runs of different batch size comparable.
#[must_use]
pub fn comparison_report(records: &[RunRecord], lang: Lang) -> String {
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let mut page = Page::new(lang.comparison(), &names.join(", "), &lang.compared(records), lang);
    page.note(lang.compare_by_samples());
    by_axis(&mut page, Horizontal::Samples, lang, |horizontal| {
        let curves = [CurveLine::Loss, CurveLine::Accuracy].into_iter();
        curves.filter_map(|curve| overlay_figure(records, curve, horizontal, lang)).collect()
    });
    page.heading(lang.comparison());
    page.table(lang.comparison(), &table(records, lang));
    page.heading(lang.meaning());
    page.terms(&lang.run_terms());
    let records: Vec<RunRecordJson> = records.iter().map(RunRecordJson).collect();
    page.finish(&records)
}

fn table(records: &[RunRecord], lang: Lang) -> HtmlTable {
    let mut table = HtmlTable::default().heading(lang.run(), true).numbers(&[
        lang.batch_size(),
        lang.learning_rate(),
        lang.total_steps(),
        lang.epochs(),
        lang.training_time(),
        lang.lowest_validation_loss(),
        lang.test(),
    ]);
    table = table.heading(lang.verdict_label(), true);
    for (at, record) in records.iter().enumerate() {
        let rate = record.rows.iter().map(|row| row.learning_rate).fold(0.0, f64::max);
        let mut cells = vec![
            HtmlCell::Words(format!("{}  {}", at + 1, record.name)),
            HtmlCell::Number(grouped(record.plan.batching.batch_size)),
            HtmlCell::Number(significant(rate, 3)),
        ];
        match &record.result {
            Some(result) => cells.extend(outcome(result, lang)),
            None => cells.push(HtmlCell::Words(lang.no_result_yet().to_owned())),
        }
        table.row(None, &cells);
    }
    table
}

fn outcome(result: &RunResult, lang: Lang) -> [HtmlCell; 6] {
    let test = told_better(&result.test, lang).into_iter().next();
    let test =
        test.map_or_else(|| significant(result.test.loss, 4), |(label, value)| format!("{label} {value}"));
    [
        HtmlCell::Number(grouped(result.steps)),
        HtmlCell::Number(significant(result.epochs, 3)),
        HtmlCell::Number(duration(result.seconds, lang)),
        HtmlCell::Number(significant(result.validation.best_loss, 4)),
        HtmlCell::Number(test),
        HtmlCell::Words(lang.verdict_word(result.verdict.kind).to_owned()),
    ]
}
