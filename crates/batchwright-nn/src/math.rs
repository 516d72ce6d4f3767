//! Exponential functions as plain arithmetic, so that loops over them become vector code.
//!
//! The library's `exp` needs one call per number. These functions agree with it to about two units
//! in the last place over the range that a network uses.

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
}
