//! A log file with the output of a child as a terminal would show it, without its middle. The start
//! shows what ran, the end how it ended. A program that prints without end must not fill the disk.
//!
//! The start is written as it comes. The end is kept in memory and written when the child has
//! ended.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes of the start, and also of the end.
const PART: usize = 1 << 20;

/// Why a log is not complete. The child was not stopped for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: cannot write the log: {problem}", path.display())]
pub struct LogError {
    /// The file.
    pub path: PathBuf,
    /// The system's message.
    pub problem: String,
}

/// A log that keeps the start and the end of the output; by default no log.
#[derive(Default)]
pub(crate) struct CappedLog(Option<OpenLog>);

struct OpenLog {
    file: File,
    path: PathBuf,
    /// Bytes that the start can still take.
    room: usize,
    /// The last bytes after it.
    end: VecDeque<u8>,
    left_out: u64,
    error: Option<io::Error>,
}

impl CappedLog {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let (path, end) = (path.to_owned(), VecDeque::new());
        Ok(Self(Some(OpenLog { file, path, room: PART, end, left_out: 0, error: None })))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if let Some(log) = &mut self.0 {
            log.write(bytes);
        }
    }

    /// Writes the end.
    pub(crate) fn finish(&mut self) -> Result<(), LogError> {
        self.0.take().map_or(Ok(()), OpenLog::finish)
    }
}

impl OpenLog {
    fn write(&mut self, bytes: &[u8]) {
        let (start, rest) = bytes.split_at(bytes.len().min(self.room));
        self.room -= start.len();
        self.put(start);
        self.end.extend(rest);
        let over = self.end.len().saturating_sub(PART);
        self.end.drain(..over);
        self.left_out += over as u64;
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.error = self.file.write_all(bytes).err();
        }
    }

    fn finish(mut self) -> Result<(), LogError> {
        if self.left_out > 0 {
            self.put(format!("\n[... {} bytes left out ...]\n", self.left_out).as_bytes());
        }
        let end = std::mem::take(&mut self.end);
        let (first, second) = end.as_slices();
        self.put(first);
        self.put(second);
        let problem = |error: io::Error| LogError { path: self.path, problem: error.to_string() };
        self.error.map_or(Ok(()), |error| Err(problem(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(chunks: &[Vec<u8>]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = CappedLog::create(&path).unwrap();
        chunks.iter().for_each(|chunk| log.write(chunk));
        log.finish().unwrap();
        std::fs::read(path).unwrap()
    }

    /// The last lines matter most, and would be the first to be lost.
    #[test]
    fn a_log_keeps_its_start_and_its_end() {
        assert_eq!(logged(&[b"a\n".to_vec(), b"b".to_vec()]), b"a\nb");
        let whole = vec![b'x'; 2 * PART];
        assert_eq!(logged(std::slice::from_ref(&whole)), whole, "nothing is left out where all has room");
        let chunks = [b"first ".to_vec(), vec![b'x'; 3 * PART], b" last".to_vec()];
        let text = String::from_utf8(logged(&chunks)).unwrap();
        let notice = format!("x\n[... {} bytes left out ...]\nx", PART + 11);
        assert!(text.starts_with("first x") && text.ends_with("x last") && text.contains(&notice));
        assert_eq!(text.len(), 2 * PART + notice.len() - 2);
    }

    /// A full disk must not stop the reading, and must be reported.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_log_that_cannot_be_written_says_so_at_the_end() {
        let mut log = CappedLog::create(Path::new("/dev/full")).unwrap();
        log.write(b"x");
        log.write(b"y");
        let error = log.finish().unwrap_err().to_string();
        assert!(error.starts_with("/dev/full: cannot write the log: No space left"), "{error}");
    }
}
