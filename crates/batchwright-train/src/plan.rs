//! The arithmetic of a run: samples, steps, epochs and batches, exactly.
//!
//! The ledger is in samples; everything else is derived from it. The loop calls the same functions, so that a plan and the run it
//! announces cannot disagree.

use serde::{Deserialize, Serialize};

/// Batch arithmetic over one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batching {
    /// Samples in the training split (`N`), at least 1.
    pub samples: u64,
    /// The effective batch size `B`, at least 1.
    pub batch_size: u64,
    /// Samples per forward/backward pass, in 1..=`batch_size`.
    pub micro_batch_size: u64,
    /// Whether a short last batch is left out.
    pub drop_last: bool,
}

/// What a run will do. Serialises to the stable JSON of `plan --json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Samples, sizes, drop-last.
    #[serde(flatten)]
    pub batching: Batching,
    /// Micro-batches per full step: ceil(B/b).
    pub accumulation: u64,
    /// Steps per epoch.
    pub steps_per_epoch: u64,
    /// Samples in the last batch of an epoch.
    pub last_batch: u64,
    /// Epochs, fractional: `samples_seen` / N (N less what is dropped, with drop-last).
    pub epochs: f64,
    /// Steps in all.
    pub steps: u64,
    /// Samples in all.
    pub samples_seen: u64,
}
