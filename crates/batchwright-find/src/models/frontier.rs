//! The frontier of time against samples (Pareto): the sizes for which no other size is at least as
//! good in both and better in one. A size that is not on it costs more of one without saving the
//! other.

use crate::result::SizeResult;

/// (batch size, samples to the target, seconds to the target) of every size that has both medians.
pub fn time_against_samples(sizes: &[SizeResult]) -> Vec<(u64, f64, f64)> {
    let point = |size: &SizeResult| {
        Some((size.batch_size, size.samples_to_target?.median?, size.seconds_to_target?.median?))
    };
    sizes.iter().filter_map(point).collect()
}

/// The sizes on the frontier, in the given order.
pub fn frontier(points: &[(u64, f64, f64)]) -> Vec<u64> {
    let dominates =
        |a: &(u64, f64, f64), b: &(u64, f64, f64)| a.1 <= b.1 && a.2 <= b.2 && (a.1 < b.1 || a.2 < b.2);
    let on_it = |point: &&(u64, f64, f64)| !points.iter().any(|other| dominates(other, point));
    points.iter().filter(on_it).map(|point| point.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_buys_something_is_on_the_frontier() {
        let points =
            [(8, 100.0, 9.0), (16, 110.0, 5.0), (32, 150.0, 6.0), (64, 200.0, 4.0), (128, 400.0, 8.0)];
        assert_eq!(frontier(&points), [8, 16, 64]);
        assert_eq!(frontier(&[(8, 1.0, 1.0), (16, 1.0, 1.0), (32, 1.0, 2.0)]), [8, 16], "equals both stay");
        assert_eq!(frontier(&[]), [] as [u64; 0]);
    }

    proptest! {
        /// A size that another one dominates must not be on the frontier, a size that none
        /// dominates must not be missing, and there is always a size on it.
        #[test]
        fn the_frontier_is_exactly_what_nothing_beats(values in prop::collection::vec((1..6u32, 1..6u32), 1..12)) {
            let points: Vec<_> =
                values.iter().enumerate().map(|(k, &(n, s))| (k as u64, f64::from(n), f64::from(s))).collect();
            let found = frontier(&points);
            prop_assert!(!found.is_empty());
            for &(size, n, s) in &points {
                let cheaper = points.iter().filter(|p| p.1 <= n).map(|p| p.2).fold(f64::INFINITY, f64::min);
                let fewer_at_same = points.iter().filter(|p| p.2 <= s).map(|p| p.1).fold(f64::INFINITY, f64::min);
                prop_assert_eq!(found.contains(&size), s <= cheaper && n <= fewer_at_same);
            }
            let ascending: Vec<_> = found.iter().map(|&size| points[size as usize]).collect();
            for (a, b) in ascending.iter().zip(ascending.iter().skip(1)) {
                prop_assert!((a.1 - b.1) * (a.2 - b.2) <= 0.0, "whoever saves one pays with the other");
            }
        }
    }
}
