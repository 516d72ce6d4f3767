//! Some samples of a source, encoded as the network sees them: the [`Dataset`] that training and
//! evaluation read.
//!
//! Inputs stay raw and shared, and are encoded while they are gathered. Targets are encoded once.

use std::sync::Arc;

use crate::dataset::{Batch, Dataset, Targets};
use crate::encode::encoder::{Encoder, positions};
use crate::encode::{Encoding, TargetEncoding};
use crate::error::DataError;
use crate::source::{Labels, Source};
use crate::task::Task;

/// Some samples of a source, in their own order. Cloning shares everything.
///
/// Samples that were opened without labels have inputs only: [`Dataset::gather`] leaves the batch's
/// targets empty.
#[derive(Debug, Clone)]
pub struct Subset {
    encoder: Arc<Encoder>,
    /// Row in the source of each sample.
    rows: Arc<[u32]>,
    targets: Arc<EncodedTargets>,
    task: Task,
}

/// Targets, one entry per sample of the subset.
#[derive(Debug)]
enum EncodedTargets {
    Classes(Vec<u32>),
    Values(Vec<f32>),
    Absent,
}

impl Subset {
    /// All samples of `source`, own test samples included, in the order of the file, as a trained
    /// model reads them.
    ///
    /// # Errors
    /// If the source has another shape, other columns or other classes than the encoding; see
    /// [`DataError`].
    pub fn with_encoding(source: &Source, encoding: &Encoding) -> Result<Self, DataError> {
        Self::of_rows(source, encoding, (0..source.samples()).collect())
    }

    /// As [`Subset::with_encoding`], but only the samples of the data set's own test files; `None`
    /// if it has none.
    ///
    /// # Errors
    /// As [`Subset::with_encoding`].
    pub fn own_test_with_encoding(source: &Source, encoding: &Encoding) -> Result<Option<Self>, DataError> {
        source.own_test().map(|rows| Self::of_rows(source, encoding, rows.collect())).transpose()
    }

    pub(crate) fn of_rows(source: &Source, encoding: &Encoding, rows: Vec<u32>) -> Result<Self, DataError> {
        Ok(Self {
            encoder: Arc::new(Encoder::new(source, encoding)?),
            targets: Arc::new(encode_targets(source, encoding, &rows)?),
            rows: rows.into(),
            task: encoding.task(),
        })
    }

    /// The first `n` samples (all of them if there are fewer). The samples of a training split are
    /// in random order, so that its first `n` are a random choice.
    pub fn first(&self, n: usize) -> Self {
        let n = n.min(self.rows.len());
        let targets = match &*self.targets {
            EncodedTargets::Classes(classes) => EncodedTargets::Classes(classes[..n].to_vec()),
            EncodedTargets::Values(values) => EncodedTargets::Values(values[..n].to_vec()),
            EncodedTargets::Absent => EncodedTargets::Absent,
        };
        Self { rows: self.rows[..n].into(), targets: Arc::new(targets), ..self.clone() }
    }

    /// Row in the source of each sample, from 0.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether the samples have labels.
    pub fn is_labelled(&self) -> bool {
        !matches!(*self.targets, EncodedTargets::Absent)
    }

    /// Class number of each sample; `None` for numbers and for samples without labels.
    pub fn classes(&self) -> Option<&[u32]> {
        match &*self.targets {
            EncodedTargets::Classes(classes) => Some(classes),
            _ => None,
        }
    }

    /// The same samples with other classes.
    pub(crate) fn with_classes(self, classes: Vec<u32>) -> Self {
        Self { targets: Arc::new(EncodedTargets::Classes(classes)), ..self }
    }
}

impl Dataset for Subset {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn input_shape(&self) -> &[usize] {
        self.encoder.shape()
    }

    fn task(&self) -> Task {
        self.task
    }

    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        batch.clear();
        batch.epoch = epoch;
        batch.ids.extend_from_slice(indices);
        self.encoder
            .gather(indices.iter().map(|&index| self.rows[index as usize]), batch.inputs.numbers_mut());
        match (&*self.targets, &mut batch.targets) {
            (EncodedTargets::Classes(all), Targets::Classes(out)) => {
                out.extend(indices.iter().map(|&index| all[index as usize]));
            }
            (EncodedTargets::Values(all), Targets::Values(out)) => {
                out.extend(indices.iter().map(|&index| all[index as usize]));
            }
            // A batch that was made for the other task.
            (EncodedTargets::Classes(all), out) => {
                *out = Targets::Classes(indices.iter().map(|&index| all[index as usize]).collect());
            }
            (EncodedTargets::Values(all), out) => {
                *out = Targets::Values(indices.iter().map(|&index| all[index as usize]).collect());
            }
            (EncodedTargets::Absent, _) => {}
        }
    }
}

fn encode_targets(source: &Source, encoding: &Encoding, rows: &[u32]) -> Result<EncodedTargets, DataError> {
    let name = || source.name().to_owned();
    match (source.labels(), &encoding.target) {
        (Labels::Absent, _) => Ok(EncodedTargets::Absent),
        (Labels::Classes { names, codes, .. }, TargetEncoding::Classes { names: known, .. }) => {
            let numbers = positions(names, known);
            let class = |&row: &u32| {
                let code = codes[row as usize] as usize;
                let unknown = || DataError::UnknownClass {
                    name: name(),
                    class: names[code].clone(),
                    known: known.len(),
                };
                numbers[code].ok_or_else(unknown)
            };
            Ok(EncodedTargets::Classes(rows.iter().map(class).collect::<Result<_, _>>()?))
        }
        (Labels::Values { values, .. }, TargetEncoding::Value { scale, .. }) => {
            Ok(EncodedTargets::Values(rows.iter().map(|&row| scale.apply(values[row as usize])).collect()))
        }
        (Labels::Classes { .. }, TargetEncoding::Value { .. }) => {
            Err(DataError::KindMismatch { name: name(), expected: "numbers to predict", found: "classes" })
        }
        (Labels::Values { .. }, TargetEncoding::Classes { .. }) => {
            Err(DataError::KindMismatch { name: name(), expected: "classes", found: "numbers to predict" })
        }
    }
}
