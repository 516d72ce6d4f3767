//! The product of factors that are rounded to bf16, summed in single precision.
//!
//! Both factors are always copied, because they have to be rounded: as pairs where the processor
//! multiplies pairs fast, otherwise as numbers in single precision that bf16 has too, for the kernels of
//! single precision. Some rows of A are copied at a time, then panel after panel of B, each of which
//! stays in the first-level cache while it meets all of these rows. The order of summation is that of
//! the product in single precision, so results are those of `gemm` on rounded factors.

use crate::compute::bf16::Rounder;
use crate::compute::block::{Block, COLUMNS, DEPTH, Part, STRIP, TRANSPOSED};
use crate::compute::matrix::Matrix;
use crate::compute::micro::{Kernels, Tile};
use crate::compute::pack::pack_panels;
#[cfg(target_arch = "x86_64")]
use crate::compute::pairs;
use std::ops::Range;

/// Numbers of a cache line.
const LINE: usize = 16;
/// Strips of A that are copied before a panel of B meets them.
const STRIPS: usize = COLUMNS / STRIP - 2;

/// The numbers from the first cache line on that begins there: a vector that is written across two lines
/// takes twice as long.
fn whole_lines(buffer: &mut [f32]) -> &mut [f32] {
    let before = buffer.as_ptr().align_offset(64).min(LINE - 1);
    &mut buffer[before..]
}

/// How factors are copied, and the kernels for it.
#[derive(Clone, Copy)]
struct Copies {
    kernels: &'static Kernels,
    rounder: Rounder,
    /// Numbers along the inner dimension that a kernel takes at a time.
    unit: usize,
}

/// A strip of A: where its rows and columns are.
#[derive(Clone, Copy)]
struct Strip {
    start: *const f32,
    row: usize,
    col: usize,
}

impl Copies {
    fn of(block: &Block) -> Self {
        let (isa, rounder) = (block.arithmetic.isa, Rounder::of(block.arithmetic.isa));
        match Kernels::of_pairs(isa) {
            Some(kernels) => Self { kernels, rounder, unit: 2 },
            None => Self { kernels: block.kernels, rounder, unit: 1 },
        }
    }

    /// Copies rows `depth` and columns `cols` of B, no more than a tile has.
    fn panel(&self, b: &Matrix, depth: Range<usize>, cols: Range<usize>, to: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if self.unit == 2 {
            // SAFETY: there are kernels for pairs only where the processor has the instructions.
            unsafe { pairs::pack_panel(b, depth, cols, to) };
            return;
        }
        let width = self.kernels.columns();
        let to = &mut to[..depth.len() * width];
        if b.is_rowwise() {
            if cols.len() < width {
                to.fill(0.0);
            }
            self.rounder.rows(b, depth, cols, (to, width));
        } else {
            pack_panels(b, depth, cols, width, to);
            self.rounder.all(to);
        }
    }

    /// Copies rows `rows`, no more than a tile has, and columns `depth` of A.
    fn strip(&self, a: &Matrix, rows: Range<usize>, depth: Range<usize>, to: &mut [f32]) -> Strip {
        #[cfg(target_arch = "x86_64")]
        if self.unit == 2 {
            // SAFETY: as above.
            let (row, col) = unsafe { pairs::pack_strip(a, rows, depth, to) };
            return Strip { start: to.as_ptr(), row, col };
        }
        let start = to.as_ptr();
        if a.is_rowwise() {
            self.rounder.rows(a, rows, depth, (to, DEPTH));
            Strip { start, row: DEPTH, col: 1 }
        } else {
            self.rounder.rows(&a.transposed(), depth, rows, (to, STRIP));
            Strip { start, row: 1, col: STRIP }
        }
    }

    /// A tile of C at `c`, whose rows are `c_row` apart.
    ///
    /// # Safety
    /// Strip and panel were copied with this depth and with as many rows and columns, and the tile of C
    /// is borrowed exclusively.
    unsafe fn tile(&self, strip: Strip, panel: &[f32], depth: usize, c: TileOfC) {
        let width = self.kernels.columns();
        let tile = Tile {
            depth: depth.div_ceil(self.unit),
            a: strip.start,
            a_row: strip.row,
            a_col: strip.col,
            run: usize::MAX,
            jump: 0,
            b: panel.as_ptr(),
            b_row: width,
            c: c.start,
            c_row: c.row,
            columns: c.columns,
            add: c.add,
        };
        // SAFETY: passed on to the caller; the panel has whole rows.
        unsafe { self.kernels.tile(c.rows, &tile) };
    }
}

/// Where a tile of C is, and whether to add to it.
struct TileOfC {
    start: *mut f32,
    row: usize,
    rows: usize,
    columns: usize,
    add: bool,
}

impl Block<'_> {
    /// The product of rounded factors.
    ///
    /// # Safety
    /// `part` is within C, which is borrowed exclusively, and no other thread reads or writes the
    /// part during the call.
    pub(super) unsafe fn compute_rounded(&self, part: &Part, buffer: &mut [f32]) {
        let copies = Copies::of(self);
        let (width, height) = (copies.kernels.columns(), copies.kernels.rows());
        if !self.b.is_rowwise() && part.rows.len() <= TRANSPOSED * width {
            for start in part.rows.clone().step_by(width) {
                let rows = start..part.rows.end.min(start + width);
                // SAFETY: passed on to the caller.
                unsafe { self.rounded_transposed(copies, &Part { rows, cols: part.cols.clone() }, buffer) };
            }
            return;
        }
        let (panel, room) = whole_lines(buffer).split_at_mut(DEPTH * width);
        let tiles = part.rows.len().div_ceil(height);
        // As in `compute`: tiles of nearly equal height.
        let row = |tile: usize| part.rows.start + part.rows.len() * tile / tiles;
        for first in (0..tiles).step_by(STRIPS) {
            let some = first..tiles.min(first + STRIPS);
            for depth in self.b.row_blocks(DEPTH) {
                let mut strips = [None; STRIPS];
                for ((tile, room), strip) in
                    some.clone().zip(room.chunks_exact_mut(STRIP * DEPTH)).zip(&mut strips)
                {
                    *strip = Some(copies.strip(&self.a, row(tile)..row(tile + 1), depth.clone(), room));
                }
                for j in part.cols.clone().step_by(width) {
                    let cols = j..part.cols.end.min(j + width);
                    copies.panel(&self.b, depth.clone(), cols.clone(), panel);
                    for (tile, strip) in some.clone().zip(strips.iter().flatten()) {
                        let (i, rows) = (row(tile), row(tile + 1) - row(tile));
                        // SAFETY: strip and panel are those of this tile, which is in `part`.
                        unsafe {
                            let (start, row) = (self.c.at(i, j), self.c.row_stride(j));
                            let add = self.add || depth.start > 0;
                            let c = TileOfC { start, row, rows, columns: cols.len(), add };
                            copies.tile(*strip, panel, depth.len(), c);
                        }
                    }
                }
            }
        }
    }

    /// Computes the part as (B^T A^T)^T, so that the larger factor is copied in the order in which it
    /// lies.
    ///
    /// # Safety
    /// As [`Block::compute_rounded`]; the part has at most as many rows as a tile has columns.
    unsafe fn rounded_transposed(&self, copies: Copies, part: &Part, buffer: &mut [f32]) {
        let (width, height, lanes) = (copies.kernels.columns(), copies.kernels.rows(), copies.kernels.lanes);
        let (panel, rest) = whole_lines(buffer).split_at_mut(DEPTH * width);
        let (block, room) = rest.split_at_mut(COLUMNS * width);
        let columns = part.rows.len().div_ceil(lanes) * lanes;
        let (a, b) = (self.a.transposed(), self.b.transposed());
        for j in part.cols.clone().step_by(COLUMNS) {
            let cols = COLUMNS.min(part.cols.end - j);
            // As in `compute_transposed`: the block of C^T starts with the values of C.
            if self.add {
                // SAFETY: the elements lie in `part`.
                unsafe { self.each(part, j, cols, width, |c, at| block[at] = *c) };
            }
            for depth in self.b.row_blocks(DEPTH) {
                copies.panel(&a, depth.clone(), part.rows.clone(), panel);
                for i in (0..cols).step_by(height) {
                    let rows = height.min(cols - i);
                    let strip = copies.strip(&b, j + i..j + i + rows, depth.clone(), room);
                    let (start, add) = (block[i * width..].as_mut_ptr(), self.add || depth.start > 0);
                    let c = TileOfC { start, row: width, rows, columns, add };
                    // SAFETY: strip and panel are those of this tile; the block has all its rows.
                    unsafe { copies.tile(strip, panel, depth.len(), c) };
                }
            }
            // SAFETY: the elements lie in `part`.
            unsafe { self.each(part, j, cols, width, |c, at| *c = block[at]) };
        }
    }
}
