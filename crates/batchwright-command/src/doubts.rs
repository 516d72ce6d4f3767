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
/// A share is rounded to at most a little above 1; a value above this is none.
const PERCENT: f64 = 1.5;
/// A ratio within this share of a whole number is that number.
const WHOLE: f64 = 0.03;

/// Adds a doubt, unless there is one of its kind: the first shows it as well as the hundredth.
pub(crate) fn add_once(doubts: &mut Vec<Suspicion>, doubt: Suspicion) {
    if !doubts.iter().any(|other| discriminant(other) == discriminant(&doubt)) {
        doubts.push(doubt);
    }
}

/// The values of the metric in one training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Values {
    pub(crate) first: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Values {
    /// With one more value, after those of `before`.
    pub(crate) fn with(before: Option<Self>, value: f64) -> Self {
        let first = Self { first: value, least: value, most: value };
        before.map_or(first, |it| Self { least: it.least.min(value), most: it.most.max(value), ..it })
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
}

impl AtTarget {
    /// Adds a training, where it was evaluated and the target is known.
    pub(crate) fn add(&mut self, values: Option<Values>, goal: Option<(Direction, f64)>) {
        let (Some(values), Some((direction, goal))) = (values, goal) else { return };
        let best = if direction == Direction::Below { values.least } else { values.most };
        self.reached += u64::from(direction.better(best, goal));
        self.at_first_look += u64::from(direction.better(values.first, goal));
        let share = direction == Direction::Above && goal > 0.0 && goal < 1.0;
        self.above_one = self.above_one.or((share && values.most > PERCENT).then_some(values.most));
    }

    /// What is doubtful about the target.
    pub(crate) fn suspicions(&self, metric: &str, goal: Option<(Direction, f64)>) -> Vec<Suspicion> {
        let metric = || metric.to_owned();
        let above = self.above_one.zip(goal).map(|(value, (_, goal))| Suspicion::AboveOne {
            metric: metric(),
            value,
            goal,
        });
        let met = (self.at_first_look > 0).then(|| Suspicion::MetAtFirstLook {
            metric: metric(),
            met: self.at_first_look,
            reached: self.reached,
        });
        above.into_iter().chain(met).collect()
    }
}

/// What the steps of an epoch at each batch size say about the batch size that is really used.
/// `samples`: training samples, where they are known.
pub(crate) fn effect_of_batch_size(
    steps_per_epoch: &BTreeMap<u64, StepsPerEpoch>,
    samples: Option<u64>,
) -> Option<Suspicion> {
    let sizes: Vec<(u64, StepsPerEpoch)> = steps_per_epoch.iter().map(|(&size, &it)| (size, it)).collect();
    unused(&sizes).or_else(|| other_epoch(&sizes, samples?))
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
fn other_epoch(sizes: &[(u64, StepsPerEpoch)], samples: u64) -> Option<Suspicion> {
    let expected = |size: u64| samples as f64 / size as f64;
    let off = |&(size, steps): &(u64, StepsPerEpoch)| {
        let nearest = expected(size).clamp(steps.least, steps.most);
        (nearest / expected(size)).ln().abs()
    };
    let differs = |it: &&(u64, StepsPerEpoch)| {
        // A batch more or less: the short last one.
        let around = StepsPerEpoch { least: it.1.least - 1.0, most: it.1.most + 1.0, ..it.1 };
        !around.may_be(expected(it.0)) && it.1.least >= FEWEST_STEPS && off(it) > AS_EXPECTED
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
        effect_of_batch_size(&sizes.iter().map(exactly).collect(), samples)
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

    #[test]
    fn a_target_in_another_unit_is_doubtful() {
        let goal = Some((Direction::Above, 0.95));
        let mut at = AtTarget::default();
        for value in [0.4, 0.97] {
            at.add(Some(Values::with(Some(Values::with(None, 0.3)), value)), goal);
        }
        assert_eq!(at.suspicions("val_accuracy", goal), [], "shares, and none at once");
        at.add(Some(Values::with(None, 37.14)), goal);
        at.add(None, goal);
        let metric = || "val_accuracy".to_owned();
        assert_eq!(
            at.suspicions("val_accuracy", goal),
            [
                Suspicion::AboveOne { metric: metric(), value: 37.14, goal: 0.95 },
                Suspicion::MetAtFirstLook { metric: metric(), met: 1, reached: 2 },
            ]
        );
        let mut loss = AtTarget::default();
        loss.add(Some(Values::with(None, 2.3)), Some((Direction::Below, 0.3)));
        assert_eq!(loss.suspicions("val_loss", None), [], "a loss may be above 1");
    }
}
