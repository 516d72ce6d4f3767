//! One training run.
mod plan;
mod record;

pub use plan::{Batching, Plan};
pub use record::*;
