//! What a study refuses before it starts. Trouble of a single trial is [`crate::TrialError`], and no reason to end a study.

use crate::trial::energy::EnergyError;

/// A study that cannot be run as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FindError {
    /// The batch sizes make no sense.
    #[error("batch sizes {value:?}: {problem}; give a range of doublings like 8..512 or a list like 8,12,16")]
    BatchSizes {
        /// As it was given.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The learning rates make no sense.
    #[error(
        "learning rates {value:?}: {problem}; give a range like 1e-4..1, a list like 0.01,0.03,0.1 or one rate"
    )]
    Rates {
        /// As it was given.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The target makes no sense.
    #[error(
        "target {value:?}: {problem}; give NAME=VALUE, NAME<VALUE, NAME>VALUE or auto, e.g. val_accuracy=0.96"
    )]
    Target {
        /// As it was given.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The workload's rows don't carry the target's metric.
    #[error("the target's metric {metric:?} is not reported; reported are: {}", reported.join(", "))]
    UnknownMetric {
        /// The metric of the target.
        metric: String,
        /// What the rows carry.
        reported: Vec<String>,
    },
    /// The objective money without a price.
    #[error("--objective money needs --price-per-hour, the price of an hour of this machine in any currency")]
    NoPrice,
    /// The objective energy where no energy can be measured.
    #[error(
        "--objective energy: {0}; objectives that need no energy counters: time, money, samples, steps, quality"
    )]
    NoEnergy(EnergyError),
    /// An earlier study that cannot be gone on from, for its trials say nothing about what is asked now.
    #[error(
        "study {study:?} had the target {past}, now {asked} is asked for: its trials say nothing about that"
    )]
    OtherTarget {
        /// The earlier study.
        study: String,
        /// Its target.
        past: String,
        /// The target of this one.
        asked: String,
    },
    /// A setting is outside its range.
    #[error("{setting} is {found}, expected {expected}")]
    Setting {
        /// Name, in the words of the command line where it has one, else the field of [`crate::StudyConfig`].
        setting: &'static str,
        /// Its value.
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
}
