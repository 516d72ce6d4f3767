//! The frame of a page: head, navigation, and empty places that its script fills.

use batchwright_view::{Lang, dashboard_texts};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

/// A page of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageKind {
    List,
    Run,
    Compare,
    Study,
}

impl PageKind {
    /// Its path.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::List => "/",
            Self::Run => "/run",
            Self::Compare => "/compare",
            Self::Study => "/study",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Run => "run",
            Self::Compare => "compare",
            Self::Study => "study",
        }
    }
}

/// The texts of a language by key.
struct Texts(Vec<(&'static str, &'static str)>);

impl Texts {
    fn get(&self, key: &str) -> &'static str {
        self.0.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text)
    }

    /// As JSON for the script. No text in it can end its element.
    fn json(&self) -> String {
        let all: Map<String, Value> =
            self.0.iter().map(|(key, text)| ((*key).to_owned(), (*text).into())).collect();
        Value::from(all).to_string().replace('<', "\\u003c")
    }
}

/// A page. `query` is the part of its address behind `?`, `names` what it is about.
pub(crate) fn page(kind: PageKind, query: &str, names: &[String], lang: Lang) -> String {
    let texts = Texts(dashboard_texts(lang));
    let heading = match kind {
        PageKind::List => texts.get("list").to_owned(),
        PageKind::Compare => texts.get("comparison").to_owned(),
        PageKind::Run | PageKind::Study => visible(names.first().map_or("", String::as_str)),
    };
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(lang.code()) { "\n"
            (head(&heading, &texts)) "\n"
            body data-page=(kind.script()) { "\n"
                a class="skip" href="#content" { (texts.get("skip")) } "\n"
                (navigation(kind, query, lang, &texts)) "\n"
                div id="notices" role="region" aria-label=(texts.get("notices")) aria-live="polite" {} "\n"
                main id="content" tabindex="-1" { "\n"
                    h1 { (heading) } "\n"
                    p id="state" class="state" role="status" {} "\n"
                    (places(kind)) "\n"
                } "\n"
                script type="application/json" id="texts" { (PreEscaped(texts.json())) } "\n"
                script type="module" src={ "/assets/" (kind.script()) ".js" } {} "\n"
            }
        }
    };
    page.into_string()
}

fn head(heading: &str, texts: &Texts) -> Markup {
    html! {
        head { "\n"
            meta charset="utf-8"; "\n"
            meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
            title { (heading) " · " (texts.get("title")) } "\n"
            link rel="icon" href="data:,"; "\n"
            link rel="stylesheet" href="/assets/style.css"; "\n"
        }
    }
}

fn navigation(kind: PageKind, query: &str, lang: Lang, texts: &Texts) -> Markup {
    let other = if lang == Lang::En { Lang::Ja } else { Lang::En };
    let link = |path: &str| format!("{path}?lang={}", lang.code());
    let current = |page: PageKind| (kind == page).then_some("page");
    html! {
        header {
            nav aria-label=(texts.get("pages")) {
                a class="brand" href=(link("/")) aria-current=[current(PageKind::List)] { (texts.get("list")) }
                a href=(link("/compare")) aria-current=[current(PageKind::Compare)] { (texts.get("compare")) }
                a href=(link("/lesson")) { (texts.get("lesson")) }
                a class="language" lang=(other.code()) hreflang=(other.code())
                    href={ (kind.path()) "?" (in_language(query, other)) } { (texts.get("language")) }
            }
        }
    }
}

/// The same address in another language.
fn in_language(query: &str, lang: Lang) -> String {
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != "lang");
    let mut address = form_urlencoded::Serializer::new(String::new());
    address.extend_pairs(others).append_pair("lang", lang.code()).finish()
}

fn places(kind: PageKind) -> Markup {
    match kind {
        PageKind::List => html! { div id="tools" {} div id="list" {} },
        PageKind::Study => html! { div id="above" {} div id="about" {} },
        PageKind::Run | PageKind::Compare => {
            html! { div id="above" {} div id="chart" {} div id="about" {} div id="below" {} }
        }
    }
}

/// A name without characters that a page cannot show.
fn visible(name: &str) -> String {
    name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

/// A page that says why there is nothing else.
pub(crate) fn refusal(sentence_key: &str, lang: Lang) -> String {
    let texts = Texts(dashboard_texts(lang));
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(lang.code()) {
            (head(texts.get(sentence_key), &texts))
            body { main {
                h1 { (texts.get(sentence_key)) }
                @if sentence_key == "not_found" {
                    p { a href={ "/?lang=" (lang.code()) } { (texts.get("go_back")) } }
                }
            } }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS.md 24. Else who names a run `<script>..` runs code in the browser of whoever looks.
    #[test]
    fn names_and_addresses_cannot_become_code() {
        let name = "</title><script>alert(1)</script>\u{1b}[31m\"'&".to_owned();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", &name).finish();
        for kind in [PageKind::List, PageKind::Run, PageKind::Compare, PageKind::Study] {
            let page = page(kind, &query, std::slice::from_ref(&name), Lang::En);
            assert!(!page.contains("<script>") && !page.contains('\u{1b}'), "{page}");
            assert_eq!(page.matches("</script>").count(), 2, "{page}");
        }
    }

    #[test]
    fn every_text_of_the_frame_and_the_scripts_exists() {
        let texts = Texts(dashboard_texts(Lang::En));
        let sources = [include_str!("frame.rs"), include_str!("routes.rs")];
        let scripts = crate::dashboard::assets::scripts().map(|(_, text)| text);
        for source in sources.into_iter().chain(scripts) {
            let named = source
                .split("texts.get(\"")
                .chain(source.split("text(\""))
                .filter(|part| !part.starts_with("//!"));
            for rest in named.skip(1) {
                let key = rest.split('"').next().unwrap();
                let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                assert!(!is_key || key.is_empty() || !texts.get(key).is_empty(), "{key}");
            }
        }
    }
}
