//! Exponential functions and sums as plain arithmetic, so that loops over them become vector code.
//!
//! The library's `exp` needs one call per number. These functions agree with it to about two units
//! in the last place over the range that a network uses. A sum of floating-point numbers in one
//! running total waits for each addition; here it has one total for each lane, in one fixed order.

/// e^x, with x clamped to -87..88: smaller x give e^-87 (1.6e-38), larger x give e^88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // NaN passes `clamp` unchanged, as it should: a loss that is not a number must stay visible.
    let x = x.clamp(-87.0, 88.0);
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer without a function call.
    const ROUND: f32 = 12_582_912.0;
    let n = x * std::f32::consts::LOG2_E + ROUND - ROUND;
    // ln 2 in two parts: the first has trailing zero bits, so its product with n is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    // Taylor series to the seventh power. Since |r| <= 0.35, the next term is below 6e-9.
    let series = 1.0
        + r * (1.0
            + r * (1.0 / 2.0
                + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r / 5040.0))))));
    series * f32::from_bits((((n as i32) + 127) << 23) as u32)
}

/// tanh x, with an absolute error of about 1e-7.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The standard normal distribution at `x`: its density, and the probability of less than `x`. The
/// probability has an absolute error below 2e-7 (Abramowitz and Stegun 7.1.26).
#[inline(always)]
pub(crate) fn normal(x: f32) -> [f32; 2] {
    const FACTORS: [f32; 5] = [0.254_829_6, -0.284_496_72, 1.421_413_8, -1.453_152_1, 1.061_405_4];
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let bell = exp(-z * z);
    let series = FACTORS.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let tail = 0.5 * series * bell;
    // 1 / sqrt(2 pi)
    [0.398_942_3 * bell, if x < 0.0 { tail } else { 1.0 - tail }]
}

/// Running totals of a sum: as many as the widest vector has lanes, whatever this processor has.
const LANES: usize = 16;

/// The sums of each number that `f` makes of an element of `x` and the one of `y` beside it.
#[inline(always)]
pub(crate) fn sums<const N: usize>(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> [f32; N]) -> [f32; N] {
    let mut lanes = [[0.0f32; LANES]; N];
    let (mut x, mut y) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    for (x, y) in (&mut x).zip(&mut y) {
        for lane in 0..LANES {
            let values = f(x[lane], y[lane]);
            for (sums, value) in lanes.iter_mut().zip(values) {
                sums[lane] += value;
            }
        }
    }
    let mut totals = lanes.map(|sums| sums.iter().sum());
    for (&x, &y) in x.remainder().iter().zip(y.remainder()) {
        for (total, value) in totals.iter_mut().zip(f(x, y)) {
            *total += value;
        }
    }
    totals
}

/// The sum of the squares, with a total for each block, so that no small number is lost.
pub(crate) fn square(numbers: &[f32]) -> f64 {
    const BLOCK: usize = 1_024;
    numbers.chunks(BLOCK).map(|block| f64::from(sums(block, block, |a, b| [a * b])[0])).sum()
}

/// The largest number; negative infinity if there is none. NaN are passed over.
#[inline(always)]
pub(crate) fn largest(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    lanes.iter().chain(chunks.remainder()).fold(f32::NEG_INFINITY, |most, &value| larger(most, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_library() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let relative = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(relative < 4e-7, "exp({x}): relative error {relative}");
        }
        assert!(exp(f32::NAN).is_nan());
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn tanh_agrees_with_the_library() {
        for i in -2000..=2000 {
            let x = i as f32 / 100.0;
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 3e-7, "tanh({x})");
        }
    }

    /// The probability by integrating the density (Simpson's rule, 1e-12).
    #[test]
    fn the_normal_distribution_is_the_integral_of_its_density() {
        let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let step = 0.01;
        let mut expected = 0.0;
        for i in -1200..=1200 {
            let x = f64::from(i) * step;
            let [ours_density, ours] = normal(x as f32).map(f64::from);
            assert!((ours_density - density(x)).abs() < 1e-7, "{x}");
            assert!((ours - expected).abs() < 2e-7, "{x}: {ours} {expected}");
            expected += step / 6.0 * (density(x) + 4.0 * density(x + step / 2.0) + density(x + step));
        }
        assert!(normal(f32::NAN)[1].is_nan());
        assert_eq!(normal(f32::INFINITY)[1], 1.0);
    }

    #[test]
    fn sums_and_the_largest_take_every_number_once() {
        for len in 0..70 {
            let x: Vec<f32> = (0..len).map(|i| (i * 37 % 71) as f32).collect();
            let y: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let expected: [f32; 2] = [x.iter().sum(), x.iter().zip(&y).map(|(x, y)| x * y).sum()];
            assert_eq!(sums(&x, &y, |x, y| [x, x * y]), expected);
            let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(largest(&x), most);
        }
    }
}
