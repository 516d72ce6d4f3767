//! TODO

use crate::read::files::ENTRIES;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A file or folder that cannot be read, or not any further. The others are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("{}: {kind}", file.display())]
    Unreadable {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        kind: ErrorKind,
    },
    /// An event file with a wrong checksum, or a record that is no event. Nothing beyond is read.
    #[error("{}: damaged at byte {at}; what the program writes after it is not read", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the record starts.
        at: u64,
    },
    /// A table too large to be one of metrics.
    #[error("{}: {bytes} bytes, a table of metrics has at most {limit}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// What would be read.
        limit: u64,
    },
    /// Too many files to look through.
    #[error("{}: more than {ENTRIES} files and folders; let the program write its metrics into a folder of their own", folder.display())]
    TooMany {
        /// The folder that is watched.
        folder: PathBuf,
    },
}
