//! The seam between what to try next and everything else. A strategy looks at what is known and proposes; the study runs the proposals
//! and computes the verdict from the records, so that two strategies can be compared on equal terms.

use crate::known::Known;
use crate::{Phase, TrialRequest};

/// A trial that a strategy wants run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialPlan {
    /// What to train.
    pub request: TrialRequest,
    /// What it is for.
    pub phase: Phase,
    /// Without having reached the target it ends as [`crate::TrialEnd::Lost`] once it has used more samples than this.
    pub give_up_after: Option<u64>,
    /// Whether it also ends as lost as soon as its curve shows that it will be.
    pub foresight: bool,
}

/// What a strategy wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Run these, in any order, and come back when all have ended. The next step may depend on their outcomes but not on their timing.
    Trials(Vec<TrialPlan>),
    /// The rates are tuned: relax an automatic target to one that every size reaches.
    Settle,
    /// Measure the step times of these sizes once more, with nothing else running.
    Pace(Vec<u64>),
    /// Find out whether one more batch size runs, and how fast.
    AddSize(u64),
    /// Nothing more is worth running.
    Done,
}

/// Decides what to run next. Must end: after finitely many steps it answers [`Step::Done`].
pub trait Strategy {
    /// Whether it finds the scale of things by itself where the target is given.
    fn scouts(&self) -> bool {
        false
    }

    /// Its own answer, where it has a better one than the trials by themselves give.
    fn judge(&mut self, _known: &Known) -> Option<crate::RaceAnswer> {
        None
    }

    /// The next step, from everything known so far.
    fn next(&mut self, known: &Known) -> Step;
}
