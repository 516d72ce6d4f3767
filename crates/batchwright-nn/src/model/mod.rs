//! What a network looks like: its description, as given on the command line and kept in a saved
//! model.
//!
//! Left out: the sizes that depend on the data (`build` puts both together).

pub(crate) mod architecture;
pub(crate) mod build;
pub(crate) mod extent;
pub(crate) mod flow;
pub(crate) mod gpt;
pub(crate) mod images;
pub(crate) mod list;
pub(crate) mod sequences;
pub(crate) mod spec;
pub(crate) mod summary;

use crate::layer::activation::Activation;
use crate::loss::training_loss::TrainingLoss;
use crate::model::architecture::Architecture;
use crate::model::spec::LayerSpec;
use batchwright_data::{SampleShape, Task};
use serde::{Deserialize, Serialize};

/// A network, without the sizes that depend on the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Kind and widths.
    pub architecture: Architecture,
    /// The function between dense layers.
    #[serde(with = "crate::layer::activation::saved")]
    pub activation: Activation,
    /// Probability of zeroing a hidden unit in training, in 0..1.
    pub dropout: f64,
    /// What the gradient is of.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub loss: TrainingLoss,
}

fn is_plain(loss: &TrainingLoss) -> bool {
    *loss == TrainingLoss::default()
}

impl Model {
    /// An MLP with ReLU and without dropout.
    pub fn mlp(hidden: &[usize]) -> Self {
        Self {
            architecture: Architecture::Mlp { hidden: hidden.to_vec() },
            activation: Activation::Relu,
            dropout: 0.0,
            loss: TrainingLoss::default(),
        }
    }

    /// Its layers for samples of this shape.
    pub fn layers(&self, shape: SampleShape) -> Vec<LayerSpec> {
        self.architecture.layers(self.output_shape(shape), self.activation, self.dropout)
    }

    /// Numbers that it puts out for one prediction: a logit for each class or token, with binary
    /// cross-entropy only that of the second of two classes; or the values.
    pub fn outputs(&self, task: Task) -> usize {
        self.loss.outputs(task)
    }

    /// These samples, with as many numbers predicted as the network puts out.
    pub(crate) fn output_shape(&self, shape: SampleShape) -> SampleShape {
        let task =
            if self.loss.binary { Task::Regress { outputs: self.outputs(shape.task) } } else { shape.task };
        SampleShape { task, ..shape }
    }

    /// Whether a sample's loss in training depends on the other samples of its micro-batch.
    pub fn has_batch_norm(&self, shape: SampleShape) -> bool {
        self.layers(shape).iter().any(LayerSpec::has_batch_norm)
    }
}
