//! Sixteen numbers side by side, as the vectors that an instruction set has, for loops that the
//! compiler doesn't turn into good vector code by itself: those that hold many numbers in registers.
//!
//! Multiplication and addition are rounded separately, so the bits are the same for each instruction
//! set. Left out: the matrix product, which has kernels of its own (`micro`).

use crate::compute::isa::Isa;

/// Numbers in a [`Vector`].
pub(crate) const LANES: usize = 16;

/// Sixteen numbers.
pub(crate) trait Vector: Copy {
    /// All zeros.
    fn zero() -> Self;

    /// The first sixteen numbers.
    ///
    /// # Panics
    /// If there are fewer.
    fn load(from: &[f32]) -> Self;

    /// Replaces the first sixteen numbers.
    ///
    /// # Panics
    /// If there are fewer.
    fn store(self, to: &mut [f32]);

    fn plus(self, other: Self) -> Self;

    fn minus(self, other: Self) -> Self;

    fn times(self, factor: f32) -> Self;
}

/// A loop over vectors. Mark `run` and all that it calls `#[inline(always)]`: only what is inlined
/// is compiled for the instruction set.
pub(crate) trait VectorLoop {
    fn run<V: Vector>(self);
}

impl Isa {
    /// Runs a loop with the vectors of this instruction set.
    pub(crate) fn run_vectors(self, body: impl VectorLoop) {
        match self.or_fastest() {
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 | Self::Avx512Bf16 | Self::Avx512Bf16Pairs => unsafe { x86::with_avx512(body) },
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { x86::with_avx2(body) },
            _ => body.run::<Portable>(),
        }
    }
}

/// Four at a time: the compiler turns them into the vectors that the target has.
#[derive(Clone, Copy)]
struct Portable([[f32; 4]; 4]);

impl Portable {
    #[inline(always)]
    fn each(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| std::array::from_fn(|j| f(self.0[i][j], other.0[i][j]))))
    }
}

impl Vector for Portable {
    #[inline(always)]
    fn zero() -> Self {
        Self([[0.0; 4]; 4])
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from = &from[..LANES];
        Self(std::array::from_fn(|i| std::array::from_fn(|j| from[4 * i + j])))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..LANES].copy_from_slice(self.0.as_flattened());
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.each(other, |x, y| x + y)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.each(other, |x, y| x - y)
    }

    #[inline(always)]
    fn times(self, factor: f32) -> Self {
        self.each(self, |x, _| x * factor)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use crate::compute::vector::{LANES, Vector, VectorLoop};
    use std::arch::x86_64::*;

    /// # Safety
    /// The processor must have AVX-512 F.
    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) unsafe fn with_avx512(body: impl VectorLoop) {
        body.run::<Wide>();
    }

    /// # Safety
    /// The processor must have AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn with_avx2(body: impl VectorLoop) {
        body.run::<Pair>();
    }

    /// Only loops that `with_avx512` runs get to know this type.
    #[derive(Clone, Copy)]
    struct Wide(__m512);

    /// Only loops that `with_avx2` runs get to know this type.
    #[derive(Clone, Copy)]
    struct Pair(__m256, __m256);

    impl Vector for Wide {
        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: the processor has the instruction, see the type.
            Self(unsafe { _mm512_setzero_ps() })
        }

        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            let from = &from[..LANES];
            // SAFETY: as above; there are sixteen numbers.
            Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            let to = &mut to[..LANES];
            // SAFETY: as above; there are sixteen numbers.
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_sub_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn times(self, factor: f32) -> Self {
            // SAFETY: as above.
            Self(unsafe { _mm512_mul_ps(self.0, _mm512_set1_ps(factor)) })
        }
    }

    impl Vector for Pair {
        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: the processor has the instruction, see the type.
            unsafe { Self(_mm256_setzero_ps(), _mm256_setzero_ps()) }
        }

        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            let (first, second) = from[..LANES].split_at(LANES / 2);
            // SAFETY: as above; there are eight numbers in each half.
            unsafe { Self(_mm256_loadu_ps(first.as_ptr()), _mm256_loadu_ps(second.as_ptr())) }
        }

        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            let (first, second) = to[..LANES].split_at_mut(LANES / 2);
            // SAFETY: as above; there are eight numbers in each half.
            unsafe {
                _mm256_storeu_ps(first.as_mut_ptr(), self.0);
                _mm256_storeu_ps(second.as_mut_ptr(), self.1);
            }
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { Self(_mm256_sub_ps(self.0, other.0), _mm256_sub_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn times(self, factor: f32) -> Self {
            // SAFETY: as above.
            unsafe {
                let factor = _mm256_set1_ps(factor);
                Self(_mm256_mul_ps(self.0, factor), _mm256_mul_ps(self.1, factor))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Compute<'a> {
        from: &'a [f32],
        to: &'a mut [f32],
    }

    impl VectorLoop for Compute<'_> {
        #[inline(always)]
        fn run<V: Vector>(self) {
            let (x, y) = (V::load(self.from), V::load(&self.from[LANES..]));
            x.plus(y.times(3.0)).minus(V::zero().minus(x)).store(self.to);
        }
    }

    #[test]
    fn all_instruction_sets_compute_the_same() {
        let from: Vec<f32> = (0..2 * LANES).map(|i| (i as f32).sin()).collect();
        let expected: Vec<f32> =
            (0..LANES).map(|i| (from[i] + from[LANES + i] * 3.0) - (0.0 - from[i])).collect();
        for isa in Isa::available() {
            let mut to = vec![0.0; LANES];
            isa.run_vectors(Compute { from: &from, to: &mut to });
            assert_eq!(to, expected, "{isa:?}");
        }
    }
}
