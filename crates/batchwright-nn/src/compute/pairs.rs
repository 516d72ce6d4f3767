//! Copies of a product's factors as pairs of bf16 numbers, by the instructions of AVX-512 BF16.
//!
//! A pair is 32 bits with two numbers that follow each other along the inner dimension of a product:
//! the first in the upper half, because the instruction that multiplies pairs adds its product first.
//! So sums are in the same order as in single precision.

use crate::compute::block::{DEPTH, STRIP};
use crate::compute::matrix::{Matrix, PANEL};
use std::arch::x86_64::*;
use std::ops::Range;

/// Numbers of a vector.
const LANES: usize = 16;

/// The first `count` of a vector.
fn mask(count: usize) -> __mmask16 {
    if count >= LANES { !0 } else { (1 << count) - 1 }
}

/// Pairs of 32 numbers that follow each other, of which there are `count`; the others are zero.
///
/// # Safety
/// `from` is valid for `count` reads.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn along(from: *const f32, count: usize) -> __m512i {
    // SAFETY: what is masked is not read.
    let (low, high) = unsafe {
        (
            _mm512_maskz_loadu_ps(mask(count), from),
            _mm512_maskz_loadu_ps(mask(count.saturating_sub(LANES)), from.wrapping_add(LANES)),
        )
    };
    // SAFETY: both are 512 bits of any content.
    let halves = unsafe { std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low)) };
    _mm512_rol_epi32::<16>(halves)
}

/// Pairs of `count` numbers at `first` and `second` (zero if it is `None`); the others are zero.
///
/// # Safety
/// Both are valid for `count` reads.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn across(first: *const f32, second: Option<*const f32>, count: usize) -> __m512i {
    // SAFETY: what is masked is not read.
    let (upper, lower) = unsafe {
        let lower = second.map(|second| _mm512_maskz_loadu_ps(mask(count), second));
        (_mm512_maskz_loadu_ps(mask(count), first), lower.unwrap_or(_mm512_setzero_ps()))
    };
    // SAFETY: both are 512 bits of any content.
    let halves = unsafe { std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(upper, lower)) };
    // One of the lower numbers, one of the upper ones, and so on.
    let order = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18,
        2, 17, 1, 16, 0,
    );
    _mm512_permutexvar_epi16(order, halves)
}

/// Writes sixteen pairs.
///
/// # Safety
/// `to` is valid for sixteen writes.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(to: *mut f32, pairs: __m512i) {
    // SAFETY: passed on to the caller.
    unsafe { _mm512_storeu_si512(to.cast(), pairs) }
}

/// Copies rows `depth` and columns `cols` of B, at most 32, as pairs into a panel. It is padded with
/// zeros, and so is the last row if their number is odd.
///
/// # Safety
/// The processor has the instructions.
///
/// # Panics
/// If the numbers do not exist, or there is no room for the panel.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn pack_panel(b: &Matrix, depth: Range<usize>, cols: Range<usize>, panel: &mut [f32]) {
    assert!(depth.end <= b.rows && cols.end <= b.cols && cols.len() <= PANEL, "columns of B");
    let panel = &mut panel[..PANEL * depth.len().div_ceil(2)];
    // SAFETY: the numbers of a row that are in a panel lie side by side, or those of a column; each row
    // of the panel has room for two vectors.
    unsafe {
        if b.is_rowwise() {
            interleave(b, depth, cols, (panel.as_mut_ptr(), PANEL));
        } else {
            turn(b, depth, cols, panel);
        }
    }
}

/// Copies rows `depth` and columns `cols` of a matrix whose rows lie in order, as pairs. A pair of rows
/// goes to one row of `to`, whose rows are `stride` pairs apart: one vector or two.
///
/// # Safety
/// The numbers exist, those of a row side by side, and `to` is valid for whole vectors in each row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn interleave(
    from: &Matrix,
    depth: Range<usize>,
    cols: Range<usize>,
    (to, stride): (*mut f32, usize),
) {
    for (step, p) in depth.clone().step_by(2).enumerate() {
        // SAFETY: passed on to the caller.
        unsafe {
            let first = from.at(p, cols.start);
            let second = (p + 1 < depth.end).then(|| from.at(p + 1, cols.start));
            let to = to.add(step * stride);
            store(to, across(first, second, cols.len()));
            if stride > LANES {
                let (first, second) = (first.wrapping_add(LANES), second.map(|at| at.wrapping_add(LANES)));
                store(to.add(LANES), across(first, second, cols.len().saturating_sub(LANES)));
            }
        }
    }
}

/// Copies a panel whose columns lie in order: 32 rows of 16 columns at a time.
///
/// # Safety
/// The numbers exist, and from the start of `depth` on always 32 of a column lie side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn turn(b: &Matrix, depth: Range<usize>, cols: Range<usize>, panel: &mut [f32]) {
    for p in depth.clone().step_by(2 * LANES) {
        let count = (depth.end - p).min(2 * LANES);
        let start = (p - depth.start) / 2 * PANEL;
        for first in (0..PANEL).step_by(LANES) {
            let columns = std::array::from_fn(|c| {
                let j = cols.start + first + c;
                // SAFETY: passed on to the caller.
                if j < cols.end { unsafe { along(b.at(p, j), count) } } else { _mm512_setzero_si512() }
            });
            for (row, pairs) in panel[start..].chunks_exact_mut(PANEL).zip(transposed(columns)) {
                // SAFETY: a row has room for 32 pairs.
                unsafe { store(row[first..first + LANES].as_mut_ptr(), pairs) };
            }
        }
    }
}

/// Sixteen rows of sixteen pairs as sixteen columns.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed(rows: [__m512i; LANES]) -> [__m512i; LANES] {
    let mut by_two = rows;
    for i in (0..LANES).step_by(2) {
        by_two[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        by_two[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    // Number c of each four: columns c, c + 4, c + 8 and c + 12 of four rows.
    let mut by_four = by_two;
    for i in (0..LANES).step_by(4) {
        by_four[i] = _mm512_unpacklo_epi64(by_two[i], by_two[i + 2]);
        by_four[i + 1] = _mm512_unpackhi_epi64(by_two[i], by_two[i + 2]);
        by_four[i + 2] = _mm512_unpacklo_epi64(by_two[i + 1], by_two[i + 3]);
        by_four[i + 3] = _mm512_unpackhi_epi64(by_two[i + 1], by_two[i + 3]);
    }
    let mut columns = by_four;
    for c in 0..4 {
        let [first, second, third, fourth] = [0, 4, 8, 12].map(|i| by_four[i + c]);
        let even = [_mm512_shuffle_i32x4::<0x88>(first, second), _mm512_shuffle_i32x4::<0x88>(third, fourth)];
        let odd = [_mm512_shuffle_i32x4::<0xdd>(first, second), _mm512_shuffle_i32x4::<0xdd>(third, fourth)];
        columns[c] = _mm512_shuffle_i32x4::<0x88>(even[0], even[1]);
        columns[c + 4] = _mm512_shuffle_i32x4::<0x88>(odd[0], odd[1]);
        columns[c + 8] = _mm512_shuffle_i32x4::<0xdd>(even[0], even[1]);
        columns[c + 12] = _mm512_shuffle_i32x4::<0xdd>(odd[0], odd[1]);
    }
    columns
}

/// Copies rows `rows` and columns `depth` of A as pairs into a strip. Returns the number of pairs from
/// one row to the next, and from one column to the next.
///
/// # Safety
/// The processor has the instructions.
///
/// # Panics
/// If the numbers do not exist, they are too many for a strip, or there is no room for one.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn pack_strip(
    a: &Matrix,
    rows: Range<usize>,
    depth: Range<usize>,
    strip: &mut [f32],
) -> (usize, usize) {
    assert!(rows.end <= a.rows && depth.end <= a.cols, "rows of A");
    assert!(rows.len() <= STRIP && depth.len() <= DEPTH && strip.len() >= STRIP * DEPTH / 2, "a strip");
    if !a.is_rowwise() {
        // SAFETY: the rows of a column lie side by side; a row of the strip has room for a vector.
        unsafe { interleave(&a.transposed(), depth, rows, (strip.as_mut_ptr(), STRIP)) };
        return (1, STRIP);
    }
    for (row, i) in strip.chunks_exact_mut(DEPTH / 2).zip(rows) {
        for (to, p) in row.chunks_exact_mut(LANES).zip(depth.clone().step_by(2 * LANES)) {
            // SAFETY: the numbers of a row lie side by side, in panels 32 of them.
            unsafe { store(to.as_mut_ptr(), along(a.at(i, p), (depth.end - p).min(2 * LANES))) };
        }
    }
    (DEPTH / 2, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::bf16::rounded;
    use crate::compute::isa::Isa;

    /// Every bf16 number and its neighbours, in the upper and in the lower half of a pair.
    #[test]
    fn pairs_are_rounded_like_single_numbers() {
        if !Isa::Avx512Bf16Pairs.is_available() {
            return;
        }
        let ends = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
        let all = (0..=0xffff_u32).flat_map(|upper| ends.map(|lower| f32::from_bits(upper << 16 | lower)));
        let numbers: Vec<f32> = all.collect();
        let mut strip = vec![0.0; STRIP * DEPTH / 2];
        for numbers in numbers.chunks(DEPTH - 1) {
            let row = Matrix::new(numbers, 1, numbers.len());
            let of_pairs = |pairs: &[f32]| -> Vec<u32> {
                let halves = |pair: &f32| [pair.to_bits() & 0xffff_0000, pair.to_bits() << 16];
                pairs.iter().flat_map(halves).take(numbers.len()).collect()
            };
            let expected: Vec<u32> = numbers.iter().map(|&number| rounded(number).to_bits()).collect();
            // SAFETY: the processor has the instructions.
            unsafe {
                pack_strip(&row, 0..1, 0..numbers.len(), &mut strip);
                assert!(of_pairs(&strip) == expected, "along a row");
                let column = row.transposed();
                let mut panel = vec![0.0; PANEL * DEPTH / 2];
                pack_panel(&column, 0..numbers.len(), 0..1, &mut panel);
                let first: Vec<f32> = panel.chunks(PANEL).map(|row| row[0]).collect();
                assert!(of_pairs(&first) == expected, "across a column");
            }
        }
    }
}
