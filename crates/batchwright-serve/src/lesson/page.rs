//! The frame of the lesson: head, heading, parts with their texts, and empty places that the script fills
//! with forms and pictures.

use crate::lesson::sentences::sentences;
use batchwright_view::Lang;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

const STYLE: &str = include_str!("../../assets/lesson/style.css");
const MEASURED: &str = include_str!("../../assets/lesson/measured.json");
/// Nothing is loaded from anywhere, whatever a text might contain.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// A part: its id, which its keys begin with, and the paragraphs before the guess and after the play.
struct Part {
    id: &'static str,
    before: &'static [&'static str],
    after: &'static [&'static str],
}

const PARTS: [Part; 8] = [
    Part {
        id: "boxes",
        before: &["boxes.before1", "boxes.before2"],
        after: &["boxes.after1", "boxes.after2"],
    },
    Part {
        id: "odometers",
        before: &["odometers.before1", "odometers.before2"],
        after: &["odometers.after1", "odometers.after2"],
    },
    Part { id: "order", before: &["order.before1", "order.before2"], after: &["order.after1"] },
    Part {
        id: "gradients",
        before: &["gradients.before1", "gradients.before2"],
        after: &["gradients.after1"],
    },
    Part { id: "costs", before: &["costs.before1"], after: &["costs.after1", "costs.after2"] },
    Part {
        id: "experiment",
        before: &["experiment.before1", "experiment.loss_meaning"],
        after: &["experiment.after1"],
    },
    Part { id: "resume", before: &["resume.before1"], after: &["resume.after1"] },
    Part { id: "curves", before: &["curves.before1"], after: &["curves.after1"] },
];

/// Rows of the table of words: each has a word, its other names and its meaning.
const TERMS: [&str; 8] = ["sample", "batch", "step", "epoch", "iteration", "micro", "rate", "loss"];

/// The page in `lang`, with this script.
pub(crate) fn page(lang: Lang, script: &str) -> String {
    let frame = Frame::new(lang);
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(lang.code()) { "\n"
            (frame.head())
            body { "\n"
                main { "\n"
                    (frame.opening()) "\n"
                    (frame.questions("before")) "\n"
                    @for (place, part) in PARTS.iter().enumerate() { (frame.part(place + 1, part)) "\n" }
                    section id="bugs" { (frame.heading("bugs.title")) (frame.paragraph("bugs.text")) div .place {} } "\n"
                    (frame.questions("after")) "\n"
                    (frame.terms()) "\n"
                    footer { p #source {} }
                }
                (data("sentences", &both_languages())) "\n"
                (data("measured", MEASURED)) "\n"
                script type="module" { (PreEscaped(script)) }
            }
        }
    };
    page.into_string()
}

/// What a script reads as JSON. No text in it can end the element.
fn data(id: &str, json: &str) -> Markup {
    html! { script type="application/json" id=(id) { (PreEscaped(json.trim().replace("</", "<\\/"))) } }
}

/// `{"en": {key: sentence}, "ja": {..}}`
fn both_languages() -> String {
    let of = |lang: Lang| -> Value {
        let rows = sentences().map(|sentence| (sentence.key.to_owned(), sentence.text(lang).into()));
        rows.collect::<Map<String, Value>>().into()
    };
    let all: Map<String, Value> =
        [Lang::En, Lang::Ja].map(|lang| (lang.code().to_owned(), of(lang))).into_iter().collect();
    Value::from(all).to_string()
}

/// Texts of the frame in one language. An element with a text names its key, so that the script can
/// change the language.
struct Frame {
    lang: Lang,
}

impl Frame {
    fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The sentence of a key; a test looks each of them up.
    fn text(&self, key: &str) -> PreEscaped<&'static str> {
        let found = sentences().find(|sentence| sentence.key == key);
        PreEscaped(found.map_or("", |sentence| sentence.text(self.lang)))
    }

    fn paragraph(&self, key: &str) -> Markup {
        html! { p data-text=(key) { (self.text(key)) } }
    }

    fn heading(&self, key: &str) -> Markup {
        html! { h2 tabindex="-1" data-text=(key) { (self.text(key)) } }
    }

    fn head(&self) -> Markup {
        html! {
            head { "\n"
                meta charset="utf-8"; "\n"
                meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
                meta http-equiv="Content-Security-Policy" content=(POLICY); "\n"
                title { (self.text("frame.title")) } "\n"
                style { (PreEscaped(STYLE)) } "\n"
            }
        }
    }

    /// Title, introduction, the learner's numbers, contents.
    fn opening(&self) -> Markup {
        html! {
            header {
                div .bar {
                    p .kicker data-text="frame.kicker" { (self.text("frame.kicker")) }
                    button #language type="button" data-text="frame.other_language" {
                        (self.text("frame.other_language"))
                    }
                }
                h1 data-text="frame.title" { (self.text("frame.title")) }
                p .lead data-text="frame.lead" { (self.text("frame.lead")) }
                noscript { p .result data-text="frame.noscript" { (self.text("frame.noscript")) } }
            }
            nav aria-labelledby="contents" {
                h2 #contents data-text="frame.contents" { (self.text("frame.contents")) }
                ol {
                    @for part in &PARTS { li { (self.link(part.id, &format!("{}.title", part.id))) } }
                }
                ul {
                    li { (self.link("bugs", "bugs.title")) }
                    li { (self.link("questions-after", "questions.after_title")) }
                    li { (self.link("terms", "frame.words")) }
                }
            }
            section id="numbers" {
                (self.heading("frame.numbers"))
                (self.paragraph("frame.numbers_text"))
                div .place {}
            }
        }
    }

    fn link(&self, id: &str, key: &str) -> Markup {
        html! { a href=(format!("#{id}")) data-text=(key) { (self.text(key)) } }
    }

    fn questions(&self, when: &str) -> Markup {
        let key = |what: &str| format!("questions.{when}_{what}");
        html! {
            section id=(format!("questions-{when}")) {
                (self.heading(&key("title")))
                (self.paragraph(&key("text")))
                div .place {}
            }
        }
    }

    fn part(&self, number: usize, part: &Part) -> Markup {
        let title = format!("{}.title", part.id);
        html! {
            section .part id=(part.id) {
                h2 tabindex="-1" { span .number { (number) } " " span data-text=(title) { (self.text(&title)) } }
                @for key in part.before { (self.paragraph(key)) }
                div .predict {}
                div .play hidden {}
                div .after hidden { @for key in part.after { (self.paragraph(key)) } }
            }
        }
    }

    fn terms(&self) -> Markup {
        let cell = |row: &str, column: &str| {
            let key = format!("terms.{row}{column}");
            html! { td data-text=(key) { (self.text(&key)) } }
        };
        html! {
            section id="terms" {
                (self.heading("frame.words"))
                table {
                    thead {
                        tr {
                            @for key in ["terms.word", "terms.names", "terms.meaning"] {
                                th scope="col" data-text=(key) { (self.text(key)) }
                            }
                        }
                    }
                    tbody {
                        @for row in TERMS {
                            @let key = format!("terms.{row}");
                            tr {
                                th scope="row" data-text=(key) { (self.text(&key)) }
                                (cell(row, "_names")) (cell(row, "_meaning"))
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element would be empty.
    #[test]
    fn every_text_of_the_frame_is_there() {
        for lang in [Lang::En, Lang::Ja] {
            let page = page(lang, "");
            let keys: Vec<&str> =
                page.split("data-text=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(keys.len() > 60, "{}", keys.len());
            for key in keys {
                let text = Frame::new(lang).text(key).0;
                assert!(!text.is_empty() && !text.contains('{'), "{key}: {text}");
            }
        }
    }
}
