//! TODO

use crate::trial::TrialRequest;
use serde::{Deserialize, Serialize};

/// A trial that a strategy wants run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialPlan {
    /// What to train.
    pub request: TrialRequest,
    /// What it is for.
    pub phase: Phase,
    /// Without having reached the target it ends as [`crate::TrialEnd::Lost`] once it has used more samples than this.
    pub give_up_after: Option<u64>,
    /// Whether it looks ahead: it also ends as lost as soon as its own curve shows that it will be.
    pub patience: Option<Patience>,
    /// Why it was chosen, where the strategy can say.
    pub why: Option<Why>,
}

/// How a trial that looks ahead does so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Without a bound on its samples it is lost when it needs more than this many times the samples that it has used.
    pub times: f64,
    /// Until it has used so many samples its curve says nothing of where it heads.
    pub blind_until: u64,
}

/// Why a strategy chose a trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    /// Short: at which rates does training start at all?
    FindsRange,
    /// Expected to reach the target soonest, before any trial had.
    ReachesFirst,
    /// Expected to make the answer better by most, for what it costs.
    WorthMost {
        /// By how much the expected regret of the answer was expected to fall, as a share.
        gain: f64,
        /// What it was expected to cost, in the trial's own seconds.
        seconds: f64,
    },
    /// Tries the answer on a seed of its own before it is given.
    Confirms,
    /// Tells the answer from a size that may be better or as good.
    Compares,
}

/// What a trial was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Finds a target and the scale of things.
    Pilot,
    /// Compares learning rates within one size.
    Tune,
    /// A fresh seed at a chosen rate.
    Confirm,
    /// A fresh seed at the recommended size and rate of an earlier study, to see whether its answer still holds.
    Check,
}
