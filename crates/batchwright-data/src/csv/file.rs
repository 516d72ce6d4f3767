//! Reading a CSV file row by row. Never holds more than one row.
//!
//! Fields are trimmed. While there is no error, a row is identified by its byte offset. The line in
//! the file is counted only for an error, because a streaming count is off by one after Windows
//! line ends and empty lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::error::DataError;
use crate::problem::RowProblem;
use crate::regular_file::{io_error, open_regular};

/// A CSV file with its header.
pub(crate) struct CsvFile {
    pub(crate) path: PathBuf,
    /// Names of the columns, no two equal.
    pub(crate) columns: Vec<String>,
    reader: csv::Reader<File>,
}

/// Whether a field stands for "no value".
pub(crate) fn is_missing(field: &str) -> bool {
    field.is_empty()
        || field == "?"
        || ["na", "n/a", "null", "none"].iter().any(|word| field.eq_ignore_ascii_case(word))
}

impl CsvFile {
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(open_regular(path)?);
        let header = reader.headers().map_err(|error| csv_error(path, &error))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        if columns.is_empty() {
            let problem = RowProblem::NoHeader;
            return Err(DataError::MalformedRow { path: path.to_owned(), line: 1, problem });
        }
        if let Some(column) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name)) {
            return Err(DataError::DuplicateColumn { path: path.to_owned(), column: column.1.clone() });
        }
        Ok(Self { path: path.to_owned(), columns, reader })
    }

    /// Index of the column `name`.
    pub(crate) fn column(&self, name: &str, wanted_by: &'static str) -> Result<usize, DataError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| DataError::UnknownColumn {
            path: self.path.clone(),
            column: name.to_owned(),
            wanted_by,
            columns: self.columns.clone(),
        })
    }

    /// Reads the next row into `row`, which has as many fields as there are columns; Returns the
    /// byte at which the row begins, for [`line_at`], and `None` after the last row.
    pub(crate) fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<u64>, DataError> {
        let more = self.reader.read_record(row).map_err(|error| csv_error(&self.path, &error))?;
        Ok(more.then(|| row.position().map_or(0, csv::Position::byte)))
    }
}

fn csv_error(path: &Path, error: &csv::Error) -> DataError {
    let problem = match error.kind() {
        csv::ErrorKind::Io(source) => {
            return io_error(path, std::io::Error::new(source.kind(), source.to_string()));
        }
        csv::ErrorKind::Utf8 { err, .. } => RowProblem::NotUtf8 { field: err.field() + 1 },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            RowProblem::FieldCount { found: *len, expected: *expected_len }
        }
        _ => RowProblem::Reader(error.to_string()),
    };
    let byte = error.position().map_or(0, csv::Position::byte);
    match line_at(path, byte) {
        Ok(line) => DataError::MalformedRow { path: path.to_owned(), line, problem },
        Err(error) => error,
    }
}

/// The line (from 1) of the row that begins at this byte, or after the line ends that are there.
pub(crate) fn line_at(path: &Path, byte: u64) -> Result<u64, DataError> {
    let mut reader = BufReader::new(open_regular(path)?);
    let before =
        count_line_ends((&mut reader).take(byte), |_| true).map_err(|source| io_error(path, source))?;
    let at = count_line_ends(reader, |byte| byte == b'\n' || byte == b'\r')
        .map_err(|source| io_error(path, source))?;
    Ok(1 + before + at)
}

/// Counts `\n` as long as the bytes pass `while_byte`.
fn count_line_ends(mut reader: impl BufRead, while_byte: fn(u8) -> bool) -> std::io::Result<u64> {
    let mut lines = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let passed = buffer.iter().position(|&byte| !while_byte(byte)).unwrap_or(buffer.len());
        lines += buffer[..passed].iter().filter(|&&byte| byte == b'\n').count() as u64;
        let more = !buffer.is_empty() && passed == buffer.len();
        reader.consume(passed);
        if !more {
            return Ok(lines);
        }
    }
}
