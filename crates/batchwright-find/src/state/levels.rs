//! Levels of a metric on the way to a goal. A run that stopped before its goal still tells when it
//! passed the easier ones.
//!
//! Left out: when a run passed a level (`outcome`), and what that tells (`strategy/race`).

use crate::result::objective::Direction;

/// Levels over the goal, as factors.
const OVER_GOAL: [f64; 14] =
    [1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
/// Levels under the start, as shares of it.
const UNDER_START: [f64; 4] = [0.85, 0.7, 0.5, 0.3];
/// A level over the goal must be below this share of the start. Above it are the levels under the
/// start.
const UPPERMOST: f64 = 0.28;
/// A level under the start must be above this multiple of the goal.
const LOWERMOST: f64 = 1.05;
/// A metric without a natural zero counts from the goal, in this part of the fall to it.
const PARTS: f64 = 20.0;

/// How far a value of the metric is from the goal, as a natural logarithm: 0 at the goal, negative
/// beyond it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LevelScale {
    goal: f64,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// A positive loss: its ratio to the goal.
    Loss,
    /// A share that is right, as an accuracy: the ratio of the shares that are wrong.
    Share,
    /// Any other metric: the distance to the goal, as a share of the distance of the start.
    Distance { start: f64 },
}

impl LevelScale {
    /// `values`: some values of the metric, among them the first ones of runs.
    pub(crate) fn new(direction: Direction, goal: f64, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (goal, goal);
        for value in values.filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        let form = match direction {
            Direction::Below if low > 0.0 => Form::Loss,
            Direction::Above if low >= 0.0 && goal < 1.0 && high <= 1.0 => Form::Share,
            Direction::Below => Form::Distance { start: high },
            Direction::Above => Form::Distance { start: low },
        };
        Self { goal, form }
    }

    /// ln of the level of a value.
    pub(crate) fn log_level(&self, value: f64) -> f64 {
        let ratio = match self.form {
            Form::Loss => value / self.goal,
            Form::Share => (1.0 - value) / (1.0 - self.goal),
            Form::Distance { start } if start == self.goal => 1.0,
            Form::Distance { start } => 1.0 + PARTS * (value - self.goal) / (start - self.goal),
        };
        ratio.max(f64::MIN_POSITIVE).ln()
    }

    /// The value at a level.
    pub(crate) fn value(&self, log_level: f64) -> f64 {
        let ratio = log_level.exp();
        match self.form {
            Form::Loss => self.goal * ratio,
            Form::Share => 1.0 - (1.0 - self.goal) * ratio,
            Form::Distance { start } => self.goal + (ratio - 1.0) * (start - self.goal) / PARTS,
        }
    }
}

/// ln of the levels between the goal and a start, ascending, from 0 (the goal).
pub(crate) fn ladder(log_start: f64) -> Vec<f64> {
    let start = log_start.exp();
    let over_goal = OVER_GOAL.into_iter().filter(|&level| level == 1.0 || level < UPPERMOST * start);
    let under_start = UNDER_START.map(|share| share * start).into_iter().filter(|&level| level > LOWERMOST);
    let mut levels: Vec<f64> = over_goal.chain(under_start).map(f64::ln).collect();
    levels.sort_by(f64::total_cmp);
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(direction: Direction, goal: f64, first: f64) -> LevelScale {
        LevelScale::new(direction, goal, [first].into_iter())
    }

    /// The level is what the law sees of a metric: 0 must be the goal, and harder must be lower,
    /// whatever the metric.
    #[test]
    fn a_level_is_zero_at_the_goal_and_falls_towards_better_values() {
        let metrics = [
            (scale(Direction::Below, 0.1, 2.3), 0.1, [2.3, 0.5, 0.05]),
            (scale(Direction::Above, 0.95, 0.1), 0.95, [0.1, 0.9, 0.97]),
            (scale(Direction::Above, 20.0, 3.0), 20.0, [3.0, 10.0, 30.0]),
            (scale(Direction::Below, -2.0, 5.0), -2.0, [5.0, 0.0, -3.0]),
            (scale(Direction::Above, 0.5, -4.0), 0.5, [-4.0, 0.0, 0.9]),
        ];
        for (scale, goal, [start, nearer, beyond]) in metrics {
            assert!(scale.log_level(goal).abs() < 1e-12, "{scale:?}");
            assert!(scale.log_level(start) > scale.log_level(nearer), "{scale:?}");
            assert!(scale.log_level(nearer) > 0.0 && scale.log_level(beyond) < 0.0, "{scale:?}");
            let back = scale.value(scale.log_level(nearer));
            assert!((back - nearer).abs() < 1e-9, "{scale:?}: {back}");
        }
    }

    /// Twice the goal of a loss, and twice the share that is wrong.
    #[test]
    fn losses_and_shares_are_ratios() {
        assert!((scale(Direction::Below, 0.1, 2.3).log_level(0.2) - 2f64.ln()).abs() < 1e-12);
        assert!((scale(Direction::Above, 0.95, 0.1).log_level(0.9) - 2f64.ln()).abs() < 1e-12);
    }

    /// A level that is no number, or above the start, would be an observation of nothing.
    #[test]
    fn ladders_ascend_from_the_goal_to_below_the_start() {
        for log_start in [0.1, 0.5, 1.0, 3.0, 8.0] {
            let levels = ladder(log_start);
            assert_eq!(levels[0], 0.0);
            assert!(levels.windows(2).all(|pair| pair[0] < pair[1]), "{levels:?}");
            assert!(levels.iter().all(|level| *level == 0.0 || *level < log_start), "{levels:?}");
        }
        assert!(ladder(8.0).len() > 10);
    }

    #[test]
    fn values_beyond_any_level_are_numbers() {
        let loss = scale(Direction::Below, 0.1, 2.3);
        assert!(loss.log_level(0.0).is_finite() && loss.log_level(-1.0) < -100.0);
        let flat = scale(Direction::Below, 0.0, 0.0);
        assert!(flat.log_level(3.0).is_finite());
    }
}
