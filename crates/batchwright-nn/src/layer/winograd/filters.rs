//! The weights of a convolution as values at the points, `[n n, channels, outputs]`, and the
//! gradient of the weights from that of the values.

use crate::compute::context::Compute;
use crate::compute::vector::{LANES, Vector, VectorLoop};
use crate::layer::winograd::transform::{MOST_TAPS, Points};

/// G g Gᵀ: `weight` is `[r, r, channels, outputs]`, `values` `[n n, channels, outputs]`.
pub(super) fn values<const PAIRS: usize>(compute: &Compute, weight: &[f32], values: &mut [f32]) {
    let isa = compute.isa();
    compute.rows(Points::<PAIRS>::COUNT, 1, [values], |first, [values]| {
        isa.run_vectors(ValuesOf::<PAIRS> { weight, first, values });
    });
}

/// Turns the values at each point: `[n n, channels, outputs]` to `[n n, outputs, channels]`.
pub(super) fn transpose(compute: &Compute, values: &[f32], to: &mut [f32], [channels, outputs]: [usize; 2]) {
    let numbers = channels * outputs;
    compute.rows(to.len() / numbers, 1, [to], |first, [to]| {
        for (to, from) in to.chunks_exact_mut(numbers).zip(values[first * numbers..].chunks_exact(numbers)) {
            // By squares, so that each cache line is read and written once.
            for output in (0..outputs).step_by(LANES) {
                for (channel, from) in from.chunks_exact(outputs).enumerate() {
                    for (lane, &value) in from[output..output + LANES].iter().enumerate() {
                        to[(output + lane) * channels + channel] = value;
                    }
                }
            }
        }
    });
}

/// Gᵀ m G, where m is the sum of `parts`, each `[n n, channels, outputs]`: written to `dw`, `[r, r,
/// channels, outputs]`, or added to it. `half` has room for `[n, r, channels, outputs]`.
pub(super) fn gradient<const PAIRS: usize>(
    compute: &Compute,
    parts: &[f32],
    half: &mut [f32],
    dw: &mut [f32],
    add: bool,
) {
    let (n, r) = (Points::<PAIRS>::COUNT, Points::<PAIRS>::TAPS);
    let (numbers, isa) = (dw.len() / (r * r), compute.isa());
    compute.rows(n, 1, [&mut *half], |first, [half]| {
        isa.run_vectors(HalfGradient::<PAIRS> { parts, numbers, first, half });
    });
    let half = &*half;
    compute.rows(r, 1, [dw], |first, [dw]| {
        isa.run_vectors(Gradient::<PAIRS> { half, numbers, first, dw, add });
    });
}

/// Some rows of the points, from row `first` on.
struct ValuesOf<'a, const PAIRS: usize> {
    weight: &'a [f32],
    first: usize,
    values: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for ValuesOf<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let (n, r, table) = (Points::<PAIRS>::COUNT, Points::<PAIRS>::TAPS, &Points::<PAIRS>::TAPS_AT);
        let numbers = self.weight.len() / (r * r);
        for (row, values) in self.values.chunks_exact_mut(n * numbers).enumerate() {
            for at in (0..numbers).step_by(LANES) {
                let mut half = [V::zero(); MOST_TAPS];
                for (x, half) in half.iter_mut().enumerate().take(r) {
                    for (y, &factor) in table[self.first + row].iter().enumerate().take(r) {
                        let tap = V::load(&self.weight[(y * r + x) * numbers + at..]);
                        *half = half.plus(tap.times(factor));
                    }
                }
                for (column, taps) in table.iter().enumerate().take(n) {
                    let mut value = half[0].times(taps[0]);
                    for x in 1..r {
                        value = value.plus(half[x].times(taps[x]));
                    }
                    value.store(&mut values[column * numbers + at..]);
                }
            }
        }
    }
}

/// The sum of the parts, times G from the right; some rows of the points, from row `first` on.
struct HalfGradient<'a, const PAIRS: usize> {
    parts: &'a [f32],
    numbers: usize,
    first: usize,
    half: &'a mut [f32],
}

impl<const PAIRS: usize> VectorLoop for HalfGradient<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let (n, r, table) = (Points::<PAIRS>::COUNT, Points::<PAIRS>::TAPS, &Points::<PAIRS>::TAPS_AT);
        let numbers = self.numbers;
        for (row, half) in self.half.chunks_exact_mut(r * numbers).enumerate() {
            for at in (0..numbers).step_by(LANES) {
                let mut sums = [V::zero(); MOST_TAPS];
                for (column, taps) in table.iter().enumerate().take(n) {
                    let place = ((self.first + row) * n + column) * numbers + at;
                    let mut value = V::zero();
                    for part in self.parts.chunks_exact(n * n * numbers) {
                        value = value.plus(V::load(&part[place..]));
                    }
                    for (sum, &tap) in sums.iter_mut().zip(taps) {
                        *sum = sum.plus(value.times(tap));
                    }
                }
                for (x, sum) in sums.iter().enumerate().take(r) {
                    sum.store(&mut half[x * numbers + at..]);
                }
            }
        }
    }
}

/// Gᵀ times the half, for some rows of taps, from row `first` on.
struct Gradient<'a, const PAIRS: usize> {
    half: &'a [f32],
    numbers: usize,
    first: usize,
    dw: &'a mut [f32],
    add: bool,
}

impl<const PAIRS: usize> VectorLoop for Gradient<'_, PAIRS> {
    #[inline(always)]
    fn run<V: Vector>(self) {
        let (r, table) = (Points::<PAIRS>::TAPS, &Points::<PAIRS>::TAPS_AT);
        for (y, dw) in self.dw.chunks_exact_mut(r * self.numbers).enumerate() {
            for at in (0..dw.len()).step_by(LANES) {
                let mut sum = if self.add { V::load(&dw[at..]) } else { V::zero() };
                for (half, taps) in self.half.chunks_exact(r * self.numbers).zip(table) {
                    sum = sum.plus(V::load(&half[at..]).times(taps[self.first + y]));
                }
                sum.store(&mut dw[at..]);
            }
        }
    }
}
