//! The dense layer: y = x W + b, for each position of a sample with the same weights.
//!
//! W is stored in panels of outputs (`compute/matrix.rs`), so that the products read and write it in
//! place and in order, and each thread has outputs of its own in all passes. Files contain it
//! transposed, as other libraries store it.

use crate::compute::gemm::gemm;
use crate::compute::matrix::{Matrix, MatrixMut};
use crate::layer::elementwise::{add_rows, repeat};
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Stored};

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
        self.positions * self.inputs
    }

    fn outputs(&self) -> usize {
        self.positions * self.outputs
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        self.visit_named(["weight", "bias"], visit);
    }

    fn multiply_adds(&self) -> u128 {
        self.positions as u128 * self.inputs as u128 * self.outputs as u128
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
        gemm(pass.compute, pass.scratch, x, weight, y, self.bias);
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let (dw, db) = buffers.gradient.split_at_mut(self.weights());
        let rows = pass.samples * self.positions;
        let dy = Matrix::new(buffers.dy, rows, self.outputs);
        let x = Matrix::new(buffers.x, rows, self.inputs);
        let dw = MatrixMut::panels(dw, self.inputs, self.outputs);
        gemm(pass.compute, pass.scratch, x.transposed(), dy, dw, buffers.add);
        if self.bias {
            add_rows(pass, buffers.dy, db, buffers.add);
        }
        if let Some(dx) = buffers.dx {
            let weight = Matrix::panels(&buffers.parameters[..self.weights()], self.inputs, self.outputs);
            let dx = MatrixMut::new(dx, rows, self.inputs);
            gemm(pass.compute, pass.scratch, dy, weight.transposed(), dx, false);
        }
    }
}
