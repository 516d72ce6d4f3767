//! CIFAR-10 and CIFAR-100 in their binary form: <https://www.cs.toronto.edu/~kriz/cifar.html>.
//!
//! A file is a sequence of records: the label (of CIFAR-100 the coarse, then the fine label, which
//! is the class), then 32 x 32 pixels of red, of green and of blue, row by row. Left out: the forms
//! for Python and MATLAB, and the coarse labels.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::DataError;
use crate::images::Images;
use crate::images::needs::Needs;
use crate::regular_file::{io_error, open_regular};
use crate::source::{Labels, RawInputs, Source, numbered_classes};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;

/// One of the two data sets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cifar {
    /// Where its archive is unpacked.
    archive: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    names: &'static str,
    classes: u8,
    /// Bytes before the pixels; the last is the class.
    label_bytes: usize,
}

const CIFAR_10: Cifar = Cifar {
    archive: "cifar-10-batches-bin",
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: "test_batch.bin",
    names: "batches.meta.txt",
    classes: 10,
    label_bytes: 1,
};

const CIFAR_100: Cifar = Cifar {
    archive: "cifar-100-binary",
    train: &["train.bin"],
    test: "test.bin",
    names: "fine_label_names.txt",
    classes: 100,
    label_bytes: 2,
};

/// Which of the two lies in this folder, and where: in it, or in the folder of its archive.
pub(crate) fn find(given: &Path) -> Option<(Cifar, PathBuf)> {
    [CIFAR_10, CIFAR_100].into_iter().find_map(|cifar| {
        let mut folders = [given.to_owned(), given.join(cifar.archive)].into_iter();
        let folder = folders.find(|folder| cifar.files().any(|name| exists(&folder.join(name))))?;
        Some((cifar, folder))
    })
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

impl Cifar {
    fn files(&self) -> impl Iterator<Item = &'static str> {
        self.train.iter().copied().chain([self.test])
    }

    fn record(&self) -> usize {
        self.label_bytes + PIXELS
    }

    /// The training files, then the test file, which is [`Source::own_test`]. Without it, the
    /// training images are split.
    pub(crate) fn open(
        &self,
        folder: &Path,
        given: &Path,
        needs: Needs,
        memory: Option<u64>,
    ) -> Result<Source, DataError> {
        let has_train = self.train.iter().any(|name| exists(&folder.join(name)));
        let train = if has_train || needs == Needs::Training { self.train } else { &[] };
        let train = train.iter().map(|name| self.samples(folder, name)).collect::<Result<Vec<_>, _>>()?;
        let has_test = exists(&folder.join(self.test));
        let test = has_test.then(|| self.samples(folder, self.test)).transpose()?;
        let boundary: u64 = train.iter().map(|(_, samples)| samples).sum();
        let files: Vec<_> = train.into_iter().chain(test).collect();
        let samples: u64 = files.iter().map(|(_, samples)| samples).sum();
        let name = given.display().to_string();
        let end = u32::try_from(samples).map_err(|_| DataError::TooManySamples { name: name.clone() })?;
        // A label takes one byte as it is read and four as the number of its class.
        let needed = samples.saturating_mul(PIXELS as u64 + 5);
        if let Some(available) = memory.filter(|&available| available < needed) {
            return Err(DataError::TooLarge { path: folder.to_owned(), needed, available });
        }
        let names = self.class_names(folder)?;
        let (pixels, codes) = self.read(&files)?;
        let images = Images { shape: SHAPE, pixels, white: u8::MAX, resized: false };
        let labels = match needs {
            Needs::AnyImages => Labels::Absent,
            Needs::Training | Needs::AnyLabelled => {
                Labels::Classes { column: None, names, codes: codes.into() }
            }
        };
        let own_test = has_test.then_some(boundary as u32..end);
        Ok(Source { own_test, ..Source::new(name, RawInputs::Images(Arc::new(images)), labels) })
    }

    /// The path of a file and how many samples its length makes.
    fn samples(&self, folder: &Path, name: &str) -> Result<(PathBuf, u64), DataError> {
        let path = folder.join(name);
        if !exists(&path) {
            return Err(DataError::MissingPart { folder: folder.to_owned(), wanted: name.to_owned() });
        }
        let file = open_regular(&path)?;
        let bytes = file.metadata().map_err(|source| io_error(&path, source))?.len();
        let record = self.record() as u64;
        if bytes == 0 || !bytes.is_multiple_of(record) {
            return Err(DataError::RecordLength { path, bytes, record });
        }
        Ok((path, bytes / record))
    }

    fn read(&self, files: &[(PathBuf, u64)]) -> Result<(Vec<u8>, Vec<u32>), DataError> {
        let samples = files.iter().map(|(_, samples)| samples).sum::<u64>() as usize;
        let (mut pixels, mut codes) = (Vec::new(), Vec::with_capacity(samples));
        if pixels.try_reserve_exact(samples.saturating_mul(PIXELS)).is_err() {
            return Err(io_error(&files[0].0, std::io::ErrorKind::OutOfMemory.into()));
        }
        let mut record = vec![0; self.record()];
        for (path, samples) in files {
            let fail = |source| io_error(path, source);
            let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(fail)?);
            for nth in 0..*samples {
                reader.read_exact(&mut record).map_err(fail)?;
                let label = record[self.label_bytes - 1];
                if label >= self.classes {
                    let (path, classes) = (path.clone(), self.classes);
                    return Err(DataError::RecordLabel { path, record: nth + 1, label, classes });
                }
                codes.push(label.into());
                pixels.extend_from_slice(&record[self.label_bytes..]);
            }
        }
        Ok((pixels, codes))
    }

    /// Names from the file of names, a line each; numbers without it.
    fn class_names(&self, folder: &Path) -> Result<Arc<[String]>, DataError> {
        let path = folder.join(self.names);
        if !exists(&path) {
            return Ok(numbered_classes(self.classes.into()));
        }
        let mut text = Vec::new();
        // Longer than any list of names.
        open_regular(&path)?
            .take(1 << 16)
            .read_to_end(&mut text)
            .map_err(|source| io_error(&path, source))?;
        let text = String::from_utf8_lossy(&text);
        let names: Vec<&str> = text.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
        let mut different = names.clone();
        different.sort_unstable();
        different.dedup();
        if different.len() != usize::from(self.classes) || names.len() != different.len() {
            return Err(DataError::NameList { path, expected: self.classes.into(), found: different.len() });
        }
        Ok(names.into_iter().map(str::to_owned).collect())
    }
}
