//! The rows of a table's text, one at a time. Never holds more than one row, and no row beyond a
//! limit.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::csv::layout::Layout;
use crate::error::DataError;
use crate::text::text_file::TextFile;

/// The most bytes of one row: a million columns of 60 characters.
const LONGEST_ROW: u64 = 64 << 20;
/// The most bytes of one field.
const LONGEST_FIELD: usize = 1 << 20;

/// Reads rows. Fields are trimmed, and all rows have as many fields as the first. While there is no
/// error, a row is identified by its byte offset: a streaming count of lines is off by one after
/// Windows line ends and empty lines.
pub(crate) struct Rows<'a> {
    text: &'a TextFile,
    /// Bytes of the text before the first row.
    skipped: u64,
    reader: csv::Reader<Limited<Box<dyn Read>>>,
    limit: Rc<Cell<u64>>,
}

impl<'a> Rows<'a> {
    /// All rows below the layout's start; the first one may be the header.
    pub(crate) fn open(text: &'a TextFile, layout: &Layout) -> Result<Self, DataError> {
        let mut bytes = text.text()?;
        let skipped = layout.skipped as u64;
        io::copy(&mut bytes.by_ref().take(skipped), &mut io::sink()).map_err(|error| text.error(error))?;
        let limit = Rc::new(Cell::new(LONGEST_ROW));
        let limited = Limited { bytes, read: 0, limit: limit.clone() };
        let reader = ReaderBuilder::new()
            .delimiter(layout.delimiter.byte())
            .has_headers(false)
            .trim(csv::Trim::All)
            .buffer_capacity(1 << 16)
            .from_reader(limited);
        Ok(Self { text, skipped, reader, limit })
    }

    /// Reads the next row into `row`. Returns the byte at which the row begins, for
    /// [`TextFile::lines_at`], and `None` after the last row.
    pub(crate) fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<u64>, DataError> {
        let start = self.reader.position().byte();
        self.limit.set(start + LONGEST_ROW);
        if !self.reader.read_record(row).map_err(|error| self.refuse(error, start))? {
            return Ok(None);
        }
        let byte = self.skipped + row.position().map_or(0, csv::Position::byte);
        match row.iter().position(|field| field.len() > LONGEST_FIELD) {
            Some(long) => Err(self.long_field(row, long, byte)),
            None => Ok(Some(byte)),
        }
    }

    fn long_field(&self, row: &StringRecord, index: usize, byte: u64) -> DataError {
        let bytes = row.get(index).map_or(0, str::len) as u64;
        let (path, field, limit) = (self.text.path.clone(), index + 1, LONGEST_FIELD as u64);
        self.at(byte, |line| DataError::LongField { path, line, field, bytes, limit })
    }

    fn refuse(&self, error: csv::Error, start: u64) -> DataError {
        let path = self.text.path.clone();
        let byte = self.skipped + error.position().map_or(start, csv::Position::byte);
        match error.into_kind() {
            ErrorKind::Io(error) if is_too_long(&error) => {
                self.at(byte, |line| DataError::LongRow { path, line, limit: LONGEST_ROW })
            }
            ErrorKind::Io(error) => self.text.error(error),
            ErrorKind::UnequalLengths { expected_len, len, .. } => {
                self.at(byte, |line| DataError::FieldCount { path, line, found: len, expected: expected_len })
            }
            // Neither Serde nor seeking is used, and the text is UTF-8.
            _ => DataError::Changed { path },
        }
    }

    fn at(&self, byte: u64, error: impl FnOnce(u64) -> DataError) -> DataError {
        match self.text.lines_at(&[byte]) {
            Ok(lines) => error(lines[0]),
            // A row that is longer than all memory may also be malformed further on.
            Err(unreadable) => unreadable,
        }
    }
}

fn is_too_long(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<RowTooLong>());
    inner.is_some()
}

/// A reader that refuses to go beyond a limit, which moves with the rows.
struct Limited<R> {
    bytes: R,
    read: u64,
    limit: Rc<Cell<u64>>,
}

#[derive(Debug)]
struct RowTooLong;

impl fmt::Display for RowTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the row is too long")
    }
}

impl std::error::Error for RowTooLong {}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.limit.get() {
            return Err(io::Error::other(RowTooLong));
        }
        let read = self.bytes.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}
