//! Batch sizes that change in the middle of a run, at thresholds in samples: `0:64 20000sp:256` (in
//! the manner of the schedules of Megatron-LM).
//!
//! A size holds from the first step that starts at or past its threshold; a step is never cut, and
//! neither is an epoch. A run that is resumed at another size has such a schedule from then on. Left
//! out: what one size does over an epoch (`plan`).

use crate::duration::Duration;
use crate::error::TrainError;
use crate::plan::{Batching, Plan};
use crate::problem::{ExpectedSetting, TooManySteps};
use serde::{Deserialize, Serialize};

/// The name of the flag in errors.
const FLAG: &str = "--batch-size";

/// A batch size, and from when on it holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SizeChange {
    /// In samples or epochs since the start of the run.
    pub from: Duration,
    /// Samples per step from there on.
    pub batch_size: u64,
}

/// A batch size and its changes, as they are typed: `0:64 20000sp:256`.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeSchedule {
    /// The size of the first step.
    pub first: u64,
    /// Later ones, by rising thresholds.
    pub changes: Vec<SizeChange>,
}

impl std::str::FromStr for SizeSchedule {
    type Err = TrainError;

    /// Reads pairs `FROM:SIZE`, separated by spaces or commas. The first begins at 0; the others at
    /// a number of samples (`20000sp`, or `20000`) or of epochs (`2ep`).
    fn from_str(text: &str) -> Result<Self, TrainError> {
        let refuse = || TrainError::setting(FLAG, format!("`{text}`"), ExpectedSetting::SizeSchedule);
        let pairs = text.split([' ', ',']).filter(|pair| !pair.is_empty());
        let mut pairs = pairs.map(|pair| {
            let (from, size) = pair.split_once(':')?;
            Some((from, size.parse::<u64>().ok()?))
        });
        let Some(Some(("0" | "0sp" | "0ep", first))) = pairs.next() else { return Err(refuse()) };
        let changes = pairs.map(|pair| {
            let (from, batch_size) = pair?;
            let samples = from.parse().ok().filter(|&samples: &u64| samples > 0).map(Duration::Samples);
            let from = samples.or_else(|| from.parse().ok())?;
            matches!(from, Duration::Samples(_) | Duration::Epochs(_))
                .then_some(SizeChange { from, batch_size })
        });
        Ok(Self { first, changes: changes.collect::<Option<_>>().ok_or_else(refuse)? })
    }
}

/// A part of a run with one batch size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeStage {
    /// Samples of the run before its first step.
    pub from_samples: u64,
    /// Samples per step.
    pub batch_size: u64,
    /// Its steps.
    pub steps: u64,
}

/// The largest size of a run that begins with `first`.
pub fn largest_size(first: u64, changes: &[SizeChange]) -> u64 {
    changes.iter().map(|change| change.batch_size).fold(first, u64::max)
}

/// The checked sizes of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sizes {
    /// Of the first size, with the micro-batch size of the largest one.
    first: Batching,
    micro_batch_size: u64,
    /// From how many samples on, and the size: rising, without the first one.
    changes: Vec<(u64, u64)>,
}

impl Sizes {
    /// Checks sizes against each other and against the number of samples.
    ///
    /// # Errors
    /// [`TrainError::Setting`] as of [`Batching::new`]; for thresholds that do not rise; for changes
    /// with `drop_last`, since how many samples an epoch has would depend on the size.
    pub(crate) fn new(
        samples: u64,
        batch_size: u64,
        changes: &[SizeChange],
        micro_batch_size: Option<u64>,
        drop_last: bool,
    ) -> Result<Self, TrainError> {
        let largest = largest_size(batch_size, changes);
        let micro_batch_size = Batching::new(samples, largest, micro_batch_size, drop_last)?.micro_batch_size;
        let one = |size: u64| Batching::new(samples, size, Some(micro_batch_size.min(size)), drop_last);
        if drop_last && !changes.is_empty() {
            return Err(TrainError::setting(FLAG, "a schedule", ExpectedSetting::OneSizeWithDropLast));
        }
        let first = one(batch_size)?;
        let mut checked: Vec<(u64, u64)> = Vec::new();
        for change in changes {
            one(change.batch_size)?;
            let from = first.budget(change.from)?.unwrap_or(0);
            if from <= checked.last().map_or(0, |last| last.0) {
                return Err(TrainError::setting(FLAG, change.from, ExpectedSetting::RisingThresholds));
            }
            checked.push((from, change.batch_size));
        }
        Ok(Self { first, micro_batch_size, changes: checked })
    }

    /// The arithmetic of the first size.
    pub(crate) fn first(&self) -> Batching {
        self.first
    }

    /// The arithmetic of the largest size.
    pub(crate) fn largest(&self) -> Batching {
        self.of(self.changes.iter().map(|change| change.1).fold(self.first.batch_size, u64::max))
    }

    /// Most samples of a micro-batch at any of the sizes.
    pub(crate) fn micro_batch_size(&self) -> u64 {
        self.micro_batch_size
    }

    /// The arithmetic of the step that starts after so many samples.
    pub(crate) fn at(&self, samples: u64) -> Batching {
        match self.changes.iter().rev().find(|change| change.0 <= samples) {
            None => self.first,
            Some(&(_, batch_size)) => self.of(batch_size),
        }
    }

    fn of(&self, batch_size: u64) -> Batching {
        let micro_batch_size = self.micro_batch_size.min(batch_size);
        Batching { batch_size, micro_batch_size, ..self.first }
    }

    /// The budget in samples that a duration means; `None` for one in time. Steps are those of the
    /// sizes that hold.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits.
    pub(crate) fn budget(&self, duration: Duration) -> Result<Option<u64>, TrainError> {
        match duration {
            Duration::Steps(steps) => {
                let batch_size = self.first.batch_size;
                // The steps that were asked for, not those of the part that overflows.
                let overflow = |_| TrainError::Overflow(TooManySteps::Steps { steps, batch_size });
                self.walk(u64::MAX, steps).map(|walked| Some(walked.1)).map_err(overflow)
            }
            other => self.first.budget(other),
        }
    }

    /// The plan of a run that uses `budget` samples or the few more that complete its last step. All
    /// that is about one step or one epoch is of the first size.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits.
    pub(crate) fn plan(&self, budget: u64) -> Result<Plan, TrainError> {
        let (stages, samples_seen) = self.walk(budget, u64::MAX)?;
        let epochs = samples_seen as f64 / self.first.samples_per_epoch() as f64;
        let steps = stages.iter().map(|stage| stage.steps).sum();
        // Of the first size, so that it is the plan of a run that never changes it.
        Ok(Plan { epochs, steps, samples_seen, ..self.first.plan(budget)? })
    }

    /// The parts of a run of `budget` samples; one where the size never changes.
    ///
    /// # Errors
    /// As [`Sizes::plan`].
    pub(crate) fn stages(&self, budget: u64) -> Result<Vec<SizeStage>, TrainError> {
        Ok(self.walk(budget, u64::MAX)?.0)
    }

    /// Walks until at least `budget` samples are used or `steps` steps are taken: the parts, and the
    /// samples used.
    fn walk(&self, budget: u64, steps: u64) -> Result<(Vec<SizeStage>, u64), TrainError> {
        let (mut stages, mut samples, mut left) = (Vec::new(), 0, steps);
        let ends = self.changes.iter().map(|change| change.0).chain([u64::MAX]);
        for end in ends {
            let batching = self.at(samples);
            let target = end.min(budget);
            // A long step may have passed the whole part.
            if samples >= target || left == 0 {
                continue;
            }
            let taken = steps_to(&batching, samples, target).min(left);
            stages.push(SizeStage { from_samples: samples, batch_size: batching.batch_size, steps: taken });
            samples = samples_from(&batching, samples, taken)?;
            left -= taken;
        }
        Ok((stages, samples))
    }
}

/// Samples from `start` to the end of its epoch.
fn rest_of_epoch(batching: &Batching, start: u64) -> u64 {
    let epoch = batching.samples_per_epoch();
    (epoch - start % epoch) % epoch
}

/// Steps from `start` samples on until at least `target` are used.
fn steps_to(batching: &Batching, start: u64, target: u64) -> u64 {
    let (rest, wanted) = (rest_of_epoch(batching, start), target - start);
    match wanted.checked_sub(rest) {
        None => wanted.div_ceil(batching.batch_size),
        Some(beyond) => rest.div_ceil(batching.batch_size) + batching.steps_for(beyond),
    }
}

/// Samples after `steps` steps from `start` samples on.
fn samples_from(batching: &Batching, start: u64, steps: u64) -> Result<u64, TrainError> {
    let rest = rest_of_epoch(batching, start);
    let Some(beyond) = steps.checked_sub(rest.div_ceil(batching.batch_size)) else {
        return Ok(start + steps * batching.batch_size);
    };
    let overflow = || TrainError::Overflow(TooManySteps::Steps { steps, batch_size: batching.batch_size });
    batching.samples_after(beyond)?.checked_add(start + rest).ok_or_else(overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::OrderPosition;
    use proptest::prelude::*;

    fn change(from: u64, batch_size: u64) -> SizeChange {
        SizeChange { from: Duration::Samples(from), batch_size }
    }

    #[test]
    fn a_schedule_is_read_with_spaces_or_commas() {
        let schedule: SizeSchedule = "0:64 20000sp:256".parse().unwrap();
        assert_eq!(schedule, SizeSchedule { first: 64, changes: vec![change(20_000, 256)] });
        assert_eq!("0sp:64,20000:256".parse::<SizeSchedule>().unwrap(), schedule);
        let epochs: SizeSchedule = "0:8, 1.5ep:16".parse().unwrap();
        assert_eq!(epochs.changes, [SizeChange { from: Duration::Epochs(1.5), batch_size: 16 }]);
        for text in ["", "64", "0:", "5:64", "0:64 100st:8", "0:64 1h:8", "0:64 0:8", "0:x", "0:64 :8"] {
            assert!(text.parse::<SizeSchedule>().is_err(), "{text}");
        }
    }

    #[test]
    fn thresholds_rise_and_drop_last_has_one_size() {
        let sizes = |changes: &[SizeChange], drop_last| Sizes::new(100, 8, changes, None, drop_last);
        assert!(sizes(&[change(50, 16), change(120, 4)], false).is_ok());
        for (changes, drop_last) in [
            (vec![change(50, 16), change(50, 4)], false),
            (vec![change(50, 0)], false),
            (vec![change(50, 4)], true),
        ] {
            assert!(matches!(sizes(&changes, drop_last), Err(TrainError::Setting { name: FLAG, .. })));
        }
    }

    /// 100 samples an epoch: 5 steps of 8, then the rest of the epoch and one more at 32.
    #[test]
    fn a_size_holds_from_the_first_step_past_its_threshold() {
        let sizes = Sizes::new(100, 8, &[change(35, 32)], None, false).unwrap();
        let stages = sizes.stages(200).unwrap();
        assert_eq!(
            stages,
            [
                SizeStage { from_samples: 0, batch_size: 8, steps: 5 },
                SizeStage { from_samples: 40, batch_size: 32, steps: 2 + 4 }
            ]
        );
        let plan = sizes.plan(200).unwrap();
        assert_eq!((plan.steps, plan.samples_seen, plan.epochs), (11, 200, 2.0));
        assert_eq!(sizes.budget(Duration::Steps(7)).unwrap(), Some(100));
        assert_eq!(sizes.budget(Duration::Steps(8)).unwrap(), Some(132));
    }

    proptest! {
        /// The stages are those of a loop that looks up its size before each step.
        #[test]
        fn stages_are_what_the_loop_does(
            samples in 1u64..80, first in 1u64..100, changes in prop::collection::vec((1u64..200, 1u64..100), 0..4),
            budget in 1u64..600,
        ) {
            let mut from = 0;
            let changes: Vec<SizeChange> = changes.iter().map(|&(gap, size)| { from += gap; change(from, size) }).collect();
            let sizes = Sizes::new(samples, first, &changes, None, false).unwrap();
            let (mut position, mut used, mut steps) = (OrderPosition::default(), 0, 0);
            let mut stages: Vec<SizeStage> = Vec::new();
            while used < budget {
                let batching = sizes.at(used);
                let batch = batching.batch_at(position);
                match stages.last_mut().filter(|last| last.batch_size == batching.batch_size) {
                    Some(last) => last.steps += 1,
                    None => stages.push(SizeStage { from_samples: used, batch_size: batching.batch_size, steps: 1 }),
                }
                position = batching.advance(position);
                used += batch.end - batch.start;
                steps += 1;
                prop_assert_eq!(sizes.budget(Duration::Steps(steps)).unwrap(), Some(used));
            }
            // Neighbours of one size are two stages there and one here.
            let mut found: Vec<SizeStage> = Vec::new();
            for stage in sizes.stages(budget).unwrap() {
                match found.last_mut().filter(|last| last.batch_size == stage.batch_size) {
                    Some(last) => last.steps += stage.steps,
                    None => found.push(stage),
                }
            }
            prop_assert_eq!(found, stages);
            let plan = sizes.plan(budget).unwrap();
            prop_assert_eq!((plan.steps, plan.samples_seen), (steps, used));
        }
    }
}
