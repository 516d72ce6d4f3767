//! The events of a run, for an observer. The run does not know whether that is a terminal, a
//! database, or nothing.

use crate::error::TrainError;
use crate::plan::Plan;
use crate::record::RunRow;
use crate::state::RunState;
use crate::verdict::evidence::Verdict;

/// Something that happened in a run.
#[derive(Debug, Clone, Copy)]
pub enum RunEvent<'a> {
    /// The run begins. Without a plan its end is given in time.
    Started {
        /// The arithmetic of the run.
        plan: Option<&'a Plan>,
    },
    /// A run goes on from an earlier state, which is saved again: what it did after that state counts
    /// no more.
    Resumed(&'a RunState),
    /// A step was taken.
    Step {
        /// Steps so far, this one included.
        step: u64,
        /// Samples so far.
        samples: u64,
        /// Mean loss of the step, before its update.
        loss: f64,
    },
    /// The run was evaluated.
    Row(&'a RunRow),
    /// What the curve would say if the run ended with the last row, without what takes long to find out
    /// (nearest neighbours). Only for who wants it ([`Observer::wants_verdicts`]).
    VerdictSoFar(&'a Verdict),
    /// After a number that was not finite the run went back to its best weights, with a fresh
    /// optimizer and half the rate.
    Retried {
        /// Steps so far.
        step: u64,
        /// Which retry it is, from 1.
        retry: u64,
        /// How many are allowed.
        of: u64,
    },
    /// The state could not be saved; the next time is tried again.
    Unsaved(&'a TrainError),
}

/// Receives the events of a run, on the run's own thread: be quick.
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: RunEvent);

    /// Whether to form a verdict after each evaluation.
    fn wants_verdicts(&self) -> bool {
        false
    }

    /// Asked after each step: whether the run should stop here (a signal).
    fn should_stop(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _event: RunEvent) {}
}
