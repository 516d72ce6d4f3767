//! Files that are larger than memory, and cost nothing to make: with holes, or packed.

use batchwright_data::{DataError, FileOptions, OpenOptions, TextEncoding, open};
use batchwright_store::{DATABASE_FILE, Store};
use batchwright_train::{Checkpoint, SavedModel, TrainError};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Larger than the memory of most machines.
const HUGE: u64 = 1 << 42;
/// More than a reader needs to refuse something.
const LITTLE: u64 = 4 << 20;

fn sparse(folder: &Path, name: &str, start: &[u8], length: u64) -> PathBuf {
    let path = folder.join(name);
    let mut file = File::create(&path).unwrap();
    file.write_all(start).unwrap();
    file.set_len(length).unwrap();
    path
}

/// What reading returns, which must not take memory.
fn of_little_memory<T>(read: impl FnOnce() -> T) -> T {
    let mut result = None;
    let used = allocation_counter::measure(|| result = Some(read()));
    assert!(used.bytes_max < LITTLE, "{} bytes", used.bytes_max);
    result.unwrap()
}

/// The header of a model with one tensor that fills the rest of a file.
fn header(length: u64) -> Vec<u8> {
    // The length of the text does not depend on the number's digits, for a header may end in
    // spaces.
    let text = |values: u64| {
        let text =
            format!(r#"{{"a":{{"dtype":"F32","shape":[{values}],"data_offsets":[0,{}]}}}}"#, values * 4);
        format!("{text:<192}")
    };
    let header = text((length - 8 - 192) / 4);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
}

#[test]
fn models_are_refused_by_their_header() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = [
        (vec![], "a file of zeros"),
        (b"PK\x03\x04 something else altogether".to_vec(), "another format"),
        (u64::MAX.to_le_bytes().to_vec(), "a header of 2^64 bytes"),
        (header(1 << 20), "a header of a small model"),
    ];
    for (start, what) in damaged {
        let path = sparse(folder.path(), "m", &start, HUGE);
        let error = of_little_memory(|| SavedModel::load(&path).unwrap_err());
        assert!(matches!(error, TrainError::Model { .. }), "{what}: {error}");
    }
    let path = sparse(folder.path(), "m", &header(HUGE), HUGE);
    let error = of_little_memory(|| SavedModel::load_within(&path, Some(1 << 30)).unwrap_err()).to_string();
    assert!(error.contains("8796093022208 bytes of memory, 1073741824 are available"), "{error}");
}

#[test]
fn checkpoints_are_refused_by_their_header() {
    let folder = tempfile::tempdir().unwrap();
    let said = |length: u64| [&b"batchwright run\n\x01\0\0\0"[..], &length.to_le_bytes()].concat();
    for start in [vec![], b"batchwright run\n".to_vec(), said(1 << 20), said(u64::MAX)] {
        let path = sparse(folder.path(), "c", &start, HUGE);
        let error = of_little_memory(|| Checkpoint::read(&path).unwrap_err());
        assert!(matches!(error, TrainError::Checkpoint { .. }), "{error}");
    }
    let path = sparse(folder.path(), "c", &said(HUGE), HUGE);
    let error = of_little_memory(|| Checkpoint::read_within(&path, Some(1 << 30)).unwrap_err()).to_string();
    assert!(error.contains("8796093022208 bytes of memory, 1073741824 are available"), "{error}");
}

/// Reading them to their end takes hours: the hole is noticed where it begins, be it in what is looked
/// at first or behind it, with an encoding that is given or not.
#[test]
fn tables_are_refused_at_a_hole() {
    let folder = tempfile::tempdir().unwrap();
    let rows = format!("x,y\n{}", "1,2\n".repeat(100_000));
    let wide: Vec<u8> = rows.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for start in [b"".as_slice(), b"x,y\n1,2\n", rows.as_bytes(), b"\xff\xfe", &wide] {
        for encoding in [None, TextEncoding::named("utf-8"), TextEncoding::named("utf-16le")] {
            let file = FileOptions { encoding, ..FileOptions::default() };
            let options = OpenOptions { label: Some("y".to_owned()), file, ..OpenOptions::default() };
            let path = sparse(folder.path(), "t.csv", start, HUGE);
            let error = of_little_memory(|| open(Some(&path), &options).unwrap_err());
            // In an encoding that it is not in, it may be refused for its header.
            let refused = matches!(error, DataError::Gap { .. } | DataError::NotText { .. });
            assert!(refused || encoding.is_some(), "{} bytes: {error}", start.len());
        }
    }
}

#[test]
fn images_are_refused_before_their_pixels_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let magic = |kind: u8, dimensions: &[u32]| -> Vec<u8> {
        [0, 0, 8, kind].into_iter().chain(dimensions.iter().flat_map(|it| it.to_be_bytes())).collect()
    };
    let pixels = 100_000u64 * 2_000 * 2_000;
    sparse(folder.path(), "train-images-idx3-ubyte", &magic(3, &[100_000, 2_000, 2_000]), 16 + pixels);
    sparse(folder.path(), "train-labels-idx1-ubyte", &magic(1, &[100_000]), 8 + 100_000);
    let file = FileOptions { memory: Some(1 << 30), ..FileOptions::default() };
    let options = OpenOptions { file, ..OpenOptions::default() };
    let error = of_little_memory(|| open(Some(folder.path()), &options).unwrap_err());
    assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
}

/// 256 MiB in 256 KiB. Its header says that it has six small images.
#[test]
fn a_small_file_that_unpacks_to_a_large_one_is_read_no_further_than_its_header_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    let mut encoder = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
    encoder.write_all(&[0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 4]).unwrap();
    (0..256).for_each(|_| encoder.write_all(&[0; 1 << 20]).unwrap());
    encoder.finish().unwrap();
    let labels = [0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 0, 1, 0, 1];
    std::fs::write(folder.path().join("train-labels-idx1-ubyte"), labels).unwrap();
    let error = of_little_memory(|| open(Some(folder.path()), &OpenOptions::default()).unwrap_err());
    assert!(matches!(error, DataError::TrailingBytes { .. }), "{error}");
}

#[test]
fn a_database_of_zeros_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    sparse(folder.path(), DATABASE_FILE, b"not a database at all", 1 << 36);
    let error = of_little_memory(|| Store::open(folder.path()).unwrap_err());
    assert!(error.to_string().contains(DATABASE_FILE), "{error}");
}
