//! Curves fitted to the measured sizes. They describe and predict, but never decide.
//!
//! - `steps_law`: steps against batch size
//! - `step_time`: step time against batch size
//! - `predicted_best`: the fastest size by these two models
//! - `frontier`: the sizes that are not dominated in time and samples
//! - `memory`: memory against micro-batch size

pub(crate) mod frontier;
pub(crate) mod memory;
pub(crate) mod predicted_best;
pub(crate) mod step_time;
pub(crate) mod steps_law;
