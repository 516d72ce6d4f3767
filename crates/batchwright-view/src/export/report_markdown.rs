//! The report of a study, of a run or of several runs as Markdown, for an issue or a chat: the answer, the
//! numbers, how it was started and its settings.
//!
//! It links to nothing and holds no HTML, so that it reads the same wherever it is pasted. Left out:
//! charts, which `--format png` writes.

use batchwright_find::StudyResult;
use batchwright_train::{RunRecord, RunRow};

use crate::chart::curves::{best_row, first_best_last};
use crate::export::markdown::{escaped, sizes_table, table};
use crate::html::page::Fact;
use crate::html::{run, study};
use crate::lang::Lang;
use crate::number::{duration, grouped, percent, significant};
use crate::run_cells::{ComparedRun, headings};
use crate::term::style::harmless;
use crate::term::table::{TermColumn, used};

/// A study: its verdict, the numbers, the table of sizes, what follows, `command` that started it, and its
/// settings.
#[must_use]
pub fn study_report_markdown(
    result: &StudyResult,
    settings: &[(String, String)],
    command: Option<&str>,
    lang: Lang,
) -> String {
    let mut text = heading(lang.study(), &result.study);
    text += &paragraph(&lang.study_verdict(result));
    text += &facts(&study::facts(result, lang), lang);
    text += &format!("{}\n", sizes_table(result, lang));
    let remarks = result.remarks.iter().map(|remark| lang.remark(remark));
    text += &list(study::sentences(result, lang).into_iter().chain(remarks));
    text + &origin(settings, command, lang)
}

/// A run: its verdict or why it failed, the numbers, the first, the best and the last evaluation,
/// `command` that started it, and its settings.
#[must_use]
pub fn run_markdown(record: &RunRecord, failure: Option<&str>, command: Option<&str>, lang: Lang) -> String {
    let sentence = match &record.result {
        Some(result) => lang.verdict(result),
        None => lang.no_result(failure),
    };
    let mut text = heading(lang.run(), &record.name) + &paragraph(&sentence);
    text += &facts(&run::facts(record, lang), lang);
    text += &rows(record, lang);
    text + &origin(&record.settings, command, lang)
}

/// Several runs: which is best, and a row for each.
#[must_use]
pub fn comparison_markdown(records: &[RunRecord], lang: Lang) -> String {
    let runs: Vec<ComparedRun> = records.iter().map(|record| ComparedRun::new(record, lang)).collect();
    let mut columns =
        vec![TermColumn::left(lang.run(), records.iter().map(|record| record.name.clone()).collect())];
    for (at, name) in headings(lang).into_iter().enumerate() {
        let cell = |run: &ComparedRun| match (at, &run.outcome) {
            (0, _) => run.batch_size.clone(),
            (1, _) => run.learning_rate.clone(),
            (_, Some(outcome)) => outcome.numbers[at - 2].clone(),
            (_, None) => String::new(),
        };
        columns.push(TermColumn::right(name, runs.iter().map(cell).collect()));
    }
    let verdict = |run: &ComparedRun| {
        run.outcome.as_ref().map_or(lang.no_result_yet(), |outcome| outcome.verdict).to_owned()
    };
    columns.push(TermColumn::left(lang.verdict_label(), runs.iter().map(verdict).collect()));
    let mut text = paragraph(&lang.compared(records));
    text += &format!("{}\n", table(&used(columns), |_| false));
    text + &paragraph(lang.compare_by_samples())
}

fn heading(kind: &str, name: &str) -> String {
    format!("### {}: {}\n\n", escaped(kind), escaped(name))
}

fn paragraph(text: &str) -> String {
    format!("{}\n\n", escaped(text))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("- {}\n", escaped(&item))).collect();
    if items.is_empty() { items } else { items + "\n" }
}

/// Label and value of each fact.
fn facts(facts: &[Fact], lang: Lang) -> String {
    let (names, values) = facts.iter().map(|fact| (fact.label.clone(), fact.value.clone())).unzip();
    two_columns(lang.quantity(), names, lang.value(), values)
}

fn two_columns(left: &str, names: Vec<String>, right: &str, values: Vec<String>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let columns = [TermColumn::left(left, names), TermColumn::left(right, values)];
    format!("{}\n", table(&columns, |_| false))
}

/// The first, the best and the last evaluation.
fn rows(record: &RunRecord, lang: Lang) -> String {
    let shown = first_best_last(record);
    if shown.is_empty() {
        return String::new();
    }
    let column = |name: &str, read: &dyn Fn(&RunRow) -> String| {
        TermColumn::right(name, shown.iter().map(|row| read(row)).collect())
    };
    let columns = vec![
        column(lang.steps(), &|row| grouped(row.step)),
        column(lang.epochs(), &|row| format!("{:.2}", row.epoch)),
        column(lang.samples(), &|row| grouped(row.samples)),
        column(lang.training_time(), &|row| duration(row.seconds, lang)),
        column(lang.learning_rate(), &|row| significant(row.learning_rate, 3)),
        column(lang.train_loss(), &|row| significant(row.train.loss, 4)),
        column(lang.validation_loss(), &|row| significant(row.validation.loss, 4)),
        column(lang.validation_accuracy(), &|row| row.validation.accuracy.map(percent).unwrap_or_default())
            .optional(),
    ];
    let best = best_row(record).map(|row| row.step);
    let marked = |at: usize| shown.get(at).is_some_and(|row| Some(row.step) == best);
    let heading = escaped(&lang.first_best_last(record.rows.len() as u64));
    format!("{heading}\n\n{}\n", table(&used(columns), marked))
}

/// How it was started, and its settings.
fn origin(settings: &[(String, String)], command: Option<&str>, lang: Lang) -> String {
    let mut text = String::new();
    if let Some(command) = command {
        text += &format!("{}:\n\n{}\n", lang.started_with(), fenced(command));
    }
    let (names, values) = settings.iter().cloned().unzip();
    text + &two_columns(lang.settings(), names, lang.value(), values)
}

/// A command as a block of code. The fence is longer than any within it.
fn fenced(command: &str) -> String {
    let longest = command.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}sh\n{}\n{fence}\n", harmless(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command with three backticks would end its block, and the rest of it be read as Markdown.
    #[test]
    fn a_command_stays_within_its_block() {
        assert_eq!(fenced("a ```b``` c"), "````sh\na ```b``` c\n````\n");
        assert_eq!(fenced("plain"), "```sh\nplain\n```\n");
    }
}
