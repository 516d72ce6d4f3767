//! Tables. On a narrow screen a table scrolls in its own box, the page does not.

use crate::chart::svg::escape;

/// A table being filled.
#[derive(Default)]
pub(crate) struct HtmlTable {
    head: String,
    rows: String,
}

/// One cell.
pub(crate) enum Cell {
    /// Aligned to the right.
    Number(String),
    /// Aligned to the left.
    Words(String),
    /// A number, and smaller beside it another.
    Pair(String, String),
    /// Finished HTML, aligned to the left.
    Html(String),
}

impl Cell {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Number(text) | Self::Words(text) | Self::Pair(text, _) | Self::Html(text) => {
                text.is_empty()
            }
        }
    }
}

impl HtmlTable {
    /// A heading cell over a column of words or numbers.
    pub(crate) fn heading(mut self, text: &str, words: bool) -> Self {
        let class = if words { " class=\"words\"" } else { "" };
        self.head.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(text)));
        self
    }

    /// Headings over columns of numbers.
    pub(crate) fn numbers(self, headings: &[&str]) -> Self {
        headings.iter().fold(self, |table, text| table.heading(text, false))
    }

    /// A row; `class` may be empty.
    pub(crate) fn row(&mut self, class: &str, cells: &[Cell]) {
        let cells: String = cells.iter().map(cell).collect();
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.rows.push_str(&format!("<tr{class}>{cells}</tr>\n"));
    }

    /// The table in its box, reachable by keyboard so that it can be scrolled. `name` is read out by screen readers.
    pub(crate) fn html(&self, name: &str) -> String {
        let name = escape(name);
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table><thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>",
            self.head, self.rows
        )
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Number(text) => format!("<td>{}</td>", escape(text)),
        Cell::Words(text) => format!("<td class=\"words\">{}</td>", escape(text)),
        Cell::Pair(text, aside) if aside.is_empty() => format!("<td>{}</td>", escape(text)),
        Cell::Pair(text, aside) => {
            format!("<td>{} <span class=\"aside\">({})</span></td>", escape(text), escape(aside))
        }
        Cell::Html(html) => format!("<td class=\"words\">{html}</td>"),
    }
}
