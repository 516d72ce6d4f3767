//! TODO

use crate::state::trend::Outlook;
use crate::trial::TrialRequest;
use crate::trial::plan::{Phase, Why};
use serde::{Deserialize, Serialize};

/// The scale of things, from the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StudyScale {
    /// Batch size of the pilot.
    pub batch_size: u64,
    /// Its best rate.
    pub learning_rate: f64,
    /// Most samples a trial at the pilot's size or below may use. Larger sizes need at most as many *steps*, so their limit grows with the size.
    pub most_samples: u64,
    /// How often all trials are evaluated, in samples.
    pub eval_samples: u64,
}

/// Where a trial stood.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TrialPosition {
    /// Parameter updates.
    pub step: u64,
    /// Training samples used.
    pub samples: u64,
    /// Training seconds.
    pub seconds: f64,
}

/// What a later study needs of a trial, beside its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How training ended, whatever goal is in force.
    pub end: TrialEnd,
    /// Its last row.
    pub last: TrialPosition,
    /// First finite value of the target's metric.
    pub first: Option<f64>,
    /// The rows at which it first passed each goal that may be asked about, the easiest first.
    pub passed: Vec<Passed>,
    /// Whether the study's clock or its user ended it.
    pub interrupted: bool,
    /// Where its curve headed, for a trial that was asked to look ahead.
    pub outlook: Outlook,
    /// See [`Outcome::misjudged_until`].
    #[serde(default)]
    pub misjudged_until: u64,
}

/// A row that passed a goal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// The metric.
    pub value: f64,
    /// Where.
    pub at: TrialPosition,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialEnd {
    /// The target was reached.
    Target,
    /// The samples were used up: steps to the target are "more than".
    Budget,
    /// Stopped early: its samples already exceed what a better rate of the same size needs.
    Lost,
    /// The loss or the weights stopped being finite.
    Diverged,
    /// It did not fit into memory.
    DoesNotFit,
    /// It failed otherwise.
    Failed,
}

/// One trial, as remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// What was asked.
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
    /// Best value of the target's metric that was seen; null when none was finite.
    pub best_metric: Option<f64>,
    /// Why it was chosen, where the strategy can say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<Why>,
    /// What went wrong, where it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// What a later study needs to go on from it; absent in results that were stored before there was such a study.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<Trace>,
}

impl TrialRecord {
    /// Whether the end of the study stopped it: nothing went wrong, and how it would have ended is not known.
    pub fn was_interrupted(&self) -> bool {
        self.end == TrialEnd::Budget && self.error.is_some()
    }
}
