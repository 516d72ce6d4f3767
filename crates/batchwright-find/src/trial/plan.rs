//! A trial that a strategy plans: the request, its purpose, and when it may end early.
//!
//! Left out: how the trial is run (`state/execute`), and which trials are planned (`strategy`).

use crate::trial::TrialRequest;
use serde::{Deserialize, Serialize};

/// A trial that a strategy wants to be run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialPlan {
    /// What to train.
    pub request: TrialRequest,
    /// The purpose of the trial.
    pub phase: Phase,
    /// A trial that has used more samples than this without reaching the target ends as
    /// [`crate::TrialEnd::Lost`].
    pub give_up_after: Option<u64>,
    /// After this many samples the strategy is asked whether the trial should go on
    /// ([`Strategy::goes_on`](crate::Strategy::goes_on)), and again whenever it
    /// has used 1.7 times as many samples as when it was last asked about.
    pub ask_after: Option<u64>,
    /// Why it was chosen, if the strategy gives a reason.
    pub why: Option<Why>,
}

impl TrialPlan {
    /// Whether both plans train the same up to the same end, whatever made them worth it.
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        *self == Self { why: self.why, ..*other }
    }
}

/// Why a strategy chose a trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    /// A short run, to find the learning rates at which training starts at all.
    FindsRange,
    /// Expected to reach the target first, while no trial has reached it yet.
    ReachesFirst,
    /// Expected to improve the answer most for its cost.
    WorthMost {
        /// The expected decrease of the answer's expected regret, as a share.
        gain: f64,
        /// The expected cost, in the trial's own seconds.
        seconds: f64,
    },
    /// Repeats the answer on a fresh seed before it is given.
    Confirms,
    /// Checks a choice beside the answer before it is given: half and twice its rate, sizes two
    /// octaves away, or the setting of a run that was better than the answer.
    Compares,
}

/// The purpose of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Finds a target, the number of samples that it takes, and the evaluation interval.
    Pilot,
    /// Compares learning rates within one size.
    Tune,
    /// A fresh seed at a chosen learning rate.
    Confirm,
    /// A fresh seed at the recommended size and learning rate of an earlier study, to check whether
    /// its answer still holds.
    Check,
}
