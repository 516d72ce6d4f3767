//! Kind and widths of a network, as they are written on the command line.

use crate::error::NnError;
use crate::layer::activation::Activation;
use crate::model::gpt::Gpt;
use crate::model::spec::LayerSpec;
use crate::problem::ModelProblem;
use batchwright_data::{InputKind, SampleShape};
use serde::{Deserialize, Serialize};

/// Kind and widths of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// One dense layer from input to output: softmax or linear regression.
    Linear,
    /// Dense layers with an activation in between.
    Mlp {
        /// Widths of the hidden layers, at least one, each at least 1.
        hidden: Vec<usize>,
    },
    /// A transformer that predicts the next token of a text.
    Gpt(Gpt),
}

impl Architecture {
    /// Whether it has no layer, or one without outputs.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Linear => false,
            Self::Mlp { hidden } => hidden.is_empty() || hidden.contains(&0),
            Self::Gpt(gpt) => gpt.is_empty(),
        }
    }

    /// Tokens of a sample, for a model of texts.
    pub fn context(&self) -> Option<usize> {
        match self {
            Self::Linear | Self::Mlp { .. } => None,
            Self::Gpt(gpt) => Some(gpt.context),
        }
    }

    /// Whether this may be the model's function between layers. One that has its own takes the
    /// default, which is what a model has where none was chosen, and its own.
    pub(crate) fn allows(&self, activation: Activation) -> bool {
        match self {
            Self::Linear | Self::Mlp { .. } => true,
            Self::Gpt(_) => [Activation::default(), Activation::GeluExact].contains(&activation),
        }
    }

    /// What the samples must consist of.
    pub(crate) fn takes(&self) -> InputKind {
        match self {
            Self::Linear | Self::Mlp { .. } => InputKind::Numbers,
            Self::Gpt(_) => InputKind::Tokens,
        }
    }

    /// The layers for samples of this shape, with `activation` and dropout between them.
    pub(crate) fn layers(&self, shape: SampleShape, activation: Activation, dropout: f64) -> Vec<LayerSpec> {
        let end = LayerSpec::linear(shape.task.outputs());
        match self {
            Self::Linear => vec![end],
            Self::Mlp { hidden } => {
                let mut layers = Vec::new();
                for &width in hidden {
                    layers.push(LayerSpec::linear(width));
                    layers.push(LayerSpec::Activation { function: activation });
                    layers.extend((dropout > 0.0).then_some(LayerSpec::Dropout { probability: dropout }));
                }
                layers.push(end);
                layers
            }
            Self::Gpt(gpt) => gpt.specs(shape.task.outputs(), dropout),
        }
    }
}

impl std::str::FromStr for Architecture {
    type Err = NnError;

    /// Reads `linear`, `mlp:512,256`, or `gpt` with or without settings
    /// (`gpt:layers=4,heads=4,width=128,context=64`).
    fn from_str(text: &str) -> Result<Self, NnError> {
        let error = |problem| NnError::Model { model: text.to_owned(), problem };
        match text.split_once(':') {
            None if text == "linear" => Ok(Self::Linear),
            None if text == "gpt" => Ok(Self::Gpt(Gpt::default())),
            Some(("gpt", settings)) => Gpt::parse(settings).map(Self::Gpt).map_err(error),
            Some(("mlp", widths)) => {
                let width = |width: &str| match width.trim().parse::<usize>() {
                    Ok(width) if width > 0 => Ok(width),
                    _ => Err(error(ModelProblem::BadWidth { width: width.to_owned() })),
                };
                let hidden = widths.split(',').map(width).collect::<Result<_, _>>()?;
                Ok(Self::Mlp { hidden })
            }
            _ if text == "mlp" => Err(error(ModelProblem::NoWidths)),
            _ => Err(error(ModelProblem::UnknownKind)),
        }
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Mlp { hidden } => {
                let widths: Vec<String> = hidden.iter().map(ToString::to_string).collect();
                write!(f, "mlp:{}", widths.join(","))
            }
            Self::Gpt(gpt) => gpt.fmt(f),
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
            "linear:3",
            "mlp:1e3",
            "mlp:99999999999999999999999",
        ] {
            assert!(matches!(text.parse::<Architecture>(), Err(NnError::Model { .. })), "{text}");
        }
    }
}
