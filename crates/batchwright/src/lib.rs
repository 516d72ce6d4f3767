//! Batchwright trains deep networks by mini-batch and decides the batch size by experiment.
//!
//! This library is the main entry point: it re-exports the crates of which the program consists. If
//! you need only one layer, use its crate alone.
//!
//! - [`data`]: reading samples
//! - [`nn`]: the network
//! - [`train`]: one run
//! - [`find`]: the experiment
//! - [`command`]: any training program as a workload
//! - [`store`]: what is remembered
//! - [`view`]: what is shown

#![forbid(unsafe_code)]

pub use batchwright_command as command;
pub use batchwright_data as data;
pub use batchwright_find as find;
pub use batchwright_nn as nn;
pub use batchwright_store as store;
pub use batchwright_train as train;
pub use batchwright_view as view;
