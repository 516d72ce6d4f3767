//! How long the gradient of each sample is, beside the sum of the gradients that a backward pass
//! makes.
//!
//! A sample's gradient in a dense layer is an outer product, so its length is the product of two
//! lengths; on a sequence it is a sum of such products, whose length follows from how alike the
//! positions are, or from the sum itself, whichever takes less (Goodfellow 2015; Gray et al. 2024).
//! Where a layer says nothing else, its backward pass runs for each sample alone. No gradient of
//! more than one sample or one layer is in memory at any time.
//!
//! Left out: batch norm, whose samples depend on each other, so that none has a gradient of its own.

use crate::compute::matrix::{Matrix, MatrixMut};
use crate::layer::{Backward, Layer, Pass, Squares};
use crate::math::square;

/// The backward pass of a layer, and its samples' squares if they are wanted.
pub(crate) fn backward(layer: &dyn Layer, pass: &mut Pass, mut buffers: Backward) {
    if let Some(mut squares) = pass.squares.take() {
        layer.squares(pass, &mut buffers, &mut squares);
        pass.squares = Some(squares);
    }
    layer.backward(pass, buffers);
}

/// Factors of each sample's gradient: `x [b, positions, inputs]` and `dy [b, positions, outputs]`.
#[derive(Clone, Copy)]
pub(crate) struct Products<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) dy: &'a [f32],
    pub(crate) positions: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Whether there is a bias, an input that is always 1.
    pub(crate) bias: bool,
}

impl Products<'_> {
    /// Whether it takes less to compare all positions with each other than to make the gradient.
    fn by_likeness(positions: usize, inputs: usize, outputs: usize) -> bool {
        positions.saturating_mul(inputs.saturating_add(outputs)) < inputs.saturating_mul(outputs)
    }

    /// Numbers of room that [`Products::add`] needs.
    pub(crate) fn room(positions: usize, inputs: usize, outputs: usize) -> usize {
        match positions {
            1 => 0,
            _ if Self::by_likeness(positions, inputs, outputs) => {
                positions.saturating_mul(positions).saturating_mul(2)
            }
            _ => inputs.saturating_mul(outputs).max(outputs),
        }
    }

    /// Adds the square of each sample's sum over the positions of x^T dy, and of dy if there is a
    /// bias.
    pub(crate) fn add(self, pass: &mut Pass, squares: &mut Squares) {
        let Self { x, dy, positions, inputs, outputs, .. } = self;
        let samples = x.chunks_exact(positions * inputs).zip(dy.chunks_exact(positions * outputs));
        for ((x, dy), total) in samples.zip(squares.totals.iter_mut()) {
            *total += if positions == 1 {
                (square(x) + if self.bias { 1.0 } else { 0.0 }) * square(dy)
            } else if Self::by_likeness(positions, inputs, outputs) {
                self.likeness(pass, squares.room, x, dy)
            } else {
                self.sum(pass, squares.room, x, dy)
            };
        }
    }

    /// The sum over all pairs of positions of (x . x') (dy . dy').
    fn likeness(self, pass: &mut Pass, room: &mut [f32], x: &[f32], dy: &[f32]) -> f64 {
        let Self { positions, inputs, outputs, .. } = self;
        let (of_x, rest) = room.split_at_mut(positions * positions);
        let of_dy = &mut rest[..positions * positions];
        for (numbers, width, likeness) in [(x, inputs, &mut *of_x), (dy, outputs, &mut *of_dy)] {
            let rows = Matrix::new(numbers, positions, width);
            let likeness = MatrixMut::new(likeness, positions, positions);
            pass.gemm(rows, rows.transposed(), likeness, false);
        }
        let one = if self.bias { 1.0 } else { 0.0 };
        of_x.iter().zip(of_dy).map(|(x, dy)| (f64::from(*x) + one) * f64::from(*dy)).sum()
    }

    /// The square of the gradient itself.
    fn sum(self, pass: &mut Pass, room: &mut [f32], x: &[f32], dy: &[f32]) -> f64 {
        let Self { positions, inputs, outputs, .. } = self;
        let gradient = &mut room[..inputs * outputs];
        let (x, slopes) = (Matrix::new(x, positions, inputs), Matrix::new(dy, positions, outputs));
        let sum = MatrixMut::new(&mut *gradient, inputs, outputs);
        pass.gemm(x.transposed(), slopes, sum, false);
        let of_weights = square(gradient);
        if !self.bias {
            return of_weights;
        }
        let bias = &mut room[..outputs];
        bias.fill(0.0);
        for dy in dy.chunks_exact(outputs) {
            bias.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
        }
        of_weights + square(bias)
    }
}

/// Adds the square of the gradient of a table of which each position takes the row of its token:
/// `ids [b, positions]`, `dy [b, positions, width]`. The room is `[width]`.
pub(crate) fn add_rows_of_tokens(
    ids: &[f32],
    dy: &[f32],
    positions: usize,
    width: usize,
    squares: &mut Squares,
) {
    let sum = &mut squares.room[..width];
    let samples = ids.chunks_exact(positions).zip(dy.chunks_exact(positions * width));
    for ((ids, dy), total) in samples.zip(squares.totals.iter_mut()) {
        for (first, id) in ids.iter().enumerate() {
            if ids[..first].contains(id) {
                continue;
            }
            sum.fill(0.0);
            let same = ids.iter().zip(dy.chunks_exact(width)).filter(|(other, _)| *other == id);
            same.for_each(|(_, dy)| sum.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy));
            *total += square(sum);
        }
    }
}
