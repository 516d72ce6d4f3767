//! Images between the two orders of their numbers. Data, dense layers and saved weights have the
//! channels first, `[channels, height, width]`. Within the network an image is `[height, width,
//! channels]`, because a convolution is then a matrix product that reads and writes in place.

use crate::layer::{Backward, Forward, Layer, Pass};

/// Turns each sample from `[rows, columns]` to `[columns, rows]`.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Layer for Turn {
    fn inputs(&self) -> usize {
        self.rows * self.columns
    }

    fn outputs(&self) -> usize {
        self.rows * self.columns
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        turn(pass, buffers.x, buffers.y, self.rows, self.columns);
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        if let Some(dx) = buffers.dx {
            turn(pass, buffers.dy, dx, self.columns, self.rows);
        }
    }
}

/// Each sample of `from` is `[rows, columns]`, each of `to` is `[columns, rows]`.
fn turn(pass: &Pass, from: &[f32], to: &mut [f32], rows: usize, columns: usize) {
    let numbers = rows * columns;
    pass.compute.rows(pass.samples, 16, [to], |first, [to]| {
        for (to, from) in to.chunks_exact_mut(numbers).zip(from[first * numbers..].chunks_exact(numbers)) {
            if rows == 1 || columns == 1 {
                to.copy_from_slice(from);
                continue;
            }
            for (column, to) in to.chunks_exact_mut(rows).enumerate() {
                for (to, from) in to.iter_mut().zip(from.chunks_exact(columns)) {
                    *to = from[column];
                }
            }
        }
    });
}
