//! What a layer is: a function with parameters, its gradient, and what it must keep between the two.
//!
//! A layer owns no buffers and no parameters. It says how much it needs, per batch; the engine plans all memory once and lends it for each
//! pass. Layers that are not dense (convolution, attention, normalisation) fit the same interface: shapes are per sample, and whatever
//! a backward pass needs beyond input and output goes to `kept`.

pub(crate) mod activation;
pub(crate) mod dropout;
pub(crate) mod linear;

use crate::compute::Compute;

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Init {
    /// All zeros.
    Zero,
    /// Normal with this standard deviation.
    Normal(f64),
}

/// One parameter tensor of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// `weight` or `bias`.
    pub(crate) name: &'static str,
    /// Shape as stored, row-major.
    pub(crate) shape: Vec<usize>,
    pub(crate) init: Init,
}

impl Parameter {
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What all layers share during one pass over a micro-batch.
pub(crate) struct Pass<'a> {
    pub(crate) compute: &'a Compute,
    /// Scratch of the matrix product.
    pub(crate) scratch: &'a mut [f32],
    /// Samples in the micro-batch, `b`.
    pub(crate) samples: usize,
    /// Present in training: what randomness is a function of.
    pub(crate) training: Option<Draw<'a>>,
}

/// What dropout is a pure function of.
#[derive(Clone, Copy)]
pub(crate) struct Draw<'a> {
    pub(crate) seed: u64,
    pub(crate) epoch: u64,
    /// Ids of the samples, `[b]`.
    pub(crate) ids: &'a [u32],
}

/// Buffers of one layer in a backward pass.
pub(crate) struct Backward<'a> {
    /// Parameters, as in the forward pass.
    pub(crate) parameters: &'a [f32],
    /// Input of the forward pass, `[b, inputs]`.
    pub(crate) x: &'a [f32],
    /// Output of the forward pass, `[b, outputs]`.
    pub(crate) y: &'a [f32],
    /// What the forward pass kept, `[b, kept]`.
    pub(crate) kept: &'a [f32],
    /// Gradient with respect to the output, `[b, outputs]`.
    pub(crate) dy: &'a [f32],
    /// Where the gradient with respect to the input goes, `[b, inputs]`; the first layer has no use for it.
    pub(crate) dx: Option<&'a mut [f32]>,
    /// Where the gradient with respect to the parameters goes.
    pub(crate) gradient: &'a mut [f32],
    /// Add to that gradient; the first micro-batch of a step replaces what the last step left instead.
    pub(crate) add: bool,
}

/// One layer of a network.
pub(crate) trait Layer: std::fmt::Debug + Send {
    /// Numbers per sample that go out.
    fn outputs(&self) -> usize;

    /// Parameter tensors, in the order in which their numbers stand in the layer's part of the parameters.
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// Numbers per sample that the backward pass needs beside input and output.
    fn kept(&self) -> usize {
        0
    }

    /// Computes the output `y [b, outputs]` from the input `x [b, inputs]`. `kept` is empty in evaluation.
    fn forward(&self, pass: &mut Pass, parameters: &[f32], x: &[f32], kept: &mut [f32], y: &mut [f32]);

    /// Computes or adds to the gradient of the parameters, and computes the gradient with respect to the input.
    fn backward(&self, pass: &mut Pass, buffers: Backward);
}
