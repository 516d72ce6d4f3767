//! One update of the parameters by an optimizer, with all its numbers worked out: what is done to
//! each parameter.
//!
//! Left out: how these numbers follow from the settings and the number of updates (`optimizer`).

use crate::compute::context::Compute;
use crate::compute::owners::Owners;

/// What an update does to a parameter `w` with the gradient `scale` times `g`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) scale: f32,
    pub(crate) formula: Formula,
}

/// The formulas of [`crate::Optimizer`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Formula {
    Sgd {
        rate: f32,
        momentum: f32,
        nesterov: bool,
        decay: f32,
    },
    AdamW {
        /// What is left of a weight after its decay.
        shrink: f32,
        /// The learning rate over the correction of the first moment.
        rate: f32,
        /// One over the root of the correction of the second moment.
        root: f32,
        /// Shares of the new gradient and of its square.
        new: [f32; 2],
        epsilon: f32,
    },
}

impl Rule {
    /// Updates parameters with their gradient.
    #[inline(always)]
    pub(crate) fn apply(&self, weights: &mut [f32], moments: [&mut [f32]; 2], gradient: &[f32]) {
        let scale = self.scale;
        let [first, second] = moments;
        match self.formula {
            Formula::Sgd { rate, momentum, nesterov, decay } => {
                for ((w, v), &g) in weights.iter_mut().zip(first).zip(gradient) {
                    let g = g * scale + decay * *w;
                    *v = momentum * *v + g;
                    *w -= rate * if nesterov { g + momentum * *v } else { *v };
                }
            }
            Formula::AdamW { shrink, rate, root, new, epsilon } => {
                for (((w, m), v), &g) in weights.iter_mut().zip(first).zip(second).zip(gradient) {
                    let g = g * scale;
                    *m += new[0] * (g - *m);
                    *v += new[1] * (g * g - *v);
                    *w = shrink * *w - rate * *m / (v.sqrt() * root + epsilon);
                }
            }
        }
    }

    /// The same, each part by its owner.
    pub(crate) fn apply_all(
        &self,
        compute: &Compute,
        owners: &Owners,
        weights: &mut [f32],
        [first, second]: [&mut [f32]; 2],
        gradient: &[f32],
    ) {
        if second.is_empty() {
            owners.each(
                compute,
                [weights, first],
                &mut [],
                #[inline(always)]
                |start, [weights, first], _| self.apply(weights, [first, &mut []], &gradient[start..]),
            );
        } else {
            owners.each(
                compute,
                [weights, first, second],
                &mut [],
                #[inline(always)]
                |start, [weights, first, second], _| {
                    self.apply(weights, [first, second], &gradient[start..]);
                },
            );
        }
    }
}
