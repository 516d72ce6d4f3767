//! What a network looks like: its description, as given on the command line and kept in a saved model, and the layers it means.

use crate::error::NnError;
use crate::layer::Layer;
use crate::layer::activation::Pointwise;
use crate::layer::dropout::Dropout;
use crate::layer::linear::Linear;
use serde::{Deserialize, Serialize};

/// The function between two dense layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x)
    #[default]
    Relu,
    /// x Phi(x), in its tanh form.
    Gelu,
    /// tanh x
    Tanh,
}

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
}

impl std::str::FromStr for Architecture {
    type Err = NnError;

    /// Reads `linear` or `mlp:512,256`.
    fn from_str(text: &str) -> Result<Self, NnError> {
        let error = |problem: String| NnError::Model { model: text.to_owned(), problem };
        match text.split_once(':') {
            None if text == "linear" => Ok(Self::Linear),
            Some(("mlp", widths)) => {
                let width = |width: &str| match width.trim().parse::<usize>() {
                    Ok(width) if width > 0 => Ok(width),
                    _ => Err(error(format!("`{width}` is not a width of at least 1"))),
                };
                let hidden = widths.split(',').map(width).collect::<Result<_, _>>()?;
                Ok(Self::Mlp { hidden })
            }
            _ if text == "mlp" => Err(error("it has no widths".to_owned())),
            _ => Err(error("unknown kind of model".to_owned())),
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
        }
    }
}

/// A network, but for the sizes that the data decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Kind and widths.
    pub architecture: Architecture,
    /// Between dense layers.
    pub activation: Activation,
    /// Probability of zeroing a hidden unit in training, in 0..1.
    pub dropout: f64,
}

impl Model {
    /// An MLP with ReLU and without dropout.
    pub fn mlp(hidden: &[usize]) -> Self {
        Self {
            architecture: Architecture::Mlp { hidden: hidden.to_vec() },
            activation: Activation::Relu,
            dropout: 0.0,
        }
    }

    /// The network as a list of layers from `inputs` to `outputs` numbers per sample. Nothing is allocated for parameters.
    ///
    /// Weights start normal with variance gain / inputs: gain 2 before ReLU and GELU (He et al. 2015), 1 before tanh and at the end
    /// (LeCun et al. 1998); biases at zero.
    ///
    /// # Errors
    /// [`NnError::Model`] for an empty model, [`NnError::Setting`] for a dropout outside 0..1.
    pub(crate) fn layers(&self, inputs: usize, outputs: usize) -> Result<Vec<Box<dyn Layer>>, NnError> {
        self.check(inputs, outputs)?;
        let hidden: &[usize] = match &self.architecture {
            Architecture::Linear => &[],
            Architecture::Mlp { hidden } => hidden,
        };
        let gain = match self.activation {
            Activation::Relu | Activation::Gelu => 2.0,
            Activation::Tanh => 1.0,
        };
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let mut width = inputs;
        for &next in hidden {
            layers.push(Box::new(Linear {
                inputs: width,
                outputs: next,
                deviation: (gain / width as f64).sqrt(),
            }));
            layers.push(Box::new(Pointwise { activation: self.activation, width: next }));
            if self.dropout > 0.0 {
                layers.push(Box::new(Dropout {
                    width: next,
                    probability: self.dropout,
                    index: layers.len() as u64,
                }));
            }
            width = next;
        }
        layers.push(Box::new(Linear { inputs: width, outputs, deviation: (1.0 / width as f64).sqrt() }));
        Ok(layers)
    }

    fn check(&self, inputs: usize, outputs: usize) -> Result<(), NnError> {
        let widths = match &self.architecture {
            Architecture::Linear => vec![inputs, outputs],
            Architecture::Mlp { hidden } if hidden.is_empty() => vec![0],
            Architecture::Mlp { hidden } => [&[inputs, outputs], hidden.as_slice()].concat(),
        };
        if widths.contains(&0) {
            return Err(NnError::Model {
                model: self.architecture.to_string(),
                problem: format!("a layer from {inputs} inputs to {outputs} outputs is empty"),
            });
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(NnError::Setting {
                name: "--dropout",
                value: self.dropout,
                expected: "a probability from 0 to below 1",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_read_and_written_alike() {
        for text in ["linear", "mlp:512,256", "mlp:1"] {
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

    #[test]
    fn an_empty_model_or_a_dropout_of_one_is_refused() {
        assert!(matches!(Model::mlp(&[]).layers(3, 2), Err(NnError::Model { .. })));
        assert!(matches!(Model::mlp(&[4]).layers(0, 2), Err(NnError::Model { .. })));
        for dropout in [1.0, -0.1, f64::NAN] {
            let model = Model { dropout, ..Model::mlp(&[4]) };
            assert!(matches!(model.layers(3, 2), Err(NnError::Setting { .. })), "{dropout}");
        }
    }
}
