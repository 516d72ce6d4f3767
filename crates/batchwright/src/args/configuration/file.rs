//! A configuration file as entries: which table, which key, what it holds, on which line.

use crate::shell::explain::Explain;
use anyhow::Result;
use batchwright_view::{FailureMessage, UsageMessage};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The largest file in bytes. All flags of all commands, each with a comment, are a hundredth of it.
const LARGEST: u64 = 1 << 20;

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    Switch(bool),
    /// A text, or a number as it is written.
    Word(String),
    Words(Vec<String>),
    /// Something that no flag takes: a date, a list of lists.
    Other(&'static str),
}

impl Held {
    /// What it is, as TOML calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Switch(_) => "boolean",
            Self::Word(_) => "string or number",
            Self::Words(_) => "array",
            Self::Other(kind) => kind,
        }
    }
}

/// A key with what it holds.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    file: String,
    line: usize,
    /// The names of the tables that it lies in.
    pub(super) table: Vec<String>,
    pub(super) key: String,
    /// Nothing for a table.
    pub(super) held: Option<Held>,
}

impl Entry {
    /// Where it is: `run.toml:3`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Reads all entries in the order of their lines, tables before what they hold.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>> {
    let file = path.display().to_string();
    let text = text(path, &file)?;
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let root = DeTable::parse(&text).map_err(|error| UsageMessage::ConfigSyntax {
        place: format!("{file}:{}", line(error.span().map_or(0, |span| span.start))),
        why: error.message().to_owned(),
    })?;
    let mut entries = Vec::new();
    let mut tables = vec![(Vec::new(), root.get_ref())];
    while let Some((table, content)) = tables.pop() {
        for (key, value) in content {
            let name = key.get_ref().to_string();
            let held = match value.get_ref() {
                DeValue::Table(below) => {
                    tables.push(([table.clone(), vec![name.clone()]].concat(), below));
                    None
                }
                value => Some(held(value)),
            };
            let (file, line) = (file.clone(), line(key.span().start));
            entries.push(Entry { file, line, table: table.clone(), key: name, held });
        }
    }
    entries.sort_by_key(|entry| (entry.line, entry.table.len()));
    Ok(entries)
}

/// The text of a file, once its kind and its size are known to be harmless.
fn text(path: &Path, file: &str) -> Result<String> {
    let failed = || FailureMessage::ReadConfig { path: file.to_owned() };
    let metadata = std::fs::metadata(path).explain(failed)?;
    if !metadata.is_file() {
        return Err(UsageMessage::ConfigNoFile { path: file.to_owned() }.into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).explain(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(UsageMessage::ConfigTooLarge { path: file.to_owned(), most: LARGEST }.into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        UsageMessage::ConfigNoText { place: format!("{file}:{line}") }.into()
    })
}

fn held(value: &DeValue<'_>) -> Held {
    match value {
        DeValue::Boolean(on) => Held::Switch(*on),
        DeValue::Array(values) => values
            .iter()
            .map(|value| word(value.get_ref()))
            .collect::<Option<_>>()
            .map_or(Held::Other("array of other than strings and numbers"), Held::Words),
        value => word(value).map_or(Held::Other(value.type_str()), Held::Word),
    }
}

fn word(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        _ => None,
    }
}
