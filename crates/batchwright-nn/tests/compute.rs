//! The matrix product on every instruction set that this processor has, at the sizes that a network
//! on images really uses.
//!
//! The network itself always takes the widest set, so that a mistake in the paths for other
//! machines shows only here and in the product's own property test (which has the odd shapes; these
//! here span several blocks in every direction).

use batchwright_data::{Domain, RandomStream};
use batchwright_nn::compute::{Compute, Isa, Matrix, MatrixMut, Precision, gemm, gemm_scratch};

fn numbers(len: usize, which: u64) -> Vec<f32> {
    let mut stream = RandomStream::new(3, Domain::Bed, which, 0);
    (0..len).map(|_| stream.unit_f64() as f32 - 0.5).collect()
}

/// One product with its operands, C = A B, either of them stored transposed.
struct Product {
    rows: usize,
    inner: usize,
    cols: usize,
    transposed: [bool; 2],
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Product {
    fn new(rows: usize, inner: usize, cols: usize, transposed: [bool; 2]) -> Self {
        let (a, b) = (numbers(rows * inner, 0), numbers(inner * cols, 1));
        Self { rows, inner, cols, transposed, a, b }
    }

    fn run(&self, compute: &Compute) -> Vec<f32> {
        let view = |data, rows, cols, transposed| {
            if transposed {
                Matrix::new(data, cols, rows).transposed()
            } else {
                Matrix::new(data, rows, cols)
            }
        };
        let a = view(&self.a, self.rows, self.inner, self.transposed[0]);
        let b = view(&self.b, self.inner, self.cols, self.transposed[1]);
        let mut c = vec![f32::NAN; self.rows * self.cols];
        let mut scratch = vec![f32::NAN; gemm_scratch(compute.threads())];
        let view = MatrixMut::new(&mut c, self.rows, self.cols);
        gemm(compute, Precision::F32, &mut scratch, a, b, view, false);
        c
    }

    /// Element (i, j) by its definition, in double precision.
    fn element(&self, i: usize, j: usize) -> f64 {
        let a = |p| {
            if self.transposed[0] { p * self.rows + i } else { i * self.inner + p }
        };
        let b = |p| {
            if self.transposed[1] { j * self.inner + p } else { p * self.cols + j }
        };
        (0..self.inner).map(|p| f64::from(self.a[a(p)]) * f64::from(self.b[b(p)])).sum()
    }
}

/// The three products of a dense layer at batch size `samples`: forward, gradient of the input,
/// gradient of the weights.
fn products(samples: usize, inputs: usize, outputs: usize) -> [Product; 3] {
    [
        Product::new(samples, inputs, outputs, [false, false]),
        Product::new(samples, outputs, inputs, [false, true]),
        Product::new(inputs, samples, outputs, [true, false]),
    ]
}

#[test]
fn every_instruction_set_computes_the_products_of_a_network() {
    let isas: Vec<Isa> = Isa::available().collect();
    assert!(isas.contains(&Isa::Portable));
    for (inputs, outputs) in [(784, 512), (512, 256), (256, 10)] {
        for product in [1, 8, 100].map(|b| products(b, inputs, outputs)).iter().flatten() {
            let results: Vec<_> = isas.iter().map(|&isa| product.run(&Compute::with_isa(1, isa))).collect();
            for (isa, result) in isas.iter().zip(&results) {
                for threads in [2, 3] {
                    assert!(
                        *result == product.run(&Compute::with_isa(threads, *isa)),
                        "{isa:?} on {threads} threads"
                    );
                }
                // A prime step visits all columns and rows without summing every element twice
                // over.
                for at in (0..result.len()).step_by(101) {
                    let expected = product.element(at / product.cols, at % product.cols);
                    assert!(
                        (f64::from(result[at]) - expected).abs() < 2e-5,
                        "{isa:?}: {} {expected}",
                        result[at]
                    );
                }
            }
            // Fused sets agree to the bit; the portable one rounds products apart.
            assert!(results[1..].windows(2).all(|pair| pair[0] == pair[1]));
        }
    }
}
