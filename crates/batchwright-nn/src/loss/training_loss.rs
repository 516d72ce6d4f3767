//! What the gradient is of, where it is not the loss that evaluations show.
//!
//! An evaluation always shows cross-entropy or squared error, so that runs with different training
//! losses can be compared, and a loss with the constant answer.

use crate::error::NnError;
use crate::problem::{AllowedValue, LossProblem};
use batchwright_data::Task;
use serde::{Deserialize, Serialize};

/// The loss of training, part of a model's description.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingLoss {
    /// Share of each target that is spread evenly over all classes or tokens, in 0..1.
    #[serde(skip_serializing_if = "is_zero")]
    pub label_smoothing: f64,
    /// A factor for each class, none negative, not all 0. What a class costs is multiplied by it;
    /// the sum is divided by the number of samples, not by that of the factors. With
    /// [`class_weights`] the mean over the training samples is 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub class_weights: Vec<f32>,
    /// What an error of a number costs.
    #[serde(skip_serializing_if = "ValueLoss::is_squared")]
    pub values: ValueLoss,
    /// Binary cross-entropy: the network has one output for two classes, the logit of the second.
    /// It costs what the logits 0 and this one would cost.
    #[serde(skip_serializing_if = "is_false")]
    pub binary: bool,
}

/// What an error `e` of a number costs, e in the unit of the network's output: standard deviations
/// of the label.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueLoss {
    /// e^2.
    #[default]
    Squared,
    /// |e|.
    Absolute,
    /// e^2 / 2 up to |e| = delta, beyond that delta (|e| - delta / 2).
    Huber {
        /// Above 0.
        delta: f64,
    },
}

impl ValueLoss {
    fn is_squared(&self) -> bool {
        *self == Self::Squared
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl TrainingLoss {
    /// What evaluations show of a network that is trained on this loss.
    pub(crate) fn in_evaluation(&self) -> Self {
        Self { binary: self.binary, ..Self::default() }
    }

    /// Numbers that the network puts out for one prediction.
    pub(crate) fn outputs(&self, task: Task) -> usize {
        if self.binary { 1 } else { task.outputs() }
    }

    /// Refuses a loss that is not for this task, and values out of range.
    ///
    /// # Errors
    /// [`NnError::Setting`] or [`NnError::Loss`] with the flag's name.
    pub fn check(&self, task: Task) -> Result<(), NnError> {
        let refuse = |name, problem| Err(NnError::Loss { name, problem });
        let out_of_range = |name, value, expected| Err(NnError::Setting { name, value, expected });
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return out_of_range("--label-smoothing", self.label_smoothing, AllowedValue::BelowOne);
        }
        if self.label_smoothing > 0.0 && !task.has_accuracy() {
            return refuse("--label-smoothing", LossProblem::ForClasses);
        }
        if self.binary && task != (Task::Classify { classes: 2 }) {
            return refuse("--loss binary_cross_entropy", LossProblem::ForTwoClasses);
        }
        match self.values {
            ValueLoss::Squared => {}
            _ if task.has_accuracy() => return refuse("--loss", LossProblem::ForNumbers),
            ValueLoss::Huber { delta } if !(delta > 0.0 && delta.is_finite()) => {
                return out_of_range("--loss huber", delta, AllowedValue::Positive);
            }
            ValueLoss::Absolute | ValueLoss::Huber { .. } => {}
        }
        match (task, self.class_weights.len()) {
            (_, 0) => Ok(()),
            (Task::Classify { classes }, count) if count == classes => self.check_weights(),
            (Task::Classify { classes: expected }, found) => {
                refuse("--class-weights", LossProblem::WeightCount { found, expected })
            }
            _ => refuse("--class-weights", LossProblem::ForClassesAlone),
        }
    }

    fn check_weights(&self) -> Result<(), NnError> {
        let bad = self.class_weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0));
        if let Some(&weight) = bad {
            let (value, expected) = (f64::from(weight), AllowedValue::NotNegative);
            return Err(NnError::Setting { name: "--class-weights", value, expected });
        }
        if self.class_weights.iter().all(|&weight| weight == 0.0) {
            return Err(NnError::Loss { name: "--class-weights", problem: LossProblem::AllZero });
        }
        Ok(())
    }
}

/// The weights of classes from factors of any scale (`None`: the inverse of how often a class
/// occurs), so that their mean over the training samples, `counts` of each class, is 1: a step is as
/// large as without weights. A class without samples counts as one.
pub fn class_weights(factors: Option<&[f64]>, counts: &[u64]) -> Vec<f32> {
    let balanced = || counts.iter().map(|&count| 1.0 / count.max(1) as f64).collect();
    let factors: Vec<f64> = factors.map_or_else(balanced, <[f64]>::to_vec);
    let total: f64 = factors.iter().zip(counts).map(|(factor, &count)| factor * count as f64).sum();
    let scale = counts.iter().sum::<u64>() as f64 / total;
    let scale = if scale.is_finite() { scale } else { 1.0 };
    factors.iter().map(|factor| (factor * scale) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: Task = Task::Classify { classes: 3 };
    const VALUES: Task = Task::Regress { outputs: 2 };
    const TOKENS: Task = Task::NextToken { vocabulary: 3 };

    fn weights(weights: &[f32]) -> TrainingLoss {
        TrainingLoss { class_weights: weights.to_vec(), ..TrainingLoss::default() }
    }

    #[test]
    fn a_loss_of_another_task_is_refused() {
        let smooth = TrainingLoss { label_smoothing: 0.1, ..TrainingLoss::default() };
        let huber = |delta| TrainingLoss { values: ValueLoss::Huber { delta }, ..TrainingLoss::default() };
        for task in [CLASSES, VALUES, TOKENS] {
            assert_eq!(TrainingLoss::default().check(task), Ok(()));
            assert_eq!(smooth.check(task).is_ok(), task.has_accuracy());
            assert_eq!(weights(&[1.0, 0.0, 2.0]).check(task).is_ok(), task == CLASSES);
            assert_eq!(huber(1.0).check(task).is_ok(), task == VALUES);
        }
        for delta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(huber(delta).check(VALUES).is_err(), "{delta}");
        }
        for label_smoothing in [1.0, -0.1, f64::NAN] {
            let loss = TrainingLoss { label_smoothing, ..TrainingLoss::default() };
            assert!(matches!(loss.check(CLASSES), Err(NnError::Setting { .. })), "{label_smoothing}");
        }
        for bad in [&[1.0][..], &[1.0; 4], &[0.0; 3], &[1.0, -1.0, 1.0], &[1.0, f32::NAN, 1.0]] {
            assert!(weights(bad).check(CLASSES).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn binary_cross_entropy_is_for_two_classes() {
        let binary = TrainingLoss { binary: true, ..TrainingLoss::default() };
        for task in
            [CLASSES, VALUES, TOKENS, Task::NextToken { vocabulary: 2 }, Task::Classify { classes: 2 }]
        {
            assert_eq!(binary.check(task).is_ok(), task == Task::Classify { classes: 2 }, "{task:?}");
        }
        let all = TrainingLoss { label_smoothing: 0.1, class_weights: vec![1.0, 2.0], ..binary.clone() };
        assert_eq!(all.in_evaluation(), binary);
    }

    #[test]
    fn balanced_weights_give_each_class_the_same_share() {
        let counts = [10, 30, 60];
        for factors in [None, Some(&[6.0, 2.0, 1.0][..])] {
            let weights = class_weights(factors, &counts);
            let shares: Vec<f32> = weights.iter().zip(counts).map(|(w, count)| w * count as f32).collect();
            assert!(shares.iter().all(|share| (share - 100.0 / 3.0).abs() < 1e-4), "{shares:?}");
        }
        assert_eq!(class_weights(Some(&[1.0, 1.0]), &[3, 7]), [1.0, 1.0]);
        assert_eq!(class_weights(None, &[4, 0]), [1.0, 4.0]);
        assert!(class_weights(Some(&[0.0, 0.0]), &[3, 7]).iter().all(|weight| *weight == 0.0));
    }

    /// A model that was saved before there was a choice has none in its file.
    #[test]
    fn what_is_not_asked_for_is_not_saved() {
        assert_eq!(serde_json::to_string(&TrainingLoss::default()).unwrap(), "{}");
        let loss = TrainingLoss { values: ValueLoss::Huber { delta: 0.5 }, ..TrainingLoss::default() };
        let json = serde_json::to_string(&loss).unwrap();
        assert_eq!(json, r#"{"values":{"huber":{"delta":0.5}}}"#);
        assert_eq!(serde_json::from_str::<TrainingLoss>(&json).unwrap(), loss);
    }
}
