//! The skeleton that all reports share. `maud` escapes every text; finished HTML passes only as its
//! type `Markup`, and SVG only in [`Page::charts`] and [`figures`].
//!
//! Left out: what a report says. `run`, `study` and `data` fill the page.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use crate::chart::svg::permitted;
use crate::html::table::HtmlTable;
use crate::lang::Lang;

const CSS: &str = include_str!("page.css");

/// The style of all pages, for one that somebody else makes.
#[must_use]
pub fn page_style() -> &'static str {
    CSS
}

/// A page being put together, from top to bottom.
pub(crate) struct Page {
    lang: Lang,
    title: String,
    body: String,
}

/// A label with its value. Main facts and warnings stand out.
pub(crate) struct Fact {
    label: String,
    value: String,
    class: &'static str,
}

impl Fact {
    pub(crate) fn new(label: &str, value: String) -> Self {
        Self { label: label.to_owned(), value, class: "" }
    }

    pub(crate) fn main(label: &str, value: String) -> Self {
        Self { class: "main", ..Self::new(label, value) }
    }

    pub(crate) fn warning(label: &str, value: String) -> Self {
        Self { class: "warning", ..Self::new(label, value) }
    }
}

impl Page {
    /// Begins with the subject of the report and the sentence that gives its answer.
    pub(crate) fn new(kind: &str, name: &str, sentence: &str, lang: Lang) -> Self {
        let mut page = Self { lang, title: format!("{name} · Batchwright"), body: String::new() };
        page.push(html! { p class="kicker" { "Batchwright · " (kind) " · " (name) } });
        page.push(html! { h1 { (sentence) } });
        page
    }

    /// A part of a page that somebody else makes: it begins with a sentence.
    pub(crate) fn part(sentence: &str, lang: Lang) -> Self {
        let mut page = Self { lang, title: String::new(), body: String::new() };
        page.push(html! { p class="answer" { (sentence) } });
        page
    }

    /// What was added so far, to stand within a page.
    pub(crate) fn fragment(self) -> String {
        without_control_characters(&self.body)
    }

    /// Adds finished HTML.
    pub(crate) fn push(&mut self, markup: Markup) {
        self.body.push_str(&markup.0);
        self.body.push('\n');
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.push(html! { h2 { (text) } });
    }

    pub(crate) fn facts(&mut self, facts: &[Fact]) {
        self.push(html! {
            dl class="facts" {
                @for fact in facts {
                    div class=(fact.class) { dt { (fact.label) } dd { (fact.value) } }
                }
            }
        });
    }

    /// Adds a note in small type.
    pub(crate) fn note(&mut self, text: &str) {
        self.push(html! { p class="note" { (text) } });
    }

    /// Adds a table in a box.
    pub(crate) fn table(&mut self, name: &str, table: &HtmlTable) {
        self.push(html! { div class="box" { (table.html(name)) } });
    }

    /// Adds sentences in a box, in the language of the page; nothing where there are none.
    pub(crate) fn sentences(&mut self, sentences: &[String]) {
        self.sentences_in(sentences, self.lang);
    }

    /// Adds sentences in a box, in a language of their own; nothing where there are none.
    pub(crate) fn sentences_in(&mut self, sentences: &[String], lang: Lang) {
        if !sentences.is_empty() {
            self.push(html! {
                div class="box sentences" lang=(lang.code()) {
                    @for sentence in sentences { p { (sentence) } }
                }
            });
        }
    }

    /// Adds charts, each a finished SVG picture.
    pub(crate) fn charts(&mut self, charts: &[String]) {
        self.push(figures(charts));
    }

    pub(crate) fn terms(&mut self, terms: &[(&str, &str)]) {
        self.push(html! {
            dl class="box terms" { @for (term, meaning) in terms { dt { (term) } dd { (meaning) } } }
        });
    }

    /// Adds the settings, in the words of the command line; nothing where there are none.
    pub(crate) fn settings(&mut self, settings: &[(String, String)]) {
        if settings.is_empty() {
            return;
        }
        self.heading(self.lang.settings());
        self.push(html! {
            div class="box scroll" {
                table class="settings" {
                    tbody { @for (key, value) in settings { tr { td { (key) } td { (value) } } } }
                }
            }
        });
    }

    /// Adds a long table that the reader opens.
    pub(crate) fn details(&mut self, summary: &str, table: &HtmlTable) {
        self.push(html! { details class="box" { summary { (summary) } (table.html(summary)) } });
    }

    /// The whole page. It holds the record as JSON, which a script reads by
    /// `document.getElementById("record").textContent`.
    pub(crate) fn finish<T: Serialize>(mut self, record: &T) -> String {
        self.push(html! { footer { (self.lang.machine_readable()) } });
        let (title, body) = (without_control_characters(&self.title), without_control_characters(&self.body));
        let page = html! {
            (DOCTYPE) "\n"
            html lang=(self.lang.code()) { "\n"
                head { "\n"
                    meta charset="utf-8"; "\n"
                    meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
                    title { (title) } "\n"
                    style { "\n" (PreEscaped(CSS)) } "\n"
                } "\n"
                body { "\n"
                    main { "\n" (PreEscaped(body)) } "\n"
                    script type="application/json" id="record" { (embedded_json(record)) } "\n"
                } "\n"
            } "\n"
        };
        page.into_string()
    }
}

/// Charts side by side where there is room; each is a finished SVG picture.
pub(crate) fn figures(charts: &[String]) -> Markup {
    html! {
        div class="charts" {
            @for svg in charts { figure class="box" { (PreEscaped(svg)) } "\n" }
        }
    }
}

/// `maud` escapes what has a meaning in HTML, and passes control characters, which a name may hold.
fn without_control_characters(html: &str) -> String {
    html.chars().map(permitted).collect()
}

/// JSON in which no `</script>` or `<!--` can end its element. `null` where the record cannot be
/// written as JSON.
fn embedded_json<T: Serialize>(record: &T) -> Markup {
    let json = serde_json::to_string(record).unwrap_or_else(|_| "null".into());
    PreEscaped(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a run named `</script><script>...` runs code in the browser of whoever opens its
    /// report.
    #[test]
    fn embedded_json_cannot_break_out() {
        let json = embedded_json(&"</script><!--&").0;
        assert!(!json.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), "</script><!--&");
        assert_eq!(embedded_json(&f64::NAN).0, "null");
    }
}
