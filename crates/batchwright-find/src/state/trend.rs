//! Extrapolates the curve of an unfinished trial: a lower bound of the samples that it needs, from
//! its own rows.
//!
//! Assumption: learning slows down. So if the curve continued with the speed of its last quarter,
//! it would reach the goal too early, never too late. (A curve that speeds up after a plateau
//! breaks this assumption.) A loss is extrapolated in its logarithm, in which it slows down too.

use crate::result::trial_record::Outlook;

/// Most buckets. When all are full, neighbours are merged.
const BUCKETS: usize = 64;
/// Fewest rows that show a trend.
const FEWEST: usize = 16;
/// A curve whose noise comes close to the goal counts as hovering if its mean needs more than this
/// many times its samples.
const HOVERING: f64 = 4.0;
/// The speed of learning is assumed to be this many standard errors higher than measured.
const OPTIMISM: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    sum: f64,
    rows: u32,
    best: f64,
}

/// Means over equal numbers of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trend {
    buckets: Vec<Bucket>,
    per_bucket: u32,
}

impl Default for Trend {
    fn default() -> Self {
        Self { buckets: Vec::with_capacity(BUCKETS), per_bucket: 1 }
    }
}

impl Trend {
    /// Adds the value of the next row; lower is better.
    pub(crate) fn observe(&mut self, value: f64) {
        if self.buckets.len() == BUCKETS && self.buckets[BUCKETS - 1].rows == self.per_bucket {
            self.buckets = self.buckets.chunks(2).map(|pair| pair[0].joined(pair[1])).collect();
            self.per_bucket *= 2;
        }
        let per_bucket = self.per_bucket;
        let row = Bucket { sum: value, rows: 1, best: value };
        match self.buckets.last_mut() {
            Some(last) if last.rows < per_bucket => *last = last.joined(row),
            _ => self.buckets.push(row),
        }
    }

    /// The extrapolation towards a goal. `in_logs`: the metric is a loss and the goal is above 0.
    pub(crate) fn outlook(&self, goal: f64, in_logs: bool) -> Outlook {
        let n = self.buckets.len();
        if n < FEWEST {
            return Outlook::Open;
        }
        let turn = |value: f64| if in_logs { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let values: Vec<f64> = self.buckets.iter().map(|b| turn(b.sum / f64::from(b.rows))).collect();
        let quarter = n / 4;
        let (third, last) = (mean(&values[n - 2 * quarter..n - quarter]), mean(&values[n - quarter..]));
        // A noisy curve crosses the goal with its lowest value, not with its mean.
        let lowest = self.buckets[n - quarter..].iter().map(|b| b.best).fold(f64::INFINITY, f64::min);
        let (gap, swing) = (turn(lowest) - turn(goal), last - turn(lowest));
        let speed = third - last + OPTIMISM * error(&values[n - 2 * quarter..], quarter);
        // The mean of the last quarter is the value in the middle of that quarter.
        let share = quarter as f64 / n as f64;
        let times = |gap: f64| (1.0 - share / 2.0 + share * gap.max(0.0) / speed).max(1.0);
        match (speed > 0.0, gap < swing) {
            (true, true) if times(gap + swing) > HOVERING => Outlook::Hovering,
            (true, _) => Outlook::AtLeast(times(gap).min(f64::MAX)),
            (false, true) => Outlook::Hovering,
            (false, false) => Outlook::Stuck,
        }
    }
}

impl Bucket {
    fn joined(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, rows: self.rows + other.rows, best: self.best.min(other.best) }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard error of the difference of two means over `per_mean` values each, from the differences
/// of neighbours.
fn error(values: &[f64], per_mean: usize) -> f64 {
    let squares: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let variance = squares / (2.0 * (values.len() - 1) as f64);
    (2.0 * variance / per_mean as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::{Domain, RandomStream};
    use proptest::prelude::*;

    fn trend(rows: usize, value: impl FnMut(usize) -> f64) -> Trend {
        let mut trend = Trend::default();
        (1..=rows).map(value).for_each(|value| trend.observe(value));
        trend
    }

    /// A curve that decreases from 1 to `floor`: exponentially for power 0, else as a power of the
    /// row.
    fn decay(row: f64, slow: f64, power: f64, floor: f64) -> f64 {
        let fall = if power == 0.0 { (-row / slow).exp() } else { (1.0 + row / slow).powf(-power) };
        floor + (1.0 - floor) * fall
    }

    /// Constant 1, with noise of this standard deviation.
    fn flat(rows: usize, noise: f64, seed: u64) -> Trend {
        let mut random = RandomStream::new(seed, Domain::Bed, 0, 0);
        trend(rows, |_| 1.0 + noise * random.normal())
    }

    fn times(outlook: Outlook) -> f64 {
        match outlook {
            Outlook::AtLeast(times) => times,
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        /// A bound above the true value would stop runs that were about to reach the target.
        #[test]
        fn the_bound_is_below_the_truth(
            slow in 3.0..300f64,
            power in prop_oneof![Just(0.0), 0.2..3.0f64],
            floor in prop_oneof![Just(0.0), 0.0..0.1f64],
            above in 0.02..0.5f64,
            in_logs: bool,
        ) {
            let goal = floor + above * (1.0 - floor);
            let mut trend = Trend::default();
            let mut bounds = Vec::new();
            for row in 1..=20_000 {
                let value = decay(row as f64, slow, power, floor);
                if value < goal {
                    let over = bounds.iter().find(|&&(_, bound)| bound > row as f64);
                    prop_assert!(over.is_none(), "reached at row {}, foreseen at {:?}", row, over);
                    break;
                }
                trend.observe(value);
                match trend.outlook(goal, in_logs) {
                    Outlook::Open => prop_assert!(row < FEWEST),
                    Outlook::AtLeast(times) => bounds.push((row, times * row as f64)),
                    // Rounding may hide the rest of the slope.
                    other => prop_assert!(value - goal > 0.0 && row > 1000, "{:?} at row {}", other, row),
                }
            }
        }

        /// Merging neighbours must not change the extrapolation much: the curve has not changed.
        #[test]
        fn joining_buckets_hardly_moves_the_bound(slow in 20.0..200f64, power in 0.3..2.0f64, doublings in 0u32..5) {
            let full = BUCKETS << doublings;
            let bound = |rows| times(trend(rows, |row| decay(row as f64, slow, power, 0.0)).outlook(1e-3, true));
            let (before, after) = (bound(full), bound(full + 1));
            prop_assert!((after / before - 1.0).abs() < 0.12, "{} {}", before, after);
        }
    }

    /// A long curve must not use more memory, nor weigh old rows like new ones.
    #[test]
    fn a_long_curve_stays_small_and_says_what_a_short_one_of_its_shape_says() {
        let of = |rows: usize| trend(rows, |row| decay(row as f64 / rows as f64, 0.2, 1.0, 0.0));
        let (short, long) = (of(BUCKETS), of(100 * BUCKETS + 7));
        assert!(long.buckets.len() <= BUCKETS);
        assert_eq!(long.buckets.iter().map(|b| b.rows as usize).sum::<usize>(), 100 * BUCKETS + 7);
        let [short, long] = [short, long].map(|trend| times(trend.outlook(0.01, true)));
        assert!((long / short - 1.0).abs() < 0.1, "{short} {long}");
    }

    /// A rate that will never reach the goal must not use all its samples, and a curve that only
    /// noise carries over the goal must not count as hopeless.
    #[test]
    fn a_flat_curve_is_stuck_far_from_the_goal_and_hovers_near_it() {
        for in_logs in [false, true] {
            assert_eq!(flat(100, 0.0, 0).outlook(0.2, in_logs), Outlook::Stuck);
            for seed in 0..50 {
                let flat = flat(4000, 0.02, seed);
                let far = flat.outlook(0.2, in_logs);
                // As slow as the noise allows: at most two and a half standard errors of a
                // quarter's mean, and some luck.
                let hopeless = far == Outlook::Stuck || times(far) > 20.0;
                assert!(hopeless, "{seed}: {far:?}");
                // The lowest of the last thousand rows is about 3.2 standard deviations below the
                // mean.
                assert_eq!(flat.outlook(1.0 - 4.5 * 0.02, in_logs), Outlook::Hovering, "{seed}");
            }
        }
    }

    /// Noise on an improving curve must not make it look stuck, and apart from the noise the bound
    /// must stay a lower bound.
    #[test]
    fn a_noisy_curve_that_improves_is_neither() {
        for seed in 0..50 {
            let mut random = RandomStream::new(seed, Domain::Bed, 0, 0);
            let noisy = trend(200, |row| decay(row as f64, 100.0, 0.0, 0.0) * (0.05 * random.normal()).exp());
            // The mean reaches the goal at row 461, the lowest value about 10 rows earlier.
            let bound = 200.0 * times(noisy.outlook(0.01, true));
            assert!((300.0..465.0).contains(&bound), "{seed}: {bound}");
        }
    }

    /// Too few rows would be extrapolated from the first burst of learning.
    #[test]
    fn a_few_rows_say_nothing() {
        assert_eq!(flat(FEWEST - 1, 0.0, 0).outlook(0.2, true), Outlook::Open);
        assert_eq!(Trend::default().outlook(0.2, true), Outlook::Open);
    }
}
