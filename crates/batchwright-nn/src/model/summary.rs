//! What the layers of a network are for samples of one shape: their place, what comes out, their
//! parameters and their work.

use crate::layer::Layer;
use crate::model::flow::Flow;
use crate::model::spec::LayerSpec;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerSummary {
    /// Position from 0, which starts the names of its tensors; within a block `3.body.0`. The
    /// layers of a block come before the block.
    pub place: String,
    /// How it was described.
    pub spec: LayerSpec,
    /// What comes out.
    pub output: Flow,
    /// Numbers in its parameters; those of the layers within it are not counted again.
    pub parameters: u128,
    /// Multiplications, each with its addition, of a sample's forward pass in its products. A
    /// backward pass takes up to twice as many.
    pub multiply_adds: u128,
}

impl LayerSummary {
    pub(crate) fn new(place: &str, spec: &LayerSpec, layer: &dyn Layer, output: Flow) -> Self {
        let mut parameters = 0u128;
        layer.visit_parameters(&mut |tensor| {
            let inner = ["body.", "shortcut."].iter().any(|path| tensor.name.starts_with(path));
            parameters = parameters.saturating_add(if inner { 0 } else { tensor.len() });
        });
        let multiply_adds = layer.multiply_adds();
        Self { place: place.to_owned(), spec: spec.clone(), output, parameters, multiply_adds }
    }
}
