//! A study as CSV: one row for each batch size, with the field names of its JSON and with numbers
//! that read back as the same numbers.
//!
//! Every file has all columns, so that files of several studies can be joined. A value that was not
//! measured, and an unknown end of an interval, is an empty cell. No cell holds text, so none needs
//! quotes. Left out: the trials, which the JSON has.

use batchwright_find::{Estimate, SizeResult, StudyResult};

use crate::cells::{Mark, mark};

/// Names and cells of one row, in the order of the columns.
type Row = Vec<(String, String)>;

/// A study as CSV: a line of names, then one line for each batch size, in the order of the study.
/// Times are in seconds, memory in bytes.
#[must_use]
pub fn study_csv(study: &StudyResult) -> String {
    let rows: Vec<Row> = study.sizes.iter().map(|size| row(study, size)).collect();
    let Some(first) = rows.first() else { return String::new() };
    let names = first.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",");
    let line = |row: &Row| row.iter().map(|(_, cell)| cell.as_str()).collect::<Vec<_>>().join(",");
    std::iter::once(names).chain(rows.iter().map(line)).map(|line| line + "\n").collect()
}

fn row(study: &StudyResult, size: &SizeResult) -> Row {
    let step = size.step_seconds;
    let recommended = mark(study, size) == Mark::Recommended;
    let tied = mark(study, size) == Mark::Tied;
    let mut row = vec![
        cell("batch_size", size.batch_size),
        cell("fits", written(size.fits)),
        cell("memory_bytes", written(size.memory_bytes)),
        cell("card_memory_bytes", written(size.card_memory_bytes)),
        cell("micro_batch_size", written(size.micro_batch_size)),
        cell("step_seconds_median", number(step.map(|time| time.median))),
        cell("step_seconds_low", number(step.map(|time| time.low))),
        cell("step_seconds_high", number(step.map(|time| time.high))),
        cell("learning_rate", number(size.learning_rate.best)),
        cell("tuned", size.learning_rate.tuned),
        cell("runs", size.runs),
    ];
    let estimates = [
        ("steps_to_target", size.steps_to_target),
        ("samples_to_target", size.samples_to_target),
        ("seconds_to_target", size.seconds_to_target),
        ("money_to_target", size.money_to_target),
        ("joules_to_target", size.joules_to_target),
        ("quality", size.quality),
    ];
    row.extend(estimates.into_iter().flat_map(|(name, estimate)| estimate_cells(name, estimate)));
    row.extend([
        cell("p_best", number(Some(size.p_best))),
        cell("recommended", recommended),
        cell("tied", tied),
    ]);
    row
}

fn estimate_cells(name: &str, estimate: Option<Estimate>) -> [(String, String); 4] {
    let part = |part: &str, value| (format!("{name}_{part}"), value);
    [
        part("median", number(estimate.and_then(|e| e.median))),
        part("low", number(estimate.and_then(|e| e.low))),
        part("high", number(estimate.and_then(|e| e.high))),
        part("censored", written(estimate.map(|e| e.censored))),
    ]
}

fn cell(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn written(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Written without an exponent, which some spreadsheets take for text. A number that is not finite
/// is an empty cell, as it is null in JSON.
fn number(value: Option<f64>) -> String {
    written(value.filter(|value| value.is_finite()))
}
