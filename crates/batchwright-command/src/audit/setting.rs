//! What an audit runs: the values of one run, and the choice of batch size, micro-batches and
//! lengths with which each question can be answered.
//!
//! Left out: running it (`run`), reading answers from it.

use crate::process::template::{CommandTemplate, Placeholder};
use batchwright_find::SEED_RANGE;

/// Steps of a short run: enough for a curve, few enough that rounding does not grow.
const SHORT_STEPS: u64 = 12;
/// Whole steps of an epoch that are wanted at least. With few, a long run has few steps; with fewer
/// than this, little of an epoch lies before its last batch.
const STEPS_OF_EPOCH: u64 = 6;
/// Epochs of a long run: the second one shows what the end of the first one left behind.
const EPOCHS: u64 = 2;
/// Evaluations of a long run at most.
const EVALUATIONS: u64 = 48;
/// Steps of a program of which neither the interval of its evaluations nor its epoch is known.
const STEPS: u64 = 10_000;
/// Rows of the metric after which such a program has been read for long enough.
const FEW_ROWS: usize = 3;
/// Rows of the metric that are read at most.
const MOST_ROWS: usize = 256;
/// Batch sizes that are looked at, from the largest one down.
const CANDIDATES: u64 = 4096;
/// A window of four of these parts of an epoch leaves three of them over.
const PARTS: u64 = 7;
/// Steps that show how fast the metric falls.
const FEW_STEPS: usize = 4;
/// Epochs that such a run is asked for. It is stopped long before.
const FAR: u64 = 40;
/// Micro-batches of a step, the best first. With four, a last window can be short in three ways.
const ACCUMULATIONS: [u64; 3] = [4, 3, 2];
/// The first batch size of the audit's own evaluations is the batch size of the training; the other
/// is a prime, which hardly divides a validation split.
const PRIMES: [u64; 11] = [61, 53, 43, 31, 23, 17, 13, 11, 7, 5, 3];

/// The values of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AuditSetting {
    pub(crate) batch_size: u64,
    /// It divides the batch size.
    pub(crate) micro_batch_size: u64,
    pub(crate) eval_batch_size: u64,
    pub(crate) learning_rate: f64,
    pub(crate) seed: u64,
    /// Which of several equal runs it is.
    pub(crate) repetition: u64,
    pub(crate) max_samples: u64,
    pub(crate) eval_samples: u64,
    /// Rows of the metric after which the run is stopped.
    pub(crate) most_rows: usize,
    /// Whether it is read until it ends by itself.
    pub(crate) until_end: bool,
}

impl AuditSetting {
    /// The same in micro-batches.
    pub(crate) fn divided(self, accumulation: u64) -> Self {
        Self { micro_batch_size: self.batch_size / accumulation, ..self }
    }

    /// The same with another seed; a program without a seed is run again.
    pub(crate) fn reseeded(self, number: u64) -> Self {
        Self { seed: (self.seed + number) % SEED_RANGE, repetition: number, ..self }
    }
}

/// What the command lets an audit choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Takes {
    pub(crate) learning_rate: bool,
    pub(crate) seed: bool,
    pub(crate) eval_steps: bool,
    pub(crate) eval_batch_size: bool,
    /// Micro-batches and their number.
    pub(crate) division: bool,
    /// The size of micro-batches, and not only their number.
    pub(crate) micro_batch_size: bool,
    /// Its length in epochs, and in nothing else: its last step tells how many an epoch has.
    pub(crate) epochs_only: bool,
}

impl Takes {
    pub(crate) fn of(template: &CommandTemplate) -> Self {
        let uses = |placeholder| template.uses(placeholder);
        Self {
            learning_rate: uses(Placeholder::LearningRate),
            seed: uses(Placeholder::Seed),
            eval_steps: uses(Placeholder::EvalSteps),
            eval_batch_size: uses(Placeholder::EvalBatchSize),
            division: uses(Placeholder::GradAccum)
                || uses(Placeholder::MicroBatchSize) && uses(Placeholder::BatchSize),
            micro_batch_size: uses(Placeholder::MicroBatchSize),
            epochs_only: uses(Placeholder::Epochs)
                && !uses(Placeholder::Steps)
                && !uses(Placeholder::Samples),
        }
    }
}

/// What was asked, before anything is chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditRequest {
    /// The smallest and the largest batch size that may be used.
    pub(crate) sizes: [u64; 2],
    pub(crate) learning_rate: f64,
    pub(crate) seed: u64,
    /// Training samples of an epoch, if they are known; at least 1.
    pub(crate) samples: Option<u64>,
    /// The longest run, if the user gave it.
    pub(crate) max_samples: Option<u64>,
}

/// The chosen sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AuditDesign {
    pub(crate) batch_size: u64,
    /// Micro-batches of a step; 1 where the batch size cannot be divided.
    pub(crate) accumulation: u64,
    /// Training samples of an epoch, if they are known.
    pub(crate) samples: Option<u64>,
    /// The smallest and the largest batch size that might have been chosen.
    pub(crate) sizes: [u64; 2],
    learning_rate: f64,
    seed: u64,
    max_samples: Option<u64>,
    takes: Takes,
}

impl AuditDesign {
    /// The best batch size for all questions together. The largest sizes of the range are preferred:
    /// with them an epoch has few steps.
    pub(crate) fn choose(request: &AuditRequest, takes: Takes) -> Self {
        let AuditRequest { sizes, samples, learning_rate, seed, max_samples } = *request;
        let [low, high] = sizes;
        let most = samples.map_or(high, |samples| high.min((samples / STEPS_OF_EPOCH).max(1))).max(1);
        let least = low.min(most).max(most / 2).max(most.saturating_sub(CANDIDATES)).max(1);
        let candidates = (least..=most).flat_map(|size| divisions(size, takes.division));
        let best = candidates.max_by_key(|&(size, accumulation)| suitability(size, accumulation, samples));
        let (batch_size, accumulation) = best.unwrap_or((most, 1));
        Self { batch_size, accumulation, samples, sizes, learning_rate, seed, max_samples, takes }
    }

    /// Samples of the last batch of an epoch, where it is a short one.
    pub(crate) fn rest(&self) -> Option<u64> {
        self.samples.map(|samples| samples % self.batch_size).filter(|&rest| rest > 0)
    }

    /// Micro-batches of the last window of an epoch, where they are fewer than those of a step.
    pub(crate) fn last_window(&self) -> Option<u64> {
        let window = self.rest()?.div_ceil(self.batch_size / self.accumulation);
        (window < self.accumulation).then_some(window)
    }

    /// Samples of the whole steps of an epoch: up to there the last batch has no effect. Without a
    /// known epoch, those of a short run.
    pub(crate) fn whole_steps(&self) -> u64 {
        let steps = self.samples.map_or(SHORT_STEPS, |samples| samples / self.batch_size);
        steps.saturating_mul(self.batch_size)
    }

    /// A few steps with an evaluation after each. A program that evaluates when it likes is read for
    /// a few evaluations.
    pub(crate) fn short(&self) -> AuditSetting {
        let steps = SHORT_STEPS.saturating_mul(self.batch_size).min(self.whole_steps().max(self.batch_size));
        if self.takes.eval_steps {
            return self.run(steps, self.batch_size, MOST_ROWS);
        }
        let epochs = self.samples.map(|samples| samples.saturating_mul(EPOCHS));
        let unknown = || self.max_samples.unwrap_or(self.batch_size.saturating_mul(STEPS));
        self.run(epochs.unwrap_or_else(unknown), self.batch_size, FEW_ROWS)
    }

    /// Two epochs, and two steps that show that they are over; `None` where the epoch is not known.
    pub(crate) fn long(&self) -> Option<AuditSetting> {
        let epochs = self.samples?.saturating_mul(EPOCHS);
        let further = if self.takes.epochs_only { 0 } else { self.batch_size.saturating_mul(2) };
        let samples = epochs.saturating_add(further);
        let interval = samples.div_ceil(self.batch_size).div_ceil(EVALUATIONS).max(1);
        let run = self.run(samples, self.batch_size.saturating_mul(interval), MOST_ROWS);
        Some(AuditSetting { until_end: self.takes.epochs_only, ..run })
    }

    /// A run with the whole course of a schedule.
    pub(crate) fn course(&self) -> AuditSetting {
        let short = self.short();
        let steps = SHORT_STEPS.saturating_mul(2).saturating_mul(self.batch_size);
        self.long().unwrap_or(AuditSetting { max_samples: short.max_samples.max(steps), ..short })
    }

    /// Two runs of a few steps, one step an epoch, with an evaluation after each: a window that is
    /// the whole epoch, and one that leaves three sevenths of it over. `None` where the epoch is
    /// not known.
    pub(crate) fn windows(&self) -> Option<[AuditSetting; 2]> {
        let samples = self.samples?;
        let micro = samples.div_ceil(PARTS).min(self.batch_size);
        let parts = samples.div_ceil(micro);
        // Far from its end a schedule changes little.
        let run = self.run(samples.saturating_mul(FAR), 1, FEW_STEPS);
        let of = |window: u64| {
            let batch_size = micro.saturating_mul(window);
            AuditSetting { batch_size, micro_batch_size: micro, eval_samples: batch_size, ..run }
        };
        Some([of(parts), of((parts.saturating_mul(4) / PARTS).max(1))])
    }

    /// The other batch size of evaluations.
    pub(crate) fn other_eval_size(&self) -> u64 {
        let smaller = PRIMES.into_iter().find(|prime| prime.saturating_mul(2) < self.batch_size);
        smaller.unwrap_or(self.batch_size.saturating_add(1))
    }

    fn run(&self, max_samples: u64, eval_samples: u64, most_rows: usize) -> AuditSetting {
        AuditSetting {
            batch_size: self.batch_size,
            micro_batch_size: self.batch_size,
            eval_batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            seed: self.seed % SEED_RANGE,
            repetition: 0,
            max_samples,
            eval_samples,
            most_rows,
            until_end: false,
        }
    }
}

/// The ways to divide a batch, as (batch size, micro-batches).
fn divisions(size: u64, may_divide: bool) -> impl Iterator<Item = (u64, u64)> {
    // Micro-batches of one sample are refused by many programs (batch normalisation).
    let divides = move |parts: &u64| may_divide && size.is_multiple_of(*parts) && size / parts > 1;
    ACCUMULATIONS.into_iter().filter(divides).chain([1]).map(move |parts| (size, parts))
}

/// How many questions a division can answer, and how well; the later entries decide where the first
/// are equal.
fn suitability(size: u64, accumulation: u64, samples: Option<u64>) -> (bool, bool, bool, bool, u64, u64) {
    let rest = samples.map_or(0, |samples| samples % size);
    let micro = size / accumulation;
    let window = rest.div_ceil(micro);
    let short = rest > 0 && window < accumulation;
    (
        accumulation > 1,
        short,
        // A short last micro-batch is a question of its own; and the half of a window or more is
        // seen within two epochs if it is carried over.
        short && rest.is_multiple_of(micro) && 2 * window >= accumulation,
        rest > 0,
        accumulation,
        size,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Takes = Takes {
        learning_rate: true,
        seed: true,
        eval_steps: true,
        eval_batch_size: true,
        division: true,
        micro_batch_size: true,
        epochs_only: true,
    };

    fn design(sizes: [u64; 2], samples: Option<u64>) -> AuditDesign {
        let request = AuditRequest { sizes, learning_rate: 0.1, seed: 0, samples, max_samples: None };
        AuditDesign::choose(&request, ALL)
    }

    /// 1,000 samples in batches of 160 leave 40 samples, one micro-batch of four: a window that is
    /// carried over would not be told from one that is dropped. Batches of 152 leave 88, which is no
    /// whole number of micro-batches. Batches of 150 leave two micro-batches of three.
    #[test]
    fn the_last_window_can_be_told_from_all_others() {
        let design = design([8, 512], Some(1000));
        assert_eq!((design.batch_size, design.accumulation), (150, 3));
        assert_eq!((design.rest(), design.last_window(), design.whole_steps()), (Some(100), Some(2), 900));
    }

    proptest! {
        /// A size outside the range may not fit into memory, or may have no epoch to speak of.
        #[test]
        fn sizes_stay_in_the_range_and_below_an_epoch(low in 1_u64..300, more in 0_u64..1000, samples in prop::option::of(1_u64..5000)) {
            let design = design([low, low + more], samples);
            prop_assert!(design.batch_size >= 1 && design.batch_size <= low + more);
            prop_assert!(samples.is_none_or(|samples| design.batch_size <= samples));
            prop_assert!(design.batch_size.is_multiple_of(design.accumulation));
            prop_assert!(design.other_eval_size() != design.batch_size);
            let short = design.short();
            prop_assert!(short.max_samples >= design.batch_size && short.max_samples <= SHORT_STEPS * design.batch_size);
        }

        /// Numbers near the largest must not overflow.
        #[test]
        fn any_numbers_make_a_plan(high in (u64::MAX - 9)..=u64::MAX, samples in prop::option::of(1_u64..=u64::MAX), eval_steps: bool) {
            let request = AuditRequest { sizes: [high, high], learning_rate: 0.1, seed: u64::MAX, samples: samples.map(|samples| samples.min(9999)), max_samples: None };
            let design = AuditDesign::choose(&request, Takes { eval_steps, ..ALL });
            let _ = (design.short(), design.long(), design.course(), design.last_window());
        }
    }
}
