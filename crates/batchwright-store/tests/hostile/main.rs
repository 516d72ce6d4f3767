//! Files that were damaged, cut, or made to mislead, under every reader of data, models,
//! checkpoints and databases: a value or a typed error, never a panic, and no more memory than the
//! file's own size explains.
//!
//! A seed gives the same changes again. The long mode: `MUTATIONS=50000 cargo test --release -p
//! batchwright-store --test hostile -- --nocapture`. Left out: what a training command prints
//! (`mutated` of the crate `command`) and configuration files (in the program).

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod mutate;
mod readers;
mod sparse;

use mutate::mutated;
use readers::{Reader, readers};

/// Inputs of all readers together, where `MUTATIONS` does not say it.
const INPUTS: u64 = 3_000;
/// Bytes that a reader may take for a small file: buffers, a dictionary of gzip, a page cache.
const ANYWAY: u64 = 16 << 20;
/// Bytes that it may take for each byte of the file, unpacked.
const PER_BYTE: u64 = 200;

/// What was seen of a reader.
#[derive(Default)]
struct Seen {
    read: u64,
    refused: u64,
    peak: u64,
}

/// Reads one changed file. Memory of other threads does not count, so that readers run on this one.
fn try_once(reader: &Reader, seed: u64, seen: &mut Seen) {
    let bytes = mutated(reader.original(), seed);
    let bytes = reader.sealed(bytes);
    let folder = tempfile::tempdir().unwrap();
    let path = reader.lay_out(folder.path(), &bytes);
    let mut result = Ok(());
    let used = allocation_counter::measure(|| result = reader.read(&path));
    match result {
        Ok(()) => seen.read += 1,
        Err(error) => {
            assert!(!error.is_empty() && error.len() < 5_000, "{}, seed {seed}: {error}", reader.name());
            seen.refused += 1;
        }
    }
    seen.peak = seen.peak.max(used.bytes_max);
    let most = ANYWAY + PER_BYTE * reader.unpacked(&bytes);
    assert!(used.bytes_max <= most, "{}, seed {seed}: {} bytes of memory", reader.name(), used.bytes_max);
}

#[test]
fn no_reader_panics_or_takes_memory_that_its_file_does_not_explain() {
    let inputs = std::env::var("MUTATIONS").map_or(INPUTS, |inputs| inputs.parse().unwrap());
    let readers = readers();
    let each = inputs.div_ceil(readers.len() as u64);
    println!("{:28} {:>8} {:>8} {:>8} {:>12}", "reader", "inputs", "read", "refused", "peak, bytes");
    for reader in &readers {
        let mut seen = Seen::default();
        (0..each).for_each(|seed| try_once(reader, seed, &mut seen));
        println!("{:28} {each:>8} {:>8} {:>8} {:>12}", reader.name(), seen.read, seen.refused, seen.peak);
        // A test in which nothing is ever refused, or no file is whole to begin with, tells
        // nothing.
        assert!(seen.refused > 0, "{}", reader.name());
        let folder = tempfile::tempdir().unwrap();
        let whole = reader.lay_out(folder.path(), reader.original());
        assert_eq!(reader.read(&whole), Ok(()), "{}", reader.name());
    }
}
