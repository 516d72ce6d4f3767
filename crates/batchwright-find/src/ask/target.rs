//! The target of a study: how a user writes it, how `auto` sets it from a pilot, and what counts as
//! reaching it.
//!
//! Left out: the evaluation at which a trial crosses a goal (`state/outcome`).

use crate::ask::error::FindError;
use crate::ask::problem::TargetProblem;
use crate::result::AutomaticGoal;
use crate::result::objective::{Direction, Target};

/// Shares of the pilot's decrease in loss by which an automatic goal may lie above the pilot's best
/// loss, the hardest first. A study starts with [`AUTO_SHARE`]. The later ones are for sizes that
/// cannot reach it.
pub(crate) const RELAXED_SHARES: [f64; 5] = [AUTO_SHARE, 0.15, 0.2, 0.3, 0.5];
/// The share of `auto`. It is large enough that noise in the last per cent of the loss does not
/// decide.
pub(crate) const AUTO_SHARE: f64 = 0.1;
/// The shares for which the verdict is computed once more.
pub(crate) const SENSITIVITY_SHARES: [f64; 2] = [0.05, 0.2];

/// Words in a metric's name that mean "higher is better"; for any other name lower is better.
const HIGHER_IS_BETTER: [&str; 33] = [
    "acc",
    "acc1",
    "acc5",
    "accuracy",
    "ap",
    "auc",
    "auroc",
    "bleu",
    "dice",
    "f1",
    "iou",
    "kappa",
    "map",
    "map50",
    "mcc",
    "meteor",
    "miou",
    "mrr",
    "ndcg",
    "prec",
    "precision",
    "psnr",
    "r2",
    "recall",
    "return",
    "reward",
    "rouge",
    "score",
    "spearman",
    "ssim",
    "top",
    "top1",
    "top5",
];

/// The target as a user gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetSpec {
    /// A metric and the value to pass.
    Given {
        /// Name of the metric.
        metric: String,
        /// Value to pass.
        goal: f64,
        /// Which direction is better.
        direction: Direction,
    },
    /// `val_loss`: the pilot's best loss plus 10% of its decrease since the start.
    Auto,
}

impl TargetSpec {
    /// Reads `val_accuracy=0.96`, `val_loss<0.1`, `my_metric>3` or `auto`. With `=` the name
    /// decides the direction: lower is better unless the name contains a word such as accuracy, acc,
    /// top1, auc, f1, bleu, iou, map, recall, r2, reward or score.
    ///
    /// # Errors
    /// [`FindError::Target`] for a missing name or sign, or a value that is not finite.
    pub fn parse(text: &str) -> Result<Self, FindError> {
        let refuse = |problem| FindError::Target { value: text.to_owned(), problem };
        if text.trim() == "auto" {
            return Ok(Self::Auto);
        }
        let sign = text.find(['=', '<', '>']).ok_or_else(|| refuse(TargetProblem::NoSign))?;
        let (metric, value) = (text[..sign].trim(), text[sign + 1..].trim());
        if metric.is_empty() {
            return Err(refuse(TargetProblem::NoName));
        }
        let goal = value.parse().ok().filter(|goal: &f64| goal.is_finite());
        let goal = goal.ok_or_else(|| refuse(TargetProblem::NotANumber { text: value.to_owned() }))?;
        let direction = match text.as_bytes()[sign] {
            b'<' => Direction::Below,
            b'>' => Direction::Above,
            _ => natural_direction(metric),
        };
        Ok(Self::Given { metric: metric.to_owned(), goal, direction })
    }

    /// Name of the metric that the rows must contain.
    pub fn metric(&self) -> &str {
        match self {
            Self::Given { metric, .. } => metric,
            Self::Auto => "val_loss",
        }
    }

    /// In which direction the metric has to pass which value, where that is given.
    pub fn given(&self) -> Option<(Direction, f64)> {
        match self {
            Self::Given { goal, direction, .. } => Some((*direction, *goal)),
            Self::Auto => None,
        }
    }

    /// Which direction is better.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Given { direction, .. } => *direction,
            Self::Auto => Direction::Below,
        }
    }
}

/// Which way a metric improves, by the words of its name: higher for `val_f1`, lower for
/// `score_loss`.
fn natural_direction(metric: &str) -> Direction {
    let lower = metric.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let higher = words.clone().any(|word| HIGHER_IS_BETTER.contains(&word));
    if higher && !words.any(|word| word == "loss" || word == "error") {
        Direction::Above
    } else {
        Direction::Below
    }
}

impl Direction {
    /// Whether `value` is strictly better than `than`. Always false if one of them is NaN.
    pub fn better(self, value: f64, than: f64) -> bool {
        match self {
            Self::Below => value < than,
            Self::Above => value > than,
        }
    }
}

/// The goals that the trials of a study must reach.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Goals {
    /// Name of the metric.
    pub metric: String,
    /// Which direction is better.
    pub direction: Direction,
    /// How the goal is defined.
    pub kind: GoalKind,
}

/// See [`Goals`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GoalKind {
    /// One given value.
    Given(f64),
    /// `best + share * fall`, with a `share` from [`RELAXED_SHARES`].
    Auto {
        /// Best loss of the pilot.
        best: f64,
        /// Decrease of the pilot's loss, at least 0.
        fall: f64,
        /// The share that is used.
        share: f64,
    },
    /// No goal: every trial uses all its samples, and its best value counts.
    None,
}

impl Goals {
    /// The goal that is used.
    pub(crate) fn goal(&self) -> Option<f64> {
        match self.kind {
            GoalKind::Given(goal) => Some(goal),
            GoalKind::Auto { share, .. } => self.goal_at(share),
            GoalKind::None => None,
        }
    }

    /// The goal at another share; `None` unless the target is automatic.
    pub(crate) fn goal_at(&self, share: f64) -> Option<f64> {
        match self.kind {
            GoalKind::Auto { best, fall, .. } => Some(best + share * fall),
            _ => None,
        }
    }

    /// All goals that may be used later, the easiest first.
    pub(crate) fn all(&self) -> Vec<f64> {
        let shares = RELAXED_SHARES.iter().rev().chain(&SENSITIVITY_SHARES[..1]);
        let automatic: Vec<f64> = shares.filter_map(|&share| self.goal_at(share)).collect();
        if automatic.is_empty() { self.goal().into_iter().collect() } else { automatic }
    }

    /// The hardest of these goals. A confirming trial trains on to it if that does not take too
    /// long.
    pub(crate) fn hardest(&self) -> Option<f64> {
        self.goal_at(SENSITIVITY_SHARES[0]).or(self.goal())
    }

    /// The values behind the goal, if it is automatic.
    pub(crate) fn automatic(&self) -> Option<AutomaticGoal> {
        match self.kind {
            GoalKind::Auto { best, fall, share } => Some(AutomaticGoal { best, fall, share }),
            _ => None,
        }
    }

    /// The target as it is reported; `None` without a goal.
    pub(crate) fn target(&self) -> Option<Target> {
        let how = if matches!(self.kind, GoalKind::Auto { .. }) { "auto" } else { "given" };
        let (metric, direction) = (self.metric.clone(), self.direction);
        self.goal().map(|goal| Target { metric, goal, direction, how: how.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(metric: &str, goal: f64, direction: Direction) -> TargetSpec {
        TargetSpec::Given { metric: metric.to_owned(), goal, direction }
    }

    /// A loss must not be maximised, nor an accuracy minimised, without an error.
    #[test]
    fn the_name_decides_the_direction_and_signs_win() {
        use Direction::{Above, Below};
        for (text, want) in [
            ("val_accuracy=0.96", given("val_accuracy", 0.96, Above)),
            ("val_loss=0.1", given("val_loss", 0.1, Below)),
            ("val_loss<0.1", given("val_loss", 0.1, Below)),
            ("Eval/F1 = 0.5", given("Eval/F1", 0.5, Above)),
            ("r2=0.9", given("r2", 0.9, Above)),
            ("perplexity=20", given("perplexity", 20.0, Below)),
            ("val_acc=0.9", given("val_acc", 0.9, Above)),
            ("acc@1=75", given("acc@1", 75.0, Above)),
            ("accuracy/top1=75", given("accuracy/top1", 75.0, Above)),
            ("mapping_error=1", given("mapping_error", 1.0, Below)),
            ("score_loss=1", given("score_loss", 1.0, Below)),
            ("val_accuracy<0.2", given("val_accuracy", 0.2, Below)),
            ("wer>-3e2", given("wer", -300.0, Above)),
            ("auto", TargetSpec::Auto),
        ] {
            assert_eq!(TargetSpec::parse(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn bad_targets_are_refused() {
        for text in ["", "val_loss", "=3", "val_loss=", "val_loss=nan", "val_loss<inf", "val_loss<=0.1"] {
            assert!(matches!(TargetSpec::parse(text), Err(FindError::Target { .. })), "{text}");
        }
    }

    /// A run that only equals the goal has not passed it, and NaN is never better than a value.
    #[test]
    fn crossing_is_strict() {
        assert!(!Direction::Below.better(0.1, 0.1) && !Direction::Above.better(0.9, 0.9));
        assert!(!Direction::Below.better(f64::NAN, 0.1) && !Direction::Above.better(f64::NAN, 0.1));
    }
}
