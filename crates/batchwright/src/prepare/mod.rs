//! From flags to checked things: data and splits, model, optimizer, batch size and how it is
//! divided.

pub(crate) mod batch;
pub(crate) mod data;
pub(crate) mod network;
pub(crate) mod prepared_network;
pub(crate) mod saved;
