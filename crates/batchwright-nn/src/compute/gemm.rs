//! The matrix product, C = A B or C += A B, behind one function.
//!
//! Blocks of B are copied into panels that are as wide as a tile. A strip of a transposed A is copied
//! into a small buffer that stays in the first-level cache. Then tiles of C are computed in registers
//! (`micro`). Where a copy would cost more than it saves, the operand is read in place: B when it is
//! stored in panels (`matrix`), small, or C has few rows (a small batch); A when its rows lie in order
//! or C has few columns. Any strides are allowed. Where C has few rows and B is transposed, the
//! transposed product is computed instead, because then only the small A is copied.
//!
//! [`gemm`] divides one product among the threads; [`gemm_alone`] computes a small one within a part
//! of a parallel loop, for a layer that has a product for each sample.
//!
//! Here is the product in single precision; `rounded` has that of numbers that are rounded to bf16 first.

use crate::compute::block::{Block, COLUMNS, DEPTH, Part, STRIP, TRANSPOSED};
use crate::compute::context::{Compute, SharedPtr};
use crate::compute::matrix::{Matrix, MatrixMut, PANEL};
use crate::compute::micro::Tile;
use crate::compute::pack::{pack_panels, pack_strip};
use crate::compute::precision::{Arithmetic, Precision};

/// Below this number of multiply-adds (20 microseconds of work), a second thread does not pay. A
/// second thread saves half of that time where the cores are near each other. Where they are far
/// apart (other caches, a busy host), products ten times smaller took four times as long on two
/// threads.
pub(crate) const PARALLEL_WORK: usize = 1_000_000;
/// Copying B pays from this number of row tiles on.
const PACK_B_FROM: usize = 3;
/// B of so many numbers stays in the first-level cache as it is.
const SMALL_B: usize = 4_096;
/// Copying a transposed A pays from this number of column tiles on.
const PACK_A_FROM: usize = 3;

/// Numbers of scratch that one part needs: a block of B and a strip of A.
const THREAD_SCRATCH: usize = DEPTH * COLUMNS + DEPTH * STRIP;

/// Numbers of scratch memory that [`gemm`] needs on `threads` threads, whatever the shapes.
pub const fn gemm_scratch(threads: usize) -> usize {
    threads.saturating_mul(THREAD_SCRATCH)
}

/// `c = a b`, or `c += a b` when `add`, of the numbers as they are or rounded to bf16; `scratch` has at
/// least [`gemm_scratch`] numbers.
///
/// Each element of C is summed in single precision, along the inner dimension in one fixed order,
/// whatever the number of threads. AVX2 and AVX-512 give the same bits. So does the instruction for
/// pairs of bf16 numbers on Intel's processors, except where a sum is below the smallest normal number
/// (2^-126), which it takes as zero; whether other makers round its two sums so has not been seen.
///
/// # Panics
/// If the shapes do not match or `scratch` is too small.
pub fn gemm(
    compute: &Compute,
    precision: Precision,
    scratch: &mut [f32],
    a: Matrix,
    b: Matrix,
    c: MatrixMut,
    add: bool,
) {
    assert!(scratch.len() >= gemm_scratch(compute.threads()), "scratch");
    let (m, n, k) = (a.rows, b.cols, a.cols);
    let arithmetic = Arithmetic { isa: compute.isa(), precision };
    let Some(block) = Block::new(arithmetic, a, b, c, add) else { return };
    let threads = if m * n * k < PARALLEL_WORK { 1 } else { compute.threads() };
    let split = Split::choose(&block, threads);
    let (buffers, per_thread) = (SharedPtr::new(scratch), THREAD_SCRATCH);
    let work = |index: usize| {
        let part = split.part(m, n, index);
        // SAFETY: each part of C is computed once, with its own part of the scratch.
        unsafe {
            let buffer = std::slice::from_raw_parts_mut(buffers.get().add(index * per_thread), per_thread);
            block.of_precision(&part, buffer);
        }
    };
    if threads == 1 {
        work(0);
    } else {
        compute.team.run(&work);
    }
}

/// `c = a b`, or `c += a b` when `add`, on the calling thread alone: for many small products within
/// a loop that is divided among the threads. `scratch` has at least [`gemm_scratch`]`(1)` numbers.
///
/// It computes the same bits as [`gemm`].
///
/// # Panics
/// If the shapes do not match or `scratch` is too small.
pub fn gemm_alone(
    arithmetic: Arithmetic,
    scratch: &mut [f32],
    a: Matrix,
    b: Matrix,
    c: MatrixMut,
    add: bool,
) {
    assert!(scratch.len() >= THREAD_SCRATCH, "scratch");
    let (m, n) = (a.rows, b.cols);
    if let Some(block) = Block::new(arithmetic, a, b, c, add) {
        // SAFETY: C is borrowed exclusively during the call.
        unsafe { block.of_precision(&Part { rows: 0..m, cols: 0..n }, scratch) }
    }
}

/// How C is divided among the threads.
struct Split {
    threads: usize,
    by_rows: bool,
    /// Rows or columns that are not divided.
    unit: usize,
}

impl Split {
    /// Splits by rows or by columns, whichever is cheaper. The cost is the share of the thread with
    /// the most work (whole tiles only), times the overhead of each way.
    fn choose(block: &Block, threads: usize) -> Self {
        let (m, n, k) = (block.a.rows, block.b.cols, block.a.cols);
        let panels = block.b.is_panels() || block.c.is_panels();
        let units = (block.kernels.rows(), if panels { PANEL } else { block.kernels.columns() });
        let burden = |tiles: usize| (tiles.div_ceil(threads) * threads) as f64 / tiles as f64;
        // By rows, every thread copies all of B. That is about as much work as 32 rows of C. Panels
        // are not copied, but each of them has an owner, in whose caches it is.
        let by_rows = burden(m.div_ceil(units.0)) * (1.0 + 32.0 / m as f64);
        // By columns, the halves of C's rows are side by side in memory, and each core's prefetcher
        // fetches cache lines that the other core is writing. With k = 8 this was four times slower
        // than one thread (measured). It does not matter where a line of C takes many steps along
        // k, nor in panels.
        let beside = if block.c.is_panels() { 0.0 } else { 16.0 / k as f64 };
        let by_rows = by_rows < burden(n.div_ceil(units.1)) * (1.0 + beside);
        Self { threads, by_rows, unit: if by_rows { units.0 } else { units.1 } }
    }

    fn part(&self, m: usize, n: usize, index: usize) -> Part {
        let range = |len: usize| {
            let units = len.div_ceil(self.unit);
            let at = |t: usize| (units * t / self.threads * self.unit).min(len);
            at(index)..at(index + 1)
        };
        if self.by_rows { Part { rows: range(m), cols: 0..n } } else { Part { rows: 0..m, cols: range(n) } }
    }
}

impl Block<'_> {
    /// # Safety
    /// As [`Block::compute`].
    unsafe fn of_precision(&self, part: &Part, buffer: &mut [f32]) {
        if part.rows.is_empty() || part.cols.is_empty() {
            return;
        }
        // SAFETY: passed on to the caller.
        unsafe {
            match self.arithmetic.precision {
                Precision::F32 => self.compute(part, buffer),
                Precision::Bf16 => self.compute_rounded(part, buffer),
            }
        }
    }

    /// # Safety
    /// `part` is within C, which is borrowed exclusively, and no other thread reads or writes the
    /// part during the call.
    unsafe fn compute(&self, part: &Part, buffer: &mut [f32]) {
        let row_tiles = part.rows.len().div_ceil(self.kernels.rows());
        if !self.b.is_rowwise() && part.rows.len() <= TRANSPOSED * self.kernels.columns() {
            for start in part.rows.clone().step_by(self.kernels.columns()) {
                let rows = start..part.rows.end.min(start + self.kernels.columns());
                // SAFETY: passed on to the caller.
                unsafe { self.compute_transposed(&Part { rows, cols: part.cols.clone() }, buffer) };
            }
            return;
        }
        let (panels, strip) = buffer.split_at_mut(DEPTH * COLUMNS);
        let width = self.kernels.columns();
        let col_tiles = part.cols.len().div_ceil(width);
        let is_small = self.a.cols * part.cols.len() <= SMALL_B;
        let pack_b = !self.b.is_rowwise() || row_tiles >= PACK_B_FROM && !is_small && !self.b.is_panels();
        let pack_a = col_tiles >= PACK_A_FROM && !self.a.is_rowwise();
        for depth in self.b.row_blocks(DEPTH) {
            let p = depth.start;
            for j in part.cols.clone().step_by(COLUMNS) {
                let cols = COLUMNS.min(part.cols.end - j);
                let ragged = if pack_b { 0 } else { cols / width * width };
                pack_panels(
                    &self.b,
                    depth.clone(),
                    j + ragged..j + cols,
                    width,
                    &mut panels[ragged * DEPTH..],
                );
                for tile in 0..row_tiles {
                    // Tiles of nearly equal height: 32 rows are 11 + 11 + 10, not 14 + 14 + 4.
                    let row = |t: usize| part.rows.start + part.rows.len() * t / row_tiles;
                    let (i, rows) = (row(tile), row(tile + 1) - row(tile));
                    // SAFETY: (i, p) is an element of A.
                    let mut a = unsafe { self.a.at(i, p) };
                    let (mut a_row, mut a_col) = self.a.strides(i, p);
                    if pack_a {
                        pack_strip(&self.a, i..i + rows, depth.clone(), strip);
                        (a, a_row, a_col) = (strip.as_ptr(), 1, STRIP);
                    }
                    for q in (0..cols).step_by(width) {
                        let packed = pack_b || q >= ragged;
                        // SAFETY: (p, j + q) is an element of B; unpacked tiles are fully within B,
                        // and within a panel, because tiles divide panels; the tile of C is in
                        // `part`.
                        unsafe {
                            let tile = Tile {
                                depth: depth.len(),
                                a,
                                a_row,
                                a_col,
                                run: usize::MAX,
                                jump: 0,
                                b: if packed { panels.as_ptr().add(q * DEPTH) } else { self.b.at(p, j + q) },
                                b_row: if packed { width } else { self.b.strides(p, j + q).0 },
                                c: self.c.at(i, j + q),
                                c_row: self.c.row_stride(j + q),
                                columns: width.min(cols - q),
                                add: self.add || p > 0,
                            };
                            self.kernels.tile(rows, &tile);
                        }
                    }
                }
            }
        }
    }

    /// Computes the part as (B^T A^T)^T. Only A^T, which is narrower than a tile, is copied; B is
    /// read along its rows.
    ///
    /// # Safety
    /// As [`Block::compute`]; the part has at most `columns()` rows.
    unsafe fn compute_transposed(&self, part: &Part, buffer: &mut [f32]) {
        let (width, height) = (self.kernels.columns(), self.kernels.rows());
        let (panel, block) = buffer.split_at_mut(DEPTH * width);
        let lanes = self.kernels.lanes;
        let columns = part.rows.len().div_ceil(lanes) * lanes;
        let (run, jump) = self.b.jump();
        for j in part.cols.clone().step_by(COLUMNS) {
            let cols = COLUMNS.min(part.cols.end - j);
            // The block of C^T, `[cols, width]`. It starts with the values of C, so that the order
            // of summation is the same as in `compute`.
            if self.add {
                // SAFETY: the elements lie in `part`.
                unsafe { self.each(part, j, cols, width, |c, at| block[at] = *c) };
            }
            for depth in self.b.row_blocks(DEPTH) {
                let p = depth.start;
                pack_panels(&self.a.transposed(), depth.clone(), part.rows.clone(), width, panel);
                for i in (0..cols).step_by(height) {
                    let (a_col, a_row) = self.b.strides(p, j + i);
                    // SAFETY: (p, j + i) is an element of B, and so are those that run and jump lead
                    // to; panel and block have whole rows of `width`.
                    unsafe {
                        let tile = Tile {
                            depth: depth.len(),
                            a: self.b.at(p, j + i),
                            a_row,
                            a_col,
                            run,
                            jump,
                            b: panel.as_ptr(),
                            b_row: width,
                            c: block.as_mut_ptr().add(i * width),
                            c_row: width,
                            columns,
                            add: self.add || p > 0,
                        };
                        self.kernels.tile(height.min(cols - i), &tile);
                    }
                }
            }
            // SAFETY: the elements lie in `part`.
            unsafe { self.each(part, j, cols, width, |c, at| *c = block[at]) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::bf16::rounded;
    use crate::compute::isa::Isa;
    use crate::compute::matrix::panel_places;
    use proptest::prelude::*;

    /// Deterministic numbers in -1..1.
    fn numbers(len: usize, salt: u32) -> Vec<f32> {
        (0..len as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 8) as f32 / 8_388_608.0 - 1.0)
            .collect()
    }

    fn product(compute: &Compute, a: Matrix, b: Matrix, start: &[f32], add: bool) -> Vec<f32> {
        let mut c = start.to_vec();
        let (m, n) = (a.rows, b.cols);
        let mut scratch = vec![f32::NAN; gemm_scratch(compute.threads())];
        gemm(compute, Precision::F32, &mut scratch, a, b, MatrixMut::new(&mut c, m, n), add);
        c
    }

    fn reference(a: Matrix, b: Matrix, start: &[f32], add: bool) -> Vec<f64> {
        let at = |x: &Matrix, i: usize, j: usize| f64::from(x.data[x.index(i, j)]);
        let mut c = Vec::new();
        for i in 0..a.rows {
            for j in 0..b.cols {
                let sum: f64 = (0..a.cols).map(|p| at(&a, i, p) * at(&b, p, j)).sum();
                c.push(sum + if add { f64::from(start[i * b.cols + j]) } else { 0.0 });
            }
        }
        c
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
        /// What the product promises: it is close to the sums in double precision for every shape,
        /// stride, thread count and instruction set. It is bit-equal between thread counts, and
        /// between AVX2 and AVX-512. This test fails if an edge tile reads or writes one element
        /// too many.
        #[test]
        fn agrees_with_the_definition(
            m in prop_oneof![1usize..40, Just(130)], n in prop_oneof![1usize..70, Just(300)], k in prop_oneof![0usize..40, Just(300), Just(512)],
            transpose_a: bool, transpose_b: bool, add: bool,
        ) {
            let (a, b, start) = (numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3));
            let a = if transpose_a { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let b = if transpose_b { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let expected = reference(a, b, &start, add);
            let mut fused: Option<Vec<f32>> = None;
            for isa in Isa::available() {
                let single = product(&Compute::with_isa(1, isa), a, b, &start, add);
                for (&got, &want) in single.iter().zip(&expected) {
                    prop_assert!((f64::from(got) - want).abs() <= 1e-6 * (1.0 + k as f64).max(1.0), "{isa:?}: {got} {want}");
                }
                prop_assert_eq!(&single, &product(&Compute::with_isa(2, isa), a, b, &start, add));
                if isa != Isa::Portable {
                    prop_assert_eq!(&single, fused.get_or_insert_with(|| single.clone()));
                }
            }
        }
    }

    /// `rows x cols` row-major numbers, in panels.
    fn in_panels(numbers: &[f32], rows: usize, cols: usize) -> Vec<f32> {
        let mut panels = vec![f32::NAN; numbers.len()];
        panel_places(rows, cols).zip(numbers).for_each(|(place, &number)| panels[place] = number);
        panels
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
        /// The three products of a dense layer, with weights in panels, are those of row-major
        /// weights: the same bits where the inner dimension is not that of the panels, and on any
        /// number of threads.
        #[test]
        fn panels_are_another_place_for_the_same_numbers(
            m in prop_oneof![1usize..50, Just(130)], k in prop_oneof![1usize..40, Just(300)],
            n in prop_oneof![1usize..70, Just(64), Just(300), Just(520)], add: bool,
        ) {
            let (x, w, dy) = (numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3));
            let panels = in_panels(&w, k, n);
            let [x, w, dy] = [Matrix::new(&x, m, k), Matrix::new(&w, k, n), Matrix::new(&dy, m, n)];
            let panels = Matrix::panels(&panels, k, n);
            let (start_y, start_w, start_x) = (numbers(m * n, 4), numbers(k * n, 5), numbers(m * k, 6));
            for isa in Isa::available() {
                let [one, three] = [1, 3].map(|threads| Compute::with_isa(threads, isa));
                let y = product(&one, x, panels, &start_y, add);
                prop_assert_eq!(&y, &product(&one, x, w, &start_y, add));
                prop_assert_eq!(&y, &product(&three, x, panels, &start_y, add));

                let expected = in_panels(&product(&one, x.transposed(), dy, &start_w, add), k, n);
                for compute in [&one, &three] {
                    let mut dw = in_panels(&start_w, k, n);
                    let mut scratch = vec![f32::NAN; gemm_scratch(compute.threads())];
                    let view = MatrixMut::panels(&mut dw, k, n);
                    gemm(compute, Precision::F32, &mut scratch, x.transposed(), dy, view, add);
                    prop_assert_eq!(&dw, &expected);
                }

                let dx = product(&one, dy, panels.transposed(), &start_x, add);
                prop_assert_eq!(&dx, &product(&three, dy, panels.transposed(), &start_x, add));
                for (got, want) in dx.iter().zip(reference(dy, w.transposed(), &start_x, add)) {
                    prop_assert!((f64::from(*got) - want).abs() <= 1e-6 * (1.0 + n as f64), "{isa:?}: {got} {want}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
        /// A product in bf16 is that of rounded factors in single precision: for any shape, layout, number
        /// of threads and instruction set. To the bit, but for the instruction for pairs: makers of
        /// processors need not round its two sums alike.
        #[test]
        fn in_bf16_it_is_the_product_of_rounded_factors(
            m in prop_oneof![1usize..40, Just(130), Just(230)], n in prop_oneof![1usize..70, Just(300)],
            k in prop_oneof![0usize..40, Just(300), Just(513)],
            transpose_a: bool, layout_of_b in 0..4, panels_c: bool, add: bool,
        ) {
            let (a, b, start) = (numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3));
            let round = |numbers: &[f32]| -> Vec<f32> { numbers.iter().map(|&number| rounded(number)).collect() };
            let views = |a: &'static [f32], b: &'static [f32]| {
                let a = if transpose_a { Matrix::new(a, k, m).transposed() } else { Matrix::new(a, m, k) };
                let b = match layout_of_b {
                    0 => Matrix::new(b, k, n),
                    1 => Matrix::new(b, n, k).transposed(),
                    2 => Matrix::panels(b, k, n),
                    _ => Matrix::panels(b, n, k).transposed(),
                };
                (a, b)
            };
            let leak = |data: &[f32]| -> &'static [f32] { data.to_vec().leak() };
            let (as_they_are, before) = (views(leak(&a), leak(&b)), views(leak(&round(&a)), leak(&round(&b))));
            let panels_c = panels_c && layout_of_b % 2 == 0;
            for isa in Isa::available() {
                let multiply = |threads, precision, (a, b)| {
                    let compute = Compute::with_isa(threads, isa);
                    let mut scratch = vec![f32::NAN; gemm_scratch(threads)];
                    let mut c = start.clone();
                    let view = if panels_c { MatrixMut::panels(&mut c, m, n) } else { MatrixMut::new(&mut c, m, n) };
                    gemm(&compute, precision, &mut scratch, a, b, view, add);
                    c
                };
                let expected = multiply(1, Precision::F32, before);
                let alone = multiply(1, Precision::Bf16, as_they_are);
                if isa == Isa::Avx512Bf16Pairs {
                    let near = |(ours, expected): (&f32, &f32)| (ours - expected).abs() <= 1e-4 * (1.0 + expected.abs());
                    prop_assert!(alone.iter().zip(&expected).all(near), "{:?}", isa);
                } else {
                    prop_assert_eq!(&alone, &expected, "{:?}", isa);
                }
                for threads in 2..=3 {
                    prop_assert_eq!(&multiply(threads, Precision::Bf16, as_they_are), &alone, "{:?}", isa);
                }
            }
        }
    }

    /// What is not finite in a factor is not finite in the product, whichever instructions there are.
    #[test]
    fn in_bf16_nothing_that_is_not_finite_is_lost() {
        for isa in Isa::available() {
            for (bad, at) in [(f32::NAN, 0), (f32::INFINITY, 5), (f32::NEG_INFINITY, 7), (f32::MAX, 8)] {
                let mut a = numbers(3 * 9, 1);
                a[9 + at] = bad;
                let (b, mut c) = (numbers(9 * 2, 2), vec![0.0; 6]);
                let mut scratch = vec![0.0; gemm_scratch(1)];
                let (a, b) = (Matrix::new(&a, 3, 9), Matrix::new(&b, 9, 2));
                let arithmetic = Arithmetic { isa, precision: Precision::Bf16 };
                gemm_alone(arithmetic, &mut scratch, a, b, MatrixMut::new(&mut c, 3, 2), false);
                let finite: Vec<bool> = c.iter().map(|number| number.is_finite()).collect();
                assert_eq!(finite, [true, true, false, false, true, true], "{isa:?}, {bad}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
        /// A product of parts of wider matrices, into a part of a wider matrix: the bits of the
        /// product of copies, and nothing beside C is touched.
        #[test]
        fn a_product_alone_is_that_of_the_team(
            m in 1usize..40, n in 1usize..70, k in 0usize..40, wider in 0usize..9,
            transpose_a: bool, transpose_b: bool, add: bool,
        ) {
            let strided = |rows: usize, cols: usize, salt| {
                let data = numbers(rows * (cols + wider), salt);
                let copy = data.chunks((cols + wider).max(1)).flat_map(|row| row[..cols].to_vec()).collect::<Vec<_>>();
                (data, copy)
            };
            let (a, b) = (if transpose_a { (k, m) } else { (m, k) }, if transpose_b { (n, k) } else { (k, n) });
            let ((a_data, a_copy), (b_data, b_copy)) = (strided(a.0, a.1, 1), strided(b.0, b.1, 2));
            let turn = |matrix: Matrix<'static>, turned: bool| if turned { matrix.transposed() } else { matrix };
            let leak = |data: Vec<f32>| -> &'static [f32] { data.leak() };
            let views = (
                turn(Matrix::strided(leak(a_data), a.0, a.1, a.1 + wider), transpose_a),
                turn(Matrix::strided(leak(b_data), b.0, b.1, b.1 + wider), transpose_b),
            );
            let copies = (
                turn(Matrix::new(leak(a_copy), a.0, a.1), transpose_a),
                turn(Matrix::new(leak(b_copy), b.0, b.1), transpose_b),
            );
            let (start, start_copy) = strided(m, n, 3);
            for isa in Isa::available() {
                let expected = product(&Compute::with_isa(1, isa), copies.0, copies.1, &start_copy, add);
                let mut c = start.clone();
                let mut scratch = vec![f32::NAN; gemm_scratch(1)];
                let view = MatrixMut::strided(&mut c, m, n, n + wider);
                gemm_alone(Arithmetic::single(isa), &mut scratch, views.0, views.1, view, add);
                for (row, (row_before, expected)) in
                    c.chunks(n + wider).zip(start.chunks(n + wider).zip(expected.chunks(n)))
                {
                    prop_assert_eq!(&row[..n], expected);
                    prop_assert_eq!(&row[n..], &row_before[n..]);
                }
            }
        }
    }
}
