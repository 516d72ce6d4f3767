//! What a run is given and what comes out of it.
//!
//! Left out: the loop between the two (`training`).

use crate::record::{RunRow, SplitMetrics, SplitOutcome, StoppedBy, ValidationOutcome};
use crate::verdict::evidence::Verdict;
use batchwright_data::Dataset;

/// The samples of a run.
#[derive(Clone, Copy)]
pub struct RunData<'a> {
    /// What is trained on.
    pub train: &'a dyn Dataset,
    /// A fixed part of it, of min(training, validation) samples: the training loss on the same
    /// footing as the validation loss.
    pub train_subset: &'a dyn Dataset,
    /// What decisions are taken on.
    pub validation: &'a dyn Dataset,
    /// Read once, at the end; may be empty.
    pub test: &'a dyn Dataset,
    /// What 1 of a value to predict is in the label's unit: its standard deviation where it was
    /// standardised, else 1.
    pub unit: f64,
}

impl<'a> RunData<'a> {
    /// One data set in all places, in its own unit: for a look at how a network trains, where no
    /// decision hangs on a split.
    pub fn same(data: &'a dyn Dataset) -> Self {
        Self { train: data, train_subset: data, validation: data, test: data, unit: 1.0 }
    }
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// Every evaluation, the first before the first step.
    pub rows: Vec<RunRow>,
    /// Why the run ended.
    pub stopped_by: StoppedBy,
    /// Steps taken.
    pub steps: u64,
    /// Epochs, fractional.
    pub epochs: f64,
    /// Samples used.
    pub samples_seen: u64,
    /// Seconds of training, evaluation left out.
    pub seconds: f64,
    /// Training subset, last weights.
    pub train: SplitMetrics,
    /// Validation split.
    pub validation: ValidationOutcome,
    /// Test split, best weights; the loss is NaN where there is no test sample.
    pub test: SplitOutcome,
    /// What the curve shows.
    pub verdict: Verdict,
}
