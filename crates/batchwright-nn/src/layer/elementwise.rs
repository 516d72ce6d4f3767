//! Loops over activations that several layers need, divided among the threads.

use crate::layer::Pass;

/// Below this count of numbers, a second thread does not pay.
pub(crate) const GRAIN: usize = 16_384;

/// `to = from`
pub(crate) fn copy(pass: &Pass, from: &[f32], to: &mut [f32]) {
    pass.compute.rows(
        to.len(),
        GRAIN,
        [to],
        #[inline(always)]
        |first, [to]| to.copy_from_slice(&from[first..][..to.len()]),
    );
}

/// `to += what`
pub(crate) fn add(pass: &Pass, what: &[f32], to: &mut [f32]) {
    pass.compute.rows(
        to.len(),
        GRAIN,
        [to],
        #[inline(always)]
        |first, [to]| {
            to.iter_mut().zip(&what[first..]).for_each(|(to, what)| *to += what);
        },
    );
}

/// Every row of `to` becomes `row`.
pub(crate) fn repeat(pass: &Pass, row: &[f32], to: &mut [f32]) {
    let rows = to.len().checked_div(row.len()).unwrap_or(0);
    pass.compute.rows(
        rows,
        GRAIN / row.len().max(1) + 1,
        [to],
        #[inline(always)]
        |_, [to]| {
            to.chunks_exact_mut(row.len()).for_each(|to| to.copy_from_slice(row));
        },
    );
}

/// The sum of the rows of `dy`, which is the gradient of a bias, written to `db` or added to it.
/// Each thread sums columns of its own, from the first row to the last.
pub(crate) fn add_rows(pass: &Pass, dy: &[f32], db: &mut [f32], add: bool) {
    let width = db.len();
    if !add {
        db.fill(0.0);
    }
    // A thread with less than a cache line of each row would wait for the other's.
    let grain = if dy.len() < 2 * GRAIN { width } else { 16 };
    pass.compute.rows(
        width,
        grain,
        [db],
        #[inline(always)]
        |first, [db]| {
            for row in dy.chunks_exact(width) {
                for (sum, &value) in db.iter_mut().zip(&row[first..]) {
                    *sum += value;
                }
            }
        },
    );
}
