//! The seam between what to try next and everything else. A strategy looks at what is known and proposes; the study runs the proposals
//! and forms the verdict from the records, or from the strategy's own judgement where it shares information between sizes.

pub(crate) mod grid;
pub(crate) mod kind;
pub(crate) mod pilot;
pub(crate) mod race;
pub(crate) mod widening;

use crate::remark::Remark;
use crate::state::StudyState;
use crate::trial::plan::TrialPlan;
use crate::verdict::judgement::Judgement;

/// What a strategy wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    /// Run these, in any order, and come back when all have ended. The next step may depend on their outcomes but not on their timing.
    Trials(Vec<TrialPlan>),
    /// The rates are tuned: relax an automatic target to one that every size reaches.
    Settle,
    /// Measure the step times of these sizes once more, with nothing else running.
    Pace(Vec<u64>),
    /// Find out whether one more batch size runs, and how fast.
    AddSize(u64),
    /// Tell the reader of the answer.
    Say(Remark),
    /// Nothing more is worth running.
    Done,
}

/// Decides what to run next. Must end: after finitely many steps it answers [`Proposal::Done`].
pub trait Strategy {
    /// Whether it finds the scale of things by itself where the target is given, so that no pilot is run.
    fn scouts(&self) -> bool {
        false
    }

    /// Its own answer for a goal; `None` where what the trials of each size say by themselves is all there is.
    fn judge(&mut self, _known: &StudyState, _goal: f64) -> Option<Judgement> {
        None
    }

    /// The next step, from everything known so far.
    fn next(&mut self, known: &StudyState) -> Proposal;
}
