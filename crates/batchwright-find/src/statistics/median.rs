//! Medians and quantiles of a list of values.
//!
//! Left out: the uncertainty of a median over seeds (`arm`).

/// The median; of an even number of values the mean of the two middle ones. `None` without values.
pub(crate) fn median(values: Vec<f64>) -> Option<f64> {
    let runs = values.len();
    censored_median(values, runs)
}

/// The median of `runs` runs of which only these values are known; all other runs rank above them.
pub(crate) fn censored_median(known: Vec<f64>, runs: usize) -> Option<f64> {
    let known = sorted(known);
    let upper = *known.get(runs / 2)?;
    Some(if runs % 2 == 1 { upper } else { f64::midpoint(upper, known[runs / 2 - 1]) })
}

/// The median; of an even number of values the larger of the two middle ones. `None` without
/// values.
pub fn upper_median(values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    sorted(values).get(middle).copied()
}

/// The value below which a share `q` of these ascending values lies, rounded down to one of them.
pub(crate) fn quantile(ascending: &[f64], q: f64) -> f64 {
    ascending[(q * (ascending.len() - 1) as f64) as usize]
}

pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The median, between the ends of the 95% interval of its rank, n/2 +- 1.96 sqrt(n)/2. `None`
/// without values.
pub fn median_with_interval(values: &mut [f64]) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let last = values.len().checked_sub(1)?;
    let at = |rank: f64| values.get((rank.max(0.0) as usize).min(last)).copied();
    let half = 0.98 * n.sqrt();
    Some([at(n / 2.0 - half)?, at(n / 2.0)?, at(n / 2.0 + half)?])
}
