//! Reads the rest of a file into memory, once its header has told how long it is.
//!
//! Left out: what the header says (`model_file`, `checkpoint/file`).

use std::fs::File;
use std::io;
use std::io::Read;

/// The bytes of a file of `length` bytes whose first ones are `start`. A file that grows meanwhile is
/// cut there, so that its reader finds it damaged.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::OutOfMemory`] where there is no room for it.
pub(crate) fn read_rest(file: &mut File, start: Vec<u8>, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = start;
    let rest = length.saturating_sub(bytes.len() as u64);
    let room = usize::try_from(rest).ok().filter(|&rest| bytes.try_reserve_exact(rest).is_ok());
    room.ok_or(io::ErrorKind::OutOfMemory)?;
    file.take(rest).read_to_end(&mut bytes)?;
    Ok(bytes)
}
