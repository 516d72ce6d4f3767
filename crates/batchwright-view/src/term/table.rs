//! Aligned columns. Double-width characters (Japanese) count as two.

use unicode_width::UnicodeWidthStr;

use crate::term::style::Style;

/// The space between two columns.
const GAP: &str = "  ";

/// A column: its heading, its cells, and whether it may be left out where the terminal is narrow.
pub(crate) struct TermColumn {
    pub(crate) heading: String,
    pub(crate) cells: Vec<String>,
    pub(crate) left: bool,
    pub(crate) optional: bool,
}

impl TermColumn {
    /// A column of numbers, aligned to the right.
    pub(crate) fn right(heading: &str, cells: Vec<String>) -> Self {
        Self { heading: heading.to_string(), cells, left: false, optional: false }
    }

    /// A column of words, aligned to the left.
    pub(crate) fn left(heading: &str, cells: Vec<String>) -> Self {
        Self { left: true, ..Self::right(heading, cells) }
    }

    /// Makes the column optional: it may be left out where the terminal is narrow.
    pub(crate) fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    fn width(&self) -> usize {
        self.cells.iter().chain([&self.heading]).map(|text| text.width()).max().unwrap_or(0)
    }

    fn pad(&self, text: &str) -> String {
        let space = " ".repeat(self.width().saturating_sub(text.width()));
        if self.left { format!("{text}{space}") } else { format!("{space}{text}") }
    }

    fn is_empty(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }
}

/// The table with a rule under its heading. `marked` says which rows are highlighted. Empty columns
/// are left out first. Then optional columns are left out, beginning with the last, until the table
/// fits.
pub(crate) fn render(columns: Vec<TermColumn>, style: Style, marked: impl Fn(usize) -> bool) -> String {
    render_all(&fitting(columns, style.width), style, marked)
}

/// As [`render`], with every column, however narrow the terminal is.
pub(crate) fn render_all(columns: &[TermColumn], style: Style, marked: impl Fn(usize) -> bool) -> String {
    let line = |cell: &dyn Fn(&TermColumn) -> String| {
        let cells: Vec<String> = columns.iter().map(|column| column.pad(&cell(column))).collect();
        cells.join(GAP).trim_end().to_string()
    };
    let mut lines = vec![
        style.bold(&line(&|column| column.heading.clone())),
        style.faint(&"─".repeat(total_width(columns))),
    ];
    for row in 0..columns.iter().map(|column| column.cells.len()).max().unwrap_or(0) {
        let text = line(&|column| column.cells.get(row).cloned().unwrap_or_default());
        lines.push(if marked(row) { style.good(&text) } else { text });
    }
    lines.join("\n") + "\n"
}

/// The columns that hold at least one value.
pub(crate) fn used(mut columns: Vec<TermColumn>) -> Vec<TermColumn> {
    columns.retain(|column| !column.is_empty());
    columns
}

fn fitting(columns: Vec<TermColumn>, width: usize) -> Vec<TermColumn> {
    let mut columns = used(columns);
    while total_width(&columns) > width {
        let Some(last) = columns.iter().rposition(|column| column.optional) else {
            break;
        };
        columns.remove(last);
    }
    columns
}

fn total_width(columns: &[TermColumn]) -> usize {
    columns.iter().map(TermColumn::width).sum::<usize>() + GAP.len() * columns.len().saturating_sub(1)
}

/// Two columns without heading: label and value.
pub(crate) fn facts(facts: &[(&str, String)], style: Style) -> String {
    let width = facts.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    let line = |(label, value): &(&str, String)| {
        let space = " ".repeat(width - label.width());
        format!("{}{space}  {value}\n", style.faint(label))
    };
    facts.iter().map(line).collect()
}

/// Breaks a paragraph into lines of the terminal's width. Japanese text may be broken between any
/// two characters.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let width = width.max(20);
    let (mut lines, mut line) = (String::new(), String::new());
    for piece in pieces(text) {
        if !line.is_empty() && line.width() + piece.trim_end().width() > width {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line.clear();
        }
        line.push_str(piece);
    }
    lines + line.trim_end() + "\n"
}

/// A paragraph behind a mark.
pub(crate) fn indented(mark: &str, text: &str) -> String {
    let line = |(row, line): (usize, &str)| format!("{} {line}\n", if row == 0 { mark } else { " " });
    text.lines().enumerate().map(line).collect()
}

/// Splits text into the pieces between which a line may be broken: words with the space behind
/// them. A wide character is a piece of its own, together with a closing mark that must not begin a
/// line. Katakana stay together, as they spell one foreign word.
fn pieces(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        if let Some(&(at, next)) = chars.peek()
            && (c == ' ' || is_wide(c) || is_wide(next))
            && !(next == ' '
                || "。、)」・]:?%".contains(next)
                || "(「[".contains(c)
                || (is_katakana(c) && is_katakana(next)))
        {
            cuts.push(at);
        }
    }
    cuts.push(text.len());
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
}

fn is_katakana(c: char) -> bool {
    c != '・' && ('\u{30a1}'..='\u{30fc}').contains(&c)
}

fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the columns of Japanese tables are not aligned: each such character takes two
    /// columns.
    #[test]
    fn wide_characters_count_as_two() {
        let columns = || {
            vec![
                TermColumn::left("名前", vec!["a".into(), "日本語".into()]),
                TermColumn::right("数", vec!["1".into(), "22".into()]),
            ]
        };
        let table = render(columns(), Style::default(), |_| false);
        assert_eq!(table, "名前    数\n──────────\na        1\n日本語  22\n");
    }

    /// Otherwise a narrow terminal breaks every line of the table.
    #[test]
    fn optional_columns_give_way() {
        let columns = || {
            vec![
                TermColumn::right("aaaa", vec!["1".into()]),
                TermColumn::right("bbbb", vec!["2".into()]).optional(),
                TermColumn::right("cccc", vec!["3".into()]).optional(),
                TermColumn::right("dddd", vec![String::new()]),
            ]
        };
        let heading = |width| {
            render(columns(), Style { width, ..Style::default() }, |_| false)
                .lines()
                .next()
                .map(str::to_string)
        };
        assert_eq!(heading(16).as_deref(), Some("aaaa  bbbb  cccc"));
        assert_eq!(heading(15).as_deref(), Some("aaaa  bbbb"));
        assert_eq!(heading(1).as_deref(), Some("aaaa"));
    }

    /// Otherwise a line is longer than the terminal is wide, begins with a closing mark, or ends
    /// with an opening mark.
    #[test]
    fn paragraphs_are_broken_within_the_width() {
        let english = wrapped("one two three four five six seven eight nine ten", 20);
        assert!(english.lines().all(|line| line.width() <= 20), "{english}");
        assert_eq!(english.split_whitespace().count(), 10);
        let japanese = wrapped("検証の損失は横ばいです。これ以上学習を続けても変わりません。", 22);
        assert!(japanese.lines().all(|line| line.width() <= 24 && !line.starts_with('。')), "{japanese}");
        let bracket = wrapped("学習の損失になりました (いずれも平均)。", 25);
        assert!(bracket.lines().all(|line| !line.ends_with('(')), "{bracket}");
        assert_eq!(wrapped("", 20), "\n");
    }
}
