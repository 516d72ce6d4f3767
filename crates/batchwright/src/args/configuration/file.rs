//! A configuration file as entries: which table, which key, what it holds, on which line.

use crate::shell::explain::Explain;
use anyhow::Result;
use batchwright_view::{FailureMessage, UsageMessage};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The table of a network, for every command that takes one, and the key of its layers.
pub(super) const NETWORK: [&str; 1] = ["model"];
pub(super) const LAYERS: &str = "layers";

/// The largest file in bytes. All flags of all commands, each with a comment, are a hundredth of it.
const LARGEST: u64 = 1 << 20;

/// What a key holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    Switch(bool),
    /// A text, or a number as it is written.
    Word(String),
    Words(Vec<String>),
    /// The layers of a network, each with its line.
    Layers(Value, Vec<usize>),
    /// Something that no flag takes: a date, a list of lists.
    Other(&'static str),
}

impl Held {
    /// What it is, as TOML calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Switch(_) => "boolean",
            Self::Word(_) => "string or number",
            Self::Words(_) | Self::Layers(..) => "array",
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
        self.place_of(self.line)
    }

    /// As if another key stood in its line, in no table.
    pub(super) fn at_the_top(self, key: &str, held: Held) -> Self {
        Self { table: Vec::new(), key: key.to_owned(), held: Some(held), ..self }
    }

    /// A line of its file.
    pub(super) fn place_of(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
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
                value if table == NETWORK && name == LAYERS => Some(layers(value, line)),
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

/// The layers of a network. What they may be is not known here.
fn layers(value: &DeValue<'_>, line: impl Fn(usize) -> usize) -> Held {
    let items = value.as_array().map(|items| items.iter().map(|item| line(item.span().start)).collect());
    Held::Layers(json(value), items.unwrap_or_default())
}

/// A value as JSON. A number that JSON does not have is a text, and so is a date.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Boolean(on) => (*on).into(),
        DeValue::Array(values) => values.iter().map(|value| json(value.get_ref())).collect(),
        DeValue::Table(table) => Value::from_iter(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref()))),
        ),
        DeValue::Integer(_) | DeValue::Float(_) => {
            let text = word(value).unwrap_or_default();
            let number =
                text.parse::<u64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
            number.ok().filter(|number| !number.is_null()).unwrap_or_else(|| text.into())
        }
        DeValue::String(text) => text.to_string().into(),
        DeValue::Datetime(date) => date.to_string().into(),
    }
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
