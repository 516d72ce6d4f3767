//! IDX files: what they become, and that no file, however damaged or hostile, does more harm than
//! an error.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::io::Write;
use std::path::Path;

use batchwright_data::{DataError, FileOptions, OpenOptions, RawInputs, Source, TaskKind, open};
use proptest::prelude::*;
use tempfile::TempDir;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

fn idx(magic: u32, dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let numbers = std::iter::once(&magic).chain(dimensions);
    numbers.flat_map(|number| number.to_be_bytes()).chain(values.iter().copied()).collect()
}

/// Three images of 2x2 pixels.
fn three_images() -> Vec<u8> {
    idx(0x803, &[3, 2, 2], &[0, 1, 2, 3, 10, 11, 12, 13, 252, 253, 254, 255])
}

fn three_labels() -> Vec<u8> {
    idx(0x801, &[3], &[0, 2, 1])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn open_folder(path: &Path) -> Result<Source, DataError> {
    open(Some(path), &OpenOptions::default())
}

fn open_files(images: &[u8], labels: &[u8]) -> Result<Source, DataError> {
    open_folder(folder(&[(IMAGES, images), (LABELS, labels)]).path())
}

fn pixels(source: &Source) -> &[u8] {
    match source.inputs() {
        RawInputs::Images(images) => &images.pixels,
        RawInputs::Table(_) | RawInputs::Text(_) => panic!("IDX files are images"),
    }
}

#[test]
fn plain_and_compressed_files_are_the_same_data() {
    let plain = folder(&[(IMAGES, &three_images()), (LABELS, &three_labels())]);
    let (images, labels) = (gzip(&three_images()), gzip(&three_labels()));
    let compressed = folder(&[(&format!("{IMAGES}.gz"), &images), (&format!("{LABELS}.gz"), &labels)]);
    for folder in [plain, compressed] {
        let source = open_folder(folder.path()).unwrap();
        assert_eq!(pixels(&source), [0, 1, 2, 3, 10, 11, 12, 13, 252, 253, 254, 255]);
        assert_eq!(source.class_names(), ["0", "1", "2"]);
        assert_eq!((source.samples(), source.task(), source.own_test()), (3, Some(TaskKind::Classify), None));
    }
}

/// Test samples that slip into the training split make every reported figure too good.
#[test]
fn own_test_files_follow_and_are_marked() {
    let (images, labels) = (three_images(), three_labels());
    let test_images = idx(0x803, &[1, 2, 2], &[7; 4]);
    let test_labels = idx(0x801, &[1], &[5]);
    let files =
        [(IMAGES, &images[..]), (LABELS, &labels), (TEST_IMAGES, &test_images), (TEST_LABELS, &test_labels)];
    let source = open_folder(folder(&files).path()).unwrap();
    assert_eq!((source.samples(), source.own_test()), (4, Some(3..4)));
    assert_eq!(pixels(&source)[12..], [7; 4]);
    assert_eq!(source.class_names().len(), 6);

    let other_size = idx(0x803, &[1, 1, 4], &[7; 4]);
    let files =
        [(IMAGES, &images[..]), (LABELS, &labels), (TEST_IMAGES, &other_size), (TEST_LABELS, &test_labels)];
    let error = open_folder(folder(&files).path()).unwrap_err();
    assert!(matches!(error, DataError::ShapeMismatch { .. }), "{error}");
}

/// Each hostile header, and the error that says so.
#[test]
fn hostile_headers_are_typed_errors() {
    let labels = three_labels();
    let huge = [u32::MAX; 3];
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty", vec![], "truncated: 16 bytes expected, only 0 found"),
        ("half a header", three_images()[..10].to_vec(), "truncated: 16 bytes expected, only 10 found"),
        ("labels' magic", idx(0x801, &[3, 2, 2], &[0; 12]), "magic number 0x00000803"),
        ("product overflows", idx(0x803, &huge, &[0; 12]), "more than any memory holds"),
        ("more than the file", idx(0x803, &[u32::MAX, 28, 28], &[0; 12]), "only 12 found"),
        ("truncated", three_images()[..27].to_vec(), "truncated: 12 bytes expected, only 11 found"),
        ("trailing byte", [three_images(), vec![0]].concat(), "goes on after the 12 values"),
        ("no pixels", idx(0x803, &[3, 0, 2], &[]), "an image has no pixel"),
        ("no images", idx(0x803, &[0, 2, 2], &[]), "there is no image"),
    ];
    for (case, images, expected) in cases {
        let error = open_files(&images, &labels).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(IMAGES), "{case}: {error}");
    }
}

#[test]
fn labels_that_do_not_belong_to_the_images_are_refused() {
    let error = open_files(&three_images(), &idx(0x801, &[2], &[0, 1])).unwrap_err();
    assert!(matches!(error, DataError::LabelCount { images: 3, labels: 2, .. }), "{error}");
    let error = open_files(&three_images(), &idx(0x801, &[u32::MAX], &[0, 1])).unwrap_err();
    assert!(matches!(error, DataError::Truncated { found: 2, .. }), "{error}");
}

#[test]
fn damaged_compression_names_the_file() {
    let mut images = gzip(&three_images());
    images.truncate(images.len() - 6);
    let files = [(&*format!("{IMAGES}.gz"), &images[..]), (LABELS, &three_labels())];
    let error = open_folder(folder(&files).path()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }) && error.to_string().contains(IMAGES), "{error}");
}

#[test]
fn a_lacking_file_is_named() {
    let (images, labels) = (three_images(), three_labels());
    let files = [(IMAGES, &images[..]), (LABELS, &labels), (TEST_IMAGES, &images)];
    for (present, lacking) in [(1..2, IMAGES), (0..1, LABELS), (0..3, TEST_LABELS)] {
        let error = open_folder(folder(&files[present]).path()).unwrap_err();
        assert!(matches!(&error, DataError::MissingFile { wanted, .. } if wanted == lacking), "{error}");
    }
}

/// Options that mean nothing for images must not look as if they had worked.
#[test]
fn options_of_tables_are_refused() {
    let options = OpenOptions { label: Some("species".to_owned()), ..Default::default() };
    assert!(matches!(open(None, &options), Err(DataError::Setting { flag: "--label", .. })));
    let options = OpenOptions { task: Some(TaskKind::Regress), ..Default::default() };
    assert!(matches!(open(None, &options), Err(DataError::Setting { flag: "--task", .. })));
}

#[cfg(unix)]
mod special_files {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Opening a FIFO for reading waits for a writer, for ever.
    #[test]
    fn a_fifo_or_socket_is_refused_without_waiting() {
        let folder = folder(&[(LABELS, &three_labels())]);
        let fifo = folder.path().join(IMAGES);
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let error = open_folder(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::NotAFile { found: "a FIFO", .. }), "{error}");

        let socket = folder.path().join("socket.csv");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = open_folder(&socket).unwrap_err();
        assert!(matches!(error, DataError::NotAFile { found: "a socket", .. }), "{error}");
    }

    #[test]
    fn loops_of_links_end() {
        let folder = folder(&[(LABELS, &three_labels())]);
        let images = folder.path().join(IMAGES);
        symlink(&images, &images).unwrap();
        assert!(matches!(open_folder(folder.path()), Err(DataError::Io { .. })));
        assert!(matches!(open_folder(&images), Err(DataError::Io { .. })));

        std::fs::remove_file(&images).unwrap();
        symlink(folder.path(), &images).unwrap();
        let error = open_folder(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::NotAFile { found: "a folder", .. }), "{error}");
    }
}

#[test]
fn other_paths_are_refused() {
    let folder = folder(&[("notes.doc", b"hello")]);
    assert!(matches!(open_folder(&folder.path().join("nowhere")), Err(DataError::Io { .. })));
    assert!(matches!(open_folder(&folder.path().join("notes.doc")), Err(DataError::UnknownFormat { .. })));
}

/// The same files as other programs and browsers leave them.
#[test]
fn files_are_found_under_all_their_names() {
    let (images, labels) = (three_images(), three_labels());
    let (packed_images, packed_labels) = (gzip(&images), gzip(&labels));
    let cases: [[(&str, &[u8]); 2]; 5] = [
        [("train-images.idx3-ubyte", &images), ("train-labels.idx1-ubyte", &labels)],
        [("train-images.idx3-ubyte.gz", &packed_images), ("train-labels.idx1-ubyte", &labels)],
        [("MNIST/raw/train-images-idx3-ubyte", &images), ("MNIST/raw/train-labels-idx1-ubyte", &labels)],
        // A browser that unpacks a file keeps its ending; another one leaves the ending out.
        [("train-images-idx3-ubyte.gz", &images), ("train-labels-idx1-ubyte.gz", &labels)],
        [(IMAGES, &packed_images), (LABELS, &packed_labels)],
    ];
    for files in cases {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let source = open_folder(folder.path()).unwrap();
        assert_eq!(pixels(&source), [0, 1, 2, 3, 10, 11, 12, 13, 252, 253, 254, 255], "{files:?}");
        assert_eq!(source.class_names().len(), 3);
    }
}

/// Gigabytes must not be read to find out that they are not what was announced, or do not fit.
#[test]
fn sizes_are_compared_before_anything_large_is_read() {
    let header = |count: u32| idx(0x803, &[count, 1000, 1000], &[]);
    let sparse = |bytes: Vec<u8>, length: u64| {
        let folder = folder(&[(IMAGES, &bytes), (LABELS, &three_labels())]);
        std::fs::File::options()
            .write(true)
            .open(folder.path().join(IMAGES))
            .unwrap()
            .set_len(length)
            .unwrap();
        folder
    };
    // 50 GB of zeros, that take no place on the disk.
    let folder = sparse(header(50_000), 16 + 50_000_000_000);
    let error = open_folder(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::LabelCount { images: 50_000, labels: 3, .. }), "{error}");
    let error = open_folder(sparse(header(3), 1 << 36).path()).unwrap_err();
    assert!(matches!(error, DataError::TrailingBytes { expected: 3_000_000, .. }), "{error}");

    let folder = sparse(header(3), 16 + 3_000_000);
    let limited = |memory| {
        let file = FileOptions { memory: Some(memory), ..Default::default() };
        open(Some(folder.path()), &OpenOptions { file, ..Default::default() })
    };
    let error = limited(3_000_014).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { needed: 3_000_015, .. }), "{error}");
    assert_eq!(limited(3_000_015).unwrap().samples(), 3);
}

/// A megabyte that unpacks to a gigabyte must not be unpacked beyond what its header announces.
#[test]
fn a_small_file_does_not_unpack_without_end() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&three_images()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..256).for_each(|_| encoder.write_all(&zeros).unwrap());
    let error = open_files(&encoder.finish().unwrap(), &three_labels()).unwrap_err();
    assert!(matches!(error, DataError::TrailingBytes { expected: 12, .. }), "{error}");
}

proptest! {
    /// Whatever the bytes, the answer is data or an error. A panic is a bug.
    #[test]
    fn random_bytes_never_panic(images in prop::collection::vec(any::<u8>(), 0..64), labels in prop::collection::vec(any::<u8>(), 0..32)) {
        let _ = open_files(&images, &labels);
    }

    /// Valid files with a few bytes changed and the end cut or extended get further into the reader
    /// than noise does.
    #[test]
    fn mutated_files_never_panic(
        changes in prop::collection::vec((0usize..28, any::<u8>()), 0..4),
        length in 0usize..40,
        compressed: bool,
    ) {
        let mut images = if compressed { gzip(&three_images()) } else { three_images() };
        for (at, byte) in changes {
            if let Some(slot) = images.get_mut(at) {
                *slot = byte;
            }
        }
        images.resize(length.max(images.len().min(20)), 0);
        let name = if compressed { format!("{IMAGES}.gz") } else { IMAGES.to_owned() };
        let folder = folder(&[(&name, &images), (LABELS, &three_labels())]);
        if let Ok(source) = open_folder(folder.path()) {
            prop_assert_eq!(source.samples(), 3);
        }
    }
}
