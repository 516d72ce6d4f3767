//! What can go wrong when a network is described, planned or run.

use crate::problem::{
    AllowedValue, GradientNormProblem, LayerListProblem, LayerProblem, LossProblem, ModelProblem,
    TensorProblem,
};

/// An error of the network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NnError {
    /// The description of a model could not be read.
    #[error(
        "model `{model}`: {problem}; expected `linear`, `mlp:WIDTH[,WIDTH...]` (e.g. `mlp:512,256`), for images `lenet`, `cnn` or `resnet:DEPTH` (e.g. `resnet:20`), or for texts `gpt[:SETTING=VALUE,...]` (e.g. `gpt:layers=4,heads=4,width=128,context=64`)"
    )]
    Model {
        /// What was given.
        model: String,
        /// What is wrong with it.
        problem: ModelProblem,
    },
    /// A list of layers could not be read.
    #[error("{0}")]
    LayerList(LayerListProblem),
    /// A layer of a model does not fit what comes in.
    #[error("model `{model}`, layer {place} ({layer}): {problem}")]
    Layer {
        /// The model.
        model: String,
        /// Position of the layer, from 0; within a block `3.body.0`.
        place: String,
        /// Kind of the layer.
        layer: &'static str,
        /// What does not fit.
        problem: Box<LayerProblem>,
    },
    /// The model takes images of some size, and the samples are smaller or no images.
    #[error(
        "model `{model}` takes images of at least {least} x {least} pixels, {}", Samples(.found)
    )]
    Image {
        /// The model.
        model: String,
        /// Height and width of the samples; `None` if they are no images.
        found: Option<[usize; 2]>,
        /// Least height and width.
        least: usize,
    },
    /// The model takes numbers, and the samples hold tokens.
    #[error("model `{model}` takes numbers, these samples hold tokens")]
    InputKind {
        /// The model.
        model: String,
    },
    /// The loss does not fit what is predicted.
    #[error("{name} {problem}")]
    Loss {
        /// Name, as on the command line.
        name: &'static str,
        /// What does not fit.
        problem: LossProblem,
    },
    /// The model takes tokens, and the samples hold numbers.
    #[error("model `{model}` takes the tokens of a text, these samples hold numbers")]
    NeedsTokens {
        /// The model.
        model: String,
    },
    /// A number that configures training is out of range.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// Name, as on the command line.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        expected: AllowedValue,
    },
    /// Training would need more memory than there is.
    #[error(
        "the model does not fit: training at micro-batch size {micro_batch} needs {needed} bytes, {available} are available; use a smaller model or a smaller --micro-batch-size"
    )]
    DoesNotFit {
        /// Micro-batch size of the plan.
        micro_batch: u64,
        /// Bytes that training needs.
        needed: u128,
        /// Bytes that may be used.
        available: u64,
    },
    /// A batch does not have the shape that the network was planned for.
    #[error("the batch has {found} {what}, the network takes {expected}")]
    Batch {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        expected: usize,
    },
    /// A saved state belongs to another network or optimizer.
    #[error(
        "the saved state has lists of {found:?} numbers (weights, then the optimizer's moments), this engine has {expected:?}"
    )]
    State {
        /// Lengths in the saved state.
        found: Vec<usize>,
        /// Lengths in this engine.
        expected: Vec<usize>,
    },
    /// A network would be a larger ONNX file than other programs read.
    #[error(
        "as ONNX the model would have {bytes} bytes, more than the {most} of the largest file that is read; export a smaller model"
    )]
    OnnxSize {
        /// Bytes that the file would have.
        bytes: usize,
        /// Most bytes of a file.
        most: usize,
    },
    /// The norms of the samples' gradients cannot be had.
    #[error("the gradients of single samples cannot be measured: {problem}")]
    GradientNorms {
        /// Why.
        problem: GradientNormProblem,
    },
    /// Saved weights do not belong to this network.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is wrong with it.
        problem: TensorProblem,
    },
}

/// What the samples are, for a message.
struct Samples<'a>(&'a Option<[usize; 2]>);

impl std::fmt::Display for Samples<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some([height, width]) => write!(f, "these are {height} x {width}"),
            None => f.write_str("these samples are no images"),
        }
    }
}
