//! The events that a running study sends to whoever shows or stores them.

use crate::result::Recommendation;
use crate::result::objective::Target;
use crate::result::trial_record::{TrialPosition, TrialRecord};
use crate::study::journal::JournalEntry;
use crate::trial::TrialRequest;
use crate::trial::plan::Phase;
use crate::trial::step_cost::StepTime;
use serde::{Deserialize, Serialize};

/// The stages of a study, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Which sizes run, and the step time of each.
    StepTimes,
    /// A few learning rates at one middle size: sets limits, evaluation interval, and an automatic
    /// target.
    Pilot,
    /// The strategy's trials.
    Search,
}

/// An event. Events of one round of trials come in the order of the clock, which may differ between
/// two runs of the same study.
#[derive(Debug, Clone, PartialEq)]
pub enum StudyEvent<'a> {
    /// A stage of the study begins.
    Stage(Stage),
    /// The step time of a size was measured.
    StepTimeMeasured {
        /// The size.
        batch_size: u64,
        /// The step time of this pass alone.
        step_time: &'a StepTime,
    },
    /// A size does not run.
    DoesNotFit {
        /// The size.
        batch_size: u64,
        /// The reason.
        reason: &'a str,
    },
    /// A trial begins.
    TrialStarted {
        /// What it trains.
        request: &'a TrialRequest,
        /// Its purpose.
        phase: Phase,
    },
    /// A trial was evaluated. At most a few times a second.
    TrialRow {
        /// What it trains.
        request: &'a TrialRequest,
        /// Where it is.
        at: TrialPosition,
        /// Its best value so far.
        best: f64,
    },
    /// A trial has ended. Its record may still change if the target is relaxed; the record in the
    /// result is final.
    TrialEnded(&'a TrialRecord),
    /// A trial that had ended before the study was interrupted counts again.
    TrialKnown(&'a TrialRecord),
    /// The study learnt something that cannot be had again for nothing. Whoever stores the entries in
    /// their order can go on from them ([`crate::resume_study`]). An entry comes as soon as the
    /// study hears of the answer; while several trials run at a time, or the next one of the same
    /// round has begun already.
    Learnt(&'a JournalEntry),
    /// The target was chosen or relaxed.
    TargetChosen(&'a Target),
    /// The recommendation if the study ended now; `None` if nothing can be recommended yet.
    BestSoFar(Option<&'a Recommendation>),
}

/// Receives the events of a study. All calls come from the thread that called [`crate::run_study`].
pub trait StudyObserver {
    /// Called for every event.
    fn on_event(&mut self, event: &StudyEvent);

    /// Called about twenty times a second. `true` ends the study, which then answers with what it
    /// knows.
    fn should_stop(&self) -> bool {
        false
    }
}

/// Ignores all events.
impl StudyObserver for () {
    fn on_event(&mut self, _event: &StudyEvent) {}
}
