//! A text file of lines as a program prints them: `train.log`, `log.txt`.
//!
//! It is read on from where the last look ended, so that a long one costs no more than what is new.
//!
//! Left out: what stands on a line (`formats`).

use crate::read::line_reader::{Formats, LONGEST, visible};
use crate::read::row::RawRow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are read at one look; the rest is read at the next.
const AT_ONCE: u64 = 1 << 22;
/// How the names of such files end.
const ENDINGS: [&str; 3] = ["log", "txt", "out"];

/// A log, and how far it was read.
#[derive(Debug)]
pub(crate) struct LogFile {
    formats: Formats,
    /// Bytes of the lines that were read.
    read: u64,
}

/// Whether a file may be a log, by its name.
pub(crate) fn is_log(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|log| ending.eq_ignore_ascii_case(log)))
}

impl LogFile {
    /// `wanted` is the normal name of the metric of the target.
    pub(crate) fn new(wanted: &str) -> Self {
        Self { formats: Formats::new(Vec::new(), wanted), read: 0 }
    }

    /// Whether a file of this length has more than was read, or was begun anew.
    pub(crate) fn has_more(&self, length: u64) -> bool {
        length != self.read
    }

    /// The rows of the lines that are complete and new.
    pub(crate) fn new_rows(
        &mut self,
        path: &Path,
        length: u64,
        wanted: &str,
    ) -> std::io::Result<Vec<RawRow>> {
        if length < self.read {
            *self = Self::new(wanted);
        }
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.take(AT_ONCE).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |end| end + 1);
        // A longer line is data.
        let end = if end == 0 && bytes.len() > LONGEST { bytes.len() } else { end };
        self.read += end as u64;
        Ok(self.rows(&bytes[..end]))
    }

    fn rows(&mut self, bytes: &[u8]) -> Vec<RawRow> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.split(['\n', '\r']).filter(|line| line.len() <= LONGEST);
        lines.flat_map(|line| self.formats.read(&visible(line))).map(|found| found.row).collect()
    }
}
