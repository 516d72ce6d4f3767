//! An error on the terminal: what is wrong, and the command that helps on.

use crate::lang::Lang;
use crate::term::style::{Style, harmless};

/// An error, with the command to type next where there is an obvious one.
#[must_use]
pub fn error_message(message: &str, next: Option<&str>, style: Style) -> String {
    let label = style.bad(style.lang.error_label());
    let message: Vec<String> = message.lines().map(harmless).collect();
    let next = next.map(|command| format!("\n{}", style.lang.next_command(command)));
    format!("{label} {}{}", message.join("\n"), next.unwrap_or_default())
}

impl Lang {
    fn error_label(self) -> &'static str {
        self.pick("error:", "エラー:")
    }

    fn next_command(self, command: &str) -> String {
        match self {
            Self::En => format!("For more information, try '{command}'."),
            Self::Ja => format!("詳しい使い方: {command}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_ends_with_the_command_that_helps_on() {
        let style = Style { lang: Lang::Ja, ..Style::default() };
        let text = error_message("範囲が逆です", Some("batchwright find --help"), style);
        assert_eq!(text, "エラー: 範囲が逆です\n詳しい使い方: batchwright find --help");
        assert_eq!(error_message("no", None, Style::default()), "error: no");
        let red = Style { colour: true, ..Style::default() };
        assert_eq!(error_message("no\u{7}", None, red), "\u{1b}[1;31merror:\u{1b}[0m no\u{fffd}");
    }
}
