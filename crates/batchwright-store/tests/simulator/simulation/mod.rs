//! Studies and runs with faults at every site, under clocks that are not real, each determined by a
//! seed.
//!
//! - `dice`: random numbers; `tally`: sites and faults
//! - `bed`: a workload whose trials suffer what children of the program suffer
//! - `study`: a study on it, what must hold after each event and at its end, and going on after a kill
//! - `run`: a run with checkpoints on a disk that fails, and going on from what is left
//!
//! Left out: processes (`soak` of the program), and faults of the system's own allocator.

mod bed;
mod dice;
mod run;
mod study;
mod tally;

pub(crate) use tally::Tally;

/// A bug that is put in, so that one sees whether it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    Nothing,
    /// A strategy that recommends a size that was never run.
    UntriedSize,
    /// A workload that counts a step less after a burst of reports.
    LosesABatch,
    /// A disk on which a sync does nothing.
    ForgetsSync,
}

impl Plant {
    #[allow(dead_code, reason = "the program reads it, the test does not")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "untried-size" => Some(Self::UntriedSize),
            "loses-a-batch" => Some(Self::LosesABatch),
            "forgets-sync" => Some(Self::ForgetsSync),
            _ => None,
        }
    }
}

/// Simulates one seed: a study, or every second time a run.
///
/// # Errors
/// The promise that was broken.
pub(crate) fn simulate(seed: u64, plant: Plant, tally: &mut Tally) -> Result<(), String> {
    match seed % 2 {
        0 => study::simulate(seed, plant, tally),
        _ => run::simulate(seed, plant, tally),
    }
}
