//! The skeleton of a report. Everything that comes from elsewhere is escaped here or in `table`.

use serde::Serialize;

use crate::chart::svg::escape;
use crate::html::table::HtmlTable;
use crate::lang::Lang;

const CSS: &str = include_str!("page.css");

/// A page being put together, from top to bottom.
pub(crate) struct Page {
    lang: Lang,
    title: String,
    body: String,
}

/// A label with its value; main ones and warnings stand out.
pub(crate) struct Fact {
    label: &'static str,
    value: String,
    class: &'static str,
}

impl Fact {
    pub(crate) fn new(label: &'static str, value: String) -> Self {
        Self { label, value, class: "" }
    }

    pub(crate) fn main(label: &'static str, value: String) -> Self {
        Self { class: "main", ..Self::new(label, value) }
    }

    pub(crate) fn warning(label: &'static str, value: String) -> Self {
        Self { class: "warning", ..Self::new(label, value) }
    }
}

impl Page {
    /// Begins with what it is about, and the sentence that decides.
    pub(crate) fn new(kind: &str, name: &str, sentence: &str, lang: Lang) -> Self {
        let (kicker, headline) = (escape(&format!("Batchwright · {kind} · {name}")), escape(sentence));
        let body = format!("<p class=\"kicker\">{kicker}</p>\n<h1>{headline}</h1>\n");
        Self { lang, title: escape(&format!("{name} · Batchwright")), body }
    }

    /// Adds finished HTML.
    pub(crate) fn push(&mut self, html: &str) {
        self.body.push_str(html);
        self.body.push('\n');
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.push(&format!("<h2>{}</h2>", escape(text)));
    }

    pub(crate) fn facts(&mut self, facts: &[Fact]) {
        let fact = |fact: &Fact| {
            let (class, label, value) = (fact.class, escape(fact.label), escape(&fact.value));
            format!("<div class=\"{class}\"><dt>{label}</dt><dd>{value}</dd></div>")
        };
        self.push(&format!("<dl class=\"facts\">{}</dl>", facts.iter().map(fact).collect::<String>()));
    }

    /// A remark in small type.
    pub(crate) fn note(&mut self, text: &str) {
        self.push(&format!("<p class=\"note\">{}</p>", escape(text)));
    }

    /// Sentences in a box, in the language of the page; nothing where there are none.
    pub(crate) fn sentences(&mut self, sentences: &[String]) {
        self.sentences_in(sentences, self.lang);
    }

    /// Sentences in a box, in a language of their own.
    pub(crate) fn sentences_in(&mut self, sentences: &[String], lang: Lang) {
        if !sentences.is_empty() {
            let text: String =
                sentences.iter().map(|sentence| format!("<p>{}</p>", escape(sentence))).collect();
            self.push(&format!("<div class=\"box sentences\" lang=\"{}\">{text}</div>", lang.code()));
        }
    }

    /// Charts side by side where there is room.
    pub(crate) fn charts(&mut self, charts: &[String]) {
        let figures: String =
            charts.iter().map(|svg| format!("<figure class=\"box\">{svg}</figure>\n")).collect();
        self.push(&format!("<div class=\"charts\">{figures}</div>"));
    }

    pub(crate) fn terms(&mut self, terms: &[(&str, &str)]) {
        let term =
            |(term, meaning): &(&str, &str)| format!("<dt>{}</dt><dd>{}</dd>", escape(term), escape(meaning));
        self.push(&format!("<dl class=\"box terms\">{}</dl>", terms.iter().map(term).collect::<String>()));
    }

    /// What was asked, in the words of the command line.
    pub(crate) fn settings(&mut self, settings: &[(String, String)]) {
        if settings.is_empty() {
            return;
        }
        self.heading(self.lang.settings());
        let row = |(key, value): &(String, String)| {
            format!("<tr><td>{}</td><td>{}</td></tr>", escape(key), escape(value))
        };
        let rows: String = settings.iter().map(row).collect();
        self.push(&format!(
            "<div class=\"box scroll\"><table class=\"settings\"><tbody>{rows}</tbody></table></div>"
        ));
    }

    /// A long table that is opened on demand.
    pub(crate) fn details(&mut self, summary: &str, table: &HtmlTable) {
        self.push(&format!(
            "<details class=\"box\"><summary>{}</summary>{}</details>",
            escape(summary),
            table.html(summary)
        ));
    }

    /// The whole page, with the record as JSON for machines: `document.getElementById("record").textContent`.
    pub(crate) fn finish<T: Serialize>(mut self, record: &T) -> String {
        self.push(&format!("<footer>{}</footer>", escape(self.lang.machine_readable())));
        let (lang, title, body) = (self.lang.code(), self.title, self.body);
        let json = embedded_json(record);
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
             <script type=\"application/json\" id=\"record\">{json}</script>\n</body>\n</html>\n"
        )
    }
}

/// JSON in which no `</script>` or `<!--` can end the element that it stands in. `null` where the record cannot be written as JSON.
fn embedded_json<T: Serialize>(record: &T) -> String {
    let json = serde_json::to_string(record).unwrap_or_else(|_| "null".into());
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a run named `</script><script>...` runs code on whoever opens its report.
    #[test]
    fn embedded_json_cannot_break_out() {
        let json = embedded_json(&"</script><!--&");
        assert!(!json.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), "</script><!--&");
        assert_eq!(embedded_json(&f64::NAN), "null");
    }
}
