//! TODO

pub(crate) mod failure;
pub(crate) mod save;
pub(crate) mod screen;
pub(crate) mod signals;
