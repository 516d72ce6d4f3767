//! TODO

pub(crate) mod child;
pub(crate) mod limits;
pub(crate) mod prober;
