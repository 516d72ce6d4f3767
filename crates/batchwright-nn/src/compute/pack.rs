//! Copies of the factors of a product, in the order in which a tile reads them.

use crate::compute::block::{DEPTH, STRIP};
use crate::compute::matrix::{Matrix, PANEL};
use std::ops::Range;

/// Copies rows `depth` and columns `cols` of B into panels that are `width` numbers wide. The
/// panels follow each other, `DEPTH` rows apart. The last one is padded with zeros.
pub(super) fn pack_panels(
    b: &Matrix,
    depth: Range<usize>,
    cols: Range<usize>,
    width: usize,
    panels: &mut [f32],
) {
    for (panel, j) in panels.chunks_mut(width * DEPTH).zip(cols.clone().step_by(width)) {
        let filled = width.min(cols.end - j);
        let panel = &mut panel[..width * depth.len()];
        if filled < width {
            panel.fill(0.0);
        }
        if b.is_rowwise() {
            for (row, p) in panel.chunks_exact_mut(width).zip(depth.clone()) {
                let from = b.index(p, j);
                let from = &b.data[from..from + filled];
                match (row.first_chunk_mut::<PANEL>(), from.first_chunk::<PANEL>()) {
                    // A copy of a known length needs no call.
                    (Some(row), Some(from)) => *row = *from,
                    _ => row[..filled].copy_from_slice(from),
                }
            }
        } else {
            transpose(b, depth.clone(), j..j + filled, width, panel);
        }
    }
}

/// Copies a panel whose columns are far apart: 8 columns at a time, which are read in order.
fn transpose(b: &Matrix, depth: Range<usize>, cols: Range<usize>, width: usize, panel: &mut [f32]) {
    let run = b.jump().0.min(depth.len());
    for (block, panel) in panel.chunks_mut(run.saturating_mul(width)).enumerate() {
        let p = depth.start + block * run;
        let rows = panel.len() / width;
        for j in cols.clone().step_by(8) {
            let count = 8.min(cols.end - j);
            let at = j - cols.start;
            if count == 8 {
                let columns: [&[f32]; 8] = std::array::from_fn(|c| &b.data[b.index(p, j + c)..][..rows]);
                for (p, row) in panel.chunks_exact_mut(width).enumerate() {
                    let values: [f32; 8] = std::array::from_fn(|c| columns[c][p]);
                    row[at..at + 8].copy_from_slice(&values);
                }
            } else {
                for (i, row) in panel.chunks_exact_mut(width).enumerate() {
                    for (c, value) in row[at..at + count].iter_mut().enumerate() {
                        *value = b.data[b.index(p + i, j + c)];
                    }
                }
            }
        }
    }
}

/// Copies rows `rows` and columns `depth` of A, whose columns lie in order, into a strip, column by
/// column, the columns `STRIP` numbers apart.
pub(super) fn pack_strip(a: &Matrix, rows: Range<usize>, depth: Range<usize>, strip: &mut [f32]) {
    for (column, p) in strip.as_chunks_mut::<STRIP>().0.iter_mut().zip(depth) {
        let from = &a.data[a.index(rows.start, p)..];
        // A copy of a known length is one instruction. What is beyond the rows is not used.
        match from.first_chunk::<STRIP>() {
            Some(from) => *column = *from,
            None => column[..rows.len()].copy_from_slice(&from[..rows.len()]),
        }
    }
}
