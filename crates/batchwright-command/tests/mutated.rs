//! Spoils every recorded output and file, and reads what comes of it: no panic, no endless loop, and
//! never more rows than the bytes can hold.
//!
//! A seed gives the same changes again. The long mode: `cargo test --test mutated -- --ignored`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rows;

use batchwright_command::read::{Folder, LineReader, Row};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pieces that programs could print by accident.
const PIECES: [&[u8]; 24] = [
    b"\n",
    b"\r",
    b"\0",
    b"\x08",
    b"\x1b[31m",
    b"\x1b",
    b"\xff\xfe",
    b"\xc3",
    b"nan",
    b"-inf",
    b"1e999",
    b"-0",
    b"99999999999999999999999999",
    b"{\"",
    b"{'",
    b"}",
    b"[rank7]:",
    b"|",
    b"%|",
    b" 3/0 ",
    b"epoch ",
    b"val_loss ",
    "検証損失：".as_bytes(),
    "━━━━ ".as_bytes(),
];
/// Bytes of a very long line.
const LONG: usize = 70_000;
/// More rows than lines come only from objects that follow each other, 16 of a line, and from rows
/// that waited.
const ROWS_OF_A_LINE: usize = 17;

struct Dice(TestRng);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(400) + 1)
    }
}

/// All recorded files, by path.
fn recorded() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.retain(|file| !file.extension().is_some_and(|kind| kind == "py" || kind == "sh" || kind == "md"));
    files.sort();
    files
}

/// The bytes with one to four changes.
fn mutated(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let range = dice.range(bytes.len());
        match dice.below(8) {
            0 => {
                for at in range {
                    bytes[at] ^= 1 << dice.below(8);
                }
            }
            1 => bytes.truncate(range.start),
            2 => drop(bytes.drain(range)),
            3 => {
                let piece = bytes[range.clone()].repeat(1 + dice.below(20));
                bytes.splice(range.end..range.end, piece);
            }
            4 => {
                let from = dice.range(other.len());
                bytes.splice(range, other[from].iter().copied());
            }
            5 => {
                let piece = PIECES[dice.below(PIECES.len())].repeat(1 + dice.below(3));
                bytes.splice(range.start..range.start, piece);
            }
            6 => {
                for at in range {
                    if dice.below(3) == 0 && bytes[at].is_ascii_digit() {
                        bytes[at] = b"9.-e,/%"[dice.below(7)];
                    }
                }
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(range.start..range.start, piece.repeat(LONG / piece.len()));
            }
        }
    }
    bytes
}

/// Reads bytes as lines and as a file that grows, and checks what must always hold.
fn read(bytes: &[u8], name: &str, folder: &Path) {
    let lines = rows::lines(bytes);
    let mut reader = LineReader::new(Vec::new(), "val_loss");
    let mut all: Vec<Row> = lines.iter().flat_map(|line| reader.read(line)).collect();
    all.extend(reader.finish());
    assert!(all.len() <= ROWS_OF_A_LINE * lines.len(), "{} rows of {} lines", all.len(), lines.len());
    if let Some(suggestion) = reader.recognised().suggestion("val_loss") {
        batchwright_command::read::Metric::parse(&suggestion.metric).unwrap();
    }
    let written = folder.join("run");
    std::fs::create_dir_all(&written).unwrap();
    let mut watched = Folder::watch(&written, "val_loss");
    let half = bytes.len() / 2;
    for end in [half, bytes.len()] {
        std::fs::write(written.join(name), &bytes[..end]).unwrap();
        all.extend(watched.poll());
    }
    std::fs::remove_dir_all(&written).unwrap();
    assert!(all.len() <= 2 * ROWS_OF_A_LINE * (lines.len() + bytes.len() / 16 + 1), "{} rows", all.len());
    for row in &all {
        let within = row.in_epoch.map(|place| [Some(place.epochs_before), Some(place.step), place.of]);
        let coordinates = [
            [row.step, row.epoch, row.samples, row.seconds].as_slice(),
            within.as_ref().map_or(&[], |place| place.as_slice()),
        ]
        .concat();
        assert!(coordinates.iter().flatten().all(|value| value.is_finite() && *value >= 0.0), "{row:?}");
        assert!(!row.metrics.is_empty(), "{row:?}");
    }
}

/// Spoils `count` outputs. A reader that loops without end is found by the watchdog, not by a clock:
/// it gives up only if nothing at all was finished in ten minutes.
fn spoil(count: u64) {
    let files: Vec<(String, Vec<u8>)> = recorded()
        .iter()
        .map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(file).unwrap()))
        .collect();
    let (done, finished) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        for seed in 0..count {
            let mut dice = Dice::new(seed);
            let (name, bytes) = &files[seed as usize % files.len()];
            let other = dice.below(files.len());
            read(&mutated(bytes, &files[other].1, &mut dice), name, folder.path());
            done.send(seed).unwrap();
        }
    });
    let mut last = None;
    while let Ok(seed) = finished.recv_timeout(Duration::from_secs(600)) {
        last = Some(seed);
    }
    assert!(worker.join().is_ok(), "the seed after {last:?}");
    assert_eq!(last, Some(count - 1));
}

#[test]
fn spoiled_outputs_are_read_without_harm() {
    spoil(400);
}

#[test]
#[ignore = "the long mode"]
fn thirty_thousand_spoiled_outputs_are_read_without_harm() {
    spoil(30_000);
}
