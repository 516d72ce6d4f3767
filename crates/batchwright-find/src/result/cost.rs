//! What a study cost: trials, steps and seconds.

use serde::{Deserialize, Serialize};

/// What the study cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// All trials, failed and censored ones included.
    pub trials: u64,
    /// Parameter updates over all trials.
    pub steps: u64,
    /// Sum of the trials' own seconds.
    pub seconds: f64,
    /// Wall-clock seconds of the study.
    pub wall_seconds: f64,
}

impl Cost {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            trials: self.trials + other.trials,
            steps: self.steps + other.steps,
            seconds: self.seconds + other.seconds,
            wall_seconds: self.wall_seconds + other.wall_seconds,
        }
    }
}
