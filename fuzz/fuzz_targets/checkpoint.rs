//! A checkpoint from any bytes: a value or a typed error.
#![no_main]

use batchwright_train::Checkpoint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes) {
        assert_eq!(checkpoint.to_bytes().as_deref(), Ok(bytes), "it is written as it was read");
    }
});
