//! The language of this run, decided before the flags are parsed: the help and clap's errors are
//! already in it.

use crate::args::values::LangArg;
use batchwright_view::Lang;
use clap::ValueEnum;
use std::ffi::OsString;

/// The language that `--lang` names anywhere among the flags, otherwise that of the locale. A
/// language that does not exist is refused later, by clap.
pub(crate) fn language(words: &[OsString]) -> Lang {
    named(words)
        .unwrap_or_else(|| sys_locale::get_locale().map_or(Lang::En, |locale| Lang::from_locale(&locale)))
}

/// The words without `--lang` behind `help`, which takes names of commands only.
pub(crate) fn without_language_of_help(words: Vec<OsString>) -> Vec<OsString> {
    let Some(help) = words.iter().take(3).position(|word| word == "help") else { return words };
    let mut left = Vec::with_capacity(words.len());
    let mut words = words.into_iter().enumerate();
    while let Some((at, word)) = words.next() {
        match at > help && word.to_string_lossy().starts_with("--lang") {
            true if word == "--lang" => drop(words.next()),
            true => {}
            false => left.push(word),
        }
    }
    left
}

/// The last language that is named, as clap takes the last. What follows `--` belongs to the user's
/// command.
fn named(words: &[OsString]) -> Option<Lang> {
    let flags: Vec<_> =
        words.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--").collect();
    let value = |at: usize| match flags[at].strip_prefix("--lang") {
        Some("") => flags.get(at + 1).map(AsRef::as_ref),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    };
    let named = (0..flags.len()).rev().find_map(value)?;
    LangArg::from_str(named, false).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(Into::into).collect()
    }

    /// Otherwise `--lang` behind the command, or in a help that ends the parsing, is not seen; or
    /// that of the user's own program is taken for ours.
    #[test]
    fn the_language_is_named_anywhere_before_the_command() {
        for line in ["x --lang ja find", "x find --help --lang ja", "x --lang=ja", "x find --bad --lang ja"] {
            assert_eq!(named(&words(line)), Some(Lang::Ja), "{line}");
        }
        for line in ["x find -- sh t.sh --lang ja", "x --lang", "x --lang xx", "x --language ja", "x"] {
            assert_eq!(named(&words(line)), None, "{line}");
        }
        assert_eq!(named(&words("x --lang=en find -- a --lang ja")), Some(Lang::En));
    }

    #[test]
    fn help_takes_a_language_too() {
        let left = |line| without_language_of_help(words(line));
        assert_eq!(left("x help --lang ja"), words("x help"));
        assert_eq!(left("x help find --lang=ja"), words("x help find"));
        assert_eq!(left("x data help --lang ja describe"), words("x data help describe"));
        for kept in ["x --lang ja help", "x report a --lang ja", "x find --lang ja --name help"] {
            assert_eq!(left(kept), words(kept));
        }
    }
}
