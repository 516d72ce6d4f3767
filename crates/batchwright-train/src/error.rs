//! What can go wrong in planning, training, and saving a model.

use crate::problem::{CheckpointProblem, ExpectedSetting, ModelFileProblem, TooManySteps};
use batchwright_nn::NnError;
use std::path::PathBuf;

/// An error of a run.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting is out of range or contradicts another.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// Name, in the words of the command line.
        name: &'static str,
        /// What was given.
        value: String,
        /// What would do.
        expected: ExpectedSetting,
    },
    /// A count exceeds 64 bits.
    #[error("the number of samples overflows: {0}; use a shorter duration")]
    Overflow(TooManySteps),
    /// The network refused.
    #[error(transparent)]
    Network(#[from] NnError),
    /// A file could not be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A saved model cannot be used.
    #[error("{}: not a model of ours: {problem}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ModelFileProblem,
    },
    /// A checkpoint cannot be used.
    #[error("checkpoint {}: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: CheckpointProblem,
    },
    /// A run has no checkpoint.
    #[error("no checkpoint in {}: the run was started without them, or they were removed; train again", folder.display())]
    NoCheckpoint {
        /// Where one was looked for.
        folder: PathBuf,
    },
    /// The samples of a run are no longer those that it was trained on.
    #[error(
        "the data of run {run:?} has changed since it was trained: {data}; restore it, or train a new run"
    )]
    DataChanged {
        /// The run.
        run: String,
        /// The data, in the words of the command line.
        data: String,
    },
}

impl TrainError {
    pub(crate) fn setting(name: &'static str, value: impl ToString, expected: ExpectedSetting) -> Self {
        Self::Setting { name, value: value.to_string(), expected }
    }
}
