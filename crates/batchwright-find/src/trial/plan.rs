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
        // Not by a comparison of the whole: a reason may hold a NaN, which equals nothing.
        let Self { request, phase, give_up_after, ask_after, why: _ } = *other;
        (self.request, self.phase, self.give_up_after, self.ask_after)
            == (request, phase, give_up_after, ask_after)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    /// Else a trial whose worth was no number is run again after an interruption.
    #[test]
    fn a_reason_makes_no_other_trial() {
        let reason = Some(Why::WorthMost { gain: f64::NAN, seconds: f64::INFINITY });
        let plan = TrialPlan { why: reason, ..examples::plan(64, 0.1) };
        assert!(plan.asks_the_same(&plan) && plan.asks_the_same(&examples::plan(64, 0.1)));
        assert!(!plan.asks_the_same(&examples::plan(64, 0.2)));
        assert!(!plan.asks_the_same(&TrialPlan { ask_after: Some(64), ..plan }));
        assert!(!plan.asks_the_same(&TrialPlan { phase: Phase::Check, ..plan }));
    }
}
