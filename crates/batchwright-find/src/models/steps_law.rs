//! The law of steps against batch size: S(B) = S_min (1 + B_c / B) (McCandlish et al. 2018), fitted
//! in log space.
//!
//! For a given critical batch size B_c the best S_min has a closed form, so the fit is a search in
//! one dimension. The law is only a description. The verdict uses the measured sizes, since on test
//! beds with exact steps the error of the law is up to 11%.

use crate::result::{Interval, Law};
use crate::statistics::arm::t_quantile;
use crate::statistics::median::{sorted, upper_median};

/// B_c is searched from the smallest size divided by this to the largest size times this. Beyond
/// that range all sizes lie on one straight line.
const REACH: f64 = 1e3;
/// Grid points of the first search, before the golden section.
const COARSE: u32 = 400;

/// Fewest different sizes for a law.
pub(crate) const FEWEST_POINTS: usize = 3;

/// Fits the law to (batch size, steps to the target). `None` with fewer than three different sizes,
/// with steps that are not positive and finite, or if no B_c within the range fits best: steps that
/// decrease in proportion to the size everywhere, or not at all, do not determine the bend.
///
/// The interval is the profile interval: all B_c whose sum of squared log residuals is at most `SSE
/// (1 + t^2 / (n - 2))`, where t is the 97.5% quantile of Student's t with n - 2 degrees of
/// freedom. An end that the points do not determine is null.
pub fn fit_law(points: &[(u64, f64)]) -> Option<Law> {
    let mut sizes: Vec<u64> = points.iter().map(|point| point.0).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < FEWEST_POINTS
        || sizes[0] == 0
        || points.iter().any(|(_, steps)| !(steps.is_finite() && *steps > 0.0))
    {
        return None;
    }
    let (low, high) = reach(points)?;
    let points: Vec<(f64, f64)> = points.iter().map(|&(size, steps)| (size as f64, steps.ln())).collect();
    let sse = |log_critical: f64| residuals(&points, log_critical).1;
    let best = minimum(sse, low, high)?;
    let (log_s_min, least) = residuals(&points, best);
    let freedom = points.len() as f64 - 2.0;
    let limit = least * (1.0 + t_quantile(freedom).powi(2) / freedom) + f64::EPSILON;
    let worst = points.iter().map(|&(b, log_s)| (log_s - log_s_min - log_bend(b, best)).abs());
    Some(Law {
        s_min: log_s_min.exp(),
        critical_batch_size: Interval {
            value: best.exp(),
            low: crossing(sse, best, low, limit).map(f64::exp),
            high: crossing(sse, best, high, limit).map(f64::exp),
        },
        worst_log_residual: worst.fold(0.0, f64::max),
    })
}

/// The law through the median of many curves of steps against size, with the interval of B_c over
/// these curves. `None` if the median curve has no bend. An end of the interval is null if more
/// than 2.5% of the curves have no bend.
pub(crate) fn law_of_curves(curves: &[Vec<(u64, f64)>]) -> Option<Law> {
    let law = fit_law(&median_curve(curves))?;
    let criticals = sorted(curves.iter().filter_map(|curve| critical_of(curve)).collect());
    let tail = (curves.len() as f64 * 0.025) as usize;
    let without = curves.len() - criticals.len();
    let end = |k: Option<usize>| k.filter(|_| without <= tail).and_then(|k| criticals.get(k).copied());
    let critical_batch_size = Interval {
        value: law.critical_batch_size.value,
        low: end(Some(tail)).map(|low| low.min(law.critical_batch_size.value)),
        high: end(criticals.len().checked_sub(tail + 1)).map(|high| high.max(law.critical_batch_size.value)),
    };
    Some(Law { critical_batch_size, ..law })
}

fn median_curve(curves: &[Vec<(u64, f64)>]) -> Vec<(u64, f64)> {
    let sizes = curves.first().into_iter().flatten().map(|point| point.0);
    let at = |(k, size): (usize, u64)| {
        let steps = upper_median(curves.iter().map(|curve| curve[k].1).collect())?;
        Some((size, steps))
    };
    sizes.enumerate().filter_map(at).collect()
}

/// B_c of the best fit; `None` without a bend.
fn critical_of(points: &[(u64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points.iter().map(|&(size, steps)| (size as f64, steps.ln())).collect();
    let (low, high) = reach(points)?;
    minimum(|log_critical| residuals(&logs, log_critical).1, low, high).map(f64::exp)
}

/// ln of the smallest and the largest B_c of the search.
fn reach(points: &[(u64, f64)]) -> Option<(f64, f64)> {
    let sizes = || points.iter().map(|point| point.0);
    let (least, largest) = (sizes().min()?, sizes().max()?);
    Some(((least as f64 / REACH).ln(), (largest as f64 * REACH).ln()))
}

/// ln(1 + B_c / B).
fn log_bend(batch_size: f64, log_critical: f64) -> f64 {
    (log_critical.exp() / batch_size).ln_1p()
}

/// (ln S_min, sum of squared residuals) at the best S_min for this B_c.
fn residuals(points: &[(f64, f64)], log_critical: f64) -> (f64, f64) {
    let rest = || points.iter().map(|&(b, log_s)| log_s - log_bend(b, log_critical));
    let log_s_min = rest().sum::<f64>() / points.len() as f64;
    (log_s_min, rest().map(|r| (r - log_s_min).powi(2)).sum())
}

/// The place of the minimum of `f` between `low` and `high`: the best point of a grid, then a
/// golden section between its neighbours. `None` if the minimum is at an end: that end is where the
/// search stopped, not a measurement.
pub(crate) fn minimum(f: impl Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let at = |k: u32| low + (high - low) * f64::from(k) / f64::from(COARSE);
    let best = (0..=COARSE).min_by(|&a, &b| f(at(a)).total_cmp(&f(at(b))))?;
    if best == 0 || best == COARSE {
        return None;
    }
    let (mut a, mut b) = (at(best - 1), at(best + 1));
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        let (left, right) = (b - golden * (b - a), a + golden * (b - a));
        if f(left) <= f(right) { b = right } else { a = left }
    }
    Some((a + b) / 2.0)
}

/// The place where `f`, below `limit` at `inside`, rises above it on the way to `end`; `None` if it
/// does not.
fn crossing(f: impl Fn(f64) -> f64, inside: f64, end: f64, limit: f64) -> Option<f64> {
    let at = |k: u32| inside + (end - inside) * f64::from(k) / f64::from(COARSE);
    let first = (1..=COARSE).find(|&k| f(at(k)) > limit)?;
    let (mut below, mut above) = (at(first - 1), at(first));
    for _ in 0..60 {
        let middle = (below + above) / 2.0;
        if f(middle) > limit {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some((below + above) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::{Domain, RandomStream};
    use proptest::prelude::*;

    fn exact(s_min: f64, critical: f64, b: u64) -> (u64, f64) {
        (b, s_min * (1.0 + critical / b as f64))
    }

    proptest! {
        /// A search that stops too early would bias every reported critical size.
        #[test]
        fn exact_points_give_the_law_back(s_min in 1.0..1e5f64, critical in 1.0..1e4f64) {
            let points: Vec<_> = (0..12).map(|k| exact(s_min, critical, 1 << k)).collect();
            let law = fit_law(&points).unwrap();
            prop_assert!((law.s_min / s_min - 1.0).abs() < 1e-4);
            prop_assert!((law.critical_batch_size.value / critical - 1.0).abs() < 1e-4);
            prop_assert!(law.worst_log_residual < 1e-5);
        }
    }

    /// An interval of the wrong width (t instead of t^2, n instead of n - 2) would contain the
    /// truth far more or far less often than stated.
    #[test]
    fn the_interval_holds_the_truth_about_95_times_in_100() {
        let mut random = RandomStream::new(1, Domain::Bed, 0, 0);
        let holds = (0..400).filter(|_| {
            let noisy = |k: u32| {
                let (b, s) = exact(100.0, 200.0, 8u64 << k);
                (b, s * (0.1 * random.normal()).exp())
            };
            let law = fit_law(&(0..8).map(noisy).collect::<Vec<_>>()).unwrap().critical_batch_size;
            law.low.is_none_or(|low| low <= 200.0) && law.high.is_none_or(|high| high >= 200.0)
        });
        let holds = holds.count();
        assert!((368..=392).contains(&holds), "{holds} of 400");
    }

    /// If all sizes lie on the straight line S ~ 1/B, they only show that B_c is large. A finite
    /// upper end would have no basis.
    #[test]
    fn perfect_scaling_leaves_the_upper_end_open() {
        let law = fit_law(&[(1, 1000.0), (2, 503.0), (4, 251.0), (8, 125.5)]).unwrap();
        assert_eq!(law.critical_batch_size.high, None);
        assert!(law.critical_batch_size.low.unwrap() > 8.0);
    }

    /// The bound of the search must not be reported as a measured critical batch size.
    #[test]
    fn points_without_a_bend_give_no_law() {
        assert_eq!(fit_law(&[(8, 4000.0), (16, 2000.0), (32, 1000.0)]), None, "steps halve throughout");
        assert_eq!(fit_law(&[(8, 4000.0), (16, 1800.0), (32, 800.0)]), None, "more than halve");
        assert_eq!(fit_law(&[(8, 100.0), (16, 100.0), (32, 100.0)]), None, "stay");
        assert_eq!(fit_law(&[(8, 100.0), (16, 101.0), (32, 102.0)]), None, "rise");
    }

    #[test]
    fn too_few_or_impossible_points_give_no_law() {
        assert_eq!(fit_law(&[(1, 9.0), (2, 8.0)]), None);
        assert_eq!(fit_law(&[(1, 9.0), (2, 8.0), (2, 8.5)]), None);
        assert_eq!(fit_law(&[(1, 9.0), (2, f64::NAN), (4, 8.0)]), None);
        assert_eq!(fit_law(&[(0, 9.0), (2, 8.0), (4, 8.0)]), None);
    }
}
