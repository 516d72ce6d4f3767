//! The dense layer: y = x W + b.
//!
//! W is stored `[inputs, outputs]`, so that the forward product reads it in place. Files contain it
//! transposed, as other libraries store it.

use crate::compute::gemm::{Matrix, gemm};
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass};

/// A dense layer with a bias.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

impl Layer for Linear {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let weight = [self.inputs, self.outputs];
        visit(Parameter { name: "weight", shape: &weight, init: Init::Normal(self.deviation) });
        visit(Parameter { name: "bias", shape: &[self.outputs], init: Init::Zero });
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.inputs * self.outputs);
        for row in y.chunks_exact_mut(self.outputs) {
            row.copy_from_slice(bias);
        }
        let x = Matrix::new(x, pass.samples, self.inputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        gemm(pass.compute, pass.scratch, x, weight, y, true);
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let weights = self.inputs * self.outputs;
        let (dw, db) = buffers.gradient.split_at_mut(weights);
        let dy = Matrix::new(buffers.dy, pass.samples, self.outputs);
        let x = Matrix::new(buffers.x, pass.samples, self.inputs);
        gemm(pass.compute, pass.scratch, x.transposed(), dy, dw, buffers.add);
        if !buffers.add {
            db.fill(0.0);
        }
        pass.compute.rows(1, 1, [db], |_, [db]| {
            for row in buffers.dy.chunks_exact(db.len()) {
                for (sum, &value) in db.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        });
        if let Some(dx) = buffers.dx {
            let weight = Matrix::new(&buffers.parameters[..weights], self.inputs, self.outputs);
            gemm(pass.compute, pass.scratch, dy, weight.transposed(), dx, false);
        }
    }
}
