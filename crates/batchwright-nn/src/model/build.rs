//! From a description to layers: builds the network for samples of one shape, and refuses
//! descriptions that do not work.

use crate::error::NnError;
use crate::layer::Layer;
use crate::layer::activation::{Activation, Pointwise};
use crate::layer::dropout::Dropout;
use crate::layer::linear::Linear;
use crate::layer::sequence::Sequence;
use crate::model::Model;
use crate::model::architecture::Architecture;
use crate::problem::{AllowedValue, ModelProblem};
use batchwright_data::{InputKind, SampleShape};

/// The network for samples of this shape. No memory is allocated for parameters.
///
/// The initial weights are normally distributed with variance gain / inputs: gain 2 before ReLU and
/// GELU (He et al. 2015), 1 before tanh and at the end (LeCun et al. 1998); biases start at zero.
///
/// # Errors
/// [`NnError::Model`] for an empty model, [`NnError::InputKind`] for tokens, [`NnError::Setting`]
/// for a dropout outside 0..1.
pub(crate) fn network(model: &Model, shape: SampleShape) -> Result<Sequence, NnError> {
    check(model, shape)?;
    let gain = match model.activation {
        Activation::Relu | Activation::Gelu => 2.0,
        Activation::Tanh => 1.0,
    };
    let mut layers: Vec<Box<dyn Layer>> = Vec::new();
    let mut width = shape.inputs;
    for &next in hidden(model) {
        layers.push(dense(width, next, gain));
        layers.push(Box::new(Pointwise { activation: model.activation, width: next }));
        if model.dropout > 0.0 {
            let index = layers.len() as u64;
            layers.push(Box::new(Dropout { width: next, probability: model.dropout, index }));
        }
        width = next;
    }
    layers.push(dense(width, shape.outputs(), 1.0));
    Ok(Sequence::new(layers))
}

fn dense(inputs: usize, outputs: usize, gain: f64) -> Box<dyn Layer> {
    Box::new(Linear { inputs, outputs, deviation: (gain / inputs as f64).sqrt() })
}

fn hidden(model: &Model) -> &[usize] {
    match &model.architecture {
        Architecture::Linear => &[],
        Architecture::Mlp { hidden } => hidden,
    }
}

fn check(model: &Model, shape: SampleShape) -> Result<(), NnError> {
    let (inputs, outputs) = (shape.inputs, shape.outputs());
    let empty = matches!(&model.architecture, Architecture::Mlp { hidden } if hidden.is_empty());
    if empty || inputs == 0 || outputs == 0 || hidden(model).contains(&0) {
        return Err(NnError::Model {
            model: model.architecture.to_string(),
            problem: ModelProblem::EmptyLayer { inputs, outputs },
        });
    }
    if shape.kind != InputKind::Numbers {
        return Err(NnError::InputKind { model: model.architecture.to_string() });
    }
    if !(0.0..1.0).contains(&model.dropout) {
        return Err(NnError::Setting {
            name: "--dropout",
            value: model.dropout,
            expected: AllowedValue::Probability,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::Task;

    const SHAPE: SampleShape =
        SampleShape { kind: InputKind::Numbers, inputs: 3, task: Task::Classify { classes: 2 } };

    #[test]
    fn an_empty_model_or_a_dropout_of_one_is_refused() {
        let refused = |result: Result<Sequence, NnError>| matches!(result, Err(NnError::Model { .. }));
        assert!(refused(network(&Model::mlp(&[]), SHAPE)));
        assert!(refused(network(&Model::mlp(&[4]), SampleShape { inputs: 0, ..SHAPE })));
        for dropout in [1.0, -0.1, f64::NAN] {
            let model = Model { dropout, ..Model::mlp(&[4]) };
            assert!(matches!(network(&model, SHAPE), Err(NnError::Setting { .. })), "{dropout}");
        }
    }

    /// A dense layer would treat token ids as quantities: it would train, but the result would be
    /// meaningless.
    #[test]
    fn tokens_are_refused() {
        let shape = SampleShape { kind: InputKind::Tokens, ..SHAPE };
        let error = network(&Model::mlp(&[4]), shape).unwrap_err();
        assert_eq!(error, NnError::InputKind { model: "mlp:4".to_owned() });
        assert!(network(&Model::mlp(&[4]), SHAPE).is_ok());
    }
}
