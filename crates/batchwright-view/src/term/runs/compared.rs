//! Several runs: their validation curves in one chart, and a table.

use batchwright_train::RunRecord;

use crate::chart::curves::{CurveLine, Horizontal};
use crate::run_cells::{ComparedRun, headings};
use crate::term::runs::curves::{chart, symbol};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, render, wrapped};

/// Which run is best, their curves over an axis, and a table. A run has the same sign in the chart
/// and in the table.
#[must_use]
pub fn comparison(records: &[RunRecord], curve: CurveLine, horizontal: Horizontal, style: Style) -> String {
    let lang = style.lang;
    let mut text = format!("{}\n", wrapped(&harmless(&lang.compared(records)), style.width));
    let (chart, table) = (chart(records, curve, horizontal, style), table(records, style));
    text += &match chart {
        Some(chart) => format!("{chart}\n{table}"),
        None => table,
    };
    let sizes = |record: &RunRecord| record.plan.batching.batch_size;
    let differ = records.windows(2).any(|pair| sizes(&pair[0]) != sizes(&pair[1]));
    if differ && matches!(horizontal, Horizontal::Steps | Horizontal::Epochs) {
        text += &format!("\n{}", wrapped(lang.compare_by_samples(), style.width));
    }
    text
}

fn table(records: &[RunRecord], style: Style) -> String {
    let lang = style.lang;
    let runs: Vec<ComparedRun> = records.iter().map(|record| ComparedRun::new(record, lang)).collect();
    let column = |cell: &dyn Fn(&ComparedRun) -> String| runs.iter().map(cell).collect::<Vec<_>>();
    let outcome = |at: usize| {
        column(&|run| run.outcome.as_ref().map(|outcome| outcome.numbers[at].clone()).unwrap_or_default())
    };
    let [batch_size, rate, steps, epochs, time, best, test] = headings(lang);
    let signs = (0..records.len()).map(|at| symbol(at).to_string()).collect();
    let names = records.iter().map(|record| harmless(&record.name)).collect();
    let verdict = column(&|run| run.outcome.as_ref().map_or("", |outcome| outcome.verdict).to_owned());
    let columns = vec![
        TermColumn::left("", signs),
        TermColumn::left(lang.name(), names),
        TermColumn::right(batch_size, column(&|run| run.batch_size.clone())),
        TermColumn::right(rate, column(&|run| run.learning_rate.clone())),
        TermColumn::right(best, outcome(3)),
        TermColumn::right(steps, outcome(0)).optional(),
        TermColumn::right(time, outcome(2)).optional(),
        TermColumn::left(lang.verdict_label(), verdict).optional(),
        TermColumn::right(test, outcome(4)).optional(),
        TermColumn::right(epochs, outcome(1)).optional(),
    ];
    render(columns, style, |_| false)
}
