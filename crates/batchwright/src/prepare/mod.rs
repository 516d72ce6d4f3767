//! Converts flags to checked values: data and splits, model, optimizer, batch size and micro-batch
//! size.

pub(crate) mod batch;
pub(crate) mod data;
pub(crate) mod network;
pub(crate) mod prepared_network;
pub(crate) mod saved;
