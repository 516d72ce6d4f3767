//! The answer of a strategy that knows more than the trials of each size by themselves say: the
//! verdict is then formed from it.

use crate::result::{Interval, Recommendation};

/// What a strategy says about one size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeJudgement {
    /// The size.
    pub batch_size: u64,
    /// Its learning rate of least expected regret.
    pub learning_rate: f64,
    /// Whether that rate is known well enough.
    pub tuned: bool,
    /// Steps to the goal at that rate, with a 95% interval.
    pub steps: Interval,
    /// Runs of this size that reached the goal; 0: what is said of it follows from the other sizes.
    pub reached: u64,
    /// Probability of being the best size.
    pub p_best: f64,
}

/// The answer as of now.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Sizes that may be recommended, ascending.
    pub sizes: Vec<SizeJudgement>,
    /// What to use.
    pub recommended: Recommendation,
    /// Sizes that may well be better than the recommended one, and are not known to be as good
    /// within the margin.
    pub unresolved: Vec<u64>,
    /// Probability that the recommendation's regret is above twice the margin.
    pub doubt: f64,
    /// The answer is final where `doubt` is at most this.
    pub most_doubt: f64,
    /// Runs that tried the recommendation on seeds of their own.
    pub confirmations: u64,
    /// Runs of that kind without which no answer is final.
    pub wanted_confirmations: u64,
    /// Steps to the goal at each size's best rate as they may really be: some curves over
    /// (effective batch size, steps).
    pub curves: Vec<Vec<(u64, f64)>>,
    /// Smallest set of sizes that holds the best with 90%, ascending.
    pub best_set: Vec<u64>,
}

impl Judgement {
    /// What is said about a size.
    pub(crate) fn of(&self, batch_size: u64) -> Option<&SizeJudgement> {
        self.sizes.iter().find(|size| size.batch_size == batch_size)
    }
}
