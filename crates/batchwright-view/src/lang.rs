//! The two languages. What they say is in `text`.

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
    /// Japanese for a locale such as `ja_JP.UTF-8`, `ja-JP` or `ja`, else English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ja") { Self::Ja } else { Self::En }
    }

    /// As HTML's `lang` attribute and the flag `--lang` spell it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.pick("en", "ja")
    }

    /// A fixed text in this language; both must be given.
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

    /// Else Javanese (`jv`) or an English locale of Japan shows Japanese.
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
