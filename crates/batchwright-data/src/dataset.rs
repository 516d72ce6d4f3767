//! What training needs from data: the number of samples, their shape, and a batch filled with given
//! samples.
//!
//! Left out: where samples come from (`source`), and in which order they are visited (`order`).

use crate::task::Task;

/// What one sample's input consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Real numbers.
    Numbers,
    /// Token ids of a text.
    Tokens,
}

/// Size of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// 1 for grey images, 3 for coloured ones.
    pub channels: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
}

/// What a network must know about the samples that it is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleShape {
    /// What the input consists of.
    pub kind: InputKind,
    /// Numbers, or tokens, in one sample's input.
    pub inputs: usize,
    /// How the numbers are an image, `[channels, height, width]`; `None` if they are none.
    pub image: Option<ImageShape>,
    /// What is predicted.
    pub task: Task,
}

impl SampleShape {
    /// Samples of `inputs` numbers each.
    pub fn numbers(inputs: usize, task: Task) -> Self {
        Self { kind: InputKind::Numbers, inputs, image: None, task }
    }

    /// Samples whose inputs have these dimensions, as [`Dataset::input_shape`] gives them: three
    /// dimensions of numbers are an image.
    pub fn of(kind: InputKind, dimensions: &[usize], task: Task) -> Self {
        let image = match (kind, dimensions) {
            (InputKind::Numbers, &[channels, height, width]) => Some(ImageShape { channels, height, width }),
            _ => None,
        };
        Self { kind, inputs: dimensions.iter().product(), image, task }
    }

    /// Samples of `context` tokens each, at each of which the next one of `vocabulary` is
    /// predicted.
    pub fn text(context: usize, vocabulary: usize) -> Self {
        Self { kind: InputKind::Tokens, inputs: context, image: None, task: Task::NextToken { vocabulary } }
    }

    /// Predictions for one sample: one for each token of a text, otherwise one.
    pub fn positions(&self) -> usize {
        match self.task {
            Task::NextToken { .. } => self.inputs,
            Task::Classify { .. } | Task::Regress { .. } => 1,
        }
    }

    /// Numbers that the network puts out for one sample; no memory holds `usize::MAX` of them.
    pub fn outputs(&self) -> usize {
        self.positions().saturating_mul(self.task.outputs())
    }

    /// Numbers of 4 bytes that the targets of one sample take.
    pub fn targets(&self) -> usize {
        match self.task {
            Task::Classify { .. } => 1,
            Task::Regress { outputs } => outputs,
            Task::NextToken { .. } => self.inputs,
        }
    }
}

/// The correct predictions for the samples of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Class numbers `[B]`, each below the number of classes.
    Classes(Vec<u32>),
    /// Values `[B, outputs]`, row-major.
    Values(Vec<f32>),
    /// Token ids `[B, positions]`, row-major, each below the vocabulary's size: what follows at each
    /// position of a text.
    Tokens(Vec<u32>),
}

impl Targets {
    /// No targets, with room for `samples` samples of this shape.
    pub fn with_capacity(samples: usize, shape: SampleShape) -> Self {
        let capacity = samples * shape.targets();
        match shape.task {
            Task::Classify { .. } => Self::Classes(Vec::with_capacity(capacity)),
            Task::Regress { .. } => Self::Values(Vec::with_capacity(capacity)),
            Task::NextToken { .. } => Self::Tokens(Vec::with_capacity(capacity)),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Classes(numbers) | Self::Tokens(numbers) => numbers.clear(),
            Self::Values(values) => values.clear(),
        }
    }
}

/// The inputs of the samples of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// Numbers `[B, inputs]`, row-major, normalised.
    Numbers(Vec<f32>),
    /// Token ids `[B, inputs]`, row-major: positions in a vocabulary.
    Tokens(Vec<u32>),
}

impl Inputs {
    fn with_capacity(capacity: usize, kind: InputKind) -> Self {
        match kind {
            InputKind::Numbers => Self::Numbers(Vec::with_capacity(capacity)),
            InputKind::Tokens => Self::Tokens(Vec::with_capacity(capacity)),
        }
    }

    /// What the inputs consist of.
    pub fn kind(&self) -> InputKind {
        match self {
            Self::Numbers(_) => InputKind::Numbers,
            Self::Tokens(_) => InputKind::Tokens,
        }
    }

    /// The numbers; `None` for tokens.
    pub fn numbers(&self) -> Option<&[f32]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            Self::Tokens(_) => None,
        }
    }

    /// The numbers, for writing. Tokens are replaced by an empty list of numbers; only then is
    /// allocated memory given up.
    pub fn numbers_mut(&mut self) -> &mut Vec<f32> {
        if let Self::Tokens(_) = self {
            *self = Self::Numbers(Vec::new());
        }
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Tokens(_) => unreachable!("tokens were replaced above"),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Numbers(numbers) => numbers.clear(),
            Self::Tokens(tokens) => tokens.clear(),
        }
    }
}

/// A reused buffer that holds the samples of one micro-batch.
///
/// `ids` and `epoch` are kept with the samples so that dropout and augmentation are pure functions
/// of (seed, sample, epoch), whatever batch a sample happens to be in.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What the network sees of each of the `B` samples.
    pub inputs: Inputs,
    /// Targets of the same `B` samples.
    pub targets: Targets,
    /// Index of each sample within its dataset, `[B]`.
    pub ids: Vec<u32>,
    /// The epoch in which these samples are drawn, from 0.
    pub epoch: u64,
}

impl Batch {
    /// An empty batch with room for `capacity` samples of this shape. Filling it up to `capacity`
    /// allocates nothing.
    pub fn with_capacity(capacity: usize, shape: SampleShape) -> Self {
        Self {
            inputs: Inputs::with_capacity(capacity * shape.inputs, shape.kind),
            targets: Targets::with_capacity(capacity, shape),
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

    /// Removes the samples and keeps the allocated memory.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.ids.clear();
        self.targets.clear();
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

    /// Shape of one sample's input, e.g. `[1, 28, 28]` for a grey image (channels, height, width)
    /// or `[13]` for a table's row.
    fn input_shape(&self) -> &[usize];

    /// What one sample's input consists of.
    fn input_kind(&self) -> InputKind {
        InputKind::Numbers
    }

    /// What is predicted.
    fn task(&self) -> Task;

    /// Replaces the content of `batch` by the samples `indices`, in that order, and records the
    /// epoch in which they are drawn. If the batch has room for them, nothing is allocated.
    ///
    /// # Panics
    /// If an index is not below [`Dataset::len`].
    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch);
}

/// The shape of a dataset's samples.
pub fn sample_shape(dataset: &dyn Dataset) -> SampleShape {
    SampleShape::of(dataset.input_kind(), dataset.input_shape(), dataset.task())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: SampleShape =
        SampleShape { kind: InputKind::Tokens, inputs: 3, image: None, task: Task::Classify { classes: 2 } };

    /// A batch that gives up its memory when it is cleared would allocate once per step.
    #[test]
    fn a_batch_of_tokens_keeps_its_room() {
        let mut batch = Batch::with_capacity(4, SHAPE);
        let Inputs::Tokens(tokens) = &mut batch.inputs else { panic!("tokens") };
        tokens.extend(0..12);
        let room = tokens.as_ptr();
        batch.clear();
        let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
        assert!(tokens.is_empty() && tokens.capacity() >= 12 && tokens.as_ptr() == room);
    }

    /// The numbers of one dataset must not be added to the tokens of another.
    #[test]
    fn a_batch_of_tokens_becomes_one_of_numbers() {
        let mut batch = Batch::with_capacity(4, SHAPE);
        assert_eq!((batch.inputs.kind(), batch.inputs.numbers()), (InputKind::Tokens, None));
        batch.inputs.numbers_mut().push(0.5);
        assert_eq!((batch.inputs.kind(), batch.inputs.numbers()), (InputKind::Numbers, Some(&[0.5][..])));
    }
}
