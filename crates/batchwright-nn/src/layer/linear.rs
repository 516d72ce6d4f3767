//! The dense layer: y = x W + b, for each position of a sample with the same weights.
//!
//! W is stored in panels of outputs (`compute/matrix.rs`), so that the products read and write it in
//! place and in order, and each thread has outputs of its own in all passes. Files contain it
//! transposed, as other libraries store it.

use crate::compute::gemm::{PARALLEL_WORK, gemm_alone, gemm_scratch};
use crate::compute::matrix::{Matrix, MatrixMut, PANEL};
use crate::compute::owners::{Owners, UNIT};
use crate::layer::elementwise::{add_rows, repeat};
use crate::layer::squares::Products;
use crate::layer::weights::{Updated, squares_of};
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Squares, Stored, backward_then_update};

/// A dense layer.
#[derive(Debug)]
pub(crate) struct Linear {
    /// Numbers that come in at each position.
    pub(crate) inputs: usize,
    /// Numbers that go out at each position.
    pub(crate) outputs: usize,
    /// Positions of a sample: 1, or the length of a sequence.
    pub(crate) positions: usize,
    pub(crate) bias: bool,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

/// Rows up to which the gradient of a panel is turned into an update before that of the next. With
/// more rows, the input is read with fewer cache misses if all panels are computed together, and the
/// memory traffic of the update is a smaller share.
const MOST_ROWS: usize = 64;

impl Linear {
    /// Numbers in the gradient of the widest panel.
    fn panel(&self) -> usize {
        self.inputs.saturating_mul(self.outputs.min(PANEL))
    }

    /// The gradient of the input.
    fn input_gradient(&self, pass: &mut Pass, weight: &[f32], dy: Matrix, dx: &mut [f32]) {
        let weight = Matrix::panels(&weight[..self.weights()], self.inputs, self.outputs);
        let dx = MatrixMut::new(dx, pass.samples * self.positions, self.inputs);
        pass.gemm(dy, weight.transposed(), dx, false);
    }

    /// The gradient of the weight, panel by panel, each turned into an update while it is in the
    /// cache.
    fn update_weight(&self, pass: &mut Pass, x: Matrix, dy: &[f32], updated: Updated) {
        let Updated { rule, weights, moments: [first, second], squares } = updated;
        let (rows, inputs, outputs, arithmetic) =
            (pass.samples * self.positions, self.inputs, self.outputs, pass.arithmetic());
        let unit = inputs * PANEL;
        let parallel = rows * inputs * outputs >= PARALLEL_WORK;
        let slices = [(squares, 1), (weights, unit), (first, unit), (second, unit)];
        pass.compute.chunks(
            slices,
            pass.scratch,
            parallel,
            #[inline(always)]
            |panel, [square, weights, first, second], room| {
                let (scratch, gradient) = room.split_at_mut(gemm_scratch(1));
                let width = weights.len() / inputs;
                let gradient = &mut gradient[..weights.len()];
                let dy = Matrix::strided(&dy[panel * PANEL..], rows, width, outputs);
                let to = MatrixMut::new(&mut *gradient, inputs, width);
                gemm_alone(arithmetic, scratch, x.transposed(), dy, to, false);
                let sum = squares_of(gradient);
                square[0] = sum;
                if sum.is_finite() {
                    rule.apply(weights, [first, second], gradient);
                }
            },
        );
    }

    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Calls `visit` for its tensors under other names.
    pub(crate) fn visit_named(&self, [weight, bias]: [&str; 2], visit: &mut dyn FnMut(Parameter)) {
        let shape = [self.inputs, self.outputs];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: weight, shape: &shape, stored: Stored::Panels, init });
        if self.bias {
            visit(Parameter::vector(bias, &[self.outputs], Init::Zero));
        }
    }

    /// Numbers in all its parameters.
    pub(crate) fn numbers(&self) -> usize {
        self.weights() + if self.bias { self.outputs } else { 0 }
    }
}

impl Layer for Linear {
    fn inputs(&self) -> usize {
        self.positions.saturating_mul(self.inputs)
    }

    fn outputs(&self) -> usize {
        self.positions.saturating_mul(self.outputs)
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        self.visit_named(["weight", "bias"], visit);
    }

    fn multiply_adds(&self) -> u128 {
        (self.positions as u128 * self.inputs as u128).saturating_mul(self.outputs as u128)
    }

    fn squares_room(&self) -> usize {
        Products::room(self.positions, self.inputs, self.outputs)
    }

    fn squares(&self, pass: &mut Pass, buffers: &mut Backward, squares: &mut Squares) {
        let Self { positions, inputs, outputs, bias, .. } = *self;
        Products { x: buffers.x, dy: buffers.dy, positions, inputs, outputs, bias }.add(pass, squares);
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.weights());
        if self.bias {
            repeat(pass, bias, y);
        }
        let rows = pass.samples * self.positions;
        let x = Matrix::new(x, rows, self.inputs);
        let weight = Matrix::panels(weight, self.inputs, self.outputs);
        let y = MatrixMut::new(y, rows, self.outputs);
        pass.gemm(x, weight, y, self.bias);
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let (dw, db) = buffers.gradient.split_at_mut(self.weights());
        let rows = pass.samples * self.positions;
        let dy = Matrix::new(buffers.dy, rows, self.outputs);
        let x = Matrix::new(buffers.x, rows, self.inputs);
        let dw = MatrixMut::panels(dw, self.inputs, self.outputs);
        pass.gemm(x.transposed(), dy, dw, buffers.add);
        if self.bias {
            add_rows(pass, buffers.dy, db, buffers.add);
        }
        if let Some(dx) = buffers.dx {
            self.input_gradient(pass, buffers.parameters, dy, dx);
        }
    }

    fn backward_and_update(&self, pass: &mut Pass, buffers: Backward, updated: Updated, owners: &Owners) {
        let rows = pass.samples * self.positions;
        if rows > MOST_ROWS {
            return backward_then_update(self, pass, buffers, updated, owners);
        }
        let dy = Matrix::new(buffers.dy, rows, self.outputs);
        if let Some(dx) = buffers.dx {
            self.input_gradient(pass, updated.weights, dy, dx);
        }
        let mut of_weight = updated;
        if self.bias {
            let bias = of_weight.take_end(self.outputs, self.outputs.div_ceil(UNIT));
            let db = &mut buffers.gradient[self.weights()..];
            add_rows(pass, buffers.dy, db, false);
            bias.apply_alone(db);
        }
        self.update_weight(pass, Matrix::new(buffers.x, rows, self.inputs), buffers.dy, of_weight);
    }

    fn scratch(&self, threads: usize) -> usize {
        // The gradient of a panel is only held where there may be few rows.
        let panel = if self.positions > MOST_ROWS { 0 } else { self.panel() };
        gemm_scratch(1).saturating_add(panel).saturating_mul(threads)
    }
}
