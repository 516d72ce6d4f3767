//! The seam between what to try next and everything else. A strategy looks at what is known and proposes; the study runs the proposals
//! and forms the verdict from the records, or from the strategy's own judgement where it shares information between sizes.

use crate::grid::Grid;
use crate::judgement::Judgement;
use crate::known::Known;
use crate::race::Race;
use crate::remark::Remark;
use crate::study::{Objective, Phase};
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
    /// Tell the reader of the answer.
    Say(Remark),
    /// Nothing more is worth running.
    Done,
}

/// The strategies that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrategyKind {
    /// [`crate::Race`]: shares what it learns over sizes and rates.
    #[default]
    Race,
    /// [`crate::Grid`]: every size at every rate, on several seeds.
    Grid,
}

impl StrategyKind {
    /// A strategy at its beginning. A race needs a target to race to: for the objective quality it is the grid.
    pub fn start(self, objective: Objective) -> Box<dyn Strategy> {
        match (self, objective) {
            (Self::Grid, _) | (_, Objective::Quality) => Box::new(Grid::default()),
            (Self::Race, _) => Box::new(Race::default()),
        }
    }
}

/// Decides what to run next. Must end: after finitely many steps it answers [`Step::Done`].
pub trait Strategy {
    /// Whether it finds the scale of things by itself where the target is given, so that no pilot is run.
    fn scouts(&self) -> bool {
        false
    }

    /// Its own answer for a goal; `None` where what the trials of each size say by themselves is all there is.
    fn judge(&mut self, _known: &Known, _goal: f64) -> Option<Judgement> {
        None
    }

    /// The next step, from everything known so far.
    fn next(&mut self, known: &Known) -> Step;
}
