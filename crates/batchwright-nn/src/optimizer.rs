//! SGD and AdamW: from the mean gradient of a step to new parameters.
//!
//! Both follow PyTorch's definitions exactly, so that settings have the same meaning here; tests
//! compare with its numbers.

use crate::compute::context::Compute;
use crate::compute::numbers::Numbers;
use crate::compute::owners::Owners;
use crate::error::NnError;
use crate::problem::AllowedValue;
use crate::rule::{Formula, Rule};
use serde::{Deserialize, Serialize};

/// The batch size for which AdamW's `beta2` is given (see [`Optimizer::for_batch_size`]).
pub const BETA2_BATCH_SIZE: u64 = 32;

/// An optimizer with its settings; the learning rate comes with each update.
///
/// | setting | default | range | purpose |
/// |---|---|---|---|
/// | `momentum` | 0.9 | 0..1 | share of the last update that is kept |
/// | `nesterov` | false | | look ahead along the momentum |
/// | `beta1`, `beta2` | 0.9, 0.999 | 0..1 | decay of the gradient's first and second moment |
/// | `epsilon` | 1e-8 | > 0 | keeps the division finite |
/// | `weight_decay` | 0 | >= 0 | SGD: added to the gradient (L2); AdamW: decoupled |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Optimizer {
    /// v <- momentum v + g; w <- w - lr v, or w - lr (g + momentum v) with Nesterov.
    Sgd {
        /// Share of the last update that is kept.
        momentum: f64,
        /// Look ahead along the momentum.
        nesterov: bool,
        /// Added to the gradient, times the weight.
        weight_decay: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    AdamW {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// Keeps the division finite.
        epsilon: f64,
        /// The weights shrink by lr times this.
        weight_decay: f64,
    },
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 }
    }
}

impl Optimizer {
    /// Its name, as on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "sgd",
            Self::AdamW { .. } => "adamw",
        }
    }

    /// AdamW with the defaults of the table above.
    pub fn adamw() -> Self {
        Self::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// Refuses settings outside their range.
    ///
    /// # Errors
    /// [`NnError::Setting`] with the flag's name.
    pub fn check(&self) -> Result<(), NnError> {
        let share = |name, value: f64| {
            let expected = AllowedValue::BelowOne;
            if (0.0..1.0).contains(&value) { Ok(()) } else { Err(NnError::Setting { name, value, expected }) }
        };
        let at_least_0 = |name, value: f64| {
            let expected = AllowedValue::NotNegative;
            if value >= 0.0 && value.is_finite() {
                Ok(())
            } else {
                Err(NnError::Setting { name, value, expected })
            }
        };
        match *self {
            Self::Sgd { momentum, nesterov, weight_decay } => {
                share("--momentum", momentum)?;
                if nesterov && momentum == 0.0 {
                    return Err(NnError::Setting {
                        name: "--momentum",
                        value: 0.0,
                        expected: AllowedValue::PositiveWithNesterov,
                    });
                }
                at_least_0("--weight-decay", weight_decay)
            }
            Self::AdamW { beta1, beta2, epsilon, weight_decay } => {
                share("--beta1", beta1)?;
                share("--beta2", beta2)?;
                if !(epsilon > 0.0 && epsilon.is_finite()) {
                    return Err(NnError::Setting {
                        name: "--epsilon",
                        value: epsilon,
                        expected: AllowedValue::Positive,
                    });
                }
                at_least_0("--weight-decay", weight_decay)
            }
        }
    }

    /// The same optimizer at another batch size. AdamW's `beta2` is given for batch size
    /// [`BETA2_BATCH_SIZE`]. Its half-life in *samples* is kept constant, `beta2^(B / 32)`, but it
    /// never falls below `beta1` (Marek et al. 2025, arXiv 2507.07101). If it were constant per
    /// step instead, a small batch would average over too few samples and be judged unfairly.
    #[must_use]
    pub fn for_batch_size(self, batch_size: u64) -> Self {
        match self {
            Self::Sgd { .. } => self,
            Self::AdamW { beta1, beta2, epsilon, weight_decay } => Self::AdamW {
                beta1,
                beta2: beta2.powf(batch_size as f64 / BETA2_BATCH_SIZE as f64).max(beta1.min(beta2)),
                epsilon,
                weight_decay,
            },
        }
    }

    /// The same optimizer for a comparison of batch sizes and learning rates. AdamW's weight decay
    /// forgets a weight over `B / (lr wd)` samples. This number is kept at its value for batch size
    /// [`BETA2_BATCH_SIZE`] and `reference_rate` (Wang and Aitchison 2024, arXiv 2405.13698), so
    /// that no batch size is regularised more than another.
    #[must_use]
    pub fn with_decay_in_samples(self, batch_size: u64, learning_rate: f64, reference_rate: f64) -> Self {
        match self {
            Self::Sgd { .. } => self,
            Self::AdamW { beta1, beta2, epsilon, weight_decay } => {
                let ratio = batch_size as f64 / BETA2_BATCH_SIZE as f64 * reference_rate / learning_rate;
                Self::AdamW { beta1, beta2, epsilon, weight_decay: weight_decay * ratio }
            }
        }
    }

    /// Whether the half-life rule of [`Optimizer::for_batch_size`] would give a `beta2` below
    /// `beta1` at this batch size, so that it is not applied.
    pub fn beta2_is_floored(&self, batch_size: u64) -> bool {
        match *self {
            Self::Sgd { .. } => false,
            Self::AdamW { beta1, beta2, .. } => {
                beta2.powf(batch_size as f64 / BETA2_BATCH_SIZE as f64) < beta1.min(beta2)
            }
        }
    }

    /// Numbers of state per parameter.
    pub(crate) fn states(&self) -> usize {
        match self {
            Self::Sgd { .. } => 1,
            Self::AdamW { .. } => 2,
        }
    }
}

/// What an optimizer keeps of the steps so far.
#[derive(Debug)]
pub(crate) struct OptimizerState {
    optimizer: Optimizer,
    /// SGD: the velocity. AdamW: first, then second moments. `[parameters]` each.
    moments: Vec<Numbers>,
    updates: i32,
}

impl OptimizerState {
    pub(crate) fn new(optimizer: Optimizer, parameters: usize) -> Self {
        Self {
            optimizer,
            moments: (0..optimizer.states()).map(|_| Numbers::zeros(parameters)).collect(),
            updates: 0,
        }
    }

    /// The moments, and the number of updates so far.
    pub(crate) fn parts(&self) -> (&[Numbers], u64) {
        (&self.moments, self.updates.unsigned_abs().into())
    }

    /// Restores [`OptimizerState::parts`] of the same optimizer with the same number of parameters.
    pub(crate) fn set_parts(&mut self, moments: &[Vec<f32>], updates: u64) {
        for (moment, restored) in self.moments.iter_mut().zip(moments) {
            moment.copy_from_slice(restored);
        }
        self.updates = i32::try_from(updates).unwrap_or(i32::MAX);
    }

    /// The next update, with the gradient `scale` times what it is given.
    pub(crate) fn next_rule(&self, learning_rate: f64, scale: f32) -> Rule {
        let update = self.updates.saturating_add(1);
        let formula = match self.optimizer {
            Optimizer::Sgd { momentum, nesterov, weight_decay } => Formula::Sgd {
                rate: learning_rate as f32,
                momentum: momentum as f32,
                nesterov,
                decay: weight_decay as f32,
            },
            Optimizer::AdamW { beta1, beta2, epsilon, weight_decay } => Formula::AdamW {
                shrink: (1.0 - learning_rate * weight_decay) as f32,
                rate: (learning_rate / (1.0 - beta1.powi(update))) as f32,
                root: (1.0 / (1.0 - beta2.powi(update)).sqrt()) as f32,
                // Computed in 64 bits: 1 - 0.99999999 is 0 in 32 bits.
                new: [(1.0 - beta1) as f32, (1.0 - beta2) as f32],
                epsilon: epsilon as f32,
            },
        };
        Rule { scale, formula }
    }

    /// Counts an update that was made.
    pub(crate) fn count_update(&mut self) {
        self.updates = self.updates.saturating_add(1);
    }

    /// First and second moments; SGD has no second.
    pub(crate) fn moments(&mut self) -> [&mut [f32]; 2] {
        let mut moments = self.moments.iter_mut().map(|moment| &mut **moment);
        [moments.next().unwrap_or_default(), moments.next().unwrap_or_default()]
    }

    /// One update with the gradient `scale * gradient`.
    pub(crate) fn apply(
        &mut self,
        (compute, owners): (&Compute, &Owners),
        learning_rate: f64,
        scale: f32,
        weights: &mut [f32],
        gradient: &[f32],
    ) {
        let rule = self.next_rule(learning_rate, scale);
        rule.apply_all(compute, owners, weights, self.moments(), gradient);
        self.count_update();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta2_keeps_its_half_life_in_samples() {
        let beta2 = |batch_size| match Optimizer::adamw().for_batch_size(batch_size) {
            Optimizer::AdamW { beta2, .. } => beta2,
            Optimizer::Sgd { .. } => unreachable!(),
        };
        assert_eq!(beta2(32), 0.999);
        // After the same 1024 samples, the same weight is left: 32 steps at batch size 32, 4 steps
        // at 256.
        assert!((beta2(256).powi(4) - 0.999f64.powi(32)).abs() < 1e-12);
        assert_eq!(beta2(1_000_000), 0.9, "never below beta1");
        assert!(Optimizer::adamw().beta2_is_floored(1_000_000) && !Optimizer::adamw().beta2_is_floored(512));
    }

    #[test]
    fn decay_is_held_in_samples() {
        let optimizer = Optimizer::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1 };
        let Optimizer::AdamW { weight_decay, .. } = optimizer.with_decay_in_samples(256, 0.004, 0.001) else {
            unreachable!()
        };
        // B / (lr wd): 32 / (0.001 x 0.1) = 256 / (0.004 x 0.2).
        assert!((weight_decay - 0.2).abs() < 1e-12);
    }

    /// In 32 bits, 1 - beta2 would be 0 and the first update would be infinite.
    #[test]
    fn a_beta2_next_to_one_is_not_rounded_to_it() {
        let optimizer =
            Optimizer::AdamW { beta1: 0.9, beta2: 0.999_999_99, epsilon: 1e-8, weight_decay: 0.0 };
        let mut state = OptimizerState::new(optimizer, 1);
        let mut weights = [1.0];
        for _ in 0..3 {
            state.apply(
                (&Compute::new(1), &Owners::new(&mut |span| span(1, 1))),
                0.1,
                1.0,
                &mut weights,
                &[2.0],
            );
        }
        // A constant gradient changes each weight by the learning rate.
        assert!((weights[0] - 0.7).abs() < 1e-3, "{weights:?}");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let sgd = |momentum, weight_decay| Optimizer::Sgd { momentum, nesterov: false, weight_decay };
        for (optimizer, flag) in [
            (sgd(1.0, 0.0), "--momentum"),
            (sgd(-0.1, 0.0), "--momentum"),
            (sgd(f64::NAN, 0.0), "--momentum"),
            (sgd(0.9, f64::INFINITY), "--weight-decay"),
            (Optimizer::Sgd { momentum: 0.0, nesterov: true, weight_decay: 0.0 }, "--momentum"),
            (Optimizer::AdamW { beta1: 1.0, beta2: 0.9, epsilon: 1e-8, weight_decay: 0.0 }, "--beta1"),
            (Optimizer::AdamW { beta1: 0.9, beta2: 0.9, epsilon: 0.0, weight_decay: 0.0 }, "--epsilon"),
        ] {
            match optimizer.check() {
                Err(NnError::Setting { name, .. }) => assert_eq!(name, flag),
                other => panic!("{optimizer:?}: {other:?}"),
            }
        }
        assert!(Optimizer::default().check().is_ok() && Optimizer::adamw().check().is_ok());
    }

    #[test]
    fn one_large_update_equals_its_definition_on_any_number_of_threads() {
        let run = |threads| {
            let mut state = OptimizerState::new(Optimizer::default(), 100_003);
            let (mut weights, gradient) = (vec![1.0; 100_003], vec![0.5; 100_003]);
            let owners = Owners::new(&mut |span| span(100_003, 1_000));
            for _ in 0..2 {
                state.apply((&Compute::new(threads), &owners), 0.1, 2.0, &mut weights, &gradient);
            }
            weights
        };
        // v = 1, then 1.9: w = 1 - 0.1 - 0.19.
        assert!(run(1).iter().all(|&w| (w - 0.71).abs() < 1e-6));
        assert_eq!(run(1), run(2));
    }
}
