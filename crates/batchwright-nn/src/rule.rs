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

/// Zero for a number below the normal ones (2^-126), which a processor computes with a hundred times slower.
/// The moments of a weight that gets no gradient any more fall that far within a thousand steps, and rounding
/// keeps them from ever being zero: a step of a small network that had converged took seven times as long.
#[inline(always)]
fn normal(number: f32) -> f32 {
    if number.abs() < f32::MIN_POSITIVE { 0.0 } else { number }
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
                    *v = normal(momentum * *v + g);
                    *w -= rate * if nesterov { g + momentum * *v } else { *v };
                }
            }
            Formula::AdamW { shrink, rate, root, new, epsilon } => {
                for (((w, m), v), &g) in weights.iter_mut().zip(first).zip(second).zip(gradient) {
                    let g = g * scale;
                    *m = normal(*m + new[0] * (g - *m));
                    *v = normal(*v + new[1] * (g * g - *v));
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

#[cfg(test)]
mod tests {
    use crate::optimizer::{Optimizer, OptimizerState};

    #[test]
    fn moments_of_a_weight_without_gradient_end_at_zero() {
        for optimizer in [Optimizer::default(), Optimizer::adamw()] {
            let mut state = OptimizerState::new(optimizer, 2);
            let (mut weights, mut gradient) = ([1.0, 1.0], [1e-3, 1e-3]);
            for _ in 0..100_000 {
                let rule = state.next_rule(0.01, 1.0);
                rule.apply(&mut weights, state.moments(), &gradient);
                state.count_update();
                gradient = [0.0, f32::NAN];
            }
            let [first, second] = state.moments();
            assert_eq!(first[0], 0.0, "{optimizer:?}");
            assert!(second.first().is_none_or(|&second| second == 0.0), "{second:?}");
            assert!(first[1].is_nan() && weights[1].is_nan(), "what is no number is not hidden");
        }
    }
}
