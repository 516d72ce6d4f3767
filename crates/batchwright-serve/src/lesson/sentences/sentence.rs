//! One sentence in both languages.

use batchwright_view::Lang;

/// A sentence as HTML, under the key by which page and script name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sentence {
    pub(crate) key: &'static str,
    en: &'static str,
    ja: &'static str,
}

/// A sentence, in English and in Japanese.
pub(crate) const fn sentence(key: &'static str, en: &'static str, ja: &'static str) -> Sentence {
    Sentence { key, en, ja }
}

impl Sentence {
    pub(crate) fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ja => self.ja,
        }
    }
}
