//! A folder of IDX files: the training part and the test part, images and labels of each.
//!
//! All headers are read before any pixel, and the small files of labels before the large ones of
//! images: what does not belong together, or does not fit into memory, is known at once.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::DataError;
use crate::images::Images;
use crate::images::idx_file::IdxFile;
use crate::images::needs::Needs;
use crate::source::{Labels, RawInputs, Source, numbered_classes};

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;

/// Prefixes of the files of the training and of the test part.
const TRAIN: &str = "train";
const TEST: &str = "t10k";
/// What torchvision calls the folders in whose `raw` it keeps the files.
const TORCHVISION: [&str; 4] = ["MNIST", "FashionMNIST", "KMNIST", "QMNIST"];

/// The files of one part, of which only headers are read.
struct Part {
    images: IdxFile<3>,
    labels: Option<IdxFile<1>>,
}

/// Opens a folder of IDX files. The test part's samples follow the training part's and are
/// [`Source::own_test`]. `memory` is how many bytes they may take.
pub(crate) fn open_folder(given: &Path, needs: Needs, memory: Option<u64>) -> Result<Source, DataError> {
    let folder = below(given);
    let train = Part::open(&folder, TRAIN, needs)?;
    let test = Part::open(&folder, TEST, needs)?;
    let name = given.display().to_string();
    let count = |part: &Part| u64::from(part.images.dimensions[0]);
    let (parts, boundary): (Vec<Part>, Option<u64>) = match (train, test) {
        (Some(train), Some(test)) => {
            let boundary = count(&train);
            (vec![train, test], Some(boundary))
        }
        (Some(train), None) => (vec![train], None),
        (None, Some(test)) if needs != Needs::Training => (vec![test], Some(0)),
        _ => return Err(missing_file(&folder, images_name(TRAIN))),
    };
    let end = u32::try_from(parts.iter().map(count).sum::<u64>())
        .map_err(|_| DataError::TooManySamples { name: name.clone() })?;
    check_memory(&parts, memory)?;
    let own_test = boundary.map(|boundary| boundary as u32..end);
    read(parts, name, own_test)
}

/// Whether a folder holds any file of the data set, though perhaps not all.
pub(crate) fn holds_idx(given: &Path) -> bool {
    let folder = below(given);
    let labels = |prefix: &str| find(&folder, &labels_name(prefix));
    [TRAIN, TEST]
        .iter()
        .any(|prefix| find(&folder, &images_name(prefix)).or_else(|| labels(prefix)).is_some())
}

/// The folder that holds the files: the given one, or the one below it in which torchvision keeps
/// them.
fn below(given: &Path) -> PathBuf {
    let torchvision = TORCHVISION.iter().map(|name| given.join(name).join("raw"));
    let folders = [given.to_owned(), given.join("raw")].into_iter().chain(torchvision);
    let has_images =
        |folder: &PathBuf| [TRAIN, TEST].iter().any(|prefix| find(folder, &images_name(prefix)).is_some());
    folders.into_iter().find(has_images).unwrap_or_else(|| given.to_owned())
}

impl Part {
    fn open(folder: &Path, prefix: &str, needs: Needs) -> Result<Option<Self>, DataError> {
        let Some(path) = find(folder, &images_name(prefix)) else { return Ok(None) };
        let images = IdxFile::open(path, IMAGES_MAGIC)?;
        if needs == Needs::AnyImages {
            return Ok(Some(Self { images, labels: None }));
        }
        let labels_name = labels_name(prefix);
        let path = find(folder, &labels_name).ok_or_else(|| missing_file(folder, labels_name))?;
        let labels = IdxFile::open(path, LABELS_MAGIC)?;
        let (images_count, labels_count) = (images.dimensions[0] as usize, labels.dimensions[0] as usize);
        if labels_count != images_count {
            return Err(DataError::LabelCount {
                path: labels.path,
                images: images_count,
                labels: labels_count,
            });
        }
        Ok(Some(Self { images, labels: Some(labels) }))
    }
}

/// A pixel takes a byte, a label five: as it is read, and as the number of its class.
fn check_memory(parts: &[Part], memory: Option<u64>) -> Result<(), DataError> {
    let bytes = |part: &Part| {
        let labels = part.labels.as_ref().map_or(0, |labels| labels.values.saturating_mul(5));
        part.images.values.saturating_add(labels)
    };
    let needed = parts.iter().map(bytes).fold(0, u64::saturating_add);
    match memory.filter(|&available| available < needed) {
        Some(available) => Err(DataError::TooLarge { path: parts[0].images.path.clone(), needed, available }),
        None => Ok(()),
    }
}

/// Reads labels, then pixels.
fn read(parts: Vec<Part>, name: String, own_test: Option<Range<u32>>) -> Result<Source, DataError> {
    let shape = shape(&parts[0]);
    let (mut labels, mut files) = (Vec::new(), Vec::new());
    let mut labelled = true;
    for part in parts {
        if self::shape(&part) != shape {
            let name = part.images.path.display().to_string();
            let (expected, found) = (shape.to_vec(), self::shape(&part).to_vec());
            return Err(DataError::ShapeMismatch { name, expected, found });
        }
        match part.labels {
            Some(file) => file.read_into(&mut labels)?,
            None => labelled = false,
        }
        files.push(part.images);
    }
    let mut pixels = Vec::new();
    files.into_iter().try_for_each(|images| images.read_into(&mut pixels))?;
    pixels.shrink_to_fit();
    let inputs = RawInputs::Images(Arc::new(Images { shape, pixels, white: u8::MAX, resized: false }));
    let labels = if labelled { classes(&labels) } else { Labels::Absent };
    Ok(Source { own_test, ..Source::new(name, inputs, labels) })
}

fn shape(part: &Part) -> [usize; 3] {
    let [_, height, width] = part.images.dimensions;
    [1, height as usize, width as usize]
}

/// The classes are `0..=max`: a class without a sample (EMNIST letters begin at 1) keeps its
/// number.
fn classes(labels: &[u8]) -> Labels {
    let count = labels.iter().max().map_or(0, |&max| u32::from(max) + 1);
    Labels::Classes {
        column: None,
        names: numbered_classes(count),
        codes: labels.iter().map(|&label| u32::from(label)).collect(),
    }
}

fn images_name(prefix: &str) -> String {
    format!("{prefix}-images-idx3-ubyte")
}

fn labels_name(prefix: &str) -> String {
    format!("{prefix}-labels-idx1-ubyte")
}

fn missing_file(folder: &Path, wanted: String) -> DataError {
    DataError::MissingFile { folder: folder.to_owned(), wanted }
}

/// Finds a file by its name or by the one that some archives give it, `train-images.idx3-ubyte`,
/// the plain file or, if there is none, the compressed one. A link that leads nowhere or in a loop
/// counts as found, so that opening it gives a fitting error.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let other = name.replace("-idx", ".idx");
    let names = [name, &other].map(|name| [name.to_owned(), format!("{name}.gz")]);
    names.iter().flatten().map(|name| folder.join(name)).find(|path| path.symlink_metadata().is_ok())
}
