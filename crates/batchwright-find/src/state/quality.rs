//! How good a value of the metric is, as a cost whose ratios mean something: half of it is twice as good.
//!
//! A loss is such a cost. Of an accuracy what is missing to 1 is one, its error: 97 and 98% differ by a third
//! of the errors, while by their own ratio any two networks that work would be tied. Of any other metric that
//! is better above (a reward) it is the inverse, for want of a bound.
//!
//! Left out: how good a rate is (`scores`), and what follows for the sizes (`verdict`).

use crate::result::objective::Direction;
use crate::state::StudyState;

/// Names that end so are shares of 1, or of 100 where a program prints percent.
const SHARES: [&str; 8] = ["accuracy", "acc", "precision", "recall", "f1", "auc", "iou", "top1"];
/// No value is below this, nor an error: in a thousand samples an error less may be luck.
const LEAST: f64 = 1e-12;
const LEAST_ERROR: f64 = 1e-3;

impl StudyState {
    /// Of a metric that is better above.
    fn is_share(&self) -> bool {
        SHARES.iter().any(|name| self.goals.metric.ends_with(name))
    }

    /// ln of the cost of a value.
    pub(crate) fn log_quality(&self, value: f64) -> f64 {
        match self.goals.direction {
            Direction::Below => value.max(LEAST).ln(),
            // A share above 1 is in percent.
            Direction::Above if self.is_share() => {
                let share = if value > 1.0 { value / 100.0 } else { value };
                (1.0 - share).max(LEAST_ERROR).ln()
            }
            Direction::Above => -value.max(LEAST).ln(),
        }
    }

    /// The value of a cost, in the unit of the study's runs.
    pub(crate) fn of_cost(&self, cost: f64) -> f64 {
        match self.goals.direction {
            Direction::Below => cost,
            Direction::Above if self.is_share() => {
                let percent = self.outcomes.iter().filter_map(|o| o.curve.best()).any(|best| best > 1.0);
                (1.0 - cost).max(0.0) * if percent { 100.0 } else { 1.0 }
            }
            Direction::Above => cost.recip(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::target::TargetSpec;
    use crate::result::trial_record::TrialEnd;
    use crate::state::examples;

    fn study(target: &str, best: f64) -> StudyState {
        let target = TargetSpec::parse(target).unwrap();
        let mut state = examples::state(&examples::config(), &[32]);
        (state.goals.metric, state.goals.direction) = (target.metric().to_owned(), target.direction());
        state.outcomes.push(examples::trial(32, 0.1, TrialEnd::Budget, &[(10, best)]));
        state
    }

    /// Else 90 and 98% accuracy are tied within 10%, and the answer is the smallest size.
    #[test]
    fn of_an_accuracy_errors_are_compared() {
        for (state, unit) in [(study("val_accuracy>0.9", 0.98), 1.0), (study("val_acc>90", 98.0), 100.0)] {
            let ratio = (state.log_quality(0.97 * unit) - state.log_quality(0.98 * unit)).exp();
            assert!((ratio - 1.5).abs() < 1e-9, "{ratio}");
            for value in [0.0, 0.5, 0.98] {
                let back = state.of_cost(state.log_quality(value * unit).exp());
                assert!((back - value * unit).abs() < 1e-9, "{back}");
            }
            assert_eq!(state.log_quality(unit), state.log_quality(0.9999 * unit), "luck");
        }
    }

    #[test]
    fn losses_are_costs_and_of_rewards_the_inverse_is() {
        let (loss, reward) = (study("val_loss<0.1", 0.2), study("reward>3", 2.0));
        assert!((loss.log_quality(0.4) - loss.log_quality(0.2) - 2f64.ln()).abs() < 1e-12);
        assert!((reward.log_quality(2.0) - reward.log_quality(4.0) - 2f64.ln()).abs() < 1e-12);
        assert!((reward.of_cost(reward.log_quality(2.0).exp()) - 2.0).abs() < 1e-12);
        assert!((loss.of_cost(0.2) - 0.2).abs() < 1e-12 && loss.log_quality(-1.0).is_finite());
    }
}
