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
    /// A setting of a preset that it does not have.
    #[error("it has no setting `{key}`; it has {known}")]
    UnknownKey {
        /// What was given.
        key: String,
        /// The settings that there are.
        known: &'static str,
    },
    /// A setting is given twice.
    #[error("`{key}` is given twice")]
    RepeatedKey {
        /// Its name.
        key: String,
    },
    /// A setting has a value that it cannot have.
    #[error("`{key}` is `{value}`, expected {expected}")]
    BadValue {
        /// Its name.
        key: String,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: ModelValue,
    },
    /// Samples of a text of another length than the model's.
    #[error("its context is {expected} tokens, the samples have {found}")]
    Context {
        /// Tokens of a sample.
        found: usize,
        /// Tokens that the model takes.
        expected: usize,
    },
    /// The model's function between layers cannot be chosen.
    #[error("its activation is part of it; leave out `--activation`")]
    OwnActivation,
    /// Where dropout comes is written in the list of layers.
    #[error("its dropout is part of it; leave out `--dropout`")]
    OwnDropout,
    /// None of the kinds that there are.
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

/// Why a list of layers could not be read. `place` is the position of an entry, from 0; within a block
/// `3.body.0`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayerListProblem {
    /// It is no JSON, or something else than a list.
    #[error(
        "it is no list of layers: {why}; expected e.g. `[\"image\", {{\"conv2d\": 32, \"kernel\": 5}}, \"relu\", \"flatten\", \"linear\"]`"
    )]
    NoList {
        /// What the reader of the list says.
        why: String,
    },
    /// An entry is neither a name nor a table.
    #[error(
        "layer {place} is of type {found}; expected a name as `\"relu\"`, or a table as `{{ linear = 64 }}`"
    )]
    NoEntry {
        /// Where.
        place: String,
        /// What it is.
        found: &'static str,
    },
    /// A name that no layer has.
    #[error("layer {place}: there is no layer `{found}`; layers are {known}")]
    UnknownLayer {
        /// Where.
        place: String,
        /// What was given.
        found: String,
        /// The names that there are.
        known: String,
    },
    /// An entry whose layer is not known, or which is two layers.
    #[error("layer {place} has the keys {keys}; exactly one of them names the layer, and layers are {known}")]
    NotOneLayer {
        /// Where.
        place: String,
        /// The keys of the entry.
        keys: String,
        /// The names that there are.
        known: String,
    },
    /// A setting that the layer does not have, that it lacks, or of another type.
    #[error("layer {place} ({layer}): {why}")]
    Settings {
        /// Where.
        place: String,
        /// Its kind.
        layer: String,
        /// What serde says of it.
        why: String,
    },
    /// A context for a network that takes no tokens.
    #[error("it has a context of {context}, but does not begin with `embedding` or `tied`; leave it out")]
    ContextOfNumbers {
        /// What was given.
        context: usize,
    },
}

impl LayerListProblem {
    /// The position of the entry in the outermost list, if one entry is the reason.
    pub fn entry(&self) -> Option<usize> {
        match self {
            Self::NoList { .. } | Self::ContextOfNumbers { .. } => None,
            Self::NoEntry { place, .. }
            | Self::UnknownLayer { place, .. }
            | Self::NotOneLayer { place, .. }
            | Self::Settings { place, .. } => place.split('.').next()?.parse().ok(),
        }
    }
}

/// Which values a setting of a preset may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelValue {
    /// A whole number of at least 1.
    #[error("a whole number of at least 1")]
    Count,
    /// `true` or `false`.
    #[error("`true` or `false`")]
    Switch,
    /// `learned` or `rotary`.
    #[error("`learned` or `rotary`")]
    Positions,
}

/// Why a layer does not fit what comes in.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
    /// It takes token ids, and something else comes in.
    #[error("{found} comes in, it takes the token ids of a text; it comes first")]
    NotTokens {
        /// What comes in.
        found: Flow,
    },
    /// It takes a sequence of vectors, and something else comes in.
    #[error("{found} comes in, it takes a sequence of vectors")]
    NotSequence {
        /// What comes in.
        found: Flow,
    },
    /// How many tokens there are is not known.
    #[error("the number of tokens is not known; give its `vocabulary`")]
    NoVocabulary,
    /// There are more tokens than can be told apart.
    #[error("{found} tokens are too many, at most {most} can be told apart")]
    Vocabulary {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// The heads of an attention cannot divide its width.
    #[error("a width of {width} cannot be divided into {heads} heads")]
    Heads {
        /// Numbers at each position.
        width: usize,
        /// Heads.
        heads: usize,
    },
    /// Rotary positions need pairs of numbers.
    #[error("rotary positions need heads of an even width, these have {head}")]
    OddHead {
        /// Numbers of a head.
        head: usize,
    },
    /// A standard deviation that is none.
    #[error("a standard deviation of {found}, expected a finite number of at least 0")]
    Deviation {
        /// What was given.
        found: f64,
    },
    /// What a block puts out must have the shape of what it takes.
    #[error("its body ends with {found}, expected {expected}")]
    Body {
        /// Shape at the end of the body.
        found: Flow,
        /// Shape of what comes in.
        expected: Flow,
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
    /// It is about two classes.
    #[error("is for two classes, which are not what is predicted")]
    ForTwoClasses,
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

/// Why the gradients of single samples cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GradientNormProblem {
    /// A batch norm makes a sample's loss depend on the others.
    #[error("batch norm mixes the samples of a micro-batch; use a model without it")]
    MixedSamples,
    /// The engine was built without the memory for it.
    #[error("this engine was built without the memory for it")]
    NotPlanned,
    /// This kind of engine does not do it.
    #[error("this engine does not do it")]
    NoneHere,
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
