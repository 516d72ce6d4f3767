//! A product whose shapes are checked, and the sizes of the blocks that it is computed in.
//!
//! Left out: how it is computed, in single precision (`gemm`) or with rounded factors (`rounded`), and
//! how its factors are copied (`pack`, `bf16`, `pairs`).

use crate::compute::matrix::{Matrix, MatrixMut, SharedMatrix};
use crate::compute::micro::Kernels;
use crate::compute::precision::Arithmetic;
use std::ops::Range;

/// Depth of a block. A strip of A (14 x 256 numbers) and the tile's panel of B fit into the
/// first-level cache together.
pub(super) const DEPTH: usize = 256;
/// Columns of a block of B: 256 x 256 numbers are half of a small second-level cache.
pub(super) const COLUMNS: usize = 256;
/// Numbers from one column of a strip to the next; no tile has more rows.
pub(super) const STRIP: usize = 16;
/// Up to this number of tile widths of rows, a B that is stored transposed is read as it is, once for
/// each of them, instead of copied.
pub(super) const TRANSPOSED: usize = 3;

/// Rows and columns of C that are computed together.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

/// A product whose shapes are checked.
pub(super) struct Block<'a> {
    /// What it is computed with, clamped to what the processor has.
    pub(super) arithmetic: Arithmetic,
    /// The kernels for numbers in single precision.
    pub(super) kernels: &'static Kernels,
    pub(super) a: Matrix<'a>,
    pub(super) b: Matrix<'a>,
    pub(super) c: SharedMatrix,
    pub(super) add: bool,
}

impl<'a> Block<'a> {
    /// `None` if there is nothing to multiply; then C is what it has to be.
    ///
    /// # Panics
    /// If the shapes do not match.
    pub(super) fn new(
        arithmetic: Arithmetic,
        a: Matrix<'a>,
        b: Matrix<'a>,
        c: MatrixMut<'a>,
        add: bool,
    ) -> Option<Self> {
        assert_eq!(a.cols, b.rows, "inner dimensions");
        assert_eq!((c.rows, c.cols), (a.rows, b.cols), "C");
        assert!(a.is_strided(), "A is not read in panels");
        assert!(b.is_rowwise() || c.is_strided(), "C is not written in panels where B is transposed");
        if a.rows == 0 || b.cols == 0 || a.cols == 0 {
            if !add {
                c.clear();
            }
            return None;
        }
        let arithmetic = Arithmetic { isa: arithmetic.isa.or_fastest(), ..arithmetic };
        Some(Self { arithmetic, kernels: Kernels::of(arithmetic.isa), a, b, c: c.shared(), add })
    }

    /// Visits the elements of C in the part's rows and columns `j..j + cols`, each with its index
    /// in the transposed block. C is not in panels.
    ///
    /// # Safety
    /// The elements exist, and no other thread reads or writes them during the call.
    pub(super) unsafe fn each(
        &self,
        part: &Part,
        j: usize,
        cols: usize,
        width: usize,
        mut visit: impl FnMut(&mut f32, usize),
    ) {
        for (column, row) in part.rows.clone().enumerate() {
            // SAFETY: passed on to the caller; the columns of a row lie side by side.
            let c = unsafe { std::slice::from_raw_parts_mut(self.c.at(row, j), cols) };
            for (i, c) in c.iter_mut().enumerate() {
                visit(c, i * width + column);
            }
        }
    }
}
