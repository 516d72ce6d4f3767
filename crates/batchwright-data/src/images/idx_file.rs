//! One file in the IDX format of MNIST and its relatives, plain or gzip-compressed:
//! <http://yann.lecun.com/exdb/mnist/>.
//!
//! A file is a magic number (type 0x08 = unsigned byte, number of dimensions), the dimensions, then
//! the values; all numbers big-endian. Headers are not trusted: a plain file's length must be what
//! its header says before a value is read, and of a compressed file no more is read than that. Left
//! out: other value types and colour.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::problem::DimensionProblem;
use crate::regular_file::{io_error, is_compressed, open_decompressed, open_regular, web_page};

/// A file whose header was read and whose values were not.
pub(crate) struct IdxFile<const D: usize> {
    pub(crate) path: PathBuf,
    pub(crate) dimensions: [u32; D],
    /// Values that the header announces.
    pub(crate) values: u64,
    reader: Box<dyn Read>,
    /// Whether the values are known to be there.
    complete: bool,
}

impl<const D: usize> IdxFile<D> {
    /// Reads the header, and compares it with the length of the file.
    pub(crate) fn open(path: PathBuf, magic: u32) -> Result<Self, DataError> {
        let length = open_regular(&path)?.metadata().map_err(|source| io_error(&path, source))?.len();
        let mut reader = open_decompressed(&path).map_err(|source| io_error(&path, source))?;
        let dimensions = read_header(&mut reader, magic, &path)?;
        let values = count_values(&dimensions, &path)?;
        let complete = !is_compressed(&path).map_err(|source| io_error(&path, source))?;
        if complete {
            check_length(values, length - header_length(D), &path)?;
        }
        Ok(Self { path, dimensions, values, reader, complete })
    }

    /// Appends the values to `out`. The memory grows with the values that are really there,
    /// whatever the header announced.
    pub(crate) fn read_into(mut self, out: &mut Vec<u8>) -> Result<(), DataError> {
        let fail = |source| io_error(&self.path, source);
        if self.complete {
            // The address space may have a limit that the memory of the machine does not tell.
            let room =
                usize::try_from(self.values).ok().filter(|&values| out.try_reserve_exact(values).is_ok());
            room.ok_or_else(|| fail(std::io::ErrorKind::OutOfMemory.into()))?;
        }
        let before = out.len();
        (&mut self.reader).take(self.values).read_to_end(out).map_err(fail)?;
        let one_more = self.reader.read(&mut [0]).map_err(fail)?;
        check_length(self.values, (out.len() - before + one_more) as u64, &self.path)
    }
}

fn header_length(dimensions: usize) -> u64 {
    4 + 4 * dimensions as u64
}

fn read_header<const D: usize>(
    reader: &mut impl Read,
    wanted: u32,
    path: &Path,
) -> Result<[u32; D], DataError> {
    let (mut bytes, expected) = (Vec::new(), header_length(D));
    reader.take(expected).read_to_end(&mut bytes).map_err(|source| io_error(path, source))?;
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let found = (bytes.len() >= 4).then(|| number(0));
    if let Some(found) = found.filter(|&found| found != wanted) {
        if web_page(&bytes) {
            return Err(DataError::WebPage { path: path.to_owned() });
        }
        return Err(DataError::WrongMagic { path: path.to_owned(), wanted, found });
    }
    if (bytes.len() as u64) < expected {
        return Err(DataError::Truncated { path: path.to_owned(), expected, found: bytes.len() as u64 });
    }
    Ok(std::array::from_fn(|dimension| number(4 + 4 * dimension)))
}

fn count_values(dimensions: &[u32], path: &Path) -> Result<u64, DataError> {
    let wrong = |problem| DataError::WrongDimensions {
        path: path.to_owned(),
        dimensions: dimensions.to_vec(),
        problem,
    };
    if dimensions[1..].contains(&0) {
        return Err(wrong(DimensionProblem::NoPixel));
    }
    if dimensions[0] == 0 && dimensions.len() > 1 {
        return Err(wrong(DimensionProblem::NoImage));
    }
    let product =
        dimensions.iter().try_fold(1u64, |product, &dimension| product.checked_mul(u64::from(dimension)));
    product.ok_or_else(|| wrong(DimensionProblem::TooLarge))
}

fn check_length(expected: u64, found: u64, path: &Path) -> Result<(), DataError> {
    if found < expected {
        return Err(DataError::Truncated { path: path.to_owned(), expected, found });
    }
    if found > expected {
        return Err(DataError::TrailingBytes { path: path.to_owned(), expected });
    }
    Ok(())
}
