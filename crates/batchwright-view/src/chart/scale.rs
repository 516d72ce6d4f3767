//! The scale of an axis: it maps a value to a place in 0..=1, and chooses round numbers for ticks.
//!
//! Left out: pixels, which are the business of `axes`.

/// A linear or logarithmic axis over a closed range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AxisScale {
    low: f64,
    high: f64,
    log: bool,
}

/// From this ratio of largest to smallest value on, a linear axis would squeeze the small values
/// into its lower end.
const LOG_FROM_RATIO: f64 = 12.0;

impl AxisScale {
    /// Linear over a range. An empty range is widened.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        let (low, high) = ordered(low, high, (0.0, 1.0));
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        Self { low, high, log: false }
    }

    /// Logarithmic over a positive range. An empty range is widened.
    pub(crate) fn log(low: f64, high: f64) -> Self {
        let (low, high) = ordered(low, high, (1.0, 10.0));
        if low <= 0.0 {
            return Self::linear(low, high);
        }
        let (low, high) = if high > low * 1.0001 { (low, high) } else { (low / 2.0, high * 2.0) };
        Self { low, high, log: true }
    }

    /// Logarithmic where the positive values span a wide range, else linear from zero.
    pub(crate) fn fitting(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extent(values);
        if low > 0.0 && high / low >= LOG_FROM_RATIO {
            Self::log(low / 1.15, high * 1.15)
        } else {
            Self::linear(low.min(0.0), high * 1.08)
        }
    }

    /// Whether equal distances mean equal ratios.
    pub(crate) fn is_log(&self) -> bool {
        self.log
    }

    /// The place of a value; `None` where it is not finite, or not positive on a logarithmic axis.
    /// A value outside the range is moved to its end.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let place = if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        Some(place.clamp(0.0, 1.0))
    }

    /// Round values within the range, ascending, about `count` of them at most.
    pub(crate) fn ticks(&self, count: usize) -> Vec<f64> {
        let count = count.max(2);
        if self.log { self.log_ticks(count) } else { linear_ticks(self.low, self.high, count) }
    }

    /// Powers of ten; also 2 and 5 times them where there are few; linear ticks where even those
    /// are fewer than three.
    fn log_ticks(&self, count: usize) -> Vec<f64> {
        let (from, to) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let candidates = |mantissas: &[f64], every: i32| -> Vec<f64> {
            (from..=to)
                .filter(|power| power.rem_euclid(every) == 0)
                .flat_map(|power| mantissas.iter().map(move |m| m * 10_f64.powi(power)))
                .filter(|tick| *tick >= self.low * (1.0 - 1e-9) && *tick <= self.high * (1.0 + 1e-9))
                .collect()
        };
        let fine = candidates(&[1.0, 2.0, 5.0], 1);
        if fine.len() < 3 {
            return linear_ticks(self.low, self.high, count.min(5));
        }
        if fine.len() <= count + 3 {
            return fine;
        }
        let every = (1..).find(|&every| candidates(&[1.0], every).len() <= count).unwrap_or(1);
        candidates(&[1.0], every)
    }
}

/// Smallest and largest finite value; (0, 1) where there is none.
pub(crate) fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn ordered(low: f64, high: f64, otherwise: (f64, f64)) -> (f64, f64) {
    if low.is_finite() && high.is_finite() && low <= high && (high - low).is_finite() {
        (low, high)
    } else {
        otherwise
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let rough = (high - low) / count as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * power);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // In a range that is tiny compared with its values, floats cannot tell the ticks apart.
    if !step.is_normal() || !(last - first).is_finite() || last - first > 4.0 * count as f64 {
        return vec![low, high];
    }
    (0..=(last - first) as usize).map(|index| (first + index as f64) * step).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Else an axis reads 0, 13.3, 26.7.
    #[test]
    fn ticks_are_round() {
        assert_eq!(AxisScale::linear(0.0, 100.0).ticks(5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(AxisScale::linear(0.0, 1875.0).ticks(5), [0.0, 500.0, 1000.0, 1500.0]);
        assert_eq!(AxisScale::log(1.0, 1000.0).ticks(5), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(AxisScale::log(8.0, 120.0).ticks(6), [10.0, 20.0, 50.0, 100.0]);
        assert_eq!(AxisScale::log(1e-6, 1e6).ticks(5).len(), 5);
    }

    /// Else a value of a diverged run, or a single point, gives NaN coordinates and the browser
    /// draws nothing at all.
    #[test]
    fn odd_ranges_still_give_an_axis() {
        let ranges = [
            (5.0, 5.0),
            (f64::NAN, 1.0),
            (0.0, 0.0),
            (f64::NEG_INFINITY, f64::INFINITY),
            (3.0, 1.0),
            (-f64::MAX, f64::MAX),
        ];
        for (low, high) in ranges {
            for scale in [AxisScale::linear(low, high), AxisScale::log(low, high)] {
                assert!(!scale.ticks(5).is_empty());
                assert_eq!(scale.place(f64::NAN), None);
                assert!(scale.place(7.0).is_some_and(f64::is_finite), "{scale:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

        /// Else ticks lie outside of the axis, overlap, or come by the thousand.
        #[test]
        fn ticks_lie_within_the_axis(a in -1e9_f64..1e9, width in 1e-6_f64..1e9, count in 2_usize..12, log: bool) {
            let low = if log { a.abs() + 1e-9 } else { a };
            let scale = if log { AxisScale::log(low, low + width) } else { AxisScale::linear(low, low + width) };
            let ticks = scale.ticks(count);
            prop_assert!(!ticks.is_empty() && ticks.len() <= 4 * count + 1, "{ticks:?}");
            prop_assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]), "{ticks:?}");
            let slack = 1e-6 * (scale.high - scale.low) + 1e-9 * scale.high.abs();
            prop_assert!(ticks.iter().all(|t| *t >= scale.low - slack && *t <= scale.high + slack), "{scale:?} {ticks:?}");
        }
    }
}
