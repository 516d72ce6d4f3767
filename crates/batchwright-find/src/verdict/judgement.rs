//! The answer of a strategy that knows more than the separate trials of each size show. The verdict
//! is then formed from this answer.

use crate::result::{Interval, Recommendation};

/// What a strategy knows about one size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeJudgement {
    /// The size.
    pub batch_size: u64,
    /// Its learning rate with the least expected regret.
    pub learning_rate: f64,
    /// Whether that rate is known well enough.
    pub tuned: bool,
    /// Steps to the goal at that rate, with a 95% interval.
    pub steps: Interval,
    /// Runs of this size that reached the goal. With 0, its result follows from the other sizes.
    pub reached: u64,
    /// Probability of being the best size.
    pub p_best: f64,
}

/// The answer at this point of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Sizes that may be recommended, ascending.
    pub sizes: Vec<SizeJudgement>,
    /// The recommended size and rate.
    pub recommended: Recommendation,
    /// Sizes that may be better than the recommended one, and for which a tie within the margin is
    /// not yet shown.
    pub unresolved: Vec<u64>,
    /// Probability that the recommendation's regret is above the margin.
    pub doubt: f64,
    /// The answer is final where `doubt` is at most this.
    pub most_doubt: f64,
    /// Runs that tested the recommendation on their own seeds.
    pub confirmations: u64,
    /// Number of such runs without which no answer is final.
    pub wanted_confirmations: u64,
    /// Possible curves of the steps to the goal at each size's best rate: a sample of curves over
    /// (effective batch size, steps).
    pub curves: Vec<Vec<(u64, f64)>>,
    /// Smallest set of sizes that contains the best size with probability 90%, ascending.
    pub best_set: Vec<u64>,
}

impl Judgement {
    /// The judgement of a size.
    pub(crate) fn of(&self, batch_size: u64) -> Option<&SizeJudgement> {
        self.sizes.iter().find(|size| size.batch_size == batch_size)
    }
}
