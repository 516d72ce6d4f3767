//! Settings that a study refuses before it starts. A failure of a single trial is a
//! [`crate::TrialError`] and does not end the study.

use crate::ask::problem::{AcceptedRange, JournalProblem, RatesProblem, SizesProblem, TargetProblem};
use crate::trial::energy::EnergyError;

/// Why a study cannot be run as requested.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FindError {
    /// The batch sizes are not valid.
    #[error("batch sizes {value:?}: {problem}; give a range of doublings like 8..512 or a list like 8,12,16")]
    BatchSizes {
        /// The value as given.
        value: String,
        /// What is wrong with it.
        problem: SizesProblem,
    },
    /// The learning rates are not valid.
    #[error(
        "learning rates {value:?}: {problem}; give a range like 1e-4..1, a list like 0.01,0.03,0.1 or one rate"
    )]
    Rates {
        /// The value as given.
        value: String,
        /// What is wrong with it.
        problem: RatesProblem,
    },
    /// The target is not valid.
    #[error(
        "target {value:?}: {problem}; give NAME=VALUE, NAME<VALUE, NAME>VALUE or auto, e.g. val_accuracy=0.96"
    )]
    Target {
        /// The value as given.
        value: String,
        /// What is wrong with it.
        problem: TargetProblem,
    },
    /// The workload's rows do not contain the target's metric.
    #[error("the target's metric {metric:?} is not reported; reported are: {}", reported.join(", "))]
    UnknownMetric {
        /// The metric of the target.
        metric: String,
        /// The metrics that the rows contain.
        reported: Vec<String>,
    },
    /// The objective money was chosen without a price.
    #[error("--objective money needs --price-per-hour, the price of an hour of this machine in any currency")]
    NoPrice,
    /// The objective energy was chosen, but energy cannot be measured.
    #[error(
        "--objective energy: {0}; objectives that need no energy counters: time, money, samples, steps, quality"
    )]
    NoEnergy(EnergyError),
    /// The study cannot continue from an earlier one: the earlier trials give no information about
    /// the new target.
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
    /// An interrupted study cannot go on from what it wrote down.
    #[error("the study cannot go on from what it wrote down: {0}; --fresh begins anew")]
    Journal(JournalProblem),
    /// A setting is outside its range.
    #[error("{setting} is {found}, expected {expected}")]
    Setting {
        /// Its name on the command line if it has one, else the field of [`crate::StudyConfig`].
        setting: &'static str,
        /// Its value.
        found: String,
        /// The accepted range.
        expected: AcceptedRange,
    },
}
