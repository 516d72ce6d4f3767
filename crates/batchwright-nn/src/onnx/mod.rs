//! A trained network as ONNX, for programs that run networks of any origin.
//!
//! `messages` is the file format, `graph` a graph that is being built, `layers` what each layer
//! becomes in it, `export` the whole: what comes in as the data have it, the layers, and what comes
//! out. Only operators of version 17 of the standard are used, most of them much older.
//!
//! Left out: reading ONNX, training in it, and networks of more than 2 GiB, whose weights would need
//! files of their own.

pub(crate) mod export;
pub(crate) mod graph;
pub(crate) mod layers;
pub(crate) mod messages;
pub(crate) mod weights;
