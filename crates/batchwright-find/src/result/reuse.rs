//! What a study takes over from an earlier one, and the result of checking whether the earlier
//! answer still holds.
//!
//! Left out: the check itself (`study/revalidate`), and how earlier trials become evidence
//! (`study/earlier`).

use crate::result::cost::Cost;
use crate::result::trial_record::TrialRecord;
use crate::trial::step_cost::StepTime;
use serde::{Deserialize, Serialize};

/// What a study took over from an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continued {
    /// The earlier study.
    pub study: String,
    /// Number of trials that were taken over. They are the first ones in the list of trials.
    pub trials: u64,
    /// Why the earlier answer was not repeated, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub because: Option<Change>,
    /// Total cost of all studies of this chain.
    pub cost_in_all: Cost,
}

/// An earlier answer that was checked and repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reused {
    /// The study that found it.
    pub study: String,
    /// When that study was created, in seconds since 1970.
    pub created: i64,
    /// Step times that were measured again; empty if the objective does not depend on them.
    pub step_times: Vec<StepTimeCheck>,
    /// The run on a fresh seed.
    pub run: RunCheck,
    /// Cost of the earlier study and of all checks before this one.
    pub cost_before: Cost,
}

/// A step time that was measured again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepTimeCheck {
    /// The size.
    pub batch_size: u64,
    /// What the earlier study measured.
    pub before: StepTime,
    /// What was measured now.
    pub now: StepTime,
}

/// One more run at the recommended size and rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RunCheck {
    /// Its seed. No earlier trial used it.
    pub seed: u64,
    /// Lower end of the range in which 95% of such runs lie: steps to the target, or for quality
    /// the value reached.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What this run needed or reached; null if it missed the target.
    pub found: Option<f64>,
}

/// Why an earlier answer no longer holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The step time of a size has changed.
    StepTime {
        /// The size.
        batch_size: u64,
        /// Median seconds of the earlier study.
        before: f64,
        /// Median seconds now.
        now: f64,
    },
    /// With the new step times another size is better by more than the margin.
    Order {
        /// That size.
        better: u64,
        /// The recommended one.
        recommended: u64,
    },
    /// The run on a fresh seed lies outside the range that the earlier runs predict.
    Run(RunCheck),
    /// A size could not be run.
    DoesNotRun {
        /// The size.
        batch_size: u64,
        /// Why.
        reason: String,
    },
    /// The check was ended by the user or by the budget.
    Interrupted,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revalidation {
    /// Step times that were measured again.
    pub step_times: Vec<StepTimeCheck>,
    /// The run on a fresh seed; absent if the step times had already changed.
    pub run: Option<RunCheck>,
    /// Its trial.
    pub trial: Option<TrialRecord>,
    /// Why the answer does not hold; `None` if it does.
    pub change: Option<Change>,
    /// The cost of the check.
    pub cost: Cost,
}
