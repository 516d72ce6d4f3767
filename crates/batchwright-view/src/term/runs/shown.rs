//! Everything that is known of one run or study.

use batchwright_find::StudyResult;
use batchwright_store::EntryStatus;
use batchwright_train::{RunRecord, RunRow};

use crate::chart::curves::best_row;
use crate::lang::Lang;
use crate::number::{bytes, date, grouped};
use crate::term::plan::{PlanFacts, plan_banner};
use crate::term::run::{row_heading, row_line, run_summary};
use crate::term::study::study_summary;
use crate::term::style::{Style, harmless};
use crate::term::table::facts;

/// Files that are shown of one entry.
const MOST_FILES: usize = 30;

/// What a run and a study have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownEntry {
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: EntryStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// The command line that started it, as it can be typed; absent where it was not kept.
    pub command: Option<String>,
    /// The working folder of that command line.
    pub folder: Option<String>,
    /// Its files: path within its folder, and bytes.
    pub files: Vec<(String, u64)>,
}

/// A run: where it comes from, its plan, its first, best and last row, its result and its files.
#[must_use]
pub fn run_page(entry: &ShownEntry, record: &RunRecord, style: Style) -> String {
    let mut parts = vec![origin(entry, style)];
    let stages = record.result.iter().flat_map(|result| result.batch_sizes.iter().skip(1));
    let facts_of_plan = PlanFacts {
        later: stages.map(|stage| stage.batch_size).collect(),
        tokens_per_sample: record
            .result
            .as_ref()
            .and_then(|result| result.tokens_seen?.checked_div(result.samples_seen)),
        ..PlanFacts::default()
    };
    parts.push(plan_banner(&record.plan, &facts_of_plan, style));
    parts.push(rows(record, style));
    parts.extend(record.result.as_ref().map(|result| run_summary(result, style)));
    parts.push(settings(&record.settings, style));
    parts.push(files(entry, style));
    joined(parts)
}

/// A study: where it comes from, its answer, how far its journal is, and its files.
#[must_use]
pub fn study_page(
    entry: &ShownEntry,
    asked: &[(String, String)],
    events: u64,
    result: Option<&StudyResult>,
    style: Style,
) -> String {
    let lang = style.lang;
    let mut parts = vec![origin(entry, style)];
    match result {
        Some(result) => parts.push(study_summary(result, style)),
        None => parts.push(facts(&[(lang.journal(), grouped(events))], style)),
    }
    parts.push(settings(asked, style));
    parts.push(files(entry, style));
    joined(parts)
}

fn joined(parts: Vec<String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n"
}

fn origin(entry: &ShownEntry, style: Style) -> String {
    let lang = style.lang;
    let mut lines = vec![
        (lang.name(), harmless(&entry.name)),
        (lang.status(), status(entry, lang)),
        (lang.created(), date(entry.created)),
    ];
    lines.extend(entry.command.iter().map(|command| (lang.command_line(), harmless(command))));
    lines.extend(entry.folder.iter().map(|folder| (lang.started_in(), harmless(folder))));
    facts(&lines, style)
}

fn status(entry: &ShownEntry, lang: Lang) -> String {
    let word = lang.status_word(entry.status);
    match (&entry.reason, entry.status) {
        (Some(reason), EntryStatus::Failed) => format!("{word}: {}", harmless(reason)),
        (_, EntryStatus::Lost) => format!("{word}: {}", lang.process_gone(&entry.name)),
        _ => word.to_owned(),
    }
}

/// The first, the best and the last evaluation, and how many there are.
fn rows(record: &RunRecord, style: Style) -> String {
    let rows = &record.rows;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return String::new() };
    let mut shown: Vec<&RunRow> = [Some(first), best_row(record), Some(last)].into_iter().flatten().collect();
    shown.dedup_by_key(|row| row.step);
    let classes = rows.iter().any(|row| row.validation.accuracy.is_some());
    let lines: Vec<String> = shown.into_iter().map(|row| row_line(row, style)).collect();
    let heading = style.lang.first_best_last(rows.len() as u64);
    format!("{heading}\n{}\n{}", row_heading(classes, style), lines.join("\n"))
}

fn settings(settings: &[(String, String)], style: Style) -> String {
    let lines: Vec<(String, String)> =
        settings.iter().map(|(key, value)| (harmless(key), harmless(value))).collect();
    let lines: Vec<(&str, String)> = lines.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    section(style.lang.settings(), &lines, style)
}

fn files(entry: &ShownEntry, style: Style) -> String {
    let names: Vec<(String, u64)> =
        entry.files.iter().take(MOST_FILES).map(|(path, size)| (harmless(path), *size)).collect();
    let lines: Vec<(&str, String)> = names.iter().map(|(path, size)| (path.as_str(), bytes(*size))).collect();
    let more = entry.files.len() - lines.len();
    let more = if more > 0 { style.lang.more_files(more as u64) + "\n" } else { String::new() };
    section(style.lang.files(), &lines, style) + &more
}

fn section(heading: &str, lines: &[(&str, String)], style: Style) -> String {
    if lines.is_empty() { String::new() } else { format!("{}\n{}", style.bold(heading), facts(lines, style)) }
}
