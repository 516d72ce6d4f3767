//! One file a command; each reads check, run, show.

mod auto;
pub(crate) mod data;
pub(crate) mod evaluate;
pub(crate) mod find;
pub(crate) mod fit;
pub(crate) mod foreign;
mod foreign_check;
mod foreign_fit;
mod hooks;
pub(crate) mod plan;
pub(crate) mod predict;
pub(crate) mod probe;
pub(crate) mod report;
mod saved;
pub(crate) mod train;
