//! Tables. On a narrow screen a table scrolls in its own box; the page does not.
//!
//! Left out: what stands in a table. The pages fill it.

use maud::{Markup, Render, html};

/// A table being filled.
#[derive(Default)]
pub(crate) struct HtmlTable {
    head: Vec<Markup>,
    rows: Vec<Markup>,
}

/// One cell of an HTML table.
pub(crate) enum HtmlCell {
    /// Aligned to the right.
    Number(String),
    /// Aligned to the left.
    Words(String),
    /// A number, with a second text beside it in smaller type.
    Pair(String, String),
    /// Finished HTML, aligned to the left.
    Html(Markup),
}

impl HtmlCell {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Number(text) | Self::Words(text) | Self::Pair(text, _) => text.is_empty(),
            Self::Html(markup) => markup.0.is_empty(),
        }
    }
}

impl Render for HtmlCell {
    fn render(&self) -> Markup {
        html! {
            @match self {
                Self::Number(text) => td { (text) },
                Self::Words(text) => td class="words" { (text) },
                Self::Pair(text, aside) if aside.is_empty() => td { (text) },
                Self::Pair(text, aside) => td { (text) " " span class="aside" { "(" (aside) ")" } },
                Self::Html(markup) => td class="words" { (markup) },
            }
        }
    }
}

impl HtmlTable {
    /// Adds the heading of a column of words or numbers.
    pub(crate) fn heading(mut self, text: &str, words: bool) -> Self {
        self.head.push(html! { th scope="col" class=[words.then_some("words")] { (text) } });
        self
    }

    /// Adds the headings of columns of numbers.
    pub(crate) fn numbers(self, headings: &[&str]) -> Self {
        headings.iter().fold(self, |table, text| table.heading(text, false))
    }

    /// Adds a row, with the CSS class that marks it, if any.
    pub(crate) fn row(&mut self, class: Option<&str>, cells: &[HtmlCell]) {
        self.rows.push(html! { tr class=[class] { @for cell in cells { (cell) } } });
    }

    /// The table in its scrolling box, which the keyboard can reach. Screen readers read out
    /// `name`.
    pub(crate) fn html(&self, name: &str) -> Markup {
        html! {
            div class="scroll" tabindex="0" role="region" aria-label=(name) {
                table {
                    thead { tr { @for heading in &self.head { (heading) } } } "\n"
                    tbody { @for row in &self.rows { (row) "\n" } }
                }
            }
        }
    }
}
