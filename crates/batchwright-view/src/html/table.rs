//! Tables. On a narrow screen each row becomes a list of its cells with their headings, so that
//! nothing is cut off.
//!
//! Left out: what stands in a table. The pages fill it.

use maud::{Markup, Render, html};

/// A table being filled.
#[derive(Default)]
pub(crate) struct HtmlTable {
    head: Vec<Markup>,
    labels: Vec<String>,
    rows: Vec<(Option<&'static str>, Vec<HtmlCell>)>,
}

/// A table of more rows than this is not turned into lists: hundreds of them would be a page without an
/// end, and each cell would repeat its heading.
const LONG: usize = 80;

/// One cell of an HTML table.
#[derive(Clone)]
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
                Self::Number(text) | Self::Words(text) => (text),
                Self::Pair(text, aside) if aside.is_empty() => (text),
                Self::Pair(text, aside) => { (text) " " span class="aside" { "(" (aside) ")" } },
                Self::Html(markup) => (markup),
            }
        }
    }
}

impl HtmlCell {
    fn is_words(&self) -> bool {
        matches!(self, Self::Words(_) | Self::Html(_))
    }

    /// The cell, with the heading that stands beside it where the screen is narrow, if any.
    fn below(&self, label: Option<&String>) -> Markup {
        html! { td class=[self.is_words().then_some("words")] data-label=[label] { (self) } }
    }
}

impl HtmlTable {
    /// Adds the heading of a column of words or numbers.
    pub(crate) fn heading(mut self, text: &str, words: bool) -> Self {
        self.labels.push(text.to_owned());
        self.head.push(html! { th scope="col" class=[words.then_some("words")] { (text) } });
        self
    }

    /// Adds the headings of columns of numbers.
    pub(crate) fn numbers(self, headings: &[&str]) -> Self {
        headings.iter().fold(self, |table, text| table.heading(text, false))
    }

    /// Adds a row, with the CSS class that marks it, if any.
    pub(crate) fn row(&mut self, class: Option<&'static str>, cells: &[HtmlCell]) {
        self.rows.push((class, cells.to_vec()));
    }

    /// The table in its scrolling box, which the keyboard can reach. Screen readers read out
    /// `name`.
    pub(crate) fn html(&self, name: &str) -> Markup {
        let long = self.rows.len() > LONG;
        html! {
            div class="scroll" tabindex="0" role="region" aria-label=(name) {
                table class=[(!long).then_some("stacked")] {
                    thead { tr { @for heading in &self.head { (heading) } } } "\n"
                    tbody {
                        @for (class, cells) in &self.rows {
                            tr class=[class] {
                                @for (cell, label) in cells.iter().zip(&self.labels) {
                                    (cell.below((!long).then_some(label)))
                                }
                            } "\n"
                        }
                    }
                }
            }
        }
    }
}
