//! One file a command; each reads check, run, show.

pub(crate) mod auto;
pub(crate) mod data;
pub(crate) mod evaluate;
pub(crate) mod find;
pub(crate) mod fit;
pub(crate) mod foreign;
pub(crate) mod foreign_check;
pub(crate) mod foreign_fit;
pub(crate) mod hooks;
pub(crate) mod plan;
pub(crate) mod predict;
pub(crate) mod probe;
pub(crate) mod report;
pub(crate) mod saved;
pub(crate) mod train;
