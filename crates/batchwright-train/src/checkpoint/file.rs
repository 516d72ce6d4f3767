//! One checkpoint as bytes:
//!
//! ```text
//! "batchwright run\n"   16 bytes
//! version               u32
//! length of the file    u64, in bytes
//! settings              u64 length, then JSON
//! state                 see `state`
//! checksum              u32: CRC-32 of everything before it
//! ```
//!
//! Header and checksum are where they are in every version, so that a flipped bit in the version is
//! told from another version. Little-endian. CRC-32 finds every error within 32 neighbouring bits, so every flipped byte; it is
//! no protection from someone who changes a file on purpose.

use crate::codec::{Decoder, Encoder};
use crate::config::RunConfig;
use crate::error::TrainError;
use crate::problem::CheckpointProblem;
use crate::state::RunState;
use crate::whole_file::read_rest;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::Path;

const MAGIC: &[u8; 16] = b"batchwright run\n";
const VERSION: u32 = 3;
/// Magic, version and length.
const HEADER: usize = 28;
/// Where the length is.
const LENGTH: std::ops::Range<usize> = 20..28;
/// Bytes that are taken at once for rows to come: a hundred and fifty.
const ROOM_FOR_ROWS: usize = 16 << 10;
/// Bytes of the checksum.
const CHECKSUM: usize = 4;

/// What a checkpoint says about its run beside the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointAbout {
    /// Name of the run.
    pub run: String,
    /// Its settings, as they are in force: with a size or a length that a resume has changed.
    pub config: RunConfig,
    /// The content of its samples, as text that is equal only for equal content.
    pub data: String,
}

/// A checkpoint that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The run that it belongs to.
    pub about: CheckpointAbout,
    /// Where that run was.
    pub state: RunState,
}

/// The bytes before the state; the length is filled in by [`seal`].
pub(crate) fn prefix(about: &CheckpointAbout) -> Result<Vec<u8>, CheckpointProblem> {
    let settings =
        serde_json::to_vec(about).map_err(|error| CheckpointProblem::Settings(error.to_string()))?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let mut encoder = Encoder::new(&mut bytes);
    encoder.u64(0);
    encoder.u64(settings.len() as u64);
    bytes.extend_from_slice(&settings);
    Ok(bytes)
}

/// Replaces the content of `bytes` by prefix and state. They are no checkpoint before [`seal`].
pub(crate) fn fill(bytes: &mut Vec<u8>, prefix: &[u8], state: &RunState) {
    bytes.clear();
    let length = prefix.len() + Encoder::count(|encoder| state.encode(encoder)) + CHECKSUM;
    if bytes.capacity() < length {
        // Not by growing, which doubles it and keeps the old one meanwhile: the memory plan knows of
        // neither. Here is also the room for the checksum, so that `seal` takes none.
        *bytes = Vec::new();
        bytes.reserve_exact(length + ROOM_FOR_ROWS);
    }
    bytes.extend_from_slice(prefix);
    state.encode(&mut Encoder::new(bytes));
}

/// Completes what [`fill`] began.
pub(crate) fn seal(bytes: &mut Vec<u8>) {
    let length = (bytes.len() + CHECKSUM) as u64;
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());
    let checksum = crc32fast::hash(bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
}

impl Checkpoint {
    /// A checkpoint as the bytes of a file.
    ///
    /// # Errors
    /// [`CheckpointProblem::Settings`] for settings that cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointProblem> {
        let mut bytes = Vec::new();
        fill(&mut bytes, &prefix(&self.about)?, &self.state);
        seal(&mut bytes);
        Ok(bytes)
    }

    /// What [`Checkpoint::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CheckpointProblem`] for anything else. No more memory is taken than `bytes` have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointProblem> {
        let header = bytes.first_chunk::<HEADER>().ok_or(CheckpointProblem::Foreign)?;
        check_header(header, bytes.len() as u64)?;
        let (body, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
        if crc32fast::hash(body).to_le_bytes() != *checksum {
            return Err(CheckpointProblem::Damaged);
        }
        let version = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
        if version != VERSION {
            return Err(CheckpointProblem::Version { found: version.into(), known: VERSION.into() });
        }
        let mut decoder = Decoder::new(&body[HEADER..]);
        let settings = decoder.length(1).and_then(|length| decoder.bytes(length));
        let settings = settings.map_err(|_| CheckpointProblem::Content)?;
        let about = serde_json::from_slice(settings)
            .map_err(|error| CheckpointProblem::Settings(error.to_string()))?;
        let state = RunState::decode(&mut decoder).map_err(|_| CheckpointProblem::Content)?;
        decoder.end().map_err(|_| CheckpointProblem::Content)?;
        Ok(Self { about, state })
    }

    /// Reads a checkpoint. Its header is looked at before its body is read.
    ///
    /// # Errors
    /// [`TrainError::File`] if it cannot be read, [`TrainError::Checkpoint`] if it is none, is
    /// damaged, or was written by another version.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        Self::read_within(path, None)
    }

    /// [`Checkpoint::read`] within so many bytes of memory, where that is known: once as it is read,
    /// and once as the state that is made of it.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read_within(path: &Path, memory: Option<u64>) -> Result<Self, TrainError> {
        let failed = |source| TrainError::File { path: path.to_owned(), action: READ, source };
        let refuse = |problem| TrainError::Checkpoint { path: path.to_owned(), problem };
        let about = std::fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            // A pipe or a device would be read for ever.
            return Err(refuse(CheckpointProblem::NotAFile));
        }
        let mut file = File::open(path).map_err(failed)?;
        if about.len() < (HEADER + CHECKSUM) as u64 {
            return Err(refuse(CheckpointProblem::Foreign));
        }
        let mut header = [0; HEADER];
        file.read_exact(&mut header).map_err(failed)?;
        check_header(&header, about.len()).map_err(refuse)?;
        let needed = about.len().saturating_mul(2);
        if let Some(available) = memory.filter(|&available| available < needed) {
            return Err(refuse(CheckpointProblem::TooLarge { needed, available }));
        }
        let bytes = read_rest(&mut file, header.to_vec(), about.len()).map_err(failed)?;
        Self::from_bytes(&bytes).map_err(refuse)
    }
}

/// What is tried when a checkpoint is read.
const READ: &str = "read the checkpoint";

/// What can be told before the body is read.
fn check_header(header: &[u8; HEADER], found: u64) -> Result<(), CheckpointProblem> {
    if header[..16] != *MAGIC {
        return Err(CheckpointProblem::Foreign);
    }
    let mut length = [0; 8];
    length.copy_from_slice(&header[LENGTH]);
    let expected = u64::from_le_bytes(length);
    if found != expected || found < (HEADER + CHECKSUM) as u64 {
        return Err(CheckpointProblem::Length { found, expected });
    }
    Ok(())
}
