//! Kind and widths of a network, as they are written on the command line.

use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::model::extent::{Convolution, Extent, Padding, PoolWindow};
use crate::model::gpt::Gpt;
use crate::model::list::LayerList;
use crate::model::spec::LayerSpec;
use crate::problem::ModelProblem;
use batchwright_data::{InputKind, SampleShape};
use serde::{Deserialize, Serialize};

/// Kind and widths of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// One dense layer from input to output: softmax or linear regression.
    Linear,
    /// Dense layers with an activation in between.
    Mlp {
        /// Widths of the hidden layers, at least one, each at least 1.
        hidden: Vec<usize>,
    },
    /// LeNet-5 (LeCun et al. 1998) as it is used today: 5x5 convolutions with 6 channels (padding
    /// 2) and 16 (without padding), after each the activation and a maximum over 2x2; then dense layers of 120 and 84.
    Lenet,
    /// A small convolutional network: 5x5 convolutions with 32 and 64 channels that keep the size,
    /// after each the activation and a maximum over 2x2; then a dense layer of 512.
    Cnn,
    /// The residual network for small images (He et al. 2016): a 3x3 convolution with 16 channels,
    /// then three stages of (depth - 2) / 6 blocks with 16, 32 and 64 channels, of two 3x3 convolutions with batch norm
    /// each; the first block of the second and the third stage has stride 2. Where the shape
    /// changes, the shortcut is a 1x1 convolution with batch norm (option B). At the end the mean
    /// of each channel and a dense layer.
    Resnet {
        /// Layers with weights, not counting shortcuts: 6n + 2, at least 8.
        depth: usize,
    },
    /// A transformer that predicts the next token of a text.
    Gpt(Gpt),
    /// Layers that a user lists.
    Layers(LayerList),
}

/// The deepest residual network: its description is a list of so many layers.
const DEEPEST: usize = 1202;

fn is_depth(depth: usize) -> bool {
    depth % 6 == 2 && (8..=DEEPEST).contains(&depth)
}

impl Architecture {
    /// Whether it has no layer, or one without outputs.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Mlp { hidden } => hidden.is_empty() || hidden.contains(&0),
            // A depth from a file was not read by `from_str`.
            Self::Resnet { depth } => !is_depth(*depth),
            Self::Linear | Self::Lenet | Self::Cnn => false,
            Self::Gpt(gpt) => gpt.is_empty(),
            Self::Layers(list) => list.is_empty(),
        }
    }

    /// A name that can be part of another: without the settings that would make it long.
    pub fn short_name(&self) -> String {
        match self {
            Self::Gpt(_) => "gpt".to_owned(),
            _ => self.name(),
        }
    }

    /// A name for messages: as it is written, but without a list of layers.
    pub fn name(&self) -> String {
        match self {
            Self::Layers(_) => "layers".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Tokens of a sample, for a model of texts.
    pub fn context(&self) -> Option<usize> {
        match self {
            Self::Linear | Self::Mlp { .. } | Self::Lenet | Self::Cnn | Self::Resnet { .. } => None,
            Self::Gpt(gpt) => Some(gpt.context),
            Self::Layers(list) => list.context(),
        }
    }

    /// Whether this may be the model's function between layers. One that has its own takes the
    /// default, which is what a model has where none was chosen, and its own.
    pub(crate) fn allows(&self, activation: Activation) -> bool {
        match self {
            Self::Linear | Self::Mlp { .. } | Self::Lenet | Self::Cnn | Self::Resnet { .. } => true,
            Self::Gpt(_) => [Activation::default(), Activation::GeluExact].contains(&activation),
            Self::Layers(_) => activation == Activation::default(),
        }
    }

    /// What the samples must consist of.
    pub(crate) fn takes(&self) -> InputKind {
        match self {
            Self::Linear | Self::Mlp { .. } | Self::Lenet | Self::Cnn | Self::Resnet { .. } => {
                InputKind::Numbers
            }
            Self::Gpt(_) => InputKind::Tokens,
            Self::Layers(list) if list.context().is_some() => InputKind::Tokens,
            Self::Layers(_) => InputKind::Numbers,
        }
    }

    /// Least height and width of the images that it takes; `None` if it takes any numbers.
    pub(crate) fn least_image(&self) -> Option<usize> {
        match self {
            Self::Linear | Self::Mlp { .. } | Self::Gpt(_) | Self::Layers(_) => None,
            // After the first pool, 5 pixels and one more to halve.
            Self::Lenet => Some(12),
            Self::Cnn => Some(4),
            Self::Resnet { .. } => Some(1),
        }
    }

    /// The layers for samples of this shape, with `activation` between them, and with dropout after
    /// each hidden dense layer (in a residual network, before the last layer).
    pub(crate) fn layers(&self, shape: SampleShape, activation: Activation, dropout: f64) -> Vec<LayerSpec> {
        let between = Between { activation, dropout };
        let mut layers = match self {
            Self::Linear => Vec::new(),
            Self::Mlp { hidden } => between.dense(hidden),
            Self::Lenet => {
                let second =
                    Convolution { padding: Padding::Pixels(Extent::Both(0)), ..Convolution::same(16, 5) };
                between.convolutional(&[Convolution::same(6, 5), second], &[120, 84])
            }
            Self::Cnn => between.convolutional(&[Convolution::same(32, 5), Convolution::same(64, 5)], &[512]),
            Self::Resnet { depth } => between.residual(depth.saturating_sub(2) / 6),
            Self::Gpt(gpt) => return gpt.specs(shape.task.outputs(), dropout),
            Self::Layers(list) => return list.layers.clone(),
        };
        layers.push(LayerSpec::linear(shape.task.outputs()));
        layers
    }
}

/// What lies between the layers of a network.
#[derive(Clone, Copy)]
struct Between {
    activation: Activation,
    dropout: f64,
}

impl Between {
    fn activation(self) -> LayerSpec {
        LayerSpec::Activation { function: self.activation }
    }

    fn dropout(self) -> Option<LayerSpec> {
        (self.dropout > 0.0).then_some(LayerSpec::Dropout { probability: self.dropout })
    }

    /// Dense layers of these widths.
    fn dense(self, widths: &[usize]) -> Vec<LayerSpec> {
        let layer = |&width| [LayerSpec::linear(width), self.activation()].into_iter().chain(self.dropout());
        widths.iter().flat_map(layer).collect()
    }

    /// Convolutions, each with a pool that halves the image, then dense layers.
    fn convolutional(self, convolutions: &[Convolution], widths: &[usize]) -> Vec<LayerSpec> {
        let mut layers = vec![LayerSpec::Image];
        for &conv in convolutions {
            layers.extend([
                LayerSpec::Conv2d(conv),
                self.activation(),
                LayerSpec::MaxPool(PoolWindow::tiles(2)),
            ]);
        }
        layers.push(LayerSpec::Flatten);
        layers.extend(self.dense(widths));
        layers
    }

    /// Three stages of `blocks` residual blocks.
    fn residual(self, blocks: usize) -> Vec<LayerSpec> {
        let mut layers = vec![LayerSpec::Image];
        layers.extend(normed(16, 3, 1));
        layers.push(self.activation());
        for (stage, channels) in [16, 32, 64].into_iter().enumerate() {
            for block in 0..blocks {
                let narrows = stage > 0 && block == 0;
                layers.push(self.block(channels, narrows));
                layers.push(self.activation());
            }
        }
        layers.extend([LayerSpec::GlobalAvgPool, LayerSpec::Flatten]);
        layers.extend(self.dropout());
        layers
    }

    /// A residual block; if it `narrows`, the image is halved and the channels double.
    fn block(self, channels: usize, narrows: bool) -> LayerSpec {
        let stride = if narrows { 2 } else { 1 };
        let mut body = normed(channels, 3, stride);
        body.push(self.activation());
        body.extend(normed(channels, 3, 1));
        let shortcut = if narrows { normed(channels, 1, stride) } else { Vec::new() };
        LayerSpec::Residual { body, shortcut }
    }
}

/// A convolution without a bias and a batch norm.
fn normed(outputs: usize, kernel: usize, stride: usize) -> Vec<LayerSpec> {
    let conv = Convolution {
        stride: Extent::Both(stride),
        padding: Padding::Pixels(Extent::Both(kernel / 2)),
        bias: false,
        ..Convolution::same(outputs, kernel)
    };
    vec![LayerSpec::Conv2d(conv), LayerSpec::BatchNorm]
}

impl std::str::FromStr for Architecture {
    type Err = NnError;

    /// Reads `linear`, `mlp:512,256`, `lenet`, `cnn`, `resnet:20`, or `gpt` with or without settings
    /// (`gpt:layers=4,heads=4,width=128,context=64`), or `layers:` with a list of layers
    /// ([`LayerList`]).
    fn from_str(text: &str) -> Result<Self, NnError> {
        let error = |problem| NnError::Model { model: text.to_owned(), problem };
        match text.split_once(':') {
            None if text == "linear" => Ok(Self::Linear),
            None if text == "lenet" => Ok(Self::Lenet),
            None if text == "cnn" => Ok(Self::Cnn),
            Some(("resnet", depth)) => match depth.trim().parse::<usize>() {
                Ok(depth) if is_depth(depth) => Ok(Self::Resnet { depth }),
                _ => Err(error(ModelProblem::BadDepth { depth: depth.to_owned() })),
            },
            None if text == "gpt" => Ok(Self::Gpt(Gpt::default())),
            Some(("layers", list)) => list.parse().map(Self::Layers).map_err(NnError::LayerList),
            Some(("gpt", settings)) => Gpt::parse(settings).map(Self::Gpt).map_err(error),
            Some(("mlp", widths)) => {
                let width = |width: &str| match width.trim().parse::<usize>() {
                    Ok(width) if width > 0 => Ok(width),
                    _ => Err(error(ModelProblem::BadWidth { width: width.to_owned() })),
                };
                let hidden = widths.split(',').map(width).collect::<Result<_, _>>()?;
                Ok(Self::Mlp { hidden })
            }
            _ if text == "resnet" => Err(error(ModelProblem::BadDepth { depth: String::new() })),
            _ if text == "mlp" => Err(error(ModelProblem::NoWidths)),
            _ => Err(error(ModelProblem::UnknownKind)),
        }
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Lenet => f.write_str("lenet"),
            Self::Cnn => f.write_str("cnn"),
            Self::Resnet { depth } => write!(f, "resnet:{depth}"),
            Self::Mlp { hidden } => {
                let widths: Vec<String> = hidden.iter().map(ToString::to_string).collect();
                write!(f, "mlp:{}", widths.join(","))
            }
            Self::Gpt(gpt) => gpt.fmt(f),
            Self::Layers(list) => write!(f, "layers:{list}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_read_and_written_alike() {
        for text in [
            "linear",
            "mlp:512,256",
            "mlp:1",
            "lenet",
            "cnn",
            "resnet:8",
            "resnet:20",
            "gpt:layers=1,heads=2,width=8,context=5",
            "gpt:layers=1,heads=2,width=8,context=5,positions=rotary,tied=true",
        ] {
            assert_eq!(text.parse::<Architecture>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "mlp",
            "mlp:",
            "mlp:0",
            "mlp:12,,3",
            "mlp:-4",
            "cnn:3",
            "resnet",
            "resnet:",
            "resnet:2",
            "resnet:18",
            "resnet:6000000002",
            "linear:3",
            "mlp:1e3",
            "mlp:99999999999999999999999",
        ] {
            assert!(matches!(text.parse::<Architecture>(), Err(NnError::Model { .. })), "{text}");
        }
    }
}
