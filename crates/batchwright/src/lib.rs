//! Batchwright trains deep networks by mini-batch and decides the batch size by experiment.
//!
//! This library is the front door: it re-exports the crates that the program is made of. Use the
//! crate of a layer alone where you need only that.
//!
//! - [`data`]: samples in
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
