//! How text for the terminal is formatted.

use crate::lang::Lang;
use batchwright_train::RunVerdictKind;

/// Shown in the place of a control character.
const REPLACEMENT: char = '\u{fffd}';

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

    /// A verdict on a curve, in the colour of its meaning: only a healthy end is green.
    pub(crate) fn of_verdict(self, kind: RunVerdictKind, text: &str) -> String {
        match kind {
            RunVerdictKind::Converged => self.good(text),
            RunVerdictKind::Improving => self.ansi("1;36", text),
            RunVerdictKind::Overfitting | RunVerdictKind::Underfitting => self.ansi("1;33", text),
            RunVerdictKind::Diverged => self.bad(text),
            RunVerdictKind::Unclear => self.bold(text),
        }
    }

    /// The colour of the curve `nth`, from 0; they repeat.
    pub(crate) fn of_curve(self, nth: usize, text: &str) -> String {
        const CODES: [&str; 6] = ["36", "33", "35", "32", "31", "34"];
        self.ansi(CODES[nth % CODES.len()], text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.ansi("1;31", text)
    }

    fn ansi(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// Replaces control characters in text that may contain names and data of other origin, except for
/// line breaks, tabs and our own formatting.
#[must_use]
pub fn harmless_lines(text: &str) -> String {
    // Each piece but the first was behind an escape character.
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().map(without_controls).unwrap_or_default();
    let rest = pieces.map(|piece| {
        let escape = if is_format(piece) { '\u{1b}' } else { REPLACEMENT };
        format!("{escape}{}", without_controls(piece))
    });
    first + &rest.collect::<String>()
}

/// Whether text begins with the rest of a code for colour or weight: `[1;32m`. Such a code changes
/// only how the text after it looks.
fn is_format(text: &str) -> bool {
    let rest =
        text.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
    rest.is_some_and(|rest| rest.starts_with('m'))
}

fn without_controls(text: &str) -> String {
    let replaced = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { REPLACEMENT } else { c };
    text.chars().map(replaced).collect()
}

/// Replaces control characters in text of other origin: an escape code in a name must not reach
/// the terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { REPLACEMENT } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a file name clears the screen, or sets the title of the window.
    #[test]
    fn only_our_own_formatting_reaches_the_terminal() {
        let style = Style { colour: true, ..Style::default() };
        let ours = format!("{}\n\t{}", style.bold("a"), style.good("b"));
        assert_eq!(harmless_lines(&ours), ours);
        for (text, shown) in [
            ("a\u{1b}[2Jb", "a\u{fffd}[2Jb"),
            ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
            ("\u{9b}2J\r", "\u{fffd}2J\u{fffd}"),
            ("\u{1b}", "\u{fffd}"),
        ] {
            assert_eq!(harmless_lines(text), shown);
        }
    }
}
