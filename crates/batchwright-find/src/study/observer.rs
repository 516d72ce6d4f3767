//! What a study tells while it runs, to whoever shows or stores it.

use crate::result::Recommendation;
use crate::result::objective::Target;
use crate::result::trial_record::TrialRecord;
use crate::trial::TrialRequest;
use crate::trial::plan::Phase;
use crate::trial::step_cost::StepTime;

/// The parts of a study, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Which sizes run, and how fast a step of each is.
    Pace,
    /// A few rates at one middle size: the scale of things, and an automatic target.
    Pilot,
    /// The strategy's trials.
    Search,
}

/// Something that happened. Events of one round of trials come in the order of the clock, which may differ between two runs of the same study.
#[derive(Debug, Clone, PartialEq)]
pub enum StudyEvent<'a> {
    /// A part of the study begins.
    Stage(Stage),
    /// The step time of a size was measured.
    PaceMeasured {
        /// The size.
        batch_size: u64,
        /// Of this pass alone.
        step_time: &'a StepTime,
    },
    /// A size does not run.
    DoesNotFit {
        /// The size.
        batch_size: u64,
        /// Why.
        reason: &'a str,
    },
    /// A trial begins.
    TrialStarted {
        /// What it trains.
        request: &'a TrialRequest,
        /// What it is for.
        phase: Phase,
    },
    /// A trial has ended. Its record may still change if the target is relaxed; the one in the result counts.
    TrialEnded(&'a TrialRecord),
    /// The target was chosen or relaxed.
    TargetChosen(&'a Target),
    /// What would be recommended if the study ended now; `None` while nothing can be.
    BestSoFar(Option<&'a Recommendation>),
}

/// Receives what happens in a study. All calls come from the thread that called [`crate::run_study`].
pub trait StudyObserver {
    /// Something happened.
    fn on_event(&mut self, event: &StudyEvent);

    /// Asked about twenty times a second: `true` ends the study, which then answers with what it knows.
    fn should_stop(&self) -> bool {
        false
    }
}

/// Looks away.
impl StudyObserver for () {
    fn on_event(&mut self, _event: &StudyEvent) {}
}
