//! TODO

pub(crate) mod frontier;
pub(crate) mod law;
pub(crate) mod memory;
pub(crate) mod predicted_best;
pub(crate) mod step_time;
