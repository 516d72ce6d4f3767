//! Words for how a table's file is written.

use batchwright_data::{Delimiter, TextEncoding};
use batchwright_view::UsageMessage;

/// The delimiters with their words; the first one is written to a child's command line.
const DELIMITERS: [(Delimiter, [&str; 3]); 4] = [
    (Delimiter::Comma, ["comma", ",", "csv"]),
    (Delimiter::Semicolon, ["semicolon", ";", ";"]),
    (Delimiter::Tab, ["tab", "\t", "\\t"]),
    (Delimiter::Pipe, ["pipe", "|", "|"]),
];

pub(crate) fn parse_delimiter(text: &str) -> Result<Delimiter, UsageMessage> {
    let found = DELIMITERS.iter().find(|(_, words)| words.contains(&text));
    found.map(|(delimiter, _)| *delimiter).ok_or(UsageMessage::BadDelimiter)
}

/// A word that [`parse_delimiter`] reads.
pub(crate) fn delimiter_word(delimiter: Delimiter) -> &'static str {
    DELIMITERS.iter().find(|(other, _)| *other == delimiter).map_or("comma", |(_, words)| words[0])
}

pub(crate) fn parse_encoding(name: &str) -> Result<TextEncoding, UsageMessage> {
    TextEncoding::named(name).ok_or(UsageMessage::BadEncoding)
}
