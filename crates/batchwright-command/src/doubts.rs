//! What is doubtful about a program over several of its trainings: a target in another unit, a batch
//! size without effect, an epoch of other steps than expected.
//!
//! Left out: what a single training shows (`rows`). Nothing here runs anything.

use crate::counting::StepsPerEpoch;
use batchwright_find::{Direction, EpochCause, SameAtSizes, Suspicion};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::mem::discriminant;

/// Epochs with fewer steps than this show nothing: a step more or less is a large share.
const FEWEST_STEPS: f64 = 4.0;
/// Sizes that differ by less than this factor may have epochs of as many steps.
const DIFFERENT: f64 = 1.5;
/// Steps of an epoch that differ by less than this share from what is expected are as expected.
const AS_EXPECTED: f64 = 0.02;
/// The same of an epoch that is only inferred: a program may look after 1,024 samples where an epoch has
/// 1,000.
const AS_INFERRED: f64 = 0.05;
/// A share is rounded to at most a little above 1; a value above this is none.
const PERCENT: f64 = 1.5;
/// A ratio within this share of a whole number is that number.
const WHOLE: f64 = 0.03;
/// Looks at the metric of which it is strange that all are alike, or that none is a number.
const FEWEST_LOOKS: u64 = 3;

/// Adds a doubt, unless there is one of its kind: the first shows it as well as the hundredth.
pub(crate) fn add_once(doubts: &mut Vec<Suspicion>, doubt: Suspicion) {
    if !doubts.iter().any(|other| discriminant(other) == discriminant(&doubt)) {
        doubts.push(doubt);
    }
}

/// The values of the metric in one training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Values {
    /// The first, finite or not.
    pub(crate) first: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// How many there were, and how many of them were not finite.
    pub(crate) rows: u64,
    pub(crate) not_finite: u64,
}

impl Values {
    /// With one more value, after those of `before`.
    pub(crate) fn with(before: Option<Self>, value: f64) -> Self {
        let nothing =
            Self { first: value, least: f64::INFINITY, most: f64::NEG_INFINITY, rows: 0, not_finite: 0 };
        let before = before.unwrap_or(nothing);
        let (rows, not_finite) = (before.rows + 1, before.not_finite + u64::from(!value.is_finite()));
        if !value.is_finite() {
            return Self { rows, not_finite, ..before };
        }
        Self { least: before.least.min(value), most: before.most.max(value), rows, not_finite, ..before }
    }
}

/// What the values of all trainings have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// Values that were not finite, of all.
    not_finite: u64,
    rows: u64,
    /// Values of trainings that were looked at more than once.
    compared: u64,
    /// The last value.
    value: f64,
    /// Whether the values of a training differed.
    moved: bool,
}

impl Spread {
    fn add(&mut self, values: Values) {
        self.rows += values.rows;
        self.not_finite += values.not_finite;
        if values.rows > 1 {
            self.compared += values.rows;
            self.moved |= values.least < values.most;
        }
        self.value = if values.least.is_finite() { values.least } else { self.value };
    }

    fn suspicion(&self, metric: &str) -> Option<Suspicion> {
        let Self { not_finite, rows, compared, value, moved } = *self;
        let metric = || metric.to_owned();
        if rows >= FEWEST_LOOKS && not_finite == rows {
            return Some(Suspicion::NeverFinite { metric: metric(), rows });
        }
        let constant = !moved && not_finite == 0 && compared >= FEWEST_LOOKS;
        constant.then(|| Suspicion::NeverChanges { metric: metric(), value, rows })
    }
}

/// How trainings stand to the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AtTarget {
    /// Trainings that met it.
    reached: u64,
    /// Trainings that met it at their first look.
    at_first_look: u64,
    /// A value well above 1, where the target is a share.
    above_one: Option<f64>,
    /// What the values are, whatever the target.
    #[serde(default)]
    spread: Spread,
}

impl AtTarget {
    /// Adds a training, where it was evaluated; with the target, where it is known.
    pub(crate) fn add(&mut self, values: Option<Values>, metric: &str, goal: Option<(Direction, f64)>) {
        let Some(values) = values else { return };
        self.spread.add(values);
        let Some((direction, goal)) = goal else { return };
        let best = if direction == Direction::Below { values.least } else { values.most };
        self.reached += u64::from(direction.better(best, goal));
        self.at_first_look += u64::from(direction.better(values.first, goal));
        // A loss may be above 1.
        let of_a_share = direction == Direction::Above || is_error_rate(metric);
        let share = of_a_share && goal > 0.0 && goal < 1.0;
        self.above_one = self.above_one.or((share && values.most > PERCENT).then_some(values.most));
    }

    /// What is doubtful about the target, and about what is held against it.
    pub(crate) fn suspicions(&self, metric: &str, goal: Option<(Direction, f64)>) -> Vec<Suspicion> {
        let above = self.above_one.zip(goal).map(|(value, (_, goal))| Suspicion::AboveOne {
            metric: metric.to_owned(),
            value,
            goal,
        });
        let met = (self.at_first_look > 0).then(|| Suspicion::MetAtFirstLook {
            metric: metric.to_owned(),
            met: self.at_first_look,
            reached: self.reached,
        });
        above.into_iter().chain(self.spread.suspicion(metric)).chain(met).collect()
    }
}

/// Whether a metric, by its normal name, is a share of errors: at most 1, or a little more where
/// insertions count.
fn is_error_rate(metric: &str) -> bool {
    let last = metric.rsplit('_').next().unwrap_or(metric);
    let rate =
        ["wer", "cer", "ter", "per", "eer", "merror"].contains(&last) || metric.ends_with("error_rate");
    // `mean_absolute_error` and `squared_error` are losses.
    let plain = ["error", "val_error", "train_error"].contains(&metric);
    let of_rank = last == "error" && metric.contains("top");
    rate || plain || of_rank
}

/// What the steps of an epoch at each batch size say about the batch size that is really used.
/// `samples`: training samples, where they are known. `own_interval`: whether the program decides itself
/// when it evaluates.
pub(crate) fn effect_of_batch_size(
    steps_per_epoch: &BTreeMap<u64, StepsPerEpoch>,
    samples: Option<u64>,
    own_interval: bool,
) -> Option<Suspicion> {
    let sizes: Vec<(u64, StepsPerEpoch)> = steps_per_epoch.iter().map(|(&size, &it)| (size, it)).collect();
    let inferred = if own_interval { once_an_epoch(&sizes) } else { None };
    let from_steps = || other_epoch(&sizes, samples?, AS_EXPECTED);
    let from_looks = || other_epoch(inferred.as_ref()?, samples?, AS_INFERRED);
    unused(&sizes).or_else(from_steps).or_else(from_looks)
}

/// The steps of an epoch, exactly, where the program was evaluated once in each epoch, always after as
/// many steps, and that is one number of samples at two sizes that differ. At one size it may just
/// evaluate every so many steps.
fn once_an_epoch(sizes: &[(u64, StepsPerEpoch)]) -> Option<Vec<(u64, StepsPerEpoch)>> {
    let regular: Vec<(u64, f64)> =
        sizes.iter().filter_map(|&(size, it)| Some((size, it.once_an_epoch?))).collect();
    let (&(first, a), &(last, b)) = (regular.first()?, regular.last()?);
    // The last batch of an epoch may be short, or left out.
    let samples = |size: u64, steps: f64| ((steps - 1.0) * size as f64, (steps + 1.0) * size as f64);
    let ((a_least, a_most), (b_least, b_most)) = (samples(first, a), samples(last, b));
    let same = a_least.max(b_least) < a_most.min(b_most);
    let differ = last as f64 / first as f64 >= DIFFERENT && a.min(b) >= FEWEST_STEPS;
    let exactly = |(size, steps)| (size, StepsPerEpoch::exactly(steps));
    (same && differ).then(|| regular.into_iter().map(exactly).collect())
}

/// Two sizes whose epochs can have the same number of steps, and cannot differ as the sizes do.
fn unused(sizes: &[(u64, StepsPerEpoch)]) -> Option<Suspicion> {
    let ((first, a), (last, b)) = (*sizes.first()?, *sizes.last()?);
    let ratio = last as f64 / first as f64;
    let least = a.least.max(b.least);
    let same = least <= a.most.min(b.most) && ratio > a.most / b.least;
    (same && ratio >= DIFFERENT && least >= FEWEST_STEPS).then(|| Suspicion::BatchSizeUnused {
        sizes: vec![first, last],
        same: SameAtSizes::StepsPerEpoch { steps: a.likely },
    })
}

/// The size whose epoch differs most from what is expected, by its steps.
fn other_epoch(sizes: &[(u64, StepsPerEpoch)], samples: u64, as_expected: f64) -> Option<Suspicion> {
    let expected = |size: u64| samples as f64 / size as f64;
    let off = |&(size, steps): &(u64, StepsPerEpoch)| {
        let nearest = expected(size).clamp(steps.least, steps.most);
        (nearest / expected(size)).ln().abs()
    };
    let differs = |it: &&(u64, StepsPerEpoch)| {
        // A batch more or less: the short last one.
        let around = StepsPerEpoch { least: it.1.least - 1.0, most: it.1.most + 1.0, ..it.1 };
        !around.may_be(expected(it.0)) && it.1.least >= FEWEST_STEPS && off(it) > as_expected
    };
    let &(batch_size, steps) = sizes.iter().filter(differs).max_by(|a, b| off(a).total_cmp(&off(b)))?;
    let steps_per_epoch = steps.likely;
    let cause = cause(expected(batch_size) / steps_per_epoch, batch_size as f64 * steps_per_epoch);
    Some(Suspicion::OtherEpoch { batch_size, steps_per_epoch, samples, cause })
}

/// `fewer`: how many times fewer steps there are than expected; `trained`: samples of an epoch at the
/// batch size that was told.
fn cause(fewer: f64, trained: f64) -> EpochCause {
    let whole =
        |ratio: f64| (ratio >= 1.5 && (ratio / ratio.round() - 1.0).abs() <= WHOLE).then_some(ratio.round());
    match (whole(fewer), whole(1.0 / fewer)) {
        (Some(times), _) => EpochCause::LargerSteps { times: times as u64 },
        (None, Some(parts)) => EpochCause::SmallerSteps { parts: parts as u64 },
        (None, None) => EpochCause::OtherSamples { trained: trained.round() as u64 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(sizes: &[(u64, f64)], samples: Option<u64>) -> Option<Suspicion> {
        let exactly = |&(size, steps): &(u64, f64)| (size, StepsPerEpoch::exactly(steps));
        effect_of_batch_size(&sizes.iter().map(exactly).collect(), samples, true)
    }

    fn other(sizes: &[(u64, f64)], samples: u64) -> EpochCause {
        match effect(sizes, Some(samples)) {
            Some(Suspicion::OtherEpoch { cause, .. }) => cause,
            suspicion => panic!("{suspicion:?}"),
        }
    }

    /// A study would compare a size with itself.
    #[test]
    fn a_size_without_effect_shows_in_epochs_of_equal_length() {
        let steps = SameAtSizes::StepsPerEpoch { steps: 422.0 };
        let unused = Some(Suspicion::BatchSizeUnused { sizes: vec![16, 64], same: steps });
        assert_eq!(effect(&[(16, 422.0), (64, 422.0)], Some(54_000)), unused);
        assert_eq!(effect(&[(16, 422.0), (64, 422.0)], None), unused);
        assert_eq!(effect(&[(16, 375.0), (64, 94.0), (256, 23.0)], Some(6000)), None);
        // All samples in one batch, or sizes that are nearly the same, have such epochs rightly.
        assert_eq!(effect(&[(600, 1.0), (1200, 1.0)], Some(600)), None);
        assert_eq!(effect(&[(100, 7.0), (110, 7.0)], None), None);
    }

    #[test]
    fn what_explains_an_epoch_of_other_steps() {
        assert_eq!(other(&[(16, 94.0), (64, 23.0)], 6000), EpochCause::LargerSteps { times: 4 });
        assert_eq!(other(&[(64, 188.0)], 6000), EpochCause::SmallerSteps { parts: 2 });
        assert_eq!(other(&[(64, 84.0)], 6000), EpochCause::OtherSamples { trained: 5376 });
        // A constant in the program, at the one size that was seen.
        assert_eq!(other(&[(16, 422.0)], 54_000), EpochCause::LargerSteps { times: 8 });
        // Short batches that are used or dropped are no other epoch.
        assert_eq!(effect(&[(64, 94.0)], Some(6000)), None);
        assert_eq!(effect(&[(64, 93.0)], Some(6000)), None);
        assert_eq!(effect(&[(4096, 1.0)], Some(6000)), None);
    }

    /// A part that is kept for validation would only show after many epochs.
    #[test]
    fn one_look_an_epoch_at_two_sizes_shows_its_samples() {
        let regular = |steps: f64| StepsPerEpoch {
            least: 0.5 * steps,
            likely: steps,
            most: 2.0 * steps,
            once_an_epoch: Some(steps),
        };
        let effect = |sizes: &[(u64, StepsPerEpoch)], own_interval| {
            effect_of_batch_size(&sizes.iter().copied().collect(), Some(2000), own_interval)
        };
        let (small, large) = ((16, regular(100.0)), (64, regular(25.0)));
        let Some(Suspicion::OtherEpoch { cause, .. }) = effect(&[small, large], true) else {
            panic!("nothing was noticed")
        };
        assert_eq!(cause, EpochCause::OtherSamples { trained: 1600 });
        assert_eq!(effect(&[small], true), None, "it may evaluate every 100 steps");
        assert_eq!(effect(&[small, (64, regular(40.0))], true), None, "nor is it one number of samples");
        assert_eq!(effect(&[small, large], false), None, "we said when to evaluate");
        assert_eq!(effect(&[(16, regular(125.0)), (64, regular(31.0))], true), None, "as expected");
        assert_eq!(effect(&[(16, regular(128.0)), (64, regular(32.0))], true), None, "a round number");
    }

    fn all(values: &[f64]) -> Option<Values> {
        values.iter().fold(None, |before, &value| Some(Values::with(before, value)))
    }

    /// "The study ended too early" would be all that is said.
    #[test]
    fn a_metric_that_never_changes_or_is_no_number_is_doubtful() {
        let metric = || "val_loss".to_owned();
        let of = |trainings: &[&[f64]]| {
            let mut at = AtTarget::default();
            trainings
                .iter()
                .for_each(|values| at.add(all(values), "val_loss", Some((Direction::Below, 0.3))));
            at.suspicions("val_loss", Some((Direction::Below, 0.3)))
        };
        let constant = Suspicion::NeverChanges { metric: metric(), value: 0.7, rows: 4 };
        assert_eq!(of(&[&[0.7, 0.7], &[0.7, 0.7]]), [constant]);
        assert_eq!(of(&[&[0.7], &[0.7], &[0.7], &[0.7]]), [], "one look each is no course");
        assert_eq!(of(&[&[0.7, 0.7, 0.7], &[0.7, 0.6]]), [], "one training was dead, another not");
        let nan = f64::NAN;
        assert_eq!(of(&[&[nan, nan], &[nan]]), [Suspicion::NeverFinite { metric: metric(), rows: 3 }]);
        assert_eq!(of(&[&[nan, nan], &[2.3, nan]]), [], "one diverged later");
        assert_eq!(of(&[&[0.7, 0.7, 0.7, nan]]), []);
    }

    #[test]
    fn a_target_in_another_unit_is_doubtful() {
        let goal = Some((Direction::Above, 0.95));
        let mut at = AtTarget::default();
        for value in [0.4, 0.97] {
            at.add(all(&[0.3, value]), "val_accuracy", goal);
        }
        assert_eq!(at.suspicions("val_accuracy", goal), [], "shares, and none at once");
        at.add(all(&[37.14]), "val_accuracy", goal);
        at.add(None, "val_accuracy", goal);
        let metric = || "val_accuracy".to_owned();
        assert_eq!(
            at.suspicions("val_accuracy", goal),
            [
                Suspicion::AboveOne { metric: metric(), value: 37.14, goal: 0.95 },
                Suspicion::MetAtFirstLook { metric: metric(), met: 1, reached: 2 },
            ]
        );
        let below = Some((Direction::Below, 0.05));
        let of = |metric: &str| {
            let mut at = AtTarget::default();
            at.add(all(&[37.5, 7.5]), metric, below);
            at.suspicions(metric, below)
        };
        for metric in ["val_error", "val_top1_error", "val_wer", "val_error_rate", "val_cer"] {
            let above = Suspicion::AboveOne { metric: metric.to_owned(), value: 37.5, goal: 0.05 };
            assert_eq!(of(metric), [above], "{metric}");
        }
        for metric in ["val_loss", "val_mean_absolute_error", "val_squared_error", "val_perplexity"] {
            assert_eq!(of(metric), [], "{metric} may be above 1");
        }
    }
}
