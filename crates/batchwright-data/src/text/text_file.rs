//! A file of text: where it is, how it is encoded, and its text, as often as it is needed.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::error::DataError;
use crate::regular_file::{io_error, open_decompressed, web_page};
use crate::text::decode::Decode;
use crate::text::detect::{detect, may_be_utf_16};
use crate::text::encoding::TextEncoding;
use crate::text::gaps::{NoGaps, is_gap};

/// Bytes of the start that are looked at.
const SAMPLE: u64 = 4096;

/// A file of text, plain or compressed by gzip.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Its name, for messages.
    pub(crate) path: PathBuf,
    pub(crate) encoding: TextEncoding,
    /// A copy of what can be read only once; it is removed when it is no longer needed.
    copy: Option<TempPath>,
}

impl TextFile {
    /// Opens a file, in the given encoding or in the one that its content suggests.
    pub(crate) fn open(path: &Path, encoding: Option<TextEncoding>) -> Result<Self, DataError> {
        Self { path: path.to_owned(), encoding: TextEncoding::default(), copy: None }.find_encoding(encoding)
    }

    /// Reads standard input to its end. A table is read more than once, so it is copied to a
    /// temporary file.
    pub(crate) fn standard_input(encoding: Option<TextEncoding>) -> Result<Self, DataError> {
        let path = PathBuf::from("stdin");
        let mut input = Self { path, encoding: TextEncoding::default(), copy: None };
        input.copy = Some(copy_of(io::stdin().lock()).map_err(|error| input.error(error))?);
        input.find_encoding(encoding)
    }

    fn find_encoding(mut self, given: Option<TextEncoding>) -> Result<Self, DataError> {
        let mut start = Vec::new();
        let bytes = || open_decompressed(self.on_disk()).map(NoGaps::new);
        let sample = |bytes: NoGaps<_>| bytes.take(SAMPLE).read_to_end(&mut start);
        bytes().and_then(sample).map_err(|error| self.error(error))?;
        if web_page(&start) {
            return Err(DataError::WebPage { path: self.path });
        }
        // Before the whole file is looked at, which may be long. Text of other encodings than UTF-16
        // has no zero byte.
        if given.is_none() && start.contains(&0) && !may_be_utf_16(&start) {
            return Err(DataError::NotText { path: self.path });
        }
        self.encoding = match given {
            Some(encoding) => encoding,
            None => detect(bytes).map_err(|error| self.error(error))?,
        };
        if given.is_none() && start.contains(&0) && !self.encoding.name().starts_with("UTF-16") {
            return Err(DataError::NotText { path: self.path });
        }
        Ok(self)
    }

    fn on_disk(&self) -> &Path {
        self.copy.as_deref().unwrap_or(&self.path)
    }

    /// Its text in UTF-8, from the start.
    pub(crate) fn text(&self) -> Result<Box<dyn Read>, DataError> {
        let bytes = open_decompressed(self.on_disk()).map_err(|source| io_error(&self.path, source))?;
        Ok(Box::new(Decode::new(NoGaps::new(bytes), self.encoding)))
    }

    /// An error of reading its text, in our words.
    pub(crate) fn error(&self, error: io::Error) -> DataError {
        if is_gap(&error) {
            return DataError::Gap { path: self.path.clone() };
        }
        match Decode::<&[u8]>::malformed(&error) {
            Some(malformed) => DataError::MalformedText {
                path: self.path.clone(),
                line: malformed.line,
                encoding: malformed.encoding.name(),
            },
            None => io_error(&self.path, error),
        }
    }

    /// For each byte of the text, in ascending order, at which a row begins, the line of that row
    /// from 1. Line ends at such a byte are before its row.
    pub(crate) fn lines_at(&self, bytes: &[u64]) -> Result<Vec<u64>, DataError> {
        let mut reader = BufReader::with_capacity(1 << 16, self.text()?);
        let (mut at, mut line) = (0, 1);
        let mut lines = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            let (read, ends) = count((&mut reader).take(byte.saturating_sub(at)), |_| true)
                .map_err(|error| self.error(error))?;
            let (blank, blank_ends) = count(&mut reader, |byte| byte == b'\n' || byte == b'\r')
                .map_err(|error| self.error(error))?;
            at += read + blank;
            line += ends + blank_ends;
            lines.push(line);
        }
        Ok(lines)
    }
}

fn copy_of(input: impl Read) -> io::Result<TempPath> {
    let mut file = tempfile::NamedTempFile::new()?;
    io::copy(&mut NoGaps::new(input), &mut file)?;
    Ok(file.into_temp_path())
}

/// Reads as long as the bytes pass `while_byte`; counts them, and the `\n` among them.
fn count(mut reader: impl BufRead, while_byte: fn(u8) -> bool) -> io::Result<(u64, u64)> {
    let (mut bytes, mut lines) = (0, 0);
    loop {
        let buffer = reader.fill_buf()?;
        let passed = buffer.iter().position(|&byte| !while_byte(byte)).unwrap_or(buffer.len());
        lines += buffer[..passed].iter().filter(|&&byte| byte == b'\n').count() as u64;
        bytes += passed as u64;
        let more = !buffer.is_empty() && passed == buffer.len();
        reader.consume(passed);
        if !more {
            return Ok((bytes, lines));
        }
    }
}
