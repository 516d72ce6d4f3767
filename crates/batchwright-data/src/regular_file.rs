//! Opens a regular file, or returns an error that explains why not. Anything else (a FIFO, a
//! socket, a device) could block or never end.

use std::fs::{File, FileType};
use std::io;
use std::path::Path;

use crate::error::DataError;

/// Opens `path` (following symbolic links) if it is a regular file.
pub(crate) fn open_regular(path: &Path) -> Result<File, DataError> {
    let kind = std::fs::metadata(path).map_err(|source| io_error(path, source))?.file_type();
    if !kind.is_file() {
        return Err(DataError::NotAFile { path: path.to_owned(), found: name_of(kind) });
    }
    File::open(path).map_err(|source| io_error(path, source))
}

/// An [`io::Error`] together with the path that it concerns.
pub(crate) fn io_error(path: &Path, source: io::Error) -> DataError {
    DataError::Io { path: path.to_owned(), source }
}

#[cfg(unix)]
fn name_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn name_of(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "a device" }
}
