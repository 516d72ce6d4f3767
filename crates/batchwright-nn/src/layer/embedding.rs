//! Tokens as vectors, and learned positions: tables of which each position of a sample takes a row.

use crate::layer::elementwise::copy;
use crate::layer::squares::add_rows_of_tokens;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Squares, Stored};
use crate::math::square;

/// Most tokens: ids go through the network as numbers, which single precision holds exactly up to
/// here.
pub(crate) const MOST_TOKENS: usize = 1 << 24;

/// The row of each token: PyTorch's `Embedding`.
#[derive(Debug)]
pub(crate) struct Embedding {
    /// Tokens of a sample.
    pub(crate) length: usize,
    /// Different tokens, at most [`MOST_TOKENS`].
    pub(crate) vocabulary: usize,
    pub(crate) width: usize,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

impl Embedding {
    /// Adds each row of `dy [b * length, width]` to the gradient of its token, in their order. Each
    /// thread has tokens of its own.
    pub(crate) fn scatter(&self, pass: &Pass, ids: &[f32], dy: &[f32], gradient: &mut [f32], add: bool) {
        let width = self.width;
        pass.compute.rows(
            self.vocabulary,
            16,
            [gradient],
            #[inline(always)]
            |first, [gradient]| {
                if !add {
                    gradient.fill(0.0);
                }
                for (&id, dy) in ids.iter().zip(dy.chunks_exact(width)) {
                    // A token below `first` becomes one beyond the end.
                    let row = (id as usize).wrapping_sub(first).saturating_mul(width);
                    let Some(sums) = gradient.get_mut(row..row.saturating_add(width)) else { continue };
                    sums.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
                }
            },
        );
    }
}

impl Layer for Embedding {
    fn inputs(&self) -> usize {
        self.length
    }

    fn outputs(&self) -> usize {
        self.length.saturating_mul(self.width)
    }

    fn vocabulary(&self) -> Option<usize> {
        Some(self.vocabulary)
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let shape = [self.vocabulary, self.width];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: "weight", shape: &shape, stored: Stored::RowMajor(&[0, 1]), init });
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x: ids, y, .. } = buffers;
        let width = self.width;
        pass.compute.rows(
            ids.len(),
            64,
            [y],
            #[inline(always)]
            |first, [y]| {
                for (y, &id) in y.chunks_exact_mut(width).zip(&ids[first..]) {
                    y.copy_from_slice(&parameters[id as usize * width..][..width]);
                }
            },
        );
    }

    /// The rows that a sample does not take have no gradient.
    fn squares_room(&self) -> usize {
        self.width
    }

    fn squares(&self, _pass: &mut Pass, buffers: &mut Backward, squares: &mut Squares) {
        add_rows_of_tokens(buffers.x, buffers.dy, self.length, self.width, squares);
    }

    /// Tokens have no gradient.
    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        self.scatter(pass, buffers.x, buffers.dy, buffers.gradient, buffers.add);
        if let Some(dx) = buffers.dx {
            dx.fill(0.0);
        }
    }
}

/// y = x + weight, with a row of weights for each position.
#[derive(Debug)]
pub(crate) struct Positions {
    pub(crate) length: usize,
    pub(crate) width: usize,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

impl Layer for Positions {
    fn inputs(&self) -> usize {
        self.length.saturating_mul(self.width)
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let shape = [self.length, self.width];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: "weight", shape: &shape, stored: Stored::RowMajor(&[0, 1]), init });
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let numbers = self.inputs();
        pass.compute.rows(
            pass.samples,
            4,
            [y],
            #[inline(always)]
            |first, [y]| {
                let samples = y.chunks_exact_mut(numbers).zip(x[first * numbers..].chunks_exact(numbers));
                for (y, x) in samples {
                    for ((y, x), weight) in y.iter_mut().zip(x).zip(parameters) {
                        *y = x + weight;
                    }
                }
            },
        );
    }

    fn squares_room(&self) -> usize {
        0
    }

    /// A sample's gradient is what comes in.
    fn squares(&self, _pass: &mut Pass, buffers: &mut Backward, squares: &mut Squares) {
        let samples = buffers.dy.chunks_exact(self.inputs());
        squares.totals.iter_mut().zip(samples).for_each(|(total, dy)| *total += square(dy));
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { dy, dx, gradient, add, .. } = buffers;
        pass.compute.rows(
            gradient.len(),
            4_096,
            [gradient],
            #[inline(always)]
            |first, [gradient]| {
                if !add {
                    gradient.fill(0.0);
                }
                for dy in dy.chunks_exact(self.inputs()) {
                    gradient.iter_mut().zip(&dy[first..]).for_each(|(sum, dy)| *sum += dy);
                }
            },
        );
        if let Some(dx) = dx {
            copy(pass, dy, dx);
        }
    }
}
