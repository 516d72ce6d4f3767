//! The experiment that decides the batch size.
mod study;
mod trial;

pub use study::*;
pub use trial::{StepTime, Trial, TrialError, TrialRequest, TrialRow, Workload};
