//! What a trial tells about the law: an observation, and its probability under a law.
//!
//! Left out: from a trial to its observation (`learner`), and the law itself (`law`).

use crate::strategy::race::law::SizeLaw;
use crate::strategy::race::student_t::{above, density};

/// Probability that a run does not follow the law at all (a crash that looks like divergence, one
/// seed in a thousand). It is above 0, so that no single run can exclude the true parameters.
const OUTLIER: f64 = 0.01;
/// Spread of such a run's ln steps around the law.
const OUTLIER_SPREAD: f64 = 1.5;

/// What was observed in a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Observed {
    /// It reached the target, after this ln of steps.
    Reached(f64),
    /// It had not reached the target after this ln of steps.
    MoreThan(f64),
    /// It diverged.
    Diverged,
    /// It had stopped improving, far from the target.
    Stuck,
    /// Of several short runs, the one at this rate made the most progress. For long runs the best
    /// rate is hardly higher, but may be lower.
    FastestStart,
}

/// One trial as data for the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Observation {
    pub place: usize,
    pub log_rate: f64,
    pub observed: Observed,
}

impl Observation {
    /// ln of its probability (density) under a law.
    pub(crate) fn log_likelihood(&self, law: &SizeLaw) -> f64 {
        let (proper, outlier) = self.explanations(law);
        (proper + outlier).ln()
    }

    /// Probability (density) of the trial: under the law, and as an outlier that does not follow
    /// it.
    pub(crate) fn explanations(&self, law: &SizeLaw) -> (f64, f64) {
        let expected = law.expected(self.log_rate);
        let proper = match self.observed {
            Observed::Reached(log_steps) => {
                (1.0 - expected.never) * density(log_steps - expected.log_steps, expected.spread)
            }
            Observed::MoreThan(log_steps) => {
                expected.never
                    + (1.0 - expected.never) * above(log_steps - expected.log_steps, expected.spread)
            }
            Observed::Diverged => expected.never,
            Observed::Stuck => expected.never.max(0.02),
            // Never 0: if it were 0 under every member, the members could not be compared.
            Observed::FastestStart => {
                let start = fastest_start(self.log_rate - law.log_rate).exp();
                return (start.max(f64::MIN_POSITIVE), 0.0);
            }
        };
        let outlier = match self.observed {
            Observed::Reached(log_steps) => density(log_steps - law.log_steps, OUTLIER_SPREAD),
            _ => 0.5,
        };
        ((1.0 - OUTLIER) * proper, OUTLIER * outlier)
    }
}

/// `above` is by how much the ln rate of the fastest start is above that of the best rate.
fn fastest_start(above: f64) -> f64 {
    if above > 0.0 { -above / 1.2 } else { -0.5 * (above / 0.3).powi(2) }
}
