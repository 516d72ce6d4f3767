//! What allocates and what does not, measured by an allocator that counts per thread.
#![allow(unsafe_code)] // An allocator cannot be written without.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::path::Path;

use batchwright_data::testkit::{jpeg_file, png_file};
use batchwright_data::{
    Augmentation, Augmented, Batch, DataError, Dataset, Domain, OpenOptions, RandomStream, SampleOrder,
    SplitOptions, Splits, open, sample_shape,
};

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

fn note(calls: u64, bytes: i64) {
    CALLS.set(CALLS.get() + calls);
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

// SAFETY: every call goes to the system allocator unchanged; counting touches plain thread-local
// numbers and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn calls(work: impl FnOnce()) -> u64 {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

/// Highest number of bytes beyond those that were live before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}

fn write_csv(folder: &Path, row: impl Fn(usize) -> String, rows: usize) -> std::path::PathBuf {
    let path = folder.join("data.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"x,text,y\n").unwrap();
    (0..rows).for_each(|i| file.write_all(row(i).as_bytes()).unwrap());
    path
}

/// One allocation a step is invisible in a test of results and costs more than a small batch's
/// arithmetic.
#[test]
fn the_loop_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        write_csv(folder.path(), |i| format!("{},{},{}\n", i % 9, ["a", "b", "NA"][i % 3], i % 2), 100);
    let table = OpenOptions { label: Some("y".to_owned()), ..Default::default() };
    for source in [open(None, &OpenOptions::default()), open(Some(&path), &table)] {
        let train = Splits::new(&source.unwrap(), &SplitOptions::default()).unwrap().train;
        let changes = Augmentation { flip: true, shift: 3 };
        let train = Augmented::new(&train, Some(changes), 7);
        let mut order = SampleOrder::new(0, train.len() as u32);
        let mut batch = Batch::with_capacity(32, sample_shape(&train));
        let counted = calls(|| {
            for epoch in 0..3 {
                for indices in order.epoch(epoch).chunks(32) {
                    train.gather(indices, epoch, &mut batch);
                }
            }
        });
        assert_eq!(counted, 0);
    }
    let mut bytes = [0; 100];
    let counted = calls(|| {
        let mut stream = RandomStream::new(1, Domain::Dropout, 2, 3);
        stream.fill_bytes(&mut bytes);
        stream.shuffle(&mut bytes);
        assert!(stream.normal().is_finite() && stream.below(7) < 7);
    });
    assert_eq!(counted, 0);
}

/// A header of 16 bytes must not be able to ask for gigabytes.
#[test]
fn hostile_headers_get_no_memory() {
    for dimensions in [[u32::MAX; 3], [u32::MAX, 28, 28], [1, u32::MAX, 1], [60_000, 28, 28]] {
        let folder = tempfile::tempdir().unwrap();
        let header = std::iter::once(&0x803u32).chain(&dimensions).flat_map(|number| number.to_be_bytes());
        let bytes: Vec<u8> = header.chain([0; 100]).collect();
        std::fs::write(folder.path().join("train-images-idx3-ubyte"), bytes).unwrap();
        let (result, bytes) = peak(|| open(Some(folder.path()), &OpenOptions::default()));
        assert!(matches!(result, Err(DataError::Truncated { .. } | DataError::WrongDimensions { .. })));
        assert!(bytes < 64 << 10, "{bytes} bytes for {dimensions:?}");
    }
}

/// Nor must those of images: neither a header that lies, nor many small files beside a large one.
#[test]
fn images_take_their_pixels_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let values: Vec<u8> = (0..64 * 64 * 3).map(|place| (place * 31 % 256) as u8).collect();
    for nth in 0..30 {
        write(&format!("a/{nth}.png"), png_file(64, 64, &values));
        write(&format!("b/{nth}.jpg"), jpeg_file(64, 64, &values, false, None));
    }
    let (source, bytes) = peak(|| open(Some(folder.path()), &OpenOptions::default()).unwrap());
    assert_eq!(source.samples(), 60);
    assert!(bytes < 60 * 64 * 64 * 3 + (1 << 20), "{bytes} bytes");

    let mut jpeg = jpeg_file(8, 8, &[7; 64], false, None);
    let frame = jpeg.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    write("a/0.jpg", jpeg);
    let (result, bytes) = peak(|| open(Some(folder.path()), &OpenOptions::default()));
    assert!(matches!(result, Err(DataError::ImpossibleImage { .. })));
    assert!(bytes < 1 << 20, "{bytes} bytes");
}

/// A table of 14 MB whose columns are 12 bytes a row: its text must not be held, that of numbers
/// (all different) no more than that of categories.
#[test]
fn tables_do_not_hold_their_text() {
    let folder = tempfile::tempdir().unwrap();
    let (long, digits) = (["a".repeat(2000), "b".repeat(2000)], "5".repeat(300));
    let row = |i: usize| format!("{i}.{digits},{},{}\n", long[i % 2], ["yes", "no"][i / 2 % 2]);
    let path = write_csv(folder.path(), row, 6000);
    let options = OpenOptions { label: Some("y".to_owned()), ..Default::default() };
    let (source, bytes) = peak(|| open(Some(&path), &options).unwrap());
    assert_eq!(source.samples(), 6000);
    assert!(bytes < 1 << 20, "{bytes} bytes");
}
