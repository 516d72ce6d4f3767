//! What exactly is wrong with a model, a setting or a tensor, as values; their display is English.

use crate::model::flow::Flow;

/// Why the description of a model could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelProblem {
    /// A width is no number of at least 1.
    #[error("`{width}` is not a width of at least 1")]
    BadWidth {
        /// What was given.
        width: String,
    },
    /// The depth of a residual network is none.
    #[error("`{depth}` is not a depth of 6n + 2 from 8 to 1202")]
    BadDepth {
        /// What was given.
        depth: String,
    },
    /// `mlp` without widths.
    #[error("it has no widths")]
    NoWidths,
    /// Neither `mlp` nor `linear`.
    #[error("unknown kind of model")]
    UnknownKind,
    /// A layer would have no weights.
    #[error("a layer from {inputs} inputs to {outputs} outputs is empty")]
    EmptyLayer {
        /// Inputs of the model.
        inputs: usize,
        /// Outputs of the model.
        outputs: usize,
    },
}

/// Why a layer does not fit what comes in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayerProblem {
    /// It has no outputs or no layers.
    #[error("it is empty")]
    Empty,
    /// It takes the numbers of a sample that is an image.
    #[error("it comes first, and the samples must be images")]
    NoImage,
    /// It takes a vector, and an image comes in.
    #[error("{found} comes in, it takes a vector; put `flatten` before it")]
    NotFlat {
        /// What comes in.
        found: Flow,
    },
    /// It takes numbers, and tokens come in.
    #[error("tokens come in, it takes numbers; put `embedding` before it")]
    Tokens,
    /// It takes an image, and something else comes in.
    #[error("{found} comes in, it takes an image; put `image` before it")]
    NotImage {
        /// What comes in.
        found: Flow,
    },
    /// Its groups do not divide the channels.
    #[error("{groups} groups do not divide {channels} channels that come in and {outputs} that go out")]
    Groups {
        /// Groups.
        groups: usize,
        /// Channels that come in.
        channels: usize,
        /// Channels that go out.
        outputs: usize,
    },
    /// A size, a stride or a dilation is zero.
    #[error("size, stride and dilation of its window must be at least 1")]
    ZeroSize,
    /// `same` with a stride.
    #[error("padding `same` needs stride 1; give the padding as a number")]
    SameWithStride,
    /// The padding of a pool leaves windows without a pixel.
    #[error("its padding {padding:?} is more than half of its size {size:?}")]
    PoolPadding {
        /// Height and width of the window.
        size: [usize; 2],
        /// Pixels above and to the left.
        padding: [usize; 2],
    },
    /// The window does not fit into the padded image.
    #[error(
        "its window of {size:?} pixels (dilation {dilation:?}) is larger than the image of {input:?} with {padding:?} pixels of padding in all"
    )]
    WindowTooLarge {
        /// Height and width of the window.
        size: [usize; 2],
        /// Pixels from one tap to the next.
        dilation: [usize; 2],
        /// Height and width of the image.
        input: [usize; 2],
        /// Rows and columns that are added in all.
        padding: [usize; 2],
    },
    /// The two paths of a block end with different shapes.
    #[error("its body ends with {body}, its shortcut with {shortcut}")]
    Sum {
        /// Shape at the end of the body.
        body: Flow,
        /// Shape at the end of the shortcut, or of what comes in.
        shortcut: Flow,
    },
    /// The last layer does not put out what is predicted.
    #[error("{found} comes out, {expected} are predicted")]
    Outputs {
        /// What comes out.
        found: Flow,
        /// Numbers that are predicted.
        expected: usize,
    },
}

/// Which values of a setting are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllowedValue {
    /// A whole number of at least 1.
    #[error("at least 1")]
    AtLeastOne,
    /// A finite number above 0.
    #[error("a finite number above 0")]
    Positive,
    /// A finite number of at least 0.
    #[error("a finite number of at least 0")]
    NotNegative,
    /// A number from 0 to below 1.
    #[error("a number from 0 to below 1")]
    BelowOne,
    /// A probability from 0 to below 1.
    #[error("a probability from 0 to below 1")]
    Probability,
    /// A number above 0, because of `--nesterov`.
    #[error("a number above 0 with --nesterov")]
    PositiveWithNesterov,
}

/// Why a loss does not fit what is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LossProblem {
    /// It is about classes or tokens.
    #[error("is for classes and tokens, but a number is predicted")]
    ForClasses,
    /// It is about classes.
    #[error("is for classes, which are not predicted")]
    ForClassesAlone,
    /// It is about numbers.
    #[error("other than mse is for numbers to predict")]
    ForNumbers,
    /// The number of weights is not that of the classes.
    #[error("has {found} weights for {expected} classes")]
    WeightCount {
        /// Weights.
        found: usize,
        /// Classes.
        expected: usize,
    },
    /// No class would count.
    #[error("are all 0, so there is nothing to learn")]
    AllZero,
}

/// Why saved weights do not belong to a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TensorProblem {
    /// The network has no such tensor, or it was given before.
    #[error("the network has no such tensor, or it is given twice")]
    Unknown,
    /// The file does not have it.
    #[error("it is missing")]
    Missing,
    /// It has another shape.
    #[error("its shape is {found:?}, expected {expected:?}")]
    Shape {
        /// Its shape.
        found: Vec<usize>,
        /// The shape in the network.
        expected: Vec<usize>,
    },
    /// It has another number of values than its shape says.
    #[error("it has {found} numbers, its shape {shape:?} says {expected}")]
    Count {
        /// Its values.
        found: usize,
        /// Its shape.
        shape: Vec<usize>,
        /// Values by its shape.
        expected: usize,
    },
    /// All weights together are more or fewer than the network's.
    #[error("{found} numbers, the network has {expected}")]
    Total {
        /// Numbers that were given.
        found: usize,
        /// Numbers of the network.
        expected: usize,
    },
}
