//! The arithmetic of a run: samples, steps, epochs and batches, exactly.
//!
//! The ledger is in samples; everything else is derived from it. The loop calls the same functions,
//! so that a plan and the run it announces cannot disagree.

use crate::duration::Duration;
use crate::error::TrainError;
use crate::problem::{ExpectedSetting, TooManySteps};
use serde::{Deserialize, Serialize};

/// Batch arithmetic over one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batching {
    /// Samples in the training split (`N`), at least 1.
    pub samples: u64,
    /// The effective batch size `B`, at least 1.
    pub batch_size: u64,
    /// Samples per forward/backward pass, in 1..=`batch_size`.
    pub micro_batch_size: u64,
    /// Whether a short last batch is left out.
    pub drop_last: bool,
}

/// What a run will do. Serialises to the stable JSON of `plan --json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Samples, sizes, drop-last.
    #[serde(flatten)]
    pub batching: Batching,
    /// Micro-batches per full step: ceil(B/b).
    pub accumulation: u64,
    /// Steps per epoch.
    pub steps_per_epoch: u64,
    /// Samples in the last batch of an epoch.
    pub last_batch: u64,
    /// Epochs, fractional: `samples_seen` / N (N less what is dropped, with drop-last).
    pub epochs: f64,
    /// Steps in all.
    pub steps: u64,
    /// Samples in all.
    pub samples_seen: u64,
}

/// Where a run stands: everything else follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrderPosition {
    /// Finished epochs.
    pub epoch: u64,
    /// Samples used of the current epoch, less than an epoch has.
    pub consumed: u64,
}

/// How a batch of `batch_size` out of `samples` samples is divided: the given micro-batch size,
/// else as many samples of it as fit into memory. `largest_that_fits` is `None` where nothing
/// limits it.
pub fn micro_batch_size(
    samples: u64,
    batch_size: u64,
    given: Option<u64>,
    largest_that_fits: Option<u64>,
) -> u64 {
    let whole = batch_size.min(samples).max(1);
    given.unwrap_or(largest_that_fits.map_or(whole, |largest| largest.min(whole)))
}

impl Batching {
    /// Checked batch arithmetic. Without a micro-batch size the batch is not divided. A batch
    /// larger than the data is one short step per epoch.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for no samples, a size of 0, a micro-batch larger than the batch, or
    /// `drop_last` with a batch larger than the data (it would drop everything).
    pub fn new(
        samples: u64,
        batch_size: u64,
        micro_batch_size: Option<u64>,
        drop_last: bool,
    ) -> Result<Self, TrainError> {
        let micro_batch_size = self::micro_batch_size(samples, batch_size, micro_batch_size, None);
        if samples == 0 {
            return Err(TrainError::setting("--samples", 0, ExpectedSetting::TrainingSamples));
        }
        if batch_size == 0 {
            return Err(TrainError::setting("--batch-size", 0, ExpectedSetting::AtLeastOne));
        }
        if micro_batch_size == 0 || micro_batch_size > batch_size {
            let expected = ExpectedSetting::UpToBatchSize { batch_size };
            return Err(TrainError::setting("--micro-batch-size", micro_batch_size, expected));
        }
        if drop_last && batch_size > samples {
            let expected = ExpectedSetting::UpToSamples { samples };
            return Err(TrainError::setting("--batch-size", batch_size, expected));
        }
        Ok(Self { samples, batch_size, micro_batch_size, drop_last })
    }

    /// Samples used in each epoch: N, or the whole batches of it with drop-last.
    pub fn samples_per_epoch(&self) -> u64 {
        if self.drop_last { self.samples / self.batch_size * self.batch_size } else { self.samples }
    }

    /// ceil(N/B), or floor(N/B) with drop-last.
    pub fn steps_per_epoch(&self) -> u64 {
        self.samples_per_epoch().div_ceil(self.batch_size)
    }

    /// Samples in the last batch of an epoch, in 1..=B.
    pub fn last_batch(&self) -> u64 {
        self.samples_per_epoch() - (self.steps_per_epoch() - 1) * self.batch_size
    }

    /// Micro-batches of a full step.
    pub fn accumulation(&self) -> u64 {
        self.batch_size.min(self.samples).div_ceil(self.micro_batch_size)
    }

    /// Samples used after `steps` steps.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits.
    pub fn samples_after(&self, steps: u64) -> Result<u64, TrainError> {
        let (epochs, rest) = (steps / self.steps_per_epoch(), steps % self.steps_per_epoch());
        let whole = epochs.checked_mul(self.samples_per_epoch());
        // `rest` is less than a whole epoch's steps, all of them full batches.
        whole
            .and_then(|whole| whole.checked_add(rest * self.batch_size))
            .ok_or(TrainError::Overflow(TooManySteps::Steps { steps, batch_size: self.batch_size }))
    }

    /// Steps until at least `budget` samples are used: the run ends at the first step at or past
    /// its budget.
    pub fn steps_for(&self, budget: u64) -> u64 {
        let (epochs, rest) = (budget / self.samples_per_epoch(), budget % self.samples_per_epoch());
        // At most `budget` (a step uses at least one sample): no overflow.
        epochs * self.steps_per_epoch() + rest.div_ceil(self.batch_size)
    }

    /// The budget in samples that a duration means, or `None` for a duration in time. `2.5ep` are
    /// ceil(2.5 N) samples, `500st` the samples of 500 steps.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits, [`TrainError::Setting`] for tokens
    /// ([`Duration::in_samples`]).
    pub fn budget(&self, duration: Duration) -> Result<Option<u64>, TrainError> {
        match duration {
            Duration::Samples(samples) => Ok(Some(samples)),
            Duration::Steps(steps) => self.samples_after(steps).map(Some),
            Duration::Seconds(_) => Ok(None),
            // They are counted in samples where the length of a sample is known.
            Duration::Tokens(_) => {
                Err(TrainError::setting("duration", duration, ExpectedSetting::TokensOfText))
            }
            Duration::Epochs(epochs) => {
                // The product is exact below 2^53; `0.1ep` of 10 samples must be 1 sample, not the
                // 2 that 1.0000000000000002 would round up to.
                let exact = epochs * self.samples_per_epoch() as f64;
                let nearest = exact.round();
                let samples = if (exact - nearest).abs() <= 4.0 * f64::EPSILON * exact {
                    nearest
                } else {
                    exact.ceil()
                };
                if samples >= 9_007_199_254_740_992.0 {
                    let samples = self.samples_per_epoch();
                    return Err(TrainError::Overflow(TooManySteps::Epochs { epochs, samples }));
                }
                Ok(Some((samples as u64).max(1)))
            }
        }
    }

    /// The batch that starts at `position`: its range within the epoch's order. It never crosses an
    /// epoch.
    pub fn batch_at(&self, position: OrderPosition) -> std::ops::Range<u64> {
        let end = position.consumed.saturating_add(self.batch_size).min(self.samples_per_epoch());
        position.consumed..end
    }

    /// The position after the batch that starts at `position`.
    #[must_use]
    pub fn advance(&self, position: OrderPosition) -> OrderPosition {
        let end = self.batch_at(position).end;
        if end == self.samples_per_epoch() {
            OrderPosition { epoch: position.epoch + 1, consumed: 0 }
        } else {
            OrderPosition { consumed: end, ..position }
        }
    }

    /// The plan of a run that uses `budget` samples or the few more that complete its last step.
    ///
    /// # Errors
    /// [`TrainError::Overflow`] beyond 64 bits.
    pub fn plan(&self, budget: u64) -> Result<Plan, TrainError> {
        let steps = self.steps_for(budget);
        let samples_seen = self.samples_after(steps)?;
        Ok(Plan {
            batching: *self,
            accumulation: self.accumulation(),
            steps_per_epoch: self.steps_per_epoch(),
            last_batch: self.last_batch(),
            epochs: samples_seen as f64 / self.samples_per_epoch() as f64,
            steps,
            samples_seen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(samples: u64, batch_size: u64, duration: &str) -> Plan {
        let batching = Batching::new(samples, batch_size, None, false).unwrap();
        let budget = batching.budget(duration.parse().unwrap()).unwrap().unwrap();
        batching.plan(budget).unwrap()
    }

    #[test]
    fn the_numbers_that_beginners_meet_first() {
        assert_eq!(plan(10_000, 100, "1ep").steps, 100);
        assert_eq!(plan(1_000, 100, "1ep").steps, 10);
        let three = plan(1_000, 64, "3ep");
        assert_eq!((three.steps_per_epoch, three.last_batch, three.steps), (16, 40, 48));
        assert_eq!(plan(60_000, 32, "1ep").steps, 1_875);
    }

    /// One tool rounds the budget down and the loop up: its 10 epochs end at epoch 6.8.
    #[test]
    fn half_an_epoch_ends_at_the_first_step_at_or_past_it() {
        let plan = plan(1_000, 64, "2.5ep");
        assert_eq!((plan.steps, plan.samples_seen), (32 + 8, 2_000 + 8 * 64));
    }

    #[test]
    fn a_fraction_that_is_whole_in_decimals_is_not_rounded_up() {
        assert_eq!(plan(10, 1, "0.1ep").steps, 1);
        assert_eq!(plan(10, 1, "1.1ep").steps, 11);
        assert_eq!(plan(3, 1, "0.5ep").steps, 2);
    }

    #[test]
    fn steps_and_their_samples_are_the_same_duration() {
        let batching = Batching::new(10, 4, None, false).unwrap();
        assert_eq!(batching.samples_after(5).unwrap(), 10 + 8);
        assert_eq!(batching.budget(Duration::Steps(5)).unwrap(), Some(18));
        assert_eq!(batching.steps_for(18), 5);
    }

    #[test]
    fn a_batch_larger_than_the_data_is_one_short_step_per_epoch_or_refused() {
        let plan = plan(10, 11, "2ep");
        assert_eq!((plan.steps_per_epoch, plan.last_batch, plan.steps, plan.accumulation), (1, 10, 2, 1));
        assert!(matches!(
            Batching::new(10, 11, None, true),
            Err(TrainError::Setting { name: "--batch-size", .. })
        ));
    }

    #[test]
    fn sizes_out_of_range_and_overflow_are_typed_errors() {
        assert!(matches!(
            Batching::new(0, 1, None, false),
            Err(TrainError::Setting { name: "--samples", .. })
        ));
        assert!(matches!(
            Batching::new(1, 0, None, false),
            Err(TrainError::Setting { name: "--batch-size", .. })
        ));
        for micro in [0, 5] {
            let error = Batching::new(9, 4, Some(micro), false);
            assert!(matches!(error, Err(TrainError::Setting { name: "--micro-batch-size", .. })));
        }
        let batching = Batching::new(u64::MAX, u64::MAX, None, false).unwrap();
        assert!(matches!(batching.samples_after(2), Err(TrainError::Overflow(_))));
        assert!(matches!(batching.budget(Duration::Epochs(2.0)), Err(TrainError::Overflow(_))));
    }

    proptest! {
        /// Walking the batches gives the numbers of the plan, and every sample once an epoch,
        /// whatever N, B, accumulation and drop-last.
        #[test]
        fn the_plan_is_what_the_loop_does(samples in 1u64..400, batch_size in 1u64..450, micro in 1u64..450, drop_last: bool, budget in 1u64..3000) {
            let Ok(batching) = Batching::new(samples, batch_size, Some(micro.min(batch_size)), drop_last) else {
                prop_assert!(drop_last && batch_size > samples);
                return Ok(());
            };
            let plan = batching.plan(budget).unwrap();
            let (mut position, mut used, mut steps) = (OrderPosition::default(), 0, 0);
            while used < budget {
                let batch = batching.batch_at(position);
                prop_assert_eq!(batch.start, position.consumed);
                prop_assert!(!batch.is_empty() && batch.end <= samples);
                used += batch.end - batch.start;
                steps += 1;
                position = batching.advance(position);
                prop_assert_eq!(batching.samples_after(steps).unwrap(), used);
                prop_assert_eq!(position.epoch * batching.samples_per_epoch() + position.consumed, used);
            }
            prop_assert_eq!((plan.steps, plan.samples_seen), (steps, used));
            prop_assert_eq!(plan.steps_per_epoch, if drop_last { samples / batch_size } else { samples.div_ceil(batch_size) });
        }
    }
}
