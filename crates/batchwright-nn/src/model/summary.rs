//! What the layers of a network are for samples of one shape: their place, what comes out, their
//! parameters, their work, and what they keep.

use crate::model::flow::Flow;
use crate::model::spec::LayerSpec;

/// Multiplications with their additions of a forward and a backward pass for one of a forward pass: the
/// gradients of inputs and of weights take as many each. The first layer needs no gradient of its
/// input, so this is a little too much.
const PASSES: u128 = 3;

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
    /// Multiplications, each with its addition, of a sample's forward pass in its own products.
    pub multiply_adds: u128,
    /// Numbers of a sample that stay in memory from its forward to its backward pass: its output, and
    /// what it needs beyond that, without those of the layers within it.
    pub kept: u128,
}

impl LayerSummary {
    /// Floating-point operations of a sample's forward pass in products.
    pub fn flop(&self) -> u128 {
        self.multiply_adds.saturating_mul(2)
    }

    /// Bytes of a sample that stay from its forward to its backward pass.
    pub fn kept_bytes(&self) -> u128 {
        self.kept.saturating_mul(4)
    }
}

/// Sums over layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Numbers in all parameters.
    pub parameters: u128,
    /// As in [`LayerSummary`].
    pub multiply_adds: u128,
    /// As in [`LayerSummary`].
    pub kept: u128,
}

impl Totals {
    /// Those of these layers.
    pub fn of(layers: &[LayerSummary]) -> Self {
        layers.iter().fold(Self::default(), |sum, layer| Self {
            parameters: sum.parameters.saturating_add(layer.parameters),
            multiply_adds: sum.multiply_adds.saturating_add(layer.multiply_adds),
            kept: sum.kept.saturating_add(layer.kept),
        })
    }

    /// Floating-point operations of a sample's forward pass in products.
    pub fn flop(&self) -> u128 {
        self.multiply_adds.saturating_mul(2)
    }

    /// Floating-point operations of a sample's forward and backward pass, about.
    pub fn training_flop(&self) -> u128 {
        self.flop().saturating_mul(PASSES)
    }

    /// Bytes of a sample that stay from its forward to its backward pass.
    pub fn kept_bytes(&self) -> u128 {
        self.kept.saturating_mul(4)
    }
}
