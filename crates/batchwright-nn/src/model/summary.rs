//! What the layers of a network are for samples of one shape: their place, what comes out, their
//! parameters and their work.

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
    /// Numbers in its own parameters, without those of the layers within it.
    pub parameters: u128,
    /// Multiplications, each with its addition, of a sample's forward pass in its own products. A
    /// backward pass takes up to twice as many.
    pub multiply_adds: u128,
}
