//! From runs to uncertainty: medians with intervals over seeds, and the probability and regret of every choice.
//!
//! Uncertainty is counted in natural logs, where noise of steps-to-target is closest to normal and a cost is a product. How censored runs enter:
//! a run that missed the target ranks above every run that reached it. Half or more of them: the median is unknown ("more than") and the
//! arm cannot be chosen. Fewer: they raise the median, open the upper end of its interval and stretch what it may really be upwards, for they
//! say that runs are slower than those that reached the target show, but not by how much.
//!
//! Left out: which runs count (`verdict/evidence`), the law (`models/law`).

pub(crate) mod arm;
pub(crate) mod decision;

pub use crate::statistics::arm::{Arm, Spread, pooled_spread};
pub use crate::statistics::decision::{Decision, decide};
