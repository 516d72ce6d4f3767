//! Test beds: workloads whose best batch size is known. They replace a network in tests, examples
//! and comparisons of strategies.
//!
//! - [`Quadratic`]: SGD or Adam on a noisy quadratic, by exact moments or sampled (bed C of the
//!   tests).
//! - [`Regression`]: SGD on linear regression without label noise, sampled (bed B of the tests).
//! - [`Recorded`]: trainings of a network that were recorded once, in the form of `recording`.
//! - `descent`: the steps of the quadratic; `normal`: its random numbers.
//! - `ledger`: the counts of steps, samples and evaluations that all share.

pub(crate) mod descent;
pub(crate) mod ledger;
pub(crate) mod normal;
pub(crate) mod quadratic;
pub(crate) mod recorded;
pub(crate) mod recording;
pub(crate) mod regression;

pub use crate::beds::descent::{AdamStep, BedOptimizer, LinearStep};
pub use crate::beds::normal::FastNormal;
pub use crate::beds::quadratic::{Form, Quadratic};
pub use crate::beds::recorded::Recorded;
pub use crate::beds::recording::{Ladder, RecordedEnd, RecordedRate, RecordedRun, RecordedSize, Recording};
pub use crate::beds::regression::Regression;
