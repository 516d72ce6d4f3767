//! What a layer is: a function with parameters, its gradient, and what it must keep between the
//! forward and the backward pass.
//!
//! A layer owns no buffers and does not own the values of its parameters. It says how much it needs
//! for each sample and for each pass; the engine plans all memory once and lends it for each pass.
//! A layer may own other layers ([`sequence`]): what the inner layers keep is then part of what it
//! keeps, and their parameters are part of its parameters. Shapes are per sample; whatever a
//! backward pass needs beyond input and output goes to `kept` (for each sample) or `held` (for all
//! of them together).
//!
//! Beside its parameters a layer may have *statistics*: numbers that training moves without a
//! gradient and that only evaluation uses (the running mean of a batch norm).

pub(crate) mod activation;
pub(crate) mod attention;
pub(crate) mod batch_norm;
pub(crate) mod conv;
pub(crate) mod depthwise;
pub(crate) mod dropout;
pub(crate) mod elementwise;
pub(crate) mod embedding;
pub(crate) mod group_norm;
pub(crate) mod image;
#[cfg(test)]
mod image_tests;
pub(crate) mod linear;
pub(crate) mod norm;
pub(crate) mod pool;
pub(crate) mod residual;
pub(crate) mod rotary;
pub(crate) mod sequence;
pub(crate) mod squares;
pub(crate) mod take;
pub(crate) mod tied;
pub(crate) mod weights;
pub(crate) mod window;
pub(crate) mod winograd;

use crate::compute::context::Compute;
use crate::compute::gemm::gemm;
use crate::compute::matrix::{Matrix, MatrixMut, PANEL};
use crate::compute::owners::{Owners, UNIT};
use crate::compute::precision::{Arithmetic, Precision};
use crate::layer::weights::Updated;
use crate::math::square;

/// How a parameter is initialised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Init {
    /// All zeros.
    Zero,
    /// All ones.
    One,
    /// Normal with this standard deviation.
    Normal(f64),
}

/// How a tensor's numbers are ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stored<'a> {
    /// Row-major in memory. For each dimension in files, which dimension in memory it is.
    RowMajor(&'a [usize]),
    /// A matrix `[inputs, outputs]`, in panels of columns in memory; `[outputs, inputs]` in files.
    Panels,
}

/// One parameter tensor of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Parameter<'a> {
    /// `weight` or `bias`; in a layer that owns layers, the position of the inner layer comes
    /// first: `0.weight`.
    pub(crate) name: &'a str,
    /// Shape in memory.
    pub(crate) shape: &'a [usize],
    pub(crate) stored: Stored<'a>,
    pub(crate) init: Init,
}

impl<'a> Parameter<'a> {
    /// One number for each feature.
    pub(crate) fn vector(name: &'a str, len: &'a [usize; 1], init: Init) -> Self {
        Self { name, shape: len, stored: Stored::RowMajor(&[0]), init }
    }

    /// Numbers of a unit: what one thread owns and sums.
    pub(crate) fn unit(&self) -> u128 {
        match (self.stored, self.shape) {
            (Stored::Panels, &[inputs, _]) => inputs as u128 * PANEL as u128,
            _ => UNIT as u128,
        }
    }

    /// Units of the tensor.
    pub(crate) fn units(&self) -> u128 {
        self.len().div_ceil(self.unit().max(1))
    }

    /// Numbers in the tensor. The widths of an absurdly large model have a product beyond 64 bits.
    /// Such a model must be refused, so this count must not overflow before.
    pub(crate) fn len(&self) -> u128 {
        self.shape.iter().fold(1, |product: u128, &width| product.saturating_mul(width as u128))
    }
}

/// What all layers share during one pass over a micro-batch.
pub(crate) struct Pass<'a> {
    pub(crate) compute: &'a Compute,
    /// What the factors of products are rounded to.
    pub(crate) precision: Precision,
    /// Scratch of the matrix product, or of a layer that asks for more.
    pub(crate) scratch: &'a mut [f32],
    /// Samples in the micro-batch, `b`.
    pub(crate) samples: usize,
    /// What dropout depends on; present only in training.
    pub(crate) training: Option<Draw<'a>>,
    /// Where a backward pass adds the squares of each sample's gradient, if they are wanted.
    pub(crate) squares: Option<Squares<'a>>,
}

impl Pass<'_> {
    /// How the products of this pass are computed.
    pub(crate) fn arithmetic(&self) -> Arithmetic {
        Arithmetic { isa: self.compute.isa(), precision: self.precision }
    }

    /// `c = a b`, or `c += a b` when `add`, on all threads ([`gemm`]).
    pub(crate) fn gemm(&mut self, a: Matrix, b: Matrix, c: MatrixMut, add: bool) {
        gemm(self.compute, self.precision, self.scratch, a, b, c, add);
    }
}

/// The squares that are being summed.
pub(crate) struct Squares<'a> {
    /// For each sample the square of the length of its gradient, as far as the layers are done.
    pub(crate) totals: &'a mut [f64],
    /// Room to work in: as much as any layer asks for ([`Layer::squares_room`]).
    pub(crate) room: &'a mut [f32],
}

/// What dropout is a pure function of.
#[derive(Clone, Copy)]
pub(crate) struct Draw<'a> {
    pub(crate) seed: u64,
    pub(crate) epoch: u64,
    /// Ids of the samples, `[b]`.
    pub(crate) ids: &'a [u32],
}

/// Buffers of one layer in a forward pass.
pub(crate) struct Forward<'a> {
    /// The layer's parameters, one tensor after the other.
    pub(crate) parameters: &'a [f32],
    /// The layer's statistics, one tensor after the other; for evaluation.
    pub(crate) statistics: &'a [f32],
    /// Input, `[b, inputs]`.
    pub(crate) x: &'a [f32],
    /// What the backward pass will need, `[b, kept]`; empty in evaluation.
    pub(crate) kept: &'a mut [f32],
    /// What the backward pass will need, whatever the number of samples, `[held]`; empty in
    /// evaluation.
    pub(crate) held: &'a mut [f32],
    /// Room to work in, `[b, work]`, of any content.
    pub(crate) work: &'a mut [f32],
    /// Where the output goes, `[b, outputs]`.
    pub(crate) y: &'a mut [f32],
}

impl<'a> Forward<'a> {
    /// For a layer that has neither statistics nor anything to keep, and works in no memory.
    pub(crate) fn stateless(parameters: &'a [f32], x: &'a [f32], y: &'a mut [f32]) -> Self {
        Self { parameters, statistics: &[], x, kept: &mut [], held: &mut [], work: &mut [], y }
    }
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
    /// What the forward pass held, `[held]`.
    pub(crate) held: &'a [f32],
    /// Room to work in, `[b, work]`, of any content.
    pub(crate) work: &'a mut [f32],
    /// Gradient with respect to the output, `[b, outputs]`.
    pub(crate) dy: &'a [f32],
    /// Where the gradient with respect to the input goes, `[b, inputs]`. Absent in the first layer
    /// of a network that has parameters, because its input needs no gradient.
    pub(crate) dx: Option<&'a mut [f32]>,
    /// Where the gradient with respect to the parameters goes.
    pub(crate) gradient: &'a mut [f32],
    /// Where the statistics of these samples go, each times the number of samples: the engine
    /// divides by the samples of a step, as it does with gradients, and moves the running
    /// statistics towards the mean.
    pub(crate) observed: &'a mut [f32],
    /// Whether to add to `gradient` and `observed`. The first micro-batch of a step replaces those
    /// of the last step.
    pub(crate) add: bool,
}

impl<'a> Backward<'a> {
    /// As [`Forward::stateless`], for a layer that does not need its output either.
    pub(crate) fn stateless(
        parameters: &'a [f32],
        x: &'a [f32],
        dy: &'a [f32],
        dx: Option<&'a mut [f32]>,
        gradient: &'a mut [f32],
        add: bool,
    ) -> Self {
        let (work, observed): (&mut [f32], &mut [f32]) = (&mut [], &mut []);
        Self { parameters, x, y: &[], kept: &[], held: &[], work, dy, dx, gradient, observed, add }
    }
}

/// One layer of a network.
pub(crate) trait Layer: std::fmt::Debug + Send {
    /// Numbers per sample that come in.
    fn inputs(&self) -> usize;

    /// Numbers per sample that go out.
    fn outputs(&self) -> usize;

    /// How many different tokens there are, for a layer that takes token ids: they come in as
    /// numbers, each below this.
    fn vocabulary(&self) -> Option<usize> {
        None
    }

    /// Calls `visit` for every parameter tensor, in the order in which their numbers are stored in
    /// the layer's part of the parameters.
    fn visit_parameters(&self, _visit: &mut dyn FnMut(Parameter)) {}

    /// Calls `visit` for every tensor of statistics, as for the parameters.
    fn visit_statistics(&self, _visit: &mut dyn FnMut(Parameter)) {}

    /// Multiplications, each with its addition, of a sample's forward pass in products with weights
    /// or of activations with each other; sums, comparisons and functions of one number are not
    /// counted.
    fn multiply_adds(&self) -> u128 {
        0
    }

    /// Numbers per sample that the backward pass needs in addition to input and output.
    fn kept(&self) -> usize {
        0
    }

    /// Numbers that the backward pass needs, whatever the number of samples.
    fn held(&self) -> usize {
        0
    }

    /// Numbers per sample that a pass needs only while it runs.
    fn work(&self) -> usize {
        0
    }

    /// Numbers of [`Pass::scratch`] that a pass on `threads` threads needs, whatever the number of
    /// samples. There is always enough for a matrix product.
    fn scratch(&self, _threads: usize) -> usize {
        0
    }

    /// Whether a sample's loss in training depends on the other samples of its micro-batch.
    fn mixes_samples(&self) -> bool {
        false
    }

    /// Numbers of room that [`Layer::squares`] needs, whatever the number of samples.
    fn squares_room(&self) -> usize {
        let mut numbers = 0u128;
        self.visit_parameters(&mut |tensor| numbers = numbers.saturating_add(tensor.len()));
        usize::try_from(numbers).unwrap_or(usize::MAX)
    }

    /// Adds the square of the length of each sample's gradient, before the backward pass. A layer
    /// that owns others does so in its backward pass, where their slopes are known.
    fn squares(&self, pass: &mut Pass, buffers: &mut Backward, squares: &mut Squares) {
        one_by_one(self, pass, buffers, squares);
    }

    /// Computes the output from the input.
    fn forward(&self, pass: &mut Pass, buffers: Forward);

    /// Computes the gradient of the parameters, or adds to it, and computes the gradient of the
    /// input.
    fn backward(&self, pass: &mut Pass, buffers: Backward);

    /// As [`Layer::backward`], and updates the parameters, which are not in `buffers` but in
    /// `updated`; `owners` are those of the layer's parameters. What is then in the place of the
    /// gradient is not defined.
    fn backward_and_update(&self, pass: &mut Pass, buffers: Backward, updated: Updated, owners: &Owners) {
        backward_then_update(self, pass, buffers, updated, owners);
    }
}

/// A backward pass of a layer, and after it the update of its parameters.
pub(crate) fn backward_then_update(
    layer: &(impl Layer + ?Sized),
    pass: &mut Pass,
    buffers: Backward,
    updated: Updated,
    owners: &Owners,
) {
    let (gradient, parameters) = (buffers.gradient, &*updated.weights);
    layer.backward(pass, Backward { parameters, gradient: &mut *gradient, ..buffers });
    updated.apply(pass.compute, owners, gradient);
}

/// Runs the backward pass for each sample alone, and adds the squares of what comes out; for a layer
/// that keeps for each sample what is side by side in memory.
fn one_by_one<L: Layer + ?Sized>(layer: &L, pass: &mut Pass, buffers: &mut Backward, squares: &mut Squares) {
    let numbers = layer.squares_room();
    if numbers == 0 {
        return;
    }
    let (inputs, outputs, kept, work) = (layer.inputs(), layer.outputs(), layer.kept(), layer.work());
    let gradient = &mut squares.room[..numbers];
    for (sample, total) in squares.totals.iter_mut().enumerate() {
        // What a layer does not need may be empty.
        let of = |numbers: &'_ [f32], width: usize| {
            if numbers.is_empty() { 0..0 } else { sample * width..(sample + 1) * width }
        };
        let mut alone = Pass {
            compute: pass.compute,
            precision: pass.precision,
            scratch: &mut *pass.scratch,
            samples: 1,
            training: pass.training,
            squares: None,
        };
        layer.backward(
            &mut alone,
            Backward {
                parameters: buffers.parameters,
                x: &buffers.x[of(buffers.x, inputs)],
                y: &buffers.y[of(buffers.y, outputs)],
                kept: &buffers.kept[of(buffers.kept, kept)],
                held: buffers.held,
                work: &mut buffers.work[..work],
                dy: &buffers.dy[of(buffers.dy, outputs)],
                dx: None,
                gradient,
                observed: &mut [],
                add: false,
            },
        );
        *total += square(gradient);
    }
}
