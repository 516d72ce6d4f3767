//! From runs to uncertainty: medians with intervals over seeds, and the probability and regret of
//! every choice.
//!
//! - `arm`: one batch size, with its median, interval and spread
//! - `decision`: the choice between batch sizes
//! - `median`: the median of a list, and its quantiles
//!
//! Uncertainty is computed in natural logs: there the noise of steps-to-target is closest to
//! normal, and a cost is a product. Censored runs (they missed the target) rank above every run
//! that reached it. If half of the runs or more are censored, the median is unknown ("more than")
//! and the arm cannot be chosen. If fewer are censored, they raise the median, open the upper end
//! of its interval, and widen the distribution of the true value upwards: they show that runs are
//! slower than those that reached the target, but not by how much.
//!
//! Left out: which runs count (`verdict/evidence`), the law (`models/steps_law`).

pub(crate) mod arm;
pub(crate) mod decision;
pub(crate) mod median;

pub use crate::statistics::arm::{Arm, Spread, pooled_spread};
pub use crate::statistics::decision::{Decision, decide};
