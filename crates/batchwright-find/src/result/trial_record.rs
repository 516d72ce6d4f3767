//! One trial as it is reported and stored, with what a later study needs of it.
//!
//! Left out: the trial in memory, with its curve (`state/outcome`).

use crate::trial::TrialRequest;
use crate::trial::plan::{Phase, Why};
use serde::{Deserialize, Serialize};

/// The limits and the evaluation interval of all trials, derived from the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StudyScale {
    /// Batch size of the pilot.
    pub batch_size: u64,
    /// Its best learning rate.
    pub learning_rate: f64,
    /// Most samples that a trial at the pilot's size or below may use. A larger size may use as
    /// many *steps*, so its limit grows with the size.
    pub most_samples: u64,
    /// Samples between two evaluations, the same for all trials.
    pub eval_samples: u64,
}

/// The position of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TrialPosition {
    /// Parameter updates.
    pub step: u64,
    /// Training samples used.
    pub samples: u64,
    /// Training seconds.
    pub seconds: f64,
}

/// What a later study needs of a trial, in addition to its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How training ended, independent of the goal.
    pub end: TrialEnd,
    /// Position of its last row.
    pub last: TrialPosition,
    /// First finite value of the target's metric.
    pub first: Option<f64>,
    /// The rows at which it first passed each goal that may be used later, and the levels on the way
    /// to them, the easiest first.
    pub passed: Vec<Passed>,
    /// Whether the study's clock or its user ended it.
    pub interrupted: bool,
}

/// A row that passed a goal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// The value of the metric.
    pub value: f64,
    /// The position of the row.
    pub at: TrialPosition,
    /// Step of the row before it. Absent in results that were stored by older versions.
    #[serde(default)]
    pub before: u64,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialEnd {
    /// The target was reached.
    Target,
    /// The samples were used up. Its steps to the target are censored: "more than".
    Budget,
    /// Stopped early: it has already used more samples than a better learning rate of the same size
    /// needs.
    Lost,
    /// The loss or the weights stopped being finite.
    Diverged,
    /// It did not fit into memory.
    DoesNotFit,
    /// It failed for another reason.
    Failed,
}

/// The stored record of one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// The request.
    pub request: TrialRequest,
    /// `pilot`, `tune` (chose a rate) or `confirm` (fresh seed).
    pub phase: Phase,
    /// How it ended.
    pub end: TrialEnd,
    /// Position at the end (at the target, if reached).
    pub step: u64,
    /// Samples at the end.
    pub samples: u64,
    /// Its own seconds at the end.
    pub seconds: f64,
    /// Best value of the target's metric; null if none was finite.
    pub best_metric: Option<f64>,
    /// Why it was chosen, if the strategy gave a reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<Why>,
    /// The error, if it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// What a later study needs in order to continue from this trial. Absent in results that were
    /// stored by older versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<Trace>,
}

impl TrialRecord {
    /// Whether the end of the study stopped it: nothing went wrong, and how it would have ended is
    /// not known.
    pub fn was_interrupted(&self) -> bool {
        self.end == TrialEnd::Budget && self.error.is_some()
    }
}
