//! Opens a regular file, or returns an error that explains why not. Anything else (a FIFO, a
//! socket, a device) could block or never end.

use std::fs::{File, FileType};
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::DataError;

/// The first bytes of a file that is compressed by gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens `path` (following symbolic links) if it is a regular file.
pub(crate) fn open_regular(path: &Path) -> Result<File, DataError> {
    let kind = std::fs::metadata(path).map_err(|source| io_error(path, source))?.file_type();
    if !kind.is_file() {
        return Err(DataError::NotAFile { path: path.to_owned(), found: name_of(kind) });
    }
    File::open(path).map_err(|source| io_error(path, source))
}

/// The bytes of a file that was found to be regular, unpacked if they are compressed.
pub(crate) fn open_decompressed(path: &Path) -> io::Result<Box<dyn Read>> {
    let compressed = is_compressed(path)?;
    let file = BufReader::with_capacity(1 << 15, File::open(path)?);
    Ok(if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Whether a file is compressed by gzip. Its first bytes tell, not its name: a browser that unpacks
/// a file while it saves it keeps the ending `.gz`.
pub(crate) fn is_compressed(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(2).read_to_end(&mut start)?;
    Ok(start == GZIP)
}

/// Whether a file that begins with these bytes is a web page: what a server sends in place of a
/// file that it has no more, or that one must sign in for.
pub(crate) fn web_page(start: &[u8]) -> bool {
    let text =
        String::from_utf8_lossy(start).trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']).to_lowercase();
    ["<!doctype html", "<html", "<head", "<?xml"].iter().any(|tag| text.starts_with(tag))
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
