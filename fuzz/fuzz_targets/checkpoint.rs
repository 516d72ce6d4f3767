//! A checkpoint from any bytes, and one whose settings and checksum are right around any state: a
//! value or a typed error.
#![no_main]

use batchwright_train::{Checkpoint, CheckpointAbout, RunConfig, RunState};
use libfuzzer_sys::fuzz_target;

/// Where the length of the file is; the length of the settings follows it.
const LENGTH: std::ops::Range<usize> = 20..28;
const SETTINGS: std::ops::Range<usize> = 28..36;

fuzz_target!(|bytes: &[u8]| {
    must_be_as_read(bytes);
    must_be_as_read(&around(bytes));
});

fn must_be_as_read(bytes: &[u8]) {
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes) {
        assert_eq!(checkpoint.to_bytes().as_deref(), Ok(bytes), "it is written as it was read");
    }
}

/// A checkpoint with this state. Otherwise the checksum refuses nearly everything that is tried.
fn around(state: &[u8]) -> Vec<u8> {
    let about = CheckpointAbout { run: "r".to_owned(), config: RunConfig::default(), data: "d".to_owned() };
    let mut bytes = Checkpoint { about, state: RunState::default() }.to_bytes().expect("settings");
    let settings = bytes[SETTINGS].try_into().map(u64::from_le_bytes).expect("eight bytes");
    bytes.truncate(SETTINGS.end + settings as usize);
    bytes.extend_from_slice(state);
    let length = (bytes.len() + 4) as u64;
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}
