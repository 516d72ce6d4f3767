//! A check of a command: the answer, which metrics were recognised, the first rows, and what is
//! missing.

use batchwright_command::read::{RecognisedMetric, RowSource};
use batchwright_command::{Checked, Finding};
use batchwright_find::TrialRow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::number::{bytes, duration, grouped, significant};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, facts, indented, render, wrapped};

/// The result of a check of a command, for a terminal. Control characters in the program's output
/// are replaced.
#[must_use]
pub fn check_summary(checked: &Checked, style: Style) -> String {
    let lang = style.lang;
    let answer = wrapped(&harmless(&lang.check_answer(checked)), style.width);
    let answer =
        if checked.could_run { style.good(answer.trim_end()) } else { style.bold(answer.trim_end()) };
    let started = wrapped(&lang.check_request(checked), style.width);
    let head = format!("$ {}\n{started}\n{answer}\n", harmless(&checked.command));
    let parts = [
        head,
        findings(checked, style),
        recognised(checked, style),
        rows(checked, style),
        measured(checked, style),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The live line of a check.
#[must_use]
pub fn check_line(style: Style) -> String {
    style.lang.checking().to_owned()
}

/// One paragraph for each finding. Findings that prevent a study are marked.
fn findings(checked: &Checked, style: Style) -> String {
    let paragraph = |finding: &Finding| {
        let mark = if finding.prevents_study() { "✗" } else { "!" };
        let text = harmless(&style.lang.finding(finding));
        indented(mark, &wrapped(&text, style.width.saturating_sub(2))) + &last_lines(finding, style)
    };
    checked.findings.iter().map(paragraph).collect()
}

/// The last lines of the program's output that a finding refers to.
fn last_lines(finding: &Finding, style: Style) -> String {
    let (Finding::Crashed { last_lines, .. }
    | Finding::FailedAtEnd { last_lines, .. }
    | Finding::NothingRecognised { last_lines, .. }) = finding
    else {
        return String::new();
    };
    last_lines
        .iter()
        .map(|line| format!("    {}\n", style.faint(&cut(line, style.width.saturating_sub(4)))))
        .collect()
}

/// Cuts a line of the program's output to the width of the terminal.
fn cut(line: &str, width: usize) -> String {
    let line = harmless(&line.replace('\t', " "));
    if line.width() <= width {
        return line;
    }
    // One column is for the character that marks the cut.
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    line.chars().take_while(fits).chain(['…']).collect()
}

/// One line for each metric and source, then an example of each source.
fn recognised(checked: &Checked, style: Style) -> String {
    let lang = style.lang;
    let found: Vec<(RowSource, &String, &RecognisedMetric)> = checked
        .recognised
        .found
        .iter()
        .flat_map(|(&source, found)| found.metrics.iter().map(move |(name, metric)| (source, name, metric)))
        .collect();
    if found.is_empty() {
        return String::new();
    }
    let column =
        |read: &dyn Fn(&(RowSource, &String, &RecognisedMetric)) -> String| found.iter().map(read).collect();
    let columns = vec![
        TermColumn::left(lang.metric(), column(&|(_, name, _)| harmless(name))),
        TermColumn::left(lang.printed_as(), column(&|(_, _, metric)| harmless(&metric.printed))),
        TermColumn::left(lang.read_from(), column(&|(source, ..)| lang.source(*source))),
        TermColumn::right(lang.row_count(), column(&|(_, _, metric)| grouped(metric.rows))),
        TermColumn::left(lang.told_beside(), column(&|(_, _, metric)| lang.coordinates(metric.coordinates))),
    ];
    let counts = |row: usize| {
        found
            .get(row)
            .is_some_and(|(source, name, _)| Some(*source) == checked.source && **name == checked.metric)
    };
    let example = |(&source, found)| cut(&lang.example(source, found), style.width) + "\n";
    let examples: String = checked.recognised.found.iter().map(example).collect();
    format!("{}{examples}", render(columns, style, counts))
}

/// The first rows, as a study would read them.
fn rows(checked: &Checked, style: Style) -> String {
    if checked.rows.is_empty() {
        return String::new();
    }
    let lang = style.lang;
    let column = |read: &dyn Fn(&TrialRow) -> String| checked.rows.iter().map(read).collect();
    let metric = |row: &TrialRow| row.metric(&checked.metric).map(|value| significant(value, 4));
    let columns = vec![
        TermColumn::right(lang.steps(), column(&|row| grouped(row.step))),
        TermColumn::right(lang.samples(), column(&|row| grouped(row.samples))),
        TermColumn::right(
            lang.epochs(),
            column(&|row| row.epoch.map(|epoch| significant(epoch, 3)).unwrap_or_default()),
        ),
        TermColumn::right(lang.time(), column(&|row| duration(row.seconds, lang))),
        TermColumn::right(&harmless(&checked.metric), column(&|row| metric(row).unwrap_or_default())),
    ];
    render(columns, style, |_| false)
}

fn measured(checked: &Checked, style: Style) -> String {
    let lang = style.lang;
    let lines = [
        (lang.start_up(), checked.start_up_seconds.map(|seconds| duration(seconds, lang))),
        (lang.step_time(), checked.step_time.map(|time| duration(time.median, lang))),
        (lang.between_looks(), checked.samples_between_looks.map(|samples| lang.samples_apart(samples))),
        (lang.first_look(), checked.first_look_seconds.map(|seconds| duration(seconds, lang))),
        (lang.a_study(), checked.least_study_seconds.map(|seconds| lang.least_study(seconds))),
        (lang.peak_memory(), checked.peak_memory_bytes.map(bytes)),
        (lang.card_memory(), checked.peak_card_memory_bytes.map(bytes)),
        (lang.ended(), Some(lang.check_end(checked))),
    ];
    let lines: Vec<(&str, String)> =
        lines.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
    facts(&lines, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a line of data fills the screen, or an escape code in it acts on the terminal.
    #[test]
    fn lines_of_the_program_fit_and_do_no_harm() {
        for (line, shown) in [
            ("short", "short"),
            ("exactly 10", "exactly 10"),
            ("a_word_too_long", "a_word_to…"),
            ("日本語の行です", "日本語の…"),
            ("a\tb\u{1b}[2J", "a b\u{fffd}[2J"),
        ] {
            assert_eq!(cut(line, 10), shown);
        }
        assert_eq!(cut("abc", 0), "…");
    }
}
