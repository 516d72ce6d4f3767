//! Folders of PNG and JPEG files as a source. All headers are read before any pixel, so that sizes
//! that differ, and data that does not fit into memory, are known at once.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::DataError;
use crate::image_size::ImageSize;
use crate::images::Images;
use crate::images::class_folders::{Listing, list};
use crate::images::image_file::{ImageFile, ImageHeader};
use crate::images::needs::Needs;
use crate::images::resize::resized;
use crate::remark::DataRemark;
use crate::source::{Labels, RawInputs, Source};

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
    let headers: Vec<ImageHeader> = listing.files.iter().map(header).collect::<Result<_, _>>()?;
    let shape = common_shape(&listing.files, &headers, wanted)?;
    check_memory(folder, &headers, shape, memory)?;
    let mut changes = Changes::default();
    let pixels = read(&listing.files, &headers, shape, &mut changes)?;
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

fn header(path: &PathBuf) -> Result<ImageHeader, DataError> {
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

/// A pixel takes a byte a channel, a label four; the largest image is decoded, turned and resized
/// beside them.
fn check_memory(
    folder: &Path,
    headers: &[ImageHeader],
    shape: [usize; 3],
    memory: Option<u64>,
) -> Result<(), DataError> {
    let image: u64 = shape.iter().map(|&side| side as u64).product();
    let kept = image.saturating_add(4).saturating_mul(headers.len() as u64);
    let largest = headers.iter().map(|header| header.room.saturating_mul(4)).max().unwrap_or(0);
    let needed = kept.saturating_add(largest);
    match memory.filter(|&available| available < needed) {
        Some(available) => Err(DataError::TooLarge { path: folder.to_owned(), needed, available }),
        None => Ok(()),
    }
}

/// How many images were changed while they were read, and how.
#[derive(Default)]
struct Changes {
    coloured: u64,
    transparent: u64,
    deep: u64,
    turned: u64,
}

fn read(
    files: &[PathBuf],
    headers: &[ImageHeader],
    shape: [usize; 3],
    changes: &mut Changes,
) -> Result<Vec<u8>, DataError> {
    let mut pixels = Vec::new();
    let room = shape.iter().product::<usize>().checked_mul(files.len());
    let reserved = room.filter(|&room| pixels.try_reserve_exact(room).is_ok());
    if reserved.is_none() {
        let source = std::io::ErrorKind::OutOfMemory.into();
        return Err(DataError::Io { path: files[0].clone(), source });
    }
    for (path, header) in files.iter().zip(headers) {
        let file = ImageFile::open(path)?;
        if file.header != *header {
            return Err(DataError::Changed { path: path.clone() });
        }
        pixels.extend(read_one(file, shape, changes)?);
    }
    Ok(pixels)
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
