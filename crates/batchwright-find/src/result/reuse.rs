//! What a study takes over from an earlier one, and whether the earlier answer still holds.

use crate::result::cost::Cost;
use crate::result::trial_record::TrialRecord;
use crate::trial::step_cost::StepTime;
use serde::{Deserialize, Serialize};

/// What a study took over from an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continued {
    /// The earlier study.
    pub study: String,
    /// The first so many of the trials were taken over.
    pub trials: u64,
    /// Why its answer was not given again, where it had one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub because: Option<Change>,
    /// What all studies of this chain cost together.
    pub cost_in_all: Cost,
}

/// An answer that was given again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reused {
    /// The study that found it.
    pub study: String,
    /// When that was created, in seconds since 1970.
    pub created: i64,
    /// Step times that were measured again; empty where the objective does not rest on them.
    pub step_times: Vec<StepTimeCheck>,
    /// The run on a fresh seed.
    pub run: RunCheck,
    /// What the earlier study and all checks before this one cost.
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
    /// Its seed, which no trial had.
    pub seed: u64,
    /// Lower end of what 95% of such runs need (steps to the target; for quality, the value reached).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What it needed or reached; null where it missed the target.
    pub found: Option<f64>,
}

/// Why an answer does not hold any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A step takes longer or shorter than it did.
    StepTime {
        /// The size.
        batch_size: u64,
        /// Median seconds of the earlier study.
        before: f64,
        /// Median seconds now.
        now: f64,
    },
    /// With the step times of now another size comes out better by more than the margin.
    Order {
        /// That size.
        better: u64,
        /// The recommended one.
        recommended: u64,
    },
    /// The run on a fresh seed lies outside what the earlier ones predict.
    Run(RunCheck),
    /// A size could not be run.
    DoesNotRun {
        /// The size.
        batch_size: u64,
        /// Why.
        reason: String,
    },
    /// The check itself was ended, by the user or the budget.
    Interrupted,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Revalidation {
    /// Step times that were measured again.
    pub step_times: Vec<StepTimeCheck>,
    /// The run on a fresh seed; absent where the step times had changed already.
    pub run: Option<RunCheck>,
    /// Its trial.
    pub trial: Option<TrialRecord>,
    /// Why the answer does not hold; `None` where it does.
    pub change: Option<Change>,
    /// What the check cost.
    pub cost: Cost,
}
