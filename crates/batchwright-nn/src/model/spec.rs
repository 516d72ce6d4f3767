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
        Self::Linear { outputs, bias: true }
    }

    /// Whether it is a batch norm or contains one.
    pub(crate) fn has_batch_norm(&self) -> bool {
        match self {
            Self::BatchNorm => true,
            Self::Residual { body, shortcut } => body.iter().chain(shortcut).any(Self::has_batch_norm),
            _ => false,
        }
    }

    /// Its name in a description.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Flatten => "flatten",
            Self::Linear { .. } => "linear",
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
