//! Why a file or folder of metrics cannot be read.

use std::io::ErrorKind;
use std::path::PathBuf;

/// Why a file or folder cannot be read, or not any further. Other files are still read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The system refused it.
    #[error("{}: {kind}", file.display())]
    Unreadable {
        /// The file or folder.
        file: PathBuf,
        /// The kind of the system's error.
        kind: ErrorKind,
    },
    /// An event file has a wrong checksum, or a record that is no event. Nothing after it is read.
    #[error("{}: damaged at byte {at}; what the program writes after it is not read", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the record starts.
        at: u64,
    },
    /// A table is too large to be a table of metrics.
    #[error("{}: {bytes} bytes, a table of metrics has at most {limit}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// The largest length that is read, in bytes.
        limit: u64,
    },
    /// The folder contains too many entries.
    #[error("{}: more than {limit} files and folders; let the program write its metrics into a folder of their own", folder.display())]
    TooMany {
        /// The folder that is watched.
        folder: PathBuf,
        /// The largest number of entries that are read.
        limit: usize,
    },
}
