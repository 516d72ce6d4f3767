//! An image file from any bytes: pixels or a typed error.
#![no_main]

use batchwright_data::{OpenOptions, open_to_describe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let class = folder.path().join("class");
    std::fs::create_dir(&class).expect("a writable folder");
    std::fs::write(class.join("image.png"), bytes).expect("room for it");
    let _ = open_to_describe(Some(folder.path()), &OpenOptions::default());
});
