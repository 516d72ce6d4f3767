//! The help of a command: what it does, how it is typed, its flags in groups, examples. Lines are
//! broken at the terminal's width, Japanese text too.

use crate::term::style::Style;
use crate::term::table::wrapped;
use unicode_width::UnicodeWidthStr;

/// Columns before a flag.
const MARGIN: usize = 2;
/// Columns before the text of a flag that stands below it.
const BELOW: usize = 8;
/// Columns between a flag and the text beside it.
const GAP: usize = 2;

/// The help of a command, in one language.
#[derive(Debug, Clone, Default)]
pub struct HelpPage {
    /// What the command does.
    pub about: String,
    /// The word for "usage", and how the command is typed.
    pub usage: (String, String),
    /// Its subcommands, arguments and flags, in groups.
    pub sections: Vec<HelpSection>,
    /// Examples and notes. Lines that begin with a space are not broken.
    pub after: String,
}

/// A group of flags.
#[derive(Debug, Clone)]
pub struct HelpSection {
    /// What they have in common.
    pub heading: String,
    /// The flags.
    pub entries: Vec<HelpEntry>,
}

/// A flag, an argument or a subcommand.
#[derive(Debug, Clone)]
pub struct HelpEntry {
    /// As it is typed.
    pub term: String,
    /// What it means.
    pub text: String,
    /// The values it takes, with what each means.
    pub values: Vec<(String, String)>,
}

/// The page as text for a terminal.
#[must_use]
pub fn help_page(page: &HelpPage, style: Style) -> String {
    let (usage, typed) = &page.usage;
    let mut text = format!("{}\n{} {typed}\n", wrapped(&page.about, style.width), style.bold(usage));
    for section in &page.sections {
        text += &format!("\n{}\n{}", style.bold(&section.heading), entries(&section.entries, style));
    }
    if !page.after.is_empty() {
        text += &format!("\n{}", paragraphs(&page.after, style.width));
    }
    text
}

/// The flags of a group: the texts beside the flags where at least half of the terminal is left for
/// them, else below.
fn entries(entries: &[HelpEntry], style: Style) -> String {
    let widest = entries.iter().map(|entry| entry.term.width()).max().unwrap_or(0);
    let column = MARGIN + widest + GAP;
    let beside = column <= style.width / 2;
    let indent = if beside { column } else { BELOW };
    let entry = |entry: &HelpEntry| {
        let text = indented(&body(entry, style.width.saturating_sub(indent)), indent);
        let term = format!("{}{}", " ".repeat(MARGIN), style.bold(&entry.term));
        match beside {
            true => {
                format!("{term}{}{}", " ".repeat(column - MARGIN - entry.term.width()), text.trim_start())
            }
            false => format!("{term}\n{text}"),
        }
    };
    entries.iter().map(entry).collect()
}

/// What a flag means, and below it a line for each of its values.
fn body(entry: &HelpEntry, width: usize) -> String {
    let value = |(name, meaning): &(String, String)| {
        indented(&wrapped(&format!("{name}: {meaning}"), width.saturating_sub(2)), 2).replacen("  ", "- ", 1)
    };
    wrapped(&entry.text, width) + &entry.values.iter().map(value).collect::<String>()
}

fn indented(text: &str, columns: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(columns))).collect()
}

/// Breaks each line but those that begin with a space: commands are copied from them.
fn paragraphs(text: &str, width: usize) -> String {
    let line = |line: &str| match line.starts_with(' ') || line.is_empty() {
        true => format!("{line}\n"),
        false => wrapped(line, width),
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(term: &str, text: &str, values: &[(&str, &str)]) -> HelpEntry {
        let values = values.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        HelpEntry { term: term.to_owned(), text: text.to_owned(), values }
    }

    fn page() -> HelpPage {
        HelpPage {
            about: "バッチサイズを実験で決めます。".repeat(4),
            usage: ("使い方:".to_owned(), "x find".to_owned()),
            sections: vec![HelpSection {
                heading: "何を調べるか:".to_owned(),
                entries: vec![
                    entry("--lr <学習率>", "試す学習率。広げることもできます。", &[]),
                    entry("--objective <名前>", "何を最良とするか", &[("time", "時間が最短")]),
                ],
            }],
            after: "例:\n  x find --data mnist --model mlp:512,256 --memory-limit 300MiB".to_owned(),
        }
    }

    /// A line of Japanese has no spaces to break it at, and each character takes two columns.
    #[test]
    fn no_line_but_a_command_is_wider_than_the_terminal() {
        for width in [40, 60, 80, 100] {
            let text = help_page(&page(), Style { width, ..Style::default() });
            let wide = |line: &&str| line.width() > width && !line.starts_with("  x ");
            assert_eq!(text.lines().find(wide), None, "{width}\n{text}");
        }
    }

    #[test]
    fn texts_stand_in_one_column_or_below() {
        let wide = help_page(&page(), Style::default());
        assert!(wide.contains("  --lr <学習率>       試す学習率。"), "{wide}");
        assert!(wide.contains("\n                      - time: 時間が最短\n"), "{wide}");
        let narrow = help_page(&page(), Style { width: 40, ..Style::default() });
        assert!(narrow.contains("  --lr <学習率>\n        試す学習率。"), "{narrow}");
    }
}
