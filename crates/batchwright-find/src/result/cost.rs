//! The cost of a study: trials, steps and seconds.
//!
//! Left out: how it is summed up (`study`).

use serde::{Deserialize, Serialize};

/// The cost of a study.
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
    /// The sum of both costs.
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
