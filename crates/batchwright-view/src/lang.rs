//! The two languages. Their texts are in `text`.

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// Japanese for a locale such as `ja_JP.UTF-8`, `ja-JP` or `ja`. English for any other.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ja") { Self::Ja } else { Self::En }
    }

    /// The code of the language, as in HTML's `lang` attribute and in the flag `--lang`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.pick("en", "ja")
    }

    /// Picks the text of this language. Both texts must be given.
    pub(crate) fn pick<T>(self, en: T, ja: T) -> T {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a locale in Javanese (`jv`), or an English locale of Japan, shows Japanese.
    #[test]
    fn only_japanese_locales_are_japanese() {
        for locale in ["ja", "ja_JP.UTF-8", "ja-JP", "JA"] {
            assert_eq!(Lang::from_locale(locale), Lang::Ja, "{locale}");
        }
        for locale in ["en_JP.UTF-8", "jam", "C", "", "de_DE"] {
            assert_eq!(Lang::from_locale(locale), Lang::En, "{locale}");
        }
    }
}
