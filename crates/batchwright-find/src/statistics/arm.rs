//! One batch size for the statistics: the median of its runs, with an interval.
//!
//! Left out: the choice between sizes (`decision`).

use crate::result::{Estimate, Interval};
use crate::statistics::median::censored_median;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// From this many seeds on, the spread of a size is estimated from its own runs. Below, the
/// residuals of all sizes are pooled, because three seeds say almost nothing about their own
/// spread.
pub(super) const OWN_SPREAD: usize = 8;
/// Spread of log steps if no size has two runs. An assumption, not measured: about the spread of
/// small networks.
const ASSUMED_SPREAD: f64 = 0.2;
/// The best of a few noisy rates costs more than the truly best rate, by this share of their
/// standard error: the expected maximum of two standard normals is 0.56, and neighbours of the best
/// rate are nearly as good. Without this term a size whose rate was badly chosen would be called
/// worse with certainty.
const MISTUNED: f64 = 0.5;

/// One batch size for the statistics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arm {
    /// For each run that reached the target: the steps or samples that it needed. For quality: the
    /// value that each run reached, transformed so that lower is better. All above 0.
    pub values: Vec<f64>,
    /// For each censored run (it missed the target): the steps or samples that it used, in the same
    /// unit. It would need more. Infinite for a run that diverged.
    pub beyond: Vec<f64>,
    /// Seeds on which the learning rate of the size was chosen. 0: the rate was not chosen from
    /// noisy runs.
    pub tuning_seeds: usize,
    /// Standard deviation of the log median that comes from whole counts and from the interval
    /// between evaluations: this interval divided by sqrt(12) and by the count. More seeds do not
    /// reduce it. Without it three runs of 5 steps would be certainty.
    pub evaluation_sd: f64,
    /// Standard deviation of the ln median if it is a belief and not the median of runs. `values`
    /// then contains only that belief.
    pub believed_sd: Option<f64>,
    /// Added to the ln of the median to get the ln of the objective: ln of the step time for the
    /// objective time, else 0.
    pub shift: f64,
    /// Standard deviation of `shift`.
    pub shift_sd: f64,
}

/// Standard deviation of one run's log, with its degrees of freedom (infinite if it is assumed or
/// exact).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Standard deviation.
    pub sd: f64,
    /// Degrees of freedom, above 0; infinite if the spread is assumed.
    pub freedom: f64,
}

impl Arm {
    /// A belief about steps, in a unit that is `unit` times a step.
    pub(crate) fn believed(steps: &Interval, unit: f64) -> Self {
        let (low, high) = (steps.low.unwrap_or(steps.value), steps.high.unwrap_or(steps.value));
        let sd = (high / low).ln() / (2.0 * t_quantile(f64::INFINITY));
        Self { values: vec![steps.value * unit], believed_sd: Some(sd), ..Self::default() }
    }

    /// Sets [`Arm::evaluation_sd`] for runs that are evaluated after every `interval`, in the unit of
    /// `values`.
    pub(crate) fn evaluated_every(self, interval: f64) -> Self {
        let evaluation_sd = self.median().map_or(0.0, |median| interval / (12f64.sqrt() * median));
        Self { evaluation_sd, ..self }
    }

    fn runs(&self) -> usize {
        self.values.len() + self.beyond.len()
    }

    /// The median over all runs, where censored runs rank above all others; `None` if half of the
    /// runs or more are censored. Exact: a whole number for an odd number of counts.
    pub fn median(&self) -> Option<f64> {
        censored_median(self.values.clone(), self.runs())
    }

    /// A lower bound of the median that also exists if there is no median: censored runs are
    /// assumed to need no more than they used.
    pub fn least_median(&self) -> Option<f64> {
        censored_median([self.values.as_slice(), &self.beyond].concat(), self.runs())
    }

    /// ln of the objective at the median.
    pub fn log_objective(&self) -> Option<f64> {
        self.median().map(|median| median.ln() + self.shift)
    }

    fn logs(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|value| value.ln())
    }

    pub(super) fn sum_of_squares(&self) -> f64 {
        let mean = self.logs().sum::<f64>() / self.values.len() as f64;
        self.logs().map(|log| (log - mean).powi(2)).sum()
    }

    /// Standard error of the log median, as a multiple of the spread.
    fn error_share(&self) -> f64 {
        let n = self.values.len();
        (median_variance(n) / n as f64).sqrt()
    }

    /// The same for the median of the size at its truly best rate, which a choice on few seeds
    /// misses.
    pub(super) fn error_share_of_size(&self) -> f64 {
        let tuning = if self.tuning_seeds == 0 { 0.0 } else { MISTUNED / (self.tuning_seeds as f64).sqrt() };
        self.error_share().hypot(tuning)
    }

    /// Standard deviation of the error of this size's ln median, from its runs alone.
    pub(crate) fn error_of_size(&self, pooled: Spread) -> f64 {
        let of_runs = || (self.spread(pooled).sd * self.error_share_of_size()).hypot(self.evaluation_sd);
        self.believed_sd.unwrap_or_else(of_runs)
    }

    /// How far the true value may lie above the median, relative to below it: 1 without censored
    /// runs. It grows without bound as the censored runs approach half of all runs, where the
    /// median itself is lost. An assumption: censored runs show that the upper side is wider, but
    /// not how wide.
    pub(super) fn stretch_upwards(&self) -> f64 {
        self.runs() as f64 / (self.values.len() as f64 - self.beyond.len() as f64)
    }

    pub(super) fn spread(&self, pooled: Spread) -> Spread {
        if self.values.len() < OWN_SPREAD { pooled } else { pooled_spread(std::slice::from_ref(self)) }
    }

    /// Half of the 95% interval of the log median; `None` if the spread is only assumed.
    fn log_half_width(&self, pooled: Spread) -> Option<f64> {
        if let Some(sd) = self.believed_sd {
            return Some(t_quantile(f64::INFINITY) * sd);
        }
        let spread = self.spread(pooled);
        let half = t_quantile(spread.freedom) * spread.sd * self.error_share();
        spread.freedom.is_finite().then(|| half.hypot(t_quantile(f64::INFINITY) * self.evaluation_sd))
    }

    /// The median times `factor`, with its interval. The half-width of the factor itself (of its
    /// ln) is added in squares. `None` without runs.
    pub(crate) fn estimate(&self, pooled: Spread, factor: f64, factor_half: f64) -> Option<Estimate> {
        let censored = self.beyond.len() as u64;
        let Some(median) = self.median() else {
            let low = self.least_median()?;
            let low = Some(low * factor).filter(|low| low.is_finite());
            return Some(Estimate { median: None, low, high: None, censored });
        };
        let half = self.log_half_width(pooled).map(|half| half.hypot(factor_half).exp());
        Some(Estimate {
            median: Some(median * factor),
            low: half.map(|half| median * factor / half),
            high: half.filter(|_| censored == 0).map(|half| median * factor * half),
            censored,
        })
    }
}

/// The spread of one run's log around the mean of its own size, pooled over the sizes.
pub fn pooled_spread(arms: &[Arm]) -> Spread {
    let freedom: usize = arms.iter().map(|arm| arm.values.len().saturating_sub(1)).sum();
    if freedom == 0 {
        return Spread { sd: ASSUMED_SPREAD, freedom: f64::INFINITY };
    }
    let squares: f64 = arms.iter().filter(|arm| arm.values.len() > 1).map(Arm::sum_of_squares).sum();
    Spread { sd: (squares / freedom as f64).sqrt(), freedom: freedom as f64 }
}

/// Variance of the median of n normal values, divided by their variance / n: order statistics up to
/// 8, then the limit pi/2. For one or two values the mean is the median.
fn median_variance(n: usize) -> f64 {
    const SMALL: [f64; 9] = [1.0, 1.0, 1.0, 1.346, 1.193, 1.434, 1.288, 1.473, 1.346];
    SMALL.get(n).copied().unwrap_or(std::f64::consts::FRAC_PI_2)
}

/// The 97.5% quantile of Student's t; that of the normal distribution if `freedom` is not a valid
/// parameter (infinite).
pub(crate) fn t_quantile(freedom: f64) -> f64 {
    const NORMAL: f64 = 1.959_963_984_540_054;
    if !freedom.is_finite() {
        return NORMAL;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(NORMAL, |t| t.inverse_cdf(0.975))
}
