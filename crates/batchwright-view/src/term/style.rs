//! How text for the terminal is formatted.

use crate::lang::Lang;

/// Width, colour and language of the terminal's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Columns of the terminal; tables leave out less important columns to fit.
    pub width: usize,
    /// Language.
    pub lang: Lang,
}

impl Default for Style {
    /// English without colours, 80 columns.
    fn default() -> Self {
        Self { colour: false, width: 80, lang: Lang::En }
    }
}

impl Style {
    pub(crate) fn bold(self, text: &str) -> String {
        self.ansi("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.ansi("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.ansi("1;32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.ansi("1;31", text)
    }

    fn ansi(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// Replaces control characters in text of other origin: an escape code in a name must not reach
/// the terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
