//! Workloads whose best batch size is known: stand-ins for a network in tests, examples and comparisons of strategies.
//!
//! - [`Quadratic`]: SGD on a noisy quadratic, by exact moments or sampled (bed C of the tests).
//! - [`Regression`]: SGD on linear regression without label noise, sampled (bed B of the tests).

pub(crate) mod ledger;
pub(crate) mod quadratic;
pub(crate) mod regression;

pub use crate::beds::quadratic::{Form, Quadratic};
pub use crate::beds::regression::Regression;
