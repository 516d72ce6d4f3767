//! A table from any bytes: a description or a typed error.
#![no_main]

use batchwright_data::{OpenOptions, open_to_describe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, bytes).expect("room for it");
    let _ = open_to_describe(Some(&path), &OpenOptions::default());
});
