//! Character encodings and their names.

use encoding_rs::{Encoding, UTF_8};

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(&'static Encoding);

impl Default for TextEncoding {
    fn default() -> Self {
        Self(UTF_8)
    }
}

impl TextEncoding {
    /// The encoding with this name: any name of the WHATWG standard, e.g. `utf-8`, `utf-16le`,
    /// `shift_jis`, `latin1`, `euc-jp`.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("utf-16") { "utf-16le" } else { name };
        Encoding::for_label(name.trim().as_bytes()).map(Self)
    }

    /// Its name, e.g. `UTF-8` or `Shift_JIS`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn of(encoding: &'static Encoding) -> Self {
        Self(encoding)
    }

    pub(crate) fn decoder(self) -> encoding_rs::Decoder {
        self.0.new_decoder_with_bom_removal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_people_use() {
        for (name, is) in [
            ("utf8", "UTF-8"),
            ("UTF-16", "UTF-16LE"),
            ("sjis", "Shift_JIS"),
            ("Shift-JIS", "Shift_JIS"),
            ("latin1", "windows-1252"),
            ("cp1252", "windows-1252"),
        ] {
            assert_eq!(TextEncoding::named(name).map(TextEncoding::name), Some(is), "{name}");
        }
        assert_eq!(TextEncoding::named("klingon"), None);
    }
}
