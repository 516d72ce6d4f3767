//! What makes the reports of a training program doubtful, as values: a number in another unit, a
//! count that cannot be right, a batch size without effect.
//!
//! A check of a command and the answer of a study say the same about the same program. Left out:
//! noticing it (`batchwright-command`), words for it (`batchwright-view`).

use serde::{Deserialize, Serialize};

/// One doubt about what a training program reports, with the numbers that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Suspicion {
    /// The metric is above 1 and the target below: the program seems to print percent.
    AboveOne {
        /// The metric of the target.
        metric: String,
        /// A value that the program reported.
        value: f64,
        /// The target.
        goal: f64,
    },
    /// The metric had one value at every look of every run.
    NeverChanges {
        /// The metric of the target.
        metric: String,
        /// Its value.
        value: f64,
        /// Looks at it.
        rows: u64,
    },
    /// The metric was not finite at any look of any run.
    NeverFinite {
        /// The metric of the target.
        metric: String,
        /// Looks at it.
        rows: u64,
    },
    /// Several times two values of the metric stood at one step.
    TwoValues {
        /// The metric of the target.
        metric: String,
        /// The first step where that was so.
        step: u64,
        /// The values there, in their order.
        values: [f64; 2],
    },
    /// The program said that memory had run out, and went on.
    RanOutOfMemory {
        /// Samples per step, as it was told.
        batch_size: u64,
        /// The line.
        line: String,
    },
    /// Runs met the target at their first look at it: nothing was seen of the way there.
    MetAtFirstLook {
        /// The metric of the target.
        metric: String,
        /// Runs that met it at their first look.
        met: u64,
        /// Runs that met it.
        reached: u64,
    },
    /// The target is a training loss: a value of the samples just used, with their noise.
    TrainingLoss {
        /// The metric of the target.
        metric: String,
        /// Samples over which it is averaged at every size.
        samples: u64,
    },
    /// The program seems to train with one batch size whatever it is told.
    BatchSizeUnused {
        /// The sizes that were given, ascending; at least two.
        sizes: Vec<u64>,
        /// What was the same at all of them.
        same: SameAtSizes,
    },
    /// The steps of an epoch do not fit the batch size and the number of training samples.
    OtherEpoch {
        /// Samples per step, as it was told.
        batch_size: u64,
        /// Steps of an epoch, as the program reports them.
        steps_per_epoch: f64,
        /// Training samples, as the user gave them.
        samples: u64,
        /// What may explain it.
        cause: EpochCause,
    },
    /// Several evaluations stand at one step.
    StepsStand {
        /// The step.
        step: u64,
        /// Evaluations there.
        rows: u64,
    },
    /// An evaluation stands at an earlier step than the one before: it is not counted.
    StepsFallBack {
        /// Step of the one before.
        from: u64,
        /// Its own step.
        to: u64,
    },
    /// The program's seconds run backwards: the arrival of its rows counts instead.
    SecondsFallBack {
        /// Seconds of the row before.
        from: f64,
        /// Seconds of the row.
        to: f64,
    },
}

impl Suspicion {
    /// The metric, where no value of it can be held against the target. One above 1 may be: an error of
    /// regression is no share.
    pub(crate) fn spoils_the_metric(&self) -> Option<&str> {
        match self {
            Self::NeverChanges { metric, .. } | Self::NeverFinite { metric, .. } => Some(metric),
            _ => None,
        }
    }
}

/// What was the same at several batch sizes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SameAtSizes {
    /// An epoch has as many steps.
    StepsPerEpoch {
        /// Steps of an epoch.
        steps: f64,
    },
    /// The metric has the same value at the same steps, to the last digit.
    Values {
        /// Values that were compared.
        values: u64,
    },
}

/// Why an epoch may have other steps than its samples divided by the batch size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EpochCause {
    /// A step takes this many times the batch size: several devices, or accumulation.
    LargerSteps {
        /// How many times.
        times: u64,
    },
    /// A step takes this part of the batch size: micro-batches are counted.
    SmallerSteps {
        /// Into how many parts it is divided.
        parts: u64,
    },
    /// It trains on another number of samples: a part is kept for validation, or `--samples` is wrong.
    OtherSamples {
        /// Samples of an epoch.
        trained: u64,
    },
}
