//! Speed of the matrix product in GFLOP/s, at the shapes of an MLP's training step, per instruction
//! set and number of threads.
//!
//! `cargo run --release -p batchwright-nn --example gemm -- [--threads 1,2] [--batch-sizes 8,32,128,512] [--seconds 0.1] [--precision bf16]`

// A program that measures shows what it measured.
#![allow(clippy::print_stdout)]

mod flags;

use batchwright_nn::compute::{Compute, Isa, Matrix, MatrixMut, Precision, gemm, gemm_scratch};
use flags::{List, flag};
use std::error::Error;
use std::time::{Duration, Instant};

/// Inputs and outputs of the dense layers of 784-512-256-10.
const LAYERS: [(usize, usize); 3] = [(784, 512), (512, 256), (256, 10)];

/// One of a dense layer's products: C is `rows x cols`, summed over `inner`.
#[derive(Clone, Copy)]
struct Shape {
    product: Product,
    rows: usize,
    inner: usize,
    cols: usize,
}

/// The output, the gradient of the input, and that of the weights, which are in panels.
#[derive(Debug, Clone, Copy)]
enum Product {
    Forward,
    Dgrad,
    Wgrad,
}

fn shapes(samples: usize, inputs: usize, outputs: usize) -> [Shape; 3] {
    let shape = |product, rows, inner, cols| Shape { product, rows, inner, cols };
    [
        shape(Product::Forward, samples, inputs, outputs),
        shape(Product::Dgrad, samples, outputs, inputs),
        shape(Product::Wgrad, inputs, samples, outputs),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = Duration::try_from_secs_f64(flag("--seconds", 0.1)?)?;
    let threads = flag("--threads", List(vec![1, 2]))?.0;
    let precision = flag("--precision", Precision::F32)?;
    let batch_sizes = flag("--batch-sizes", List(vec![8, 32, 128, 512]))?.0;
    let computes: Vec<Compute> = Isa::available()
        .flat_map(|isa| threads.iter().map(move |&threads| Compute::with_isa(threads, isa)))
        .collect();
    print!("{:>5} {:>8} {:>15}", "B", "product", "m x k x n");
    for compute in &computes {
        print!("{:>15}", format!("{:?} x{}", compute.isa(), compute.threads()));
    }
    println!("   GFLOP/s, median");
    for batch_size in batch_sizes {
        for shape in LAYERS.iter().flat_map(|&(i, o)| shapes(batch_size, i, o)) {
            let size = format!("{}x{}x{}", shape.rows, shape.inner, shape.cols);
            print!("{batch_size:>5} {:>8} {size:>15}", format!("{:?}", shape.product));
            for compute in &computes {
                print!("{:>15.1}", gflops(compute, precision, &shape, seconds));
            }
            println!();
        }
    }
    Ok(())
}

/// Billions of multiplications and additions per second: median over runs that take `at_least`
/// together.
fn gflops(compute: &Compute, precision: Precision, shape: &Shape, at_least: Duration) -> f64 {
    let operand = |rows: usize, cols: usize| vec![0.5f32; rows * cols];
    let (a, b) = (operand(shape.rows, shape.inner), operand(shape.inner, shape.cols));
    let mut c = operand(shape.rows, shape.cols);
    let mut scratch = vec![0.0; gemm_scratch(compute.threads())];
    let Shape { rows, inner, cols, .. } = *shape;
    let (a, b) = match shape.product {
        Product::Forward => (Matrix::new(&a, rows, inner), Matrix::panels(&b, inner, cols)),
        Product::Dgrad => (Matrix::new(&a, rows, inner), Matrix::panels(&b, cols, inner).transposed()),
        Product::Wgrad => (Matrix::new(&a, inner, rows).transposed(), Matrix::new(&b, inner, cols)),
    };
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < 3 || start.elapsed() < at_least {
        let begin = Instant::now();
        let c = match shape.product {
            Product::Wgrad => MatrixMut::panels(&mut c, rows, cols),
            _ => MatrixMut::new(&mut c, rows, cols),
        };
        gemm(compute, precision, &mut scratch, a, b, c, false);
        times.push(begin.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    2e-9 * (shape.rows * shape.inner * shape.cols) as f64 / times[times.len() / 2]
}
