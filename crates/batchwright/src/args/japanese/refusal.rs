//! Why clap refuses a command line, in Japanese: made from the kind of its error and the words that
//! it is about.

use crate::args::japanese::page::value_names;
use batchwright_view::Lang;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;

/// What is wrong, and the command that helps on.
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) next: String,
}

/// Why the command line is refused. `typed` is the command where clap does not tell it.
pub(crate) fn refusal(error: &Error, typed: String) -> Refusal {
    let tips: Vec<String> =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .into_iter()
            .filter_map(|kind| words(error, kind))
            .map(|words| format!("\nもしかして: {words}"))
            .collect();
    let text = format!("{}{}", reason(error), tips.concat());
    Refusal { text, next: format!("{} --help", command(error).unwrap_or(typed)) }
}

fn reason(error: &Error) -> String {
    let get = |kind| words(error, kind).unwrap_or_default();
    let (arg, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} には値が必要です{}", valid(error)),
        ErrorKind::InvalidValue => format!("{arg} に {value} は指定できません{}", valid(error)),
        ErrorKind::ValueValidation => {
            let why = error.source().map(|source| Lang::Ja.error(source)).unwrap_or_default();
            format!("{arg} に '{value}' は指定できません: {why}")
        }
        ErrorKind::UnknownArgument => format!("{arg} という引数はありません"),
        ErrorKind::InvalidSubcommand => {
            format!("{} というコマンドはありません", get(ContextKind::InvalidSubcommand))
        }
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            prior if prior == arg || prior.is_empty() => format!("{arg} は 1 回だけ指定できます"),
            prior => format!("{arg} は {prior} と一緒に指定できません"),
        },
        ErrorKind::MissingRequiredArgument => format!("次の引数が必要です: {arg}"),
        ErrorKind::MissingSubcommand => {
            format!("コマンドを指定してください: {}", get(ContextKind::ValidSubcommand))
        }
        ErrorKind::NoEquals => format!("{arg} の値は = で指定してください"),
        ErrorKind::TooManyValues => format!("{arg} の値 {value} は余分です"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{arg} の値の数が合いません")
        }
        ErrorKind::InvalidUtf8 => "UTF-8 ではない引数があります".to_owned(),
        // Help and version are no refusals, and the rest does not come from a command line.
        _ => error.to_string(),
    }
}

/// The values that would do.
fn valid(error: &Error) -> String {
    words(error, ContextKind::ValidValue)
        .map(|values| format!(" (指定できる値: {values})"))
        .unwrap_or_default()
}

/// The words of the command line that the error is about, with Japanese names of values.
fn words(error: &Error, kind: ContextKind) -> Option<String> {
    let words = match error.get(kind)? {
        ContextValue::String(word) => word.clone(),
        ContextValue::Strings(words) => {
            words.iter().filter(|word| *word != "probe").cloned().collect::<Vec<_>>().join("、")
        }
        ContextValue::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(value_names(&words)).filter(|words| !words.is_empty())
}

/// The command that was typed, from the usage that clap would show.
fn command(error: &Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return None };
    let usage = usage.to_string();
    let words = usage.trim_start_matches("Usage:").split_whitespace();
    let command: Vec<&str> = words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    (!command.is_empty()).then(|| command.join(" "))
}
