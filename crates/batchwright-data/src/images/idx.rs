//! The IDX format of MNIST and its relatives, plain or gzip-compressed:
//! <http://yann.lecun.com/exdb/mnist/>.
//!
//! A file is a magic number (type 0x08 = unsigned byte, number of dimensions), the dimensions, then
//! the values; all numbers big-endian. Headers are not trusted: memory grows only with the bytes
//! that the file really has. Left out: other value types and colour.

use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::error::DataError;
use crate::images::Images;
use crate::regular_file::{io_error, open_regular};
use crate::source::{Labels, RawInputs, Source, numbered_classes};

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;

/// Prefixes of the files of the training and of the test part.
const TRAIN: &str = "train";
const TEST: &str = "t10k";

/// What a folder must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Training images and labels; test files are optional.
    Training,
    /// At least one part with its labels.
    AnyLabelled,
    /// At least one part; label files are not read.
    AnyImages,
}

struct Part {
    images: Images,
    labels: Vec<u8>,
}

/// Opens a folder of IDX files. The test part's samples follow the training part's and are
/// [`Source::own_test`].
pub(crate) fn open_folder(folder: &Path, needs: Needs) -> Result<Source, DataError> {
    let train = read_part(folder, TRAIN, needs)?;
    let test = read_part(folder, TEST, needs)?;
    let name = folder.display().to_string();
    match (train, test) {
        (Some(train), Some(test)) => {
            let boundary = train.images.len() as u32;
            let whole = join(train, test, folder)?;
            let end = whole.images.len() as u32;
            Ok(source(name, whole, needs, Some(boundary..end)))
        }
        (Some(train), None) => Ok(source(name, train, needs, None)),
        (None, Some(test)) if needs != Needs::Training => {
            let end = test.images.len() as u32;
            Ok(source(name, test, needs, Some(0..end)))
        }
        _ => Err(missing_file(folder, images_name(TRAIN))),
    }
}

fn source(name: String, part: Part, needs: Needs, own_test: Option<Range<u32>>) -> Source {
    let labels = match needs {
        Needs::AnyImages => Labels::Absent,
        Needs::Training | Needs::AnyLabelled => classes(&part.labels),
    };
    Source { name, inputs: RawInputs::Images(Arc::new(part.images)), labels, own_test, remarks: Vec::new() }
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

fn join(mut train: Part, test: Part, folder: &Path) -> Result<Part, DataError> {
    let name = folder.display().to_string();
    if u32::try_from(train.images.len() + test.images.len()).is_err() {
        return Err(DataError::TooManySamples { name });
    }
    train.images.append(&test.images, &format!("{name}: {}", images_name(TEST)))?;
    train.labels.extend(test.labels);
    Ok(train)
}

fn read_part(folder: &Path, prefix: &str, needs: Needs) -> Result<Option<Part>, DataError> {
    let Some(images_path) = find(folder, &images_name(prefix)) else {
        return Ok(None);
    };
    let images = read_images(open(&images_path)?, &images_path)?;
    if needs == Needs::AnyImages {
        return Ok(Some(Part { images, labels: Vec::new() }));
    }
    let labels_name = format!("{prefix}-labels-idx1-ubyte");
    let path = find(folder, &labels_name).ok_or_else(|| missing_file(folder, labels_name))?;
    let labels = read_labels(open(&path)?, &path)?;
    if labels.len() != images.len() {
        return Err(DataError::LabelCount { path, images: images.len(), labels: labels.len() });
    }
    Ok(Some(Part { images, labels }))
}

fn images_name(prefix: &str) -> String {
    format!("{prefix}-images-idx3-ubyte")
}

fn missing_file(folder: &Path, wanted: String) -> DataError {
    DataError::MissingFile { folder: folder.to_owned(), wanted }
}

/// Finds the plain file or, if there is none, the compressed one. A link that leads nowhere or in a
/// loop counts as found, so that opening it gives a fitting error.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok())
}

fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let file = BufReader::new(open_regular(path)?);
    let compressed = path.extension().is_some_and(|extension| extension == "gz");
    Ok(if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

fn read_images(mut reader: impl Read, path: &Path) -> Result<Images, DataError> {
    let dimensions @ [count, height, width] = read_header(&mut reader, IMAGES_MAGIC, path)?;
    let pixels = read_values(&mut reader, &dimensions, path)?;
    if count == 0 {
        return Err(wrong_dimensions(path, &dimensions, "so there is no image"));
    }
    Ok(Images { shape: [1, height as usize, width as usize], pixels, white: u8::MAX })
}

fn read_labels(mut reader: impl Read, path: &Path) -> Result<Vec<u8>, DataError> {
    let dimensions: [u32; 1] = read_header(&mut reader, LABELS_MAGIC, path)?;
    read_values(&mut reader, &dimensions, path)
}

fn read_header<const D: usize>(
    reader: &mut impl Read,
    wanted: u32,
    path: &Path,
) -> Result<[u32; D], DataError> {
    let bytes = read_exactly(reader, 4 + 4 * D as u64, path)?;
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let found = number(0);
    if found != wanted {
        return Err(DataError::WrongMagic { path: path.to_owned(), wanted, found });
    }
    Ok(std::array::from_fn(|dimension| number(4 + 4 * dimension)))
}

fn read_values(reader: &mut impl Read, dimensions: &[u32], path: &Path) -> Result<Vec<u8>, DataError> {
    if dimensions[1..].contains(&0) {
        return Err(wrong_dimensions(path, dimensions, "so an image has no pixel"));
    }
    let expected =
        dimensions.iter().try_fold(1u64, |product, &dimension| product.checked_mul(u64::from(dimension)));
    let expected =
        expected.ok_or_else(|| wrong_dimensions(path, dimensions, "more than any memory holds"))?;
    let values = read_exactly(reader, expected, path)?;
    let mut next = [0];
    match reader.read(&mut next) {
        Ok(0) => Ok(values),
        Ok(_) => Err(DataError::TrailingBytes { path: path.to_owned(), expected }),
        Err(source) => Err(io_error(path, source)),
    }
}

/// Reads `expected` bytes. The memory grows with the bytes that are really there, whatever the
/// header announced.
fn read_exactly(reader: &mut impl Read, expected: u64, path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    reader.take(expected).read_to_end(&mut bytes).map_err(|source| io_error(path, source))?;
    let found = bytes.len() as u64;
    if found < expected {
        return Err(DataError::Truncated { path: path.to_owned(), expected, found });
    }
    bytes.shrink_to_fit();
    Ok(bytes)
}

fn wrong_dimensions(path: &Path, dimensions: &[u32], problem: &'static str) -> DataError {
    DataError::WrongDimensions { path: path.to_owned(), dimensions: dimensions.to_vec(), problem }
}
