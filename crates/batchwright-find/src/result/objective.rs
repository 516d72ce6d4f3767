//! The objective of a study and its target, as they are reported.
//!
//! Left out: how a user writes a target and when it is reached (`ask/target`).

use serde::{Deserialize, Serialize};

/// What "best" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Fewest seconds to the target: steps times step time.
    Time,
    /// Least money to the target: time times the price of an hour. The verdict is the same as for
    /// time, in the currency of the price.
    Money,
    /// Fewest joules to the target: steps times the energy of a step. Needs energy counters that
    /// can be read.
    Energy,
    /// Fewest training samples to the target (compute).
    Samples,
    /// Fewest parameter updates to the target.
    Steps,
    /// Best validation metric after the same number of samples, or the same time.
    Quality,
}

impl Objective {
    /// Whether the objective is steps times a quantity that is measured for a single step.
    pub fn is_per_step(self) -> bool {
        matches!(self, Self::Time | Self::Money | Self::Energy)
    }
}

/// Which way a metric improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower is better.
    Below,
    /// Higher is better.
    Above,
}

/// The target of a study. It is reached at the first evaluation that is strictly better than
/// `goal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Name of the metric, e.g. `val_loss`.
    pub metric: String,
    /// The value to pass.
    pub goal: f64,
    /// Which side of the goal is better.
    pub direction: Direction,
    /// Where the goal comes from: `given` or `auto`. It is a key that the view translates.
    pub how: String,
}
