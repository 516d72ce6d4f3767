//! Folders of PNG and JPEG files as a source. All headers are read before any pixel, so that sizes
//! that differ, and data that does not fit into memory, are known at once.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::DataError;
use crate::image_size::ImageSize;
use crate::images::Images;
use crate::images::class_folders::{Listing, list};
use crate::images::image_file::ImageFile;
use crate::images::image_header::ImageHeader;
use crate::images::needs::Needs;
use crate::images::resize::resized;
use crate::regular_file::io_error;
use crate::remark::DataRemark;
use crate::source::{Labels, RawInputs, Source};

/// Fewest images for a thread of its own.
const IMAGES_A_THREAD: usize = 64;

/// The shape that the images must have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WantedShape {
    /// Every image is resized to this.
    pub(crate) resize: Option<ImageSize>,
    /// What a model reads, `[channels, height, width]`.
    pub(crate) of_model: Option<[usize; 3]>,
}

/// Opens a folder of images. `memory` is how many bytes they may take.
pub(crate) fn open_folder(
    folder: &Path,
    needs: Needs,
    wanted: WantedShape,
    memory: Option<u64>,
) -> Result<Source, DataError> {
    let name = folder.display().to_string();
    let listing = list(folder, needs)?;
    if u32::try_from(listing.files.len()).is_err() {
        return Err(DataError::TooManySamples { name });
    }
    let headers: Vec<ImageHeader> =
        listing.files.iter().map(|path| header(path)).collect::<Result<_, _>>()?;
    let shape = common_shape(&listing.files, &headers, wanted)?;
    let threads = threads_within(memory, folder, &headers, shape)?;
    let (pixels, changes) = read(&listing.files, &headers, shape, threads)?;
    let images = Images { shape, pixels, white: u8::MAX, resized: wanted.resize.is_some() };
    let samples = listing.files.len() as u32;
    let from = |from: Option<usize>| from.map(|from| from as u32);
    let test = from(listing.test_from).map(|from| from..samples);
    let before_test = test.as_ref().map_or(samples, |test| test.start);
    let validation: Option<Range<u32>> = from(listing.validation_from).map(|from| from..before_test);
    let sample_names = (needs == Needs::AnyImages).then(|| names(&listing.files, folder));
    let remarks = remarks(&listing, &changes);
    let source = Source::new(name, RawInputs::Images(Arc::new(images)), labels(listing, needs));
    Ok(Source { own_validation: validation, own_test: test, sample_names, remarks, ..source })
}

fn header(path: &Path) -> Result<ImageHeader, DataError> {
    Ok(ImageFile::open(path)?.header)
}

fn labels(listing: Listing, needs: Needs) -> Labels {
    match needs {
        Needs::AnyImages => Labels::Absent,
        Needs::Training | Needs::AnyLabelled => {
            Labels::Classes { column: None, names: listing.classes.into(), codes: listing.codes.into() }
        }
    }
}

/// Each file as it is called below the folder.
fn names(files: &[PathBuf], folder: &Path) -> Arc<[String]> {
    let name = |file: &PathBuf| file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
    files.iter().map(name).collect()
}

/// The shape of all images once they are read: colour if any of them has it.
fn common_shape(
    files: &[PathBuf],
    headers: &[ImageHeader],
    wanted: WantedShape,
) -> Result<[usize; 3], DataError> {
    let colour = headers.iter().any(|header| header.colour);
    // Grey images can be shown in colour, but not the other way round.
    let colour = colour || wanted.of_model.is_some_and(|shape| shape[0] == 3);
    let shape = |size: ImageSize| [if colour { 3 } else { 1 }, size.height as usize, size.width as usize];
    let first = headers[0].size();
    for (file, header) in files.iter().zip(headers).filter(|_| wanted.resize.is_none()) {
        let size = header.size();
        if let Some(expected) = wanted.of_model.filter(|expected| *expected != shape(size)) {
            let (expected, found) = (expected.to_vec(), shape(size).to_vec());
            return Err(DataError::ShapeMismatch { name: file.display().to_string(), expected, found });
        }
        if size != first {
            let (first, first_size) = (files[0].clone(), first);
            return Err(DataError::MixedSizes { first, first_size, other: file.clone(), other_size: size });
        }
    }
    Ok(shape(wanted.resize.unwrap_or(first)))
}

/// How many images can be decoded at a time. A pixel takes a byte a channel, a label four; beside
/// them each thread decodes, turns and resizes an image at most as large as the largest.
fn threads_within(
    memory: Option<u64>,
    folder: &Path,
    headers: &[ImageHeader],
    shape: [usize; 3],
) -> Result<usize, DataError> {
    let image: u64 = shape.iter().map(|&side| side as u64).product();
    let kept = image.saturating_add(4).saturating_mul(headers.len() as u64);
    let largest = headers.iter().map(|header| header.room.saturating_mul(4)).max().unwrap_or(0).max(1);
    let fitting = memory.map_or(u64::MAX, |available| available.saturating_sub(kept) / largest);
    if fitting == 0 {
        let (needed, available) = (kept.saturating_add(largest), memory.unwrap_or(u64::MAX));
        return Err(DataError::TooLarge { path: folder.to_owned(), needed, available });
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let useful = headers.len().div_ceil(IMAGES_A_THREAD);
    Ok(cores.min(useful).min(usize::try_from(fitting).unwrap_or(usize::MAX)))
}

/// How many images were changed while they were read, and how.
#[derive(Debug, Clone, Copy, Default)]
struct Changes {
    coloured: u64,
    transparent: u64,
    deep: u64,
    turned: u64,
}

impl Changes {
    fn and(self, other: &Self) -> Self {
        Self {
            coloured: self.coloured + other.coloured,
            transparent: self.transparent + other.transparent,
            deep: self.deep + other.deep,
            turned: self.turned + other.turned,
        }
    }
}

/// Reads all images, each thread a part of them. What is read, and which error is found, does not
/// depend on the number of threads.
fn read(
    files: &[PathBuf],
    headers: &[ImageHeader],
    shape: [usize; 3],
    threads: usize,
) -> Result<(Vec<u8>, Changes), DataError> {
    let image: usize = shape.iter().product();
    let mut pixels = room(image, files)?;
    let part = files.len().div_ceil(threads);
    let mut parts = files.chunks(part).zip(headers.chunks(part)).zip(pixels.chunks_mut(part * image));
    let read_part = |((files, headers), pixels)| read_part(files, headers, shape, pixels);
    let changes = std::thread::scope(|scope| {
        // This thread reads the first part, so that a few images start no other.
        let own = parts.next();
        let start = |part| std::thread::Builder::new().spawn_scoped(scope, move || read_part(part));
        let started: Vec<_> = parts.map(start).collect();
        let own = own.map_or(Ok(Changes::default()), read_part);
        let ended = started.into_iter().map(|thread| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(source) => Err(io_error(&files[0], source)),
        });
        std::iter::once(own).chain(ended).try_fold(Changes::default(), |sum, part| Ok(sum.and(&part?)))
    });
    Ok((pixels, changes?))
}

/// Zeros for all pixels.
fn room(image: usize, files: &[PathBuf]) -> Result<Vec<u8>, DataError> {
    let mut pixels = Vec::new();
    let values = image.checked_mul(files.len()).filter(|&values| pixels.try_reserve_exact(values).is_ok());
    let values = values.ok_or_else(|| io_error(&files[0], std::io::ErrorKind::OutOfMemory.into()))?;
    pixels.resize(values, 0);
    Ok(pixels)
}

fn read_part(
    files: &[PathBuf],
    headers: &[ImageHeader],
    shape: [usize; 3],
    pixels: &mut [u8],
) -> Result<Changes, DataError> {
    let mut changes = Changes::default();
    let images = pixels.chunks_exact_mut(shape.iter().product());
    for ((path, header), image) in files.iter().zip(headers).zip(images) {
        let file = ImageFile::open(path)?;
        if file.header != *header {
            return Err(DataError::Changed { path: path.clone() });
        }
        image.copy_from_slice(&read_one(file, shape, &mut changes)?);
    }
    Ok(changes)
}

fn read_one(file: ImageFile, shape: [usize; 3], changes: &mut Changes) -> Result<Vec<u8>, DataError> {
    let header = file.header;
    let (picture, transparent) = file.decode()?.on_white();
    let colour = shape[0] == 3;
    changes.coloured += u64::from(colour && !header.colour);
    changes.transparent += u64::from(transparent);
    changes.deep += u64::from(header.deep);
    changes.turned += u64::from(header.orientation != Default::default());
    let planes = picture.turned(header.orientation).planes(colour);
    let to = ImageSize { height: shape[1] as u32, width: shape[2] as u32 };
    Ok(resized(planes, header.size(), to))
}

fn remarks(listing: &Listing, changes: &Changes) -> Vec<DataRemark> {
    let skipped = listing
        .first_skipped
        .as_ref()
        .map(|first| DataRemark::SkippedFiles { count: listing.skipped, first: first.display().to_string() });
    let counted = [
        (changes.coloured, DataRemark::GreyAsColour { images: changes.coloured }),
        (changes.transparent, DataRemark::Transparent { images: changes.transparent }),
        (changes.deep, DataRemark::SixteenBits { images: changes.deep }),
        (changes.turned, DataRemark::Turned { images: changes.turned }),
    ];
    let made = counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, remark)| remark);
    skipped.into_iter().chain(made).collect()
}
