//! The one-dimensional transforms of Winograd's convolution.
//!
//! Four outputs of a window of `r` taps need `n = r + 3` inputs and as many multiplications,
//! instead of `4 r`: inputs and taps are turned into the values that two polynomials have at `n`
//! points (Toom and Cook), multiplied, and turned back. The points are 0, pairs of +a and -a, and
//! infinity. A pair shares its even and its odd powers, so each function has a sum of both and a
//! difference. With y = Aᵀ ((G g) ⊙ (Bᵀ d)), the functions are Bᵀ, Aᵀ and, for the backward pass,
//! their transposes B and A; G is a table.
//!
//! Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"; the general
//! form, Blahut, "Fast Algorithms for Signal Processing".
//!
//! Left out: windows of other sizes. With more points, the rounding errors grow tenfold for each
//! pair.

use crate::compute::vector::Vector;

/// Outputs that are computed together, along each axis.
pub(super) const OUTPUTS: usize = 4;
/// The most points, and so the most inputs, along an axis.
pub(super) const MOST_POINTS: usize = 8;
/// The most taps along an axis.
pub(super) const MOST_TAPS: usize = 5;
/// The pairs of points, in the order of their use. Small powers of two are exact, and their powers
/// neither grow nor shrink much.
const POINTS: [f32; 3] = [1.0, 2.0, 0.5];

/// Values at the points 0, +a, -a (for each pair), infinity; or as many inputs. What is beyond the
/// number of points is not used.
pub(super) type Values<V> = [V; MOST_POINTS];

/// The transforms with this number of pairs of points: 2 for a window of 3 taps, 3 for one of 5.
pub(super) struct Points<const PAIRS: usize>;

impl<const PAIRS: usize> Points<PAIRS> {
    /// Points, `n`.
    pub(super) const COUNT: usize = 2 * PAIRS + 2;
    /// Taps of the window, `r`.
    pub(super) const TAPS: usize = Self::COUNT + 1 - OUTPUTS;

    /// The coefficients of the product of (x² - a²) over all pairs, by ascending power of x².
    const ALL: [f32; 4] = product(PAIRS, usize::MAX);
    /// The same without one of the pairs.
    const WITHOUT: [[f32; 4]; 3] = [product(PAIRS, 0), product(PAIRS, 1), product(PAIRS, 2)];
    /// G, `[n, r]`: the value at a point, over the product of its distances to all others.
    pub(super) const TAPS_AT: [[f32; MOST_TAPS]; MOST_POINTS] = Self::taps_at();

    const fn taps_at() -> [[f32; MOST_TAPS]; MOST_POINTS] {
        let mut table = [[0.0; MOST_TAPS]; MOST_POINTS];
        table[0][0] = 1.0 / Self::ALL[0];
        table[Self::COUNT - 1][Self::TAPS - 1] = 1.0;
        let mut pair = 0;
        while pair < PAIRS {
            let point = POINTS[pair];
            let others = value(Self::WITHOUT[pair], point * point);
            let (mut tap, mut power) = (0, 1.0 / (2.0 * point * point * others));
            while tap < Self::TAPS {
                table[2 * pair + 1][tap] = power;
                table[2 * pair + 2][tap] = if tap % 2 == 0 { power } else { -power };
                power *= point;
                tap += 1;
            }
            pair += 1;
        }
        table
    }

    /// Bᵀ d: `n` inputs, as `n` values.
    #[inline(always)]
    pub(super) fn inputs<V: Vector>(d: &Values<V>) -> Values<V> {
        let mut values = [V::zero(); MOST_POINTS];
        let (mut first, mut last) = (d[0].times(Self::ALL[0]), d[1].times(Self::ALL[0]));
        for power in 1..=PAIRS {
            first = first.plus(d[2 * power].times(Self::ALL[power]));
            last = last.plus(d[2 * power + 1].times(Self::ALL[power]));
        }
        (values[0], values[Self::COUNT - 1]) = (first, last);
        for pair in 0..PAIRS {
            let others = Self::WITHOUT[pair];
            let (mut odd, mut even) = (d[1].times(others[0]), d[2].times(others[0]));
            for power in 1..PAIRS {
                odd = odd.plus(d[2 * power + 1].times(others[power]));
                even = even.plus(d[2 * power + 2].times(others[power]));
            }
            let odd = odd.times(POINTS[pair]);
            (values[2 * pair + 1], values[2 * pair + 2]) = (even.plus(odd), even.minus(odd));
        }
        values
    }

    /// B m: the transpose of [`Points::inputs`].
    #[inline(always)]
    pub(super) fn inputs_transposed<V: Vector>(m: &Values<V>) -> Values<V> {
        let mut d = [V::zero(); MOST_POINTS];
        let last = m[Self::COUNT - 1];
        for power in 0..=PAIRS {
            d[2 * power] = m[0].times(Self::ALL[power]);
            d[2 * power + 1] = last.times(Self::ALL[power]);
        }
        for pair in 0..PAIRS {
            let others = Self::WITHOUT[pair];
            let (plus, minus) = (m[2 * pair + 1], m[2 * pair + 2]);
            let (even, odd) = (plus.plus(minus), plus.minus(minus).times(POINTS[pair]));
            for power in 0..PAIRS {
                d[2 * power + 1] = d[2 * power + 1].plus(odd.times(others[power]));
                d[2 * power + 2] = d[2 * power + 2].plus(even.times(others[power]));
            }
        }
        d
    }

    /// Aᵀ m: `n` values, as the four outputs.
    #[inline(always)]
    pub(super) fn outputs<V: Vector>(m: &Values<V>) -> [V; OUTPUTS] {
        let mut y = [m[0], V::zero(), V::zero(), m[Self::COUNT - 1]];
        for pair in 0..PAIRS {
            let point = POINTS[pair];
            let (plus, minus) = (m[2 * pair + 1], m[2 * pair + 2]);
            let (even, odd) = (plus.plus(minus), plus.minus(minus).times(point));
            y[0] = y[0].plus(even);
            y[1] = y[1].plus(odd);
            y[2] = y[2].plus(even.times(point * point));
            y[3] = y[3].plus(odd.times(point * point));
        }
        y
    }

    /// A y: the transpose of [`Points::outputs`].
    #[inline(always)]
    pub(super) fn outputs_transposed<V: Vector>(y: &[V; OUTPUTS]) -> Values<V> {
        let mut m = [V::zero(); MOST_POINTS];
        (m[0], m[Self::COUNT - 1]) = (y[0], y[3]);
        for pair in 0..PAIRS {
            let point = POINTS[pair];
            let even = y[0].plus(y[2].times(point * point));
            let odd = y[1].plus(y[3].times(point * point)).times(point);
            (m[2 * pair + 1], m[2 * pair + 2]) = (even.plus(odd), even.minus(odd));
        }
        m
    }
}

/// The coefficients of the product of (x - a²) over the first `pairs` pairs but one.
const fn product(pairs: usize, without: usize) -> [f32; 4] {
    let (mut coefficients, mut pair) = ([1.0, 0.0, 0.0, 0.0], 0);
    while pair < pairs {
        if pair != without {
            let square = POINTS[pair] * POINTS[pair];
            let mut power = 3;
            while power > 0 {
                coefficients[power] = coefficients[power - 1] - square * coefficients[power];
                power -= 1;
            }
            coefficients[0] *= -square;
        }
        pair += 1;
    }
    coefficients
}

/// The value of a polynomial.
const fn value(coefficients: [f32; 4], x: f32) -> f32 {
    coefficients[0] + x * (coefficients[1] + x * (coefficients[2] + x * coefficients[3]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::array::from_fn;

    /// One number instead of sixteen.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct One(f32);

    impl Vector for One {
        fn zero() -> Self {
            Self(0.0)
        }

        fn load(from: &[f32]) -> Self {
            Self(from[0])
        }

        fn store(self, to: &mut [f32]) {
            to[0] = self.0;
        }

        fn plus(self, other: Self) -> Self {
            Self(self.0 + other.0)
        }

        fn minus(self, other: Self) -> Self {
            Self(self.0 - other.0)
        }

        fn times(self, factor: f32) -> Self {
            Self(self.0 * factor)
        }
    }

    fn unit<const COUNT: usize>(at: usize) -> [One; COUNT] {
        from_fn(|i| One(if i == at { 1.0 } else { 0.0 }))
    }

    fn convolves<const PAIRS: usize>() {
        for tap in 0..Points::<PAIRS>::TAPS {
            for input in 0..Points::<PAIRS>::COUNT {
                let d = Points::<PAIRS>::inputs(&unit(input));
                let at = |point: usize| Points::<PAIRS>::TAPS_AT[point][tap];
                let m = from_fn(|point| d[point].times(at(point)));
                for (output, One(y)) in Points::<PAIRS>::outputs(&m).into_iter().enumerate() {
                    let expected = if output + tap == input { 1.0 } else { 0.0 };
                    assert!((y - expected).abs() < 1e-5, "{tap} {input} {output}: {y}");
                }
            }
        }
    }

    #[test]
    fn the_transforms_convolve() {
        convolves::<2>();
        convolves::<3>();
    }

    #[test]
    fn the_transposed_transforms_are_transposed() {
        type Three = Points<3>;
        for row in 0..Three::COUNT {
            for column in 0..Three::COUNT {
                let there = Three::inputs::<One>(&unit(column))[row];
                assert_eq!(there, Three::inputs_transposed(&unit(row))[column]);
            }
            for output in 0..OUTPUTS {
                let there = Three::outputs::<One>(&unit(row))[output];
                assert_eq!(there, Three::outputs_transposed(&unit(output))[row]);
            }
        }
    }
}
