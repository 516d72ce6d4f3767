//! Numbers rounded to bf16 that stay numbers in single precision: by the instruction of AVX-512 BF16,
//! or by arithmetic on their bits on any other processor.
//!
//! Left out: copies for the instruction that multiplies bf16 numbers (`pairs`).

use crate::compute::isa::Isa;
use crate::compute::matrix::{Matrix, PANEL};
use std::ops::Range;

/// Numbers that are rounded together.
const LANES: usize = 16;

/// The nearest bf16 number; see [`crate::compute::Precision`]. The bits are those of the instruction.
#[inline(always)]
pub(super) fn rounded(number: f32) -> f32 {
    let bits = number.to_bits();
    let size = bits & 0x7fff_ffff;
    // A half of the last place that stays, less one where that place is even.
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & 0xffff_0000;
    let finite = if size < 0x0080_0000 { bits & 0x8000_0000 } else { nearest };
    f32::from_bits(if size > 0x7f80_0000 { (bits | 0x0040_0000) & 0xffff_0000 } else { finite })
}

/// How this processor rounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounder {
    isa: Isa,
    /// Whether there is an instruction.
    instruction: bool,
}

impl Rounder {
    /// The way of this instruction set, or of the fastest one if the processor lacks it.
    pub(super) fn of(isa: Isa) -> Self {
        let isa = isa.or_fastest();
        Self { isa, instruction: isa >= Isa::Avx512Bf16 }
    }

    /// Rounds all numbers in place.
    pub(super) fn all(self, numbers: &mut [f32]) {
        let (to, len) = (numbers.as_mut_ptr(), numbers.len());
        // SAFETY: the numbers are borrowed exclusively.
        unsafe { Lines { from: to, from_stride: len, to, to_stride: len, count: 1, len }.round(self) };
    }

    /// Rounds these rows and columns of a matrix whose rows lie in order, and writes them to rows that
    /// start `stride` numbers apart.
    ///
    /// # Panics
    /// If the matrix has no such rows and columns, or there is no room for them.
    pub(super) fn rows(
        self,
        matrix: &Matrix,
        rows: Range<usize>,
        cols: Range<usize>,
        (to, stride): (&mut [f32], usize),
    ) {
        assert!(matrix.is_rowwise() && rows.end <= matrix.rows && cols.end <= matrix.cols, "rows in order");
        assert!(
            cols.len() <= stride && rows.len().checked_mul(stride).is_some_and(|all| all <= to.len()),
            "room"
        );
        let mut col = cols.start;
        while col < cols.end {
            // Columns whose numbers lie side by side in each row, and whose rows are equally far apart.
            let end = if matrix.is_panels() { cols.end.min((col / PANEL + 1) * PANEL) } else { cols.end };
            let from_stride = matrix.strides(rows.start, col).0;
            // SAFETY: the numbers are in the matrix, and there is room for them.
            unsafe {
                let (from, to) = (matrix.at(rows.start, col), to[col - cols.start..].as_mut_ptr());
                let (count, len) = (rows.len(), end - col);
                Lines { from, from_stride, to, to_stride: stride, count, len }.round(self);
            }
            col = end;
        }
    }
}

/// Lines of numbers that lie side by side, and where their rounded copies go.
#[derive(Clone, Copy)]
struct Lines {
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    /// Lines.
    count: usize,
    /// Numbers of a line.
    len: usize,
}

impl Lines {
    /// # Safety
    /// The numbers exist, and their copies' places are borrowed exclusively. Both may be the same.
    unsafe fn round(self, rounder: Rounder) {
        if rounder.instruction {
            // SAFETY: passed on to the caller; the processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            return unsafe { x86::round(self) };
        }
        rounder.isa.run(
            #[inline(always)]
            // SAFETY: passed on to the caller.
            || unsafe { self.each::<Bitwise>() },
        );
    }

    /// # Safety
    /// As above, and the processor has the instructions.
    #[inline(always)]
    unsafe fn each<R: Rounding>(self) {
        let (mut from, mut to) = (self.from, self.to);
        for _ in 0..self.count {
            let mut at = 0;
            // SAFETY: passed on to the caller.
            unsafe {
                while at + LANES <= self.len {
                    R::copy(from.add(at), to.add(at));
                    at += LANES;
                }
                if at < self.len {
                    R::copy_some(from.add(at), to.add(at), self.len - at);
                }
            }
            (from, to) = (from.wrapping_add(self.from_stride), to.wrapping_add(self.to_stride));
        }
    }
}

/// A way to round. The processor must have the instructions, the numbers must exist, and there must be
/// room for as many; both may be the same place.
trait Rounding {
    /// # Safety
    /// See the trait.
    unsafe fn copy(from: *const f32, to: *mut f32);

    /// `count` numbers, fewer than [`LANES`].
    ///
    /// # Safety
    /// See the trait.
    unsafe fn copy_some(from: *const f32, to: *mut f32, count: usize);
}

/// By arithmetic on bits, which the compiler turns into vector code.
struct Bitwise;

impl Rounding for Bitwise {
    #[inline(always)]
    unsafe fn copy(from: *const f32, to: *mut f32) {
        // SAFETY: passed on to the caller.
        let mut numbers = unsafe { from.cast::<[f32; LANES]>().read_unaligned() };
        for number in &mut numbers {
            *number = rounded(*number);
        }
        // SAFETY: passed on to the caller.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(numbers) };
    }

    #[inline(always)]
    unsafe fn copy_some(from: *const f32, to: *mut f32, count: usize) {
        for at in 0..count {
            // SAFETY: passed on to the caller.
            unsafe { *to.add(at) = rounded(*from.add(at)) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use crate::compute::bf16::{Lines, Rounding};
    use std::arch::x86_64::*;

    /// # Safety
    /// As [`Lines::each`].
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) unsafe fn round(lines: Lines) {
        // SAFETY: passed on to the caller.
        unsafe { lines.each::<Instruction>() };
    }

    /// By the instruction. Only the function above gets to know this type.
    struct Instruction;

    /// # Safety
    /// The processor must have the instructions.
    #[inline(always)]
    unsafe fn rounded(numbers: __m512) -> __m512 {
        // SAFETY: passed on to the caller; the types have 256 bits of any content.
        unsafe {
            let halves = std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(numbers));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
        }
    }

    impl Rounding for Instruction {
        #[inline(always)]
        unsafe fn copy(from: *const f32, to: *mut f32) {
            // SAFETY: passed on to the caller.
            unsafe { _mm512_storeu_ps(to, rounded(_mm512_loadu_ps(from))) };
        }

        #[inline(always)]
        unsafe fn copy_some(from: *const f32, to: *mut f32, count: usize) {
            let mask = (1 << count) - 1;
            // SAFETY: passed on to the caller; what is masked is not touched.
            unsafe { _mm512_mask_storeu_ps(to, mask, rounded(_mm512_maskz_loadu_ps(mask, from))) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, in double precision, which has all numbers in question: of the bf16 numbers on
    /// both sides the nearer, or the even one; beyond the largest one there is its successor, which is
    /// infinite.
    fn nearest(number: f32) -> f32 {
        if number.is_nan() || number.is_infinite() {
            return number;
        }
        let size = f64::from(number.abs());
        if size < f64::from(f32::MIN_POSITIVE) {
            return 0.0_f32.copysign(number);
        }
        let below = number.abs().to_bits() & 0xffff_0000;
        let value = |bits: u32| match bits {
            0x7f80_0000 => 2.0_f64.powi(128),
            bits => f64::from(f32::from_bits(bits)),
        };
        let (down, up) = (size - value(below), value(below + 0x1_0000) - size);
        let is_even = below >> 16 & 1 == 0;
        let bits = if down < up || down == up && is_even { below } else { below + 0x1_0000 };
        f32::from_bits(bits).copysign(number)
    }

    /// All bf16 numbers, and between each and the next: beside them, at the middle, and beside it.
    fn cases() -> Vec<f32> {
        let ends = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
        (0..=0xffff_u32).flat_map(|upper| ends.map(|lower| f32::from_bits(upper << 16 | lower))).collect()
    }

    #[test]
    fn rounding_is_to_the_nearest_and_to_even_at_the_middle() {
        for number in cases() {
            let (ours, expected) = (rounded(number), nearest(number));
            let same = ours.to_bits() == expected.to_bits() || ours.is_nan() && expected.is_nan();
            assert!(same, "{number:e} ({:#x}): {ours:e}, {expected:e}", number.to_bits());
            assert_eq!(ours.to_bits() & 0xffff, 0);
        }
    }

    /// All instruction sets round to the same bits, those of numbers that are none included.
    #[test]
    fn every_instruction_set_rounds_alike() {
        let all = cases();
        let expected: Vec<u32> = all.iter().map(|&number| rounded(number).to_bits()).collect();
        let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        for isa in Isa::available() {
            let mut numbers = all.clone();
            Rounder::of(isa).all(&mut numbers);
            assert!(bits(&numbers) == expected, "{isa:?}");
        }
    }

    /// Parts of rows, of any layout, with any tail; nothing beside the copies is touched.
    #[test]
    fn rows_are_copied_where_they_belong() {
        let numbers: Vec<f32> = (0..40 * 70).map(|i| (i as f32).sin()).collect();
        let matrices = [Matrix::new(&numbers, 40, 70), Matrix::panels(&numbers, 40, 70)];
        for isa in Isa::available() {
            for (matrix, cols) in
                matrices.iter().flat_map(|m| [0..70, 0..1, 32..64, 16..32, 64..70].map(|c| (m, c)))
            {
                let mut to = vec![7.0; 3 * 80];
                Rounder::of(isa).rows(matrix, 5..8, cols.clone(), (&mut to, 80));
                for (row, to) in to.chunks(80).enumerate() {
                    for (i, &number) in to.iter().enumerate() {
                        let from = |i| rounded(matrix.data[matrix.index(5 + row, cols.start + i)]);
                        let expected = if i < cols.len() { from(i) } else { 7.0 };
                        assert_eq!(number, expected, "{isa:?}, {cols:?}, row {row}, {i}");
                    }
                }
            }
        }
    }
}
