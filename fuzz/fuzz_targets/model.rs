//! A model from any bytes: a value or a typed error.
#![no_main]

use batchwright_train::SavedModel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("room for it");
    let _ = SavedModel::load_within(file.path(), Some(1 << 30));
});
