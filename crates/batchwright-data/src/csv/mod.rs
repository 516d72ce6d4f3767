//! TODO

pub(crate) mod file;
pub(crate) mod schema;
