//! What training asks of data: how many samples, of which shape, and "put these samples into this batch".
//!
//! Left out on purpose: where samples come from and in which order they are visited
//! (the sample order).

use crate::task::Task;

/// What the samples of a batch should have been predicted as.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Class numbers `[B]`, each below the number of classes.
    Classes(Vec<u32>),
    /// Values `[B, outputs]`, row-major.
    Values(Vec<f32>),
}

/// A reused buffer that holds the samples of one micro-batch.
///
/// `ids` and `epoch` travel with the samples so that dropout and augmentation are pure functions of (seed, sample, epoch),
/// whatever batch a sample happens to be in.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Inputs `[B, inputs]`, row-major, normalised.
    pub inputs: Vec<f32>,
    /// Targets of the same `B` samples.
    pub targets: Targets,
    /// Index of each sample within its dataset, `[B]`.
    pub ids: Vec<u32>,
    /// The epoch these samples are drawn in, from 0.
    pub epoch: u64,
}

impl Batch {
    /// An empty batch with room for `capacity` samples of `inputs` numbers each; filling it up to there allocates nothing.
    pub fn with_capacity(capacity: usize, inputs: usize, task: Task) -> Self {
        let targets = match task {
            Task::Classify { .. } => Targets::Classes(Vec::with_capacity(capacity)),
            Task::Regress { outputs } => Targets::Values(Vec::with_capacity(capacity * outputs)),
        };
        Self {
            inputs: Vec::with_capacity(capacity * inputs),
            targets,
            ids: Vec::with_capacity(capacity),
            epoch: 0,
        }
    }

    /// Number of samples in the batch.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when it holds no sample.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Removes the samples, keeps the room.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.ids.clear();
        match &mut self.targets {
            Targets::Classes(classes) => classes.clear(),
            Targets::Values(values) => values.clear(),
        }
    }
}

/// Samples that can be fetched by index. Implementations are cheap to share between threads.
pub trait Dataset: Send + Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// True when there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of one sample's input, e.g. `[1, 28, 28]` for a grey image (channels, height, width) or `[13]` for a table's row.
    fn input_shape(&self) -> &[usize];

    /// What is predicted.
    fn task(&self) -> Task;

    /// Replaces the content of `batch` by the samples `indices`, in that order, and notes the epoch they are drawn in.
    /// A batch that has room for them is filled without allocating.
    ///
    /// # Panics
    /// If an index is not below [`Dataset::len`].
    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch);
}

/// Numbers in one sample's input: the product of its shape.
pub fn input_len(dataset: &dyn Dataset) -> usize {
    dataset.input_shape().iter().product()
}
