//! The page as a whole: small, alone, and committed as the program makes it.

#![allow(clippy::unwrap_used, reason = "a page that cannot be read fails the test")]

use batchwright_serve::lesson_page;
use batchwright_view::Lang;
use std::path::Path;

const PAGES: [(Lang, &str); 2] = [(Lang::En, "index.html"), (Lang::Ja, "index.ja.html")];

#[test]
fn it_has_less_than_300_kilobytes() {
    for (lang, _) in PAGES {
        let bytes = lesson_page(lang).len();
        assert!(bytes < 300_000, "{bytes}");
    }
}

/// It is opened from a disk, where there may be no network.
#[test]
fn it_names_no_other_place_but_the_names_of_xml() {
    for (lang, _) in PAGES {
        let page = lesson_page(lang);
        assert!(page.contains("default-src 'none'"));
        assert_eq!(page.matches("://").count(), 1);
        assert!(page.contains("\"http://www.w3.org/2000/svg\""));
    }
}

/// Else a reader of the repository plays an old one.
#[test]
fn the_committed_pages_are_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lesson");
    for (lang, name) in PAGES {
        let committed = std::fs::read_to_string(docs.join(name)).unwrap_or_default();
        let code = lang.code();
        assert!(
            committed == lesson_page(lang),
            "docs/lesson/{name} is old: cargo run -- lesson --lang {code} --output docs/lesson/{name}"
        );
    }
}
