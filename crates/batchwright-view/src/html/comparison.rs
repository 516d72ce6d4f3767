//! Several runs on one page: their validation curves in one chart, and a table.

use batchwright_train::RunRecord;

use crate::chart::curves::{CurveLine, Horizontal};
use crate::chart::overlay_figure;
use crate::export::json::RunRecordJson;
use crate::html::axis_switch::by_axis;
use crate::html::curve_data::CurveData;
use crate::html::page::Page;
use crate::html::run_rows::{MOST_EMBEDDED, embedded};
use crate::html::table::{HtmlCell, HtmlTable};
use crate::lang::Lang;
use crate::run_cells::{ComparedRun, headings};

/// Several runs as a page. The axis that is shown first is the samples: only over samples or
/// seconds are runs of different batch size comparable.
#[must_use]
pub fn comparison_report(records: &[RunRecord], lang: Lang) -> String {
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let mut page = Page::new(lang.comparison(), &names.join(", "), &lang.compared(records), lang);
    page.note(lang.compare_by_samples());
    let figures = |horizontal| -> Vec<String> {
        let curves = [CurveLine::Loss, CurveLine::Accuracy].into_iter();
        curves.filter_map(|curve| overlay_figure(records, curve, horizontal, lang)).collect()
    };
    if !figures(Horizontal::Samples).is_empty() {
        page.heading(lang.charts());
        by_axis(&mut page, &Horizontal::ALL, Horizontal::Samples, lang, figures);
        page.curves(CurveData::of_runs(records, lang));
    }
    page.heading(lang.comparison());
    page.table(lang.comparison(), &table(records, lang));
    page.heading(lang.meaning());
    page.terms(&lang.run_terms());
    let rows = records.iter().map(|record| record.rows.len()).sum();
    if rows > MOST_EMBEDDED {
        page.record_in_short(&format!("batchwright report {} --format json", names.join(" ")));
    }
    let records: Vec<RunRecord> = records.iter().map(|record| embedded(record, rows)).collect();
    page.finish(&records.iter().map(RunRecordJson).collect::<Vec<_>>())
}

fn table(records: &[RunRecord], lang: Lang) -> HtmlTable {
    let mut table = HtmlTable::default().heading(lang.run(), true).numbers(&headings(lang));
    table = table.heading(lang.verdict_label(), true);
    for (at, record) in records.iter().enumerate() {
        let run = ComparedRun::new(record, lang);
        let mut cells = vec![
            HtmlCell::Words(format!("{}  {}", at + 1, record.name)),
            HtmlCell::Number(run.batch_size),
            HtmlCell::Number(run.learning_rate),
        ];
        match run.outcome {
            Some(outcome) => {
                cells.extend(outcome.numbers.map(HtmlCell::Number));
                cells.push(HtmlCell::Words(outcome.verdict.to_owned()));
            }
            None => cells.push(HtmlCell::Words(lang.no_result_yet().to_owned())),
        }
        table.row(None, &cells);
    }
    table
}
