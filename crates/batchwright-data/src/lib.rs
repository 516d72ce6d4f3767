//! Samples in.
mod dataset;
pub use dataset::{Batch, Dataset, Targets, Task, input_len};
