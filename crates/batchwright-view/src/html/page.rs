//! The skeleton that all reports share. `maud` escapes every text; finished HTML passes only as its
//! type `Markup`, and SVG only in [`Page::charts`] and [`figures`].
//!
//! Left out: what a report says. `run`, `study` and `data` fill the page.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use crate::chart::svg::permitted;
use crate::html::curve_data::{CurveData, chart_style};
use crate::html::embedded::embedded_json;
use crate::html::table::HtmlTable;
use crate::lang::Lang;

const CSS: &str = include_str!("page.css");
const CURVES_CSS: &str = include_str!("curves.css");

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
    curves: Option<CurveData>,
    /// What the last line says of the embedded record.
    about_record: String,
}

/// A label with its value. Main facts and warnings stand out.
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
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
    fn empty(lang: Lang) -> Self {
        let (title, body, about_record) = (String::new(), String::new(), lang.machine_readable().to_owned());
        Self { lang, title, body, curves: None, about_record }
    }

    /// Begins with the subject of the report and the sentence that gives its answer.
    pub(crate) fn new(kind: &str, name: &str, sentence: &str, lang: Lang) -> Self {
        let mut page = Self { title: format!("{name} · Batchwright"), ..Self::empty(lang) };
        page.push(html! { p class="kicker" { "Batchwright · " (kind) " · " (name) } });
        page.push(html! { h1 { (sentence) } });
        page
    }

    /// A part of a page that somebody else makes: it begins with a sentence.
    pub(crate) fn part(sentence: &str, lang: Lang) -> Self {
        let mut page = Self::empty(lang);
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

    /// Lets the reader read, smooth and zoom the curves that the page shows as pictures.
    pub(crate) fn curves(&mut self, curves: CurveData) {
        self.curves = Some(curves);
    }

    /// Says that the embedded record has no rows; `command` prints them.
    pub(crate) fn record_in_short(&mut self, command: &str) {
        self.about_record = self.lang.record_in_short(command);
    }

    /// Adds a long table that the reader opens.
    pub(crate) fn details(&mut self, summary: &str, table: &HtmlTable) {
        self.push(html! { details class="box" { summary { (summary) } (table.html(summary)) } });
    }

    /// The whole page. It holds the record as JSON, which a script reads by
    /// `document.getElementById("record").textContent`.
    pub(crate) fn finish<T: Serialize>(mut self, record: &T) -> String {
        self.push(html! { footer { (self.about_record) } });
        let curves = self.curves.map(|curves| curves.script(self.lang));
        let (title, body) = (without_control_characters(&self.title), without_control_characters(&self.body));
        let page = html! {
            (DOCTYPE) "\n"
            html lang=(self.lang.code()) { "\n"
                head { "\n"
                    meta charset="utf-8"; "\n"
                    meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
                    title { (title) } "\n"
                    style { "\n" (PreEscaped(CSS)) @if curves.is_some() { (PreEscaped(chart_style())) (PreEscaped(CURVES_CSS)) } } "\n"
                } "\n"
                body { "\n"
                    main { "\n" (PreEscaped(body)) } "\n"
                    script type="application/json" id="record" { (embedded_json(record)) } "\n"
                    @if let Some(curves) = &curves { (curves) }
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
