//! Shows a command line as a person would type it into a shell. Only for display: no such line is
//! ever given to a shell.
//!
//! The crate `shlex` quotes more than a person would (`'--lr=1e-3'`, `'é'`), and passes escape
//! characters on to the terminal.

use std::ffi::OsString;
use std::fmt::Write as _;

/// The words as one line that a shell would read as these words. Bytes that are not UTF-8 are shown
/// as `�`, and control characters as escapes (`$'a\nb'`), so that no word can control the terminal.
pub fn shell_line(words: &[OsString]) -> String {
    words.iter().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./=:,@%+".contains(c);
    if word.contains(char::is_control) {
        let escaped = word.chars().fold(String::new(), |mut escaped, c| {
            match c {
                '\\' | '\'' => escaped.extend(['\\', c]),
                '\n' => escaped.push_str("\\n"),
                // Writing to a string cannot fail.
                c if c.is_control() => drop(write!(escaped, "\\u{:04x}", u32::from(c))),
                c => escaped.push(c),
            }
            escaped
        });
        format!("$'{escaped}'")
    } else if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that is copied into a shell would run something else.
    #[test]
    fn a_line_is_quoted_as_a_shell_reads_it() {
        let words =
            ["python", "", "a b", "it's", "$(id)", "--lr=1e-3", "é", "a\nb\u{1b}[2J'"].map(OsString::from);
        let line = r"python '' 'a b' 'it'\''s' '$(id)' --lr=1e-3 é $'a\nb\u001b[2J\''";
        assert_eq!(shell_line(&words), line);
    }
}
