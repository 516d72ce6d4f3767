//! TODO

pub(crate) mod failure;
pub(crate) mod screen;
pub(crate) mod signals;
