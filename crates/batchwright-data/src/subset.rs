//! Some samples of a source, encoded as the network sees them: the [`Dataset`] that training and
//! evaluation read.
//!
//! Inputs stay raw and shared, and are encoded while they are gathered. Targets are encoded once.

use std::sync::Arc;

use crate::dataset::{Batch, Dataset, InputKind, Targets};
use crate::encode::encoder::{Encoder, positions};
use crate::encode::{Encoding, TargetEncoding, kinds_differ};
use crate::error::DataError;
use crate::source::{Labels, RawInputs, Source};
use crate::task::Task;
use crate::tokens::windows::TextWindows;

/// Some samples of a source, in their own order. Cloning shares everything.
///
/// Samples that were opened without labels have inputs only: [`Dataset::gather`] leaves the batch's
/// targets empty.
#[derive(Debug, Clone)]
pub struct Subset {
    samples: Samples,
    /// Row in the source of each sample, or the number of its window in a part of a text.
    rows: Arc<[u32]>,
    task: Task,
}

/// Where samples come from.
#[derive(Debug, Clone)]
enum Samples {
    /// Images, or rows of a table.
    Rows { encoder: Arc<Encoder>, targets: Arc<EncodedTargets> },
    /// Windows of a text.
    Windows(TextWindows),
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
        if let RawInputs::Text(text) = source.inputs() {
            let windows = TextWindows::new(source, text, encoding, (0..text.len(), "whole"), None)?;
            let numbers = (0..windows.count() as u32).collect();
            return Ok(Self::of_windows(windows, encoding, numbers));
        }
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
        let encoder = Arc::new(Encoder::new(source, encoding)?);
        let targets = Arc::new(encode_targets(source, encoding, &rows)?);
        let samples = Samples::Rows { encoder, targets };
        Ok(Self { samples, rows: rows.into(), task: encoding.task() })
    }

    /// The windows `numbers`, in this order.
    pub(crate) fn of_windows(windows: TextWindows, encoding: &Encoding, numbers: Vec<u32>) -> Self {
        Self { samples: Samples::Windows(windows), rows: numbers.into(), task: encoding.task() }
    }

    /// The first `n` samples (all of them if there are fewer). The samples of a training split are
    /// in random order, so that its first `n` are a random choice.
    pub fn first(&self, n: usize) -> Self {
        let n = n.min(self.rows.len());
        let samples = match &self.samples {
            Samples::Rows { encoder, targets } => {
                let targets = match &**targets {
                    EncodedTargets::Classes(classes) => EncodedTargets::Classes(classes[..n].to_vec()),
                    EncodedTargets::Values(values) => EncodedTargets::Values(values[..n].to_vec()),
                    EncodedTargets::Absent => EncodedTargets::Absent,
                };
                Samples::Rows { encoder: encoder.clone(), targets: Arc::new(targets) }
            }
            windows @ Samples::Windows(_) => windows.clone(),
        };
        Self { samples, rows: self.rows[..n].into(), task: self.task }
    }

    /// Row in the source of each sample, or the number of its window in its part of a text, from 0.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether the samples have labels.
    pub fn is_labelled(&self) -> bool {
        match &self.samples {
            Samples::Rows { targets, .. } => !matches!(**targets, EncodedTargets::Absent),
            Samples::Windows(_) => true,
        }
    }

    /// Class number of each sample; `None` for numbers, tokens, and samples without labels.
    pub fn classes(&self) -> Option<&[u32]> {
        match &self.samples {
            Samples::Rows { targets, .. } => match &**targets {
                EncodedTargets::Classes(classes) => Some(classes),
                _ => None,
            },
            Samples::Windows(_) => None,
        }
    }

    /// The same samples with other classes.
    pub(crate) fn with_classes(self, classes: Vec<u32>) -> Self {
        let samples = match self.samples {
            Samples::Rows { encoder, .. } => {
                Samples::Rows { encoder, targets: Arc::new(EncodedTargets::Classes(classes)) }
            }
            windows @ Samples::Windows(_) => windows,
        };
        Self { samples, ..self }
    }
}

impl Dataset for Subset {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn input_shape(&self) -> &[usize] {
        match &self.samples {
            Samples::Rows { encoder, .. } => encoder.shape(),
            Samples::Windows(windows) => windows.shape(),
        }
    }

    fn input_kind(&self) -> InputKind {
        match self.samples {
            Samples::Rows { .. } => InputKind::Numbers,
            Samples::Windows(_) => InputKind::Tokens,
        }
    }

    fn task(&self) -> Task {
        self.task
    }

    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        batch.clear();
        batch.epoch = epoch;
        batch.ids.extend_from_slice(indices);
        let rows = indices.iter().map(|&index| self.rows[index as usize]);
        let (encoder, targets) = match &self.samples {
            Samples::Rows { encoder, targets } => (encoder, targets),
            Samples::Windows(windows) => return windows.gather(rows, epoch, batch),
        };
        encoder.gather(rows, batch.inputs.numbers_mut());
        match (&**targets, &mut batch.targets) {
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
        (Labels::NextTokens, _) | (_, TargetEncoding::NextToken) => {
            Err(kinds_differ(source, &encoding.input))
        }
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
