//! What the law of a study expects of every size and learning rate, tried or not: the surface behind
//! the runs in a map of sizes and rates.
//!
//! Left out: how it is inferred (`strategy/race`).

use serde::{Deserialize, Serialize};

/// Expected steps to the target over sizes and learning rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LawSurface {
    /// The learning rates, ascending.
    pub learning_rates: Vec<f64>,
    /// A row for each size that may be run, ascending.
    pub sizes: Vec<SurfaceRow>,
}

/// One batch size of a [`LawSurface`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurfaceRow {
    /// The size.
    pub batch_size: u64,
    /// Median steps to the target at each of the learning rates, to 3 digits; null where no run is
    /// expected to reach it.
    pub steps: Vec<Option<f64>>,
}
