//! Where a curve is heading: a lower bound of the samples that an unfinished trial needs, from its own rows.
//!
//! Assumption: learning slows down, so going on as in its last quarter reaches the goal too early, never too late. (A curve that speeds up after a plateau
//! breaks it.) For a loss the extrapolation is in the logarithm, in which it slows down too.

use serde::{Deserialize, Serialize};

/// Buckets that are kept; when all are full, neighbours are joined.
const BUCKETS: usize = 64;
/// Fewest rows that show a trend.
const FEWEST: usize = 16;
/// A curve whose noise comes near the goal hovers when its mean needs more than this many times its samples.
const HOVERING: f64 = 4.0;
/// The speed of learning is taken to be this many standard errors higher than it looks.
const OPTIMISM: f64 = 2.0;

/// Where a curve heads that has not reached the goal.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// Too few rows to tell.
    #[default]
    Open,
    /// It needs at least this many times the samples that it has used.
    AtLeast(f64),
    /// It has stopped improving, so near the goal that its noise may carry it over.
    Hovering,
    /// It has stopped improving, far from the goal.
    Stuck,
}

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
    /// Takes in the next row's value, lower is better.
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

    /// Where the curve heads. `in_logs`: the metric is a loss and the goal is above 0.
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
        // The last quarter's mean is where the curve stood in its middle.
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

/// Standard error of the difference of two means over `per_mean` values each, from the differences of neighbours.
fn error(values: &[f64], per_mean: usize) -> f64 {
    let squares: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let variance = squares / (2.0 * (values.len() - 1) as f64);
    (2.0 * variance / per_mean as f64).sqrt()
}
