//! Samples that are already numbers in memory: for a program that has its own data.
//!
//! Nothing is normalised or split here; see [`crate::Splits`] for that.

use crate::dataset::{Batch, Dataset, Targets};
use crate::error::DataError;
use crate::task::Task;

/// A dataset over slices in memory.
#[derive(Debug, Clone, Copy)]
pub struct Arrays<'a> {
    inputs: &'a [f32],
    shape: [usize; 1],
    targets: ArrayTargets<'a>,
}

#[derive(Debug, Clone, Copy)]
enum ArrayTargets<'a> {
    Classes { labels: &'a [u32], classes: usize },
    Values { values: &'a [f32], outputs: usize },
}

impl<'a> Arrays<'a> {
    /// Inputs `[N, width]`, row-major, and a class number below `classes` for each sample.
    ///
    /// # Errors
    /// [`DataError::Arrays`] if the lengths do not match, or a label is not below `classes`.
    pub fn classify(
        inputs: &'a [f32],
        width: usize,
        labels: &'a [u32],
        classes: usize,
    ) -> Result<Self, DataError> {
        if let Some((row, label)) = labels.iter().enumerate().find(|(_, label)| **label as usize >= classes) {
            return Err(DataError::Arrays {
                problem: format!("label {label} of sample {row} is not below the {classes} classes"),
            });
        }
        Self::new(inputs, width, labels.len(), ArrayTargets::Classes { labels, classes })
    }

    /// Inputs `[N, width]` and values `[N, outputs]`, row-major.
    ///
    /// # Errors
    /// [`DataError::Arrays`] if the lengths do not match.
    pub fn regress(
        inputs: &'a [f32],
        width: usize,
        values: &'a [f32],
        outputs: usize,
    ) -> Result<Self, DataError> {
        if outputs == 0 || !values.len().is_multiple_of(outputs) {
            return Err(DataError::Arrays {
                problem: format!("{} values cannot be divided into {outputs} per sample", values.len()),
            });
        }
        Self::new(inputs, width, values.len() / outputs, ArrayTargets::Values { values, outputs })
    }

    fn new(
        inputs: &'a [f32],
        width: usize,
        samples: usize,
        targets: ArrayTargets<'a>,
    ) -> Result<Self, DataError> {
        if width == 0 || samples.checked_mul(width) != Some(inputs.len()) {
            return Err(DataError::Arrays {
                problem: format!("{} input numbers are not {samples} samples of {width}", inputs.len()),
            });
        }
        if samples > u32::MAX as usize {
            return Err(DataError::TooManySamples { name: "arrays".to_owned() });
        }
        Ok(Self { inputs, shape: [width], targets })
    }
}

impl Dataset for Arrays<'_> {
    fn len(&self) -> usize {
        self.inputs.len() / self.shape[0]
    }

    fn input_shape(&self) -> &[usize] {
        &self.shape
    }

    fn task(&self) -> Task {
        match self.targets {
            ArrayTargets::Classes { classes, .. } => Task::Classify { classes },
            ArrayTargets::Values { outputs, .. } => Task::Regress { outputs },
        }
    }

    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        batch.clear();
        batch.epoch = epoch;
        batch.ids.extend_from_slice(indices);
        let rows = indices.iter().map(|&index| index as usize);
        let inputs = batch.inputs.numbers_mut();
        for row in rows.clone() {
            inputs.extend_from_slice(&self.inputs[row * self.shape[0]..][..self.shape[0]]);
        }
        match (self.targets, &mut batch.targets) {
            (ArrayTargets::Classes { labels, .. }, Targets::Classes(classes)) => {
                classes.extend(rows.map(|row| labels[row]))
            }
            (ArrayTargets::Values { values, outputs }, Targets::Values(into)) => {
                for row in rows {
                    into.extend_from_slice(&values[row * outputs..][..outputs]);
                }
            }
            // A batch that was made for another task is changed to this one. Only this case
            // allocates.
            (ArrayTargets::Classes { labels, .. }, targets) => {
                *targets = Targets::Classes(rows.map(|row| labels[row]).collect())
            }
            (ArrayTargets::Values { values, outputs }, targets) => {
                *targets = Targets::Values(
                    rows.flat_map(|row| &values[row * outputs..][..outputs]).copied().collect(),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Inputs, sample_shape};

    #[test]
    fn gathers_rows_and_targets_in_the_order_asked_for() {
        let inputs = [0.0, 1.0, 10.0, 11.0, 20.0, 21.0];
        let data = Arrays::regress(&inputs, 2, &[5.0, 6.0, 7.0], 1).unwrap();
        let mut batch = Batch::with_capacity(2, sample_shape(&data));
        data.gather(&[2, 0], 3, &mut batch);
        assert_eq!(
            (batch.inputs, batch.targets),
            (Inputs::Numbers(vec![20.0, 21.0, 0.0, 1.0]), Targets::Values(vec![7.0, 5.0]))
        );
        assert_eq!((batch.ids, batch.epoch), (vec![2, 0], 3));
    }

    #[test]
    fn lengths_that_do_not_belong_together_are_refused() {
        let refused = |result: Result<Arrays, DataError>| matches!(result, Err(DataError::Arrays { .. }));
        assert!(refused(Arrays::classify(&[1.0; 5], 2, &[0, 1], 2)));
        assert!(refused(Arrays::classify(&[1.0; 4], 2, &[0, 2], 2)));
        assert!(refused(Arrays::classify(&[], 0, &[], 2)));
        assert!(refused(Arrays::regress(&[1.0; 4], 2, &[0.0; 3], 2)));
        assert!(refused(Arrays::regress(&[1.0; 4], 2, &[0.0; 2], 0)));
    }
}
