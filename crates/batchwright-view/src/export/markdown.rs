//! A study for a README or a pull request: the recommendation, the table of sizes, the cost.
//!
//! Tables follow GitHub Flavored Markdown. Text from outside (the name of a metric, the message of
//! an error) is escaped: it can neither begin an HTML element nor end a cell. Left out: charts.

use batchwright_find::{SizeResult, StudyResult};

use crate::cells::{Mark, mark};
use crate::lang::Lang;
use crate::term::study::study_columns;
use crate::term::style::harmless;
use crate::term::table::{TermColumn, used};

/// A study as Markdown.
#[must_use]
pub fn study_markdown(study: &StudyResult, lang: Lang) -> String {
    let decision = escaped(&lang.study_verdict(study));
    let cost = escaped(&lang.cost(study));
    format!("{decision}\n\n{}\n{cost}\n", sizes_table(study, lang))
}

/// The table of sizes; the recommended one is bold.
pub(crate) fn sizes_table(study: &StudyResult, lang: Lang) -> String {
    let recommended = |row: usize| study.sizes.get(row).is_some_and(|size| is_recommended(study, size));
    table(&used(study_columns(study, lang)), recommended)
}

fn is_recommended(study: &StudyResult, size: &SizeResult) -> bool {
    mark(study, size) == Mark::Recommended
}

/// A table whose marked rows are bold.
pub(crate) fn table(columns: &[TermColumn], marked: impl Fn(usize) -> bool) -> String {
    let headings = columns.iter().map(|column| escaped(&column.heading)).collect();
    let alignments =
        columns.iter().map(|column| if column.left { ":--" } else { "--:" }.to_owned()).collect();
    let height = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    let body = (0..height).map(|row| {
        let cells = columns.iter().map(|column| column.cells.get(row).map_or("", String::as_str));
        line(cells.map(|cell| if marked(row) { bold(cell) } else { escaped(cell) }).collect())
    });
    [line(headings), line(alignments)].into_iter().chain(body).collect()
}

fn line(cells: Vec<String>) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn bold(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("**{}**", escaped(text)) }
}

/// Text that Markdown shows literally, on one line. An underscore within a word needs no escape,
/// and `<` only where an element may begin.
pub(crate) fn escaped(text: &str) -> String {
    let text = harmless(text);
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let opens =
            c == '<' && chars.peek().is_some_and(|next| next.is_alphabetic() || "/!?".contains(*next));
        if opens || r"\`*[]|&~".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A metric's name would run as a script on a page that shows the file, or shift the cells of
    /// its row.
    #[test]
    fn text_from_outside_is_only_text() {
        assert_eq!(escaped("<b>a|b</b>\n*x*"), "\\<b>a\\|b\\</b>\u{fffd}\\*x\\*");
        assert_eq!(escaped("val_loss < 0.3"), "val_loss < 0.3");
    }
}
