//! Reads recorded bytes as if a program printed or wrote them, and writes rows as text.

#![allow(dead_code, unreachable_pub, reason = "shared by tests and an example")]

use batchwright_command::read::{Folder, LineReader, Row};
use std::path::Path;

/// The rows of a recorded file: printed if its name begins with `output`, otherwise written.
pub fn of_file(file: &Path, wanted: &str) -> std::io::Result<Vec<Row>> {
    let is_output = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("output"));
    if is_output { Ok(printed(&std::fs::read(file)?, wanted)) } else { written(file, wanted) }
}

/// The rows of what a program printed.
pub fn printed(bytes: &[u8], wanted: &str) -> Vec<Row> {
    let mut reader = LineReader::new(Vec::new(), wanted);
    let mut rows: Vec<Row> = lines(bytes).iter().flat_map(|line| reader.read(line)).collect();
    rows.extend(reader.finish());
    rows
}

/// The rows of a file that a program wrote.
pub fn written(file: &Path, wanted: &str) -> std::io::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let mut watched = Folder::watch(folder.path(), wanted);
    let name = file.file_name().unwrap_or_default();
    std::fs::copy(file, folder.path().join(name))?;
    Ok(watched.poll())
}

/// The lines of an output, cut as a terminal does it, without `ESC [ ... letter`.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.split(['\n', '\r']).map(without_escapes).filter(|line| !line.is_empty()).collect()
}

fn without_escapes(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        text + &part[end..]
    })
}

/// A row as `plain: epoch 1.5 | train_loss 0.5, val_loss 0.25`.
pub fn text(row: &Row) -> String {
    let coordinates =
        [("step", row.step), ("epoch", row.epoch), ("samples", row.samples), ("seconds", row.seconds)];
    let mut place: Vec<String> = coordinates
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name} {}", rounded(value))))
        .collect();
    if let Some(within) = row.in_epoch {
        let of = within.of.map_or_else(|| "?".to_owned(), rounded);
        place.push(format!("{}/{of} after {}", rounded(within.step), rounded(within.epochs_before)));
    }
    let metrics: Vec<String> =
        row.metrics.iter().map(|(name, value)| format!("{name} {}", rounded(*value))).collect();
    format!("{:?}: {} | {}", row.source, place.join(", "), metrics.join(", ")).to_lowercase()
}

/// Nine digits are more than any program prints.
fn rounded(value: f64) -> String {
    format!("{:?}", format!("{value:.8e}").parse::<f64>().unwrap_or(value))
}
