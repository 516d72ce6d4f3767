//! The innermost loop of the matrix product: one tile of C, held in registers, for each instruction
//! set.
//!
//! A tile is up to `Kernels::rows` rows by two vectors. Per step along k it loads two vectors of B
//! and multiplies them by one broadcast number of A per row. Tiles of 14 x 32 with AVX-512 and 6 x
//! 16 with AVX2 keep the multipliers busy and fit into the registers.

use crate::compute::isa::Isa;

/// One tile's operands. `a` is read at `i * a_row + p * a_col`, and `jump` numbers further on after
/// each `run` steps along p; `b` at `p * b_row + j`, `c` at `i * c_row + j`.
pub(super) struct Tile {
    pub(super) depth: usize,
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_col: usize,
    pub(super) run: usize,
    pub(super) jump: usize,
    pub(super) b: *const f32,
    pub(super) b_row: usize,
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    /// Columns of C to write, at most the tile's width. B must be readable over the full width.
    pub(super) columns: usize,
    /// Add to C instead of replacing it.
    pub(super) add: bool,
}

type Kernel = unsafe fn(&Tile);

/// The kernels of one instruction set.
pub(super) struct Kernels {
    /// Numbers in one vector.
    pub(super) lanes: usize,
    /// Tiles one vector wide; index 0 is the kernel for one row.
    narrow: &'static [Kernel],
    /// Tiles two vectors wide; index 0 is the kernel for one row.
    wide: &'static [Kernel],
}

impl Kernels {
    pub(super) fn of(isa: Isa) -> &'static Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 | Isa::Avx512Bf16 | Isa::Avx512Bf16Pairs => &AVX512,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => &AVX2,
            _ => &PORTABLE,
        }
    }

    /// The kernels whose numbers are pairs of bf16 numbers in 32 bits (`pairs`), where the processor
    /// multiplies them: one step along k is two. The first of a pair, which is added first, is in the
    /// upper half.
    pub(super) fn of_pairs(isa: Isa) -> Option<&'static Self> {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Bf16Pairs => Some(&PAIRS),
            _ => None,
        }
    }

    /// Rows of the largest tile.
    pub(super) fn rows(&self) -> usize {
        self.wide.len()
    }

    /// Columns of the widest tile.
    pub(super) fn columns(&self) -> usize {
        2 * self.lanes
    }

    /// Computes one tile of `rows` rows.
    ///
    /// # Safety
    /// All addresses that [`Tile`] describes must be valid, B over the tile's full width (one
    /// vector if `columns` fits in it, otherwise two), and the processor must have the instruction
    /// set.
    pub(super) unsafe fn tile(&self, rows: usize, tile: &Tile) {
        let kernels = if tile.columns <= self.lanes { self.narrow } else { self.wide };
        // SAFETY: passed on to the caller.
        unsafe { kernels[rows - 1](tile) }
    }
}

macro_rules! kernel_table {
    ($function:ident, $vectors:literal, [$($rows:literal)*]) => { &[$($function::<$rows, $vectors>),*] };
}

macro_rules! kernel {
    ($name:ident, [$($attribute:meta)?], $lanes:expr, $zero:expr, $splat:expr, $load:expr, $store:expr, $add:expr, $multiply_add:expr) => {
        $(#[$attribute])?
        pub(super) unsafe fn $name<const ROWS: usize, const VECTORS: usize>(tile: &Tile) {
            let mut sums = [[$zero; VECTORS]; ROWS];
            let (mut a, mut b) = (tile.a, tile.b);
            let mut left = tile.depth;
            while left > 0 {
                let run = left.min(tile.run);
                for _ in 0..run {
                    // SAFETY: the caller vouches for all addresses of the tile.
                    unsafe {
                        let mut columns = [$zero; VECTORS];
                        for (j, column) in columns.iter_mut().enumerate() {
                            *column = $load(b.add(j * $lanes));
                        }
                        for (i, row) in sums.iter_mut().enumerate() {
                            let factor = $splat(*a.add(i * tile.a_row));
                            for (sum, &column) in row.iter_mut().zip(&columns) {
                                *sum = $multiply_add(factor, column, *sum);
                            }
                        }
                        // After the last step the address may be past the end. It is never
                        // dereferenced, so wrapping arithmetic is enough.
                        a = a.wrapping_add(tile.a_col);
                        b = b.wrapping_add(tile.b_row);
                    }
                }
                a = a.wrapping_add(tile.jump);
                left -= run;
            }
            for (i, row) in sums.iter().enumerate() {
                // SAFETY: the caller vouches for all addresses of the tile.
                unsafe {
                    let c = tile.c.add(i * tile.c_row);
                    if tile.columns == VECTORS * $lanes {
                        for (j, &sum) in row.iter().enumerate() {
                            let c = c.add(j * $lanes);
                            $store(c, if tile.add { $add($load(c), sum) } else { sum });
                        }
                    } else {
                        let mut edge = [0.0f32; 32];
                        for (j, &sum) in row.iter().enumerate() {
                            $store(edge.as_mut_ptr().add(j * $lanes), sum);
                        }
                        for (j, &sum) in edge[..tile.columns].iter().enumerate() {
                            *c.add(j) = if tile.add { *c.add(j) + sum } else { sum };
                        }
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use crate::compute::micro::Tile;
    use std::arch::x86_64::*;

    kernel!(
        avx512,
        [target_feature(enable = "avx512f")],
        16,
        _mm512_setzero_ps(),
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps
    );
    kernel!(
        pairs,
        [target_feature(enable = "avx512f,avx512bf16")],
        16,
        _mm512_setzero_ps(),
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        multiply_add_pairs
    );

    /// Adds the product of the upper halves, then that of the lower ones, each addition rounded once
    /// and numbers below the normal ones taken as zero.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn multiply_add_pairs(x: __m512, y: __m512, sum: __m512) -> __m512 {
        // SAFETY: both are 512 bits of any content.
        let [x, y] = unsafe { std::mem::transmute::<[__m512; 2], [__m512bh; 2]>([x, y]) };
        _mm512_dpbf16_ps(sum, x, y)
    }

    kernel!(
        avx2,
        [target_feature(enable = "avx2,fma")],
        8,
        _mm256_setzero_ps(),
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps
    );
}

#[cfg(target_arch = "x86_64")]
use x86::{avx2, avx512, pairs};

#[cfg(target_arch = "x86_64")]
static AVX512: Kernels = Kernels {
    lanes: 16,
    narrow: kernel_table!(avx512, 1, [1 2 3 4 5 6 7 8 9 10 11 12 13 14]),
    wide: kernel_table!(avx512, 2, [1 2 3 4 5 6 7 8 9 10 11 12 13 14]),
};

#[cfg(target_arch = "x86_64")]
static PAIRS: Kernels = Kernels {
    lanes: 16,
    narrow: kernel_table!(pairs, 1, [1 2 3 4 5 6 7 8 9 10 11 12 13 14]),
    wide: kernel_table!(pairs, 2, [1 2 3 4 5 6 7 8 9 10 11 12 13 14]),
};

#[cfg(target_arch = "x86_64")]
static AVX2: Kernels = Kernels {
    lanes: 8,
    narrow: kernel_table!(avx2, 1, [1 2 3 4 5 6]),
    wide: kernel_table!(avx2, 2, [1 2 3 4 5 6]),
};

/// Four numbers at a time. The compiler turns them into the vectors that the target has.
type Lanes = [f32; 4];

fn splat(value: f32) -> Lanes {
    [value; 4]
}

/// # Safety
/// `from` must be valid for four reads.
unsafe fn load(from: *const f32) -> Lanes {
    // SAFETY: passed on to the caller.
    unsafe { from.cast::<Lanes>().read_unaligned() }
}

/// # Safety
/// `to` must be valid for four writes.
unsafe fn store(to: *mut f32, value: Lanes) {
    // SAFETY: passed on to the caller.
    unsafe { to.cast::<Lanes>().write_unaligned(value) }
}

fn add(x: Lanes, y: Lanes) -> Lanes {
    std::array::from_fn(|i| x[i] + y[i])
}

/// Rounded twice: on a target without a fused operation, it would be a slow library call.
fn multiply_add(x: Lanes, y: Lanes, z: Lanes) -> Lanes {
    std::array::from_fn(|i| x[i] * y[i] + z[i])
}

kernel!(portable, [], 4, [0.0f32; 4], splat, load, store, add, multiply_add);

static PORTABLE: Kernels = Kernels {
    lanes: 4,
    narrow: kernel_table!(portable, 1, [1 2 3 4]),
    wide: kernel_table!(portable, 2, [1 2 3 4]),
};
