//! A JSON file that is one value: a list of objects, an object of columns, or one object that the
//! program writes anew.
//!
//! ```text
//! [{"epoch": 1, "val_loss": 0.5}, ..]    {"epoch": [1, 2], "val_loss": [0.5, 0.4]}    {"epoch": 2, "val_loss": 0.4}
//! ```
//!
//! Each becomes lines of JSON, which `formats/json` reads. An object alone counts from its second
//! state on: a program that writes it once sums up at its end what it has printed before.
//!
//! Left out: reading the file; JSON lines (`text`).

use crate::read::names::{is_known, normal_name};
use crate::read::row::Coordinate;
use serde_json::{Map, Value};

/// Larger documents, in bytes, are data.
pub(crate) const LARGEST: usize = 1 << 22;
/// Rows of a document.
const ROWS: usize = 1 << 16;

/// What a document holds, as JSON lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Document {
    /// The rows so far, in order.
    Rows(Vec<String>),
    /// The last row alone.
    State(String),
}

impl Document {
    /// The document that a text is; `None` where it is none, or not yet whole, or without metrics.
    pub(crate) fn parse(text: &str, wanted: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LARGEST || !text.starts_with(['[', '{']) {
            return None;
        }
        match serde_json::from_str(&with_quoted_words(text)).ok()? {
            Value::Array(rows) => {
                let lines: Vec<String> =
                    rows.iter().filter(|row| row.is_object()).take(ROWS).map(Value::to_string).collect();
                (!lines.is_empty()).then_some(Self::Rows(lines))
            }
            Value::Object(fields) => of_columns(&fields).or_else(|| {
                let known = |name: &String| is_known(name, wanted) || normal_name(name) == wanted;
                let reports = fields.iter().any(|(name, value)| known(name) && !value.is_array());
                reports.then(|| Self::State(Value::Object(fields).to_string()))
            }),
            _ => None,
        }
    }
}

/// Columns of one length, of which one is a place.
fn of_columns(fields: &Map<String, Value>) -> Option<Document> {
    let columns: Vec<(&String, &Vec<Value>)> =
        fields.iter().filter_map(|(name, value)| Some((name, value.as_array()?))).collect();
    let place = columns.iter().find(|(name, _)| Coordinate::named(name).is_some())?;
    let count = place.1.len().min(ROWS);
    let fits = |(_, column): &&(&String, &Vec<Value>)| column.len() == place.1.len();
    let row = |at: usize| -> String {
        let cell = |(name, column): &(&String, &Vec<Value>)| ((*name).clone(), column[at].clone());
        Value::Object(columns.iter().filter(fits).map(cell).collect()).to_string()
    };
    Some(Document::Rows((0..count).map(row).collect()))
}

/// The text with `NaN` and `Infinity`, which Python writes, as texts.
fn with_quoted_words(text: &str) -> String {
    let (mut quoted, mut in_text, mut rest) = (String::with_capacity(text.len()), false, text);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "Infinity", "-Infinity"].iter().find(|word| !in_text && rest.starts_with(**word));
        if let Some(word) = word {
            quoted.extend(["\"", word, "\""]);
            rest = &rest[word.len()..];
            continue;
        }
        let length = match c {
            '\\' if in_text => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            c => c.len_utf8(),
        };
        in_text ^= c == '"';
        quoted.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Option<Document> {
        Some(Document::Rows(lines.iter().map(|line| (*line).to_owned()).collect()))
    }

    /// A history that a program writes anew would not be read, or only in part.
    #[test]
    fn lists_columns_and_objects_become_lines() {
        let parse = |text: &str| Document::parse(text, "val_loss");
        let lines = rows(&[r#"{"epoch":1,"val_loss":0.5}"#, r#"{"epoch":2,"val_loss":"NaN"}"#]);
        assert_eq!(parse(r#"[{"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": NaN}]"#), lines);
        assert_eq!(parse(r#"{"epoch": [1, 2], "val_loss": [0.5, NaN], "x": [1], "y": 3}"#), lines);
        let state = Document::State(r#"{"epoch":1,"val_loss":0.5}"#.to_owned());
        assert_eq!(parse("{\n  \"epoch\": 1,\n  \"val_loss\": 0.5\n}\n"), Some(state));
    }

    /// A configuration would be a row, and half a file an error.
    #[test]
    fn other_files_are_none() {
        for text in [
            "",
            "{",
            r#"[{"epoch": 1, "val_loss": 0.5}, {"epo"#,
            r#"{"epoch": 1}{"epoch": 2}"#,
            r#"{"batch_size": 64, "seed": 1, "text": "NaN \" Infinity"}"#,
            "[1, 2, 3]",
            "3",
            r#"{"loss": [1, 2]}"#,
        ] {
            assert_eq!(Document::parse(text, "val_loss"), None, "{text}");
        }
    }
}
