//! What a replay needs of a bed, of either kind: computed (`bed`) or recorded (`networks`).

use batchwright_find::Workload;

use crate::family::Family;
use crate::tie::equal_sizes;
use crate::truth::{Judge, Truth};
use crate::workload::{Meter, Metered};

/// A bed whose answer is known.
pub(crate) trait Case: Sync {
    fn family(&self) -> Family;
    fn truth(&self) -> &Truth;
    /// The question of a study.
    fn question(&self) -> Question<'_>;
    /// Sizes that are known to be exactly equal.
    fn equal_sizes(&self) -> Vec<u64>;
    /// The bed as the workload of one study. `seed` is that of the step times.
    fn workload<'a>(&'a self, meter: &'a Meter, seed: u64) -> Box<dyn Workload + 'a>;
    /// Median seconds to the target divided by the best ones, minus 1; at most
    /// [`WORST_REGRET`](crate::truth::WORST_REGRET). `runs` is the number of runs, if any are made.
    fn regret(&self, batch_size: u64, learning_rate: f64, runs: usize) -> f64;
}

/// What a study is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub name: &'a str,
    pub sizes: Vec<u64>,
    /// Lowest and highest rate.
    pub rates: [f64; 2],
    /// E.g. `val_loss<0.1`.
    pub target: String,
    pub eval_samples: u64,
}

impl Case for Judge<'_> {
    fn family(&self) -> Family {
        Family::of(self.bed)
    }

    fn truth(&self) -> &Truth {
        self.truth
    }

    fn question(&self) -> Question<'_> {
        Question {
            name: &self.bed.name,
            sizes: self.bed.sizes.clone(),
            rates: self.bed.lr,
            target: format!("val_loss<{}", self.bed.target),
            eval_samples: self.bed.eval_samples,
        }
    }

    fn equal_sizes(&self) -> Vec<u64> {
        equal_sizes(self.bed)
    }

    fn workload<'a>(&'a self, meter: &'a Meter, seed: u64) -> Box<dyn Workload + 'a> {
        Box::new(Metered::new(self.bed, meter, seed))
    }

    fn regret(&self, batch_size: u64, learning_rate: f64, runs: usize) -> f64 {
        Judge::regret(self, batch_size, learning_rate, runs)
    }
}
