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
        #[cfg(target_arch = "x86_64")]
        if rounder.instruction {
            // SAFETY: passed on to the caller; the processor has the instructions.
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
