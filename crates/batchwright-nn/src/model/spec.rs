//! A network as a list of layers: what a preset stands for, and what a user writes. Sizes that
//! depend on the data or on the layer before are not in it (`build` infers them).

use crate::layer::activation::Activation;
use crate::model::extent::{Convolution, PoolWindow};
use serde::{Deserialize, Serialize};

/// One layer, as it is described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// The sample's numbers as an image; PyTorch's `Unflatten`. The layer before those that take
    /// images.
    Image,
    /// An image as a vector, channels first; PyTorch's `Flatten`.
    Flatten,
    /// A dense layer; on a sequence, the same at each position.
    Linear {
        /// Numbers that go out.
        outputs: usize,
        /// Whether it has a bias.
        #[serde(default = "yes")]
        bias: bool,
        /// Standard deviation of the initial weights; by default it follows from the number of
        /// inputs and the function that comes next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<f64>,
    },
    /// Token ids as vectors; PyTorch's `Embedding`. The layer that takes tokens.
    Embedding {
        /// Numbers of each vector.
        width: usize,
        /// Different tokens; by default those that are predicted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vocabulary: Option<usize>,
        /// Standard deviation of the initial vectors; by default 0.02.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<f64>,
    },
    /// Adds a learned vector to each position of a sequence.
    Positions {
        /// Standard deviation of the initial vectors; by default 0.02.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<f64>,
    },
    /// Scales each position's numbers to mean 0 and variance 1, then weight and bias; PyTorch's
    /// `LayerNorm`.
    LayerNorm,
    /// Scales each position's numbers to mean square 1, then weight; PyTorch's `RMSNorm`.
    RmsNorm,
    /// Causal multi-head attention over a sequence; PyTorch's `MultiheadAttention`.
    Attention {
        /// Heads, which divide the width among them.
        heads: usize,
        /// Whether queries and keys are turned by their position.
        #[serde(default)]
        rotary: bool,
        /// Probability of leaving out a position in training, in 0..1.
        #[serde(default)]
        dropout: f64,
        /// Standard deviation of the initial weights that make queries, keys and values; by default
        /// it follows from the width.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<f64>,
        /// Standard deviation of the initial weights at the end; by default it follows from the
        /// width.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output_deviation: Option<f64>,
    },
    /// An embedding, layers, and as output the products of their result with each vector of the
    /// embedding.
    Tied {
        /// Numbers of each vector.
        width: usize,
        /// At least one layer; what goes out has the shape of what comes in.
        body: Vec<LayerSpec>,
        /// As in `embedding`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vocabulary: Option<usize>,
        /// As in `embedding`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deviation: Option<f64>,
    },
    /// A function of each number.
    Activation {
        /// Which.
        function: Activation,
    },
    /// Zeroes numbers at random in training.
    Dropout {
        /// Probability of zeroing a number, in 0..1.
        probability: f64,
    },
    /// A convolution of images; PyTorch's `Conv2d`.
    Conv2d(Convolution),
    /// The largest number of each channel under a window; PyTorch's `MaxPool2d`.
    MaxPool(PoolWindow),
    /// The mean of each channel under a window; PyTorch's `AvgPool2d`.
    AvgPool(PoolWindow),
    /// The mean of each channel of an image, as an image of one pixel; PyTorch's
    /// `AdaptiveAvgPool2d(1)`.
    GlobalAvgPool,
    /// Each channel of an image, or each number of a vector, minus its mean and divided by its
    /// standard deviation over the *micro-batch*; PyTorch's `BatchNorm2d` and `BatchNorm1d`. With
    /// micro-batches of one sample it sees only the positions of one image, and of a vector
    /// nothing.
    BatchNorm,
    /// As batch norm, but over a group of channels of each sample alone; PyTorch's `GroupNorm`.
    GroupNorm {
        /// Groups of channels, a divisor of their number.
        groups: usize,
    },
    /// y = shortcut(x) + body(x).
    Residual {
        /// At least one layer.
        body: Vec<LayerSpec>,
        /// Empty where the output has the shape of the input.
        #[serde(default)]
        shortcut: Vec<LayerSpec>,
    },
}

fn yes() -> bool {
    true
}

impl LayerSpec {
    /// A dense layer with a bias.
    pub fn linear(outputs: usize) -> Self {
        Self::Linear { outputs, bias: true, deviation: None }
    }

    /// Probability of zeroing a number in training.
    pub(crate) fn dropout(&self) -> f64 {
        match self {
            Self::Dropout { probability } | Self::Attention { dropout: probability, .. } => *probability,
            _ => 0.0,
        }
    }

    /// Whether it is a batch norm or contains one.
    pub(crate) fn has_batch_norm(&self) -> bool {
        match self {
            Self::BatchNorm => true,
            Self::Residual { body, shortcut } => body.iter().chain(shortcut).any(Self::has_batch_norm),
            Self::Tied { body, .. } => body.iter().any(Self::has_batch_norm),
            _ => false,
        }
    }

    /// Its name in a description.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Flatten => "flatten",
            Self::Linear { .. } => "linear",
            Self::Embedding { .. } => "embedding",
            Self::Positions { .. } => "positions",
            Self::LayerNorm => "layer_norm",
            Self::RmsNorm => "rms_norm",
            Self::Attention { .. } => "attention",
            Self::Tied { .. } => "tied",
            Self::Activation { .. } => "activation",
            Self::Dropout { .. } => "dropout",
            Self::Conv2d(_) => "conv2d",
            Self::MaxPool(_) => "max_pool",
            Self::AvgPool(_) => "avg_pool",
            Self::GlobalAvgPool => "global_avg_pool",
            Self::BatchNorm => "batch_norm",
            Self::GroupNorm { .. } => "group_norm",
            Self::Residual { .. } => "residual",
        }
    }
}
