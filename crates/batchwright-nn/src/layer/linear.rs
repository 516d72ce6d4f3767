//! The dense layer: y = x W + b, for each position of a sample with the same weights.
//!
//! W is stored `[inputs, outputs]`, so that the forward product reads it in place. Files contain it
//! transposed, as other libraries store it.

use crate::compute::gemm::{Matrix, gemm};
use crate::layer::elementwise::{add_rows, repeat};
use crate::layer::squares::Products;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Squares};

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

impl Linear {
    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Numbers in all its parameters.
    pub(crate) fn numbers(&self) -> usize {
        self.weights() + if self.bias { self.outputs } else { 0 }
    }
}

impl Layer for Linear {
    fn inputs(&self) -> usize {
        self.positions * self.inputs
    }

    fn outputs(&self) -> usize {
        self.positions * self.outputs
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let weight = [self.inputs, self.outputs];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: "weight", shape: &weight, order: &[1, 0], init });
        if self.bias {
            visit(Parameter::vector("bias", &[self.outputs], Init::Zero));
        }
    }

    fn multiply_adds(&self) -> u128 {
        self.positions as u128 * self.inputs as u128 * self.outputs as u128
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
        let x = Matrix::new(x, pass.samples * self.positions, self.inputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        gemm(pass.compute, pass.scratch, x, weight, y, self.bias);
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let (dw, db) = buffers.gradient.split_at_mut(self.weights());
        let rows = pass.samples * self.positions;
        let dy = Matrix::new(buffers.dy, rows, self.outputs);
        let x = Matrix::new(buffers.x, rows, self.inputs);
        gemm(pass.compute, pass.scratch, x.transposed(), dy, dw, buffers.add);
        if self.bias {
            add_rows(pass, buffers.dy, db, buffers.add);
        }
        if let Some(dx) = buffers.dx {
            let weight = Matrix::new(&buffers.parameters[..self.weights()], self.inputs, self.outputs);
            gemm(pass.compute, pass.scratch, dy, weight.transposed(), dx, false);
        }
    }
}
