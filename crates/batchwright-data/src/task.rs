//! What is predicted: classes or numbers.
//!
//! Left out: names of classes and units of numbers (`encode`).

use serde::{Deserialize, Serialize};

/// What is predicted for one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of `classes` classes; the network ends in that many logits.
    Classify {
        /// Number of classes, at least 2.
        classes: usize,
    },
    /// `outputs` real numbers, trained on squared error.
    Regress {
        /// Numbers predicted per sample, at least 1.
        outputs: usize,
    },
}

impl Task {
    /// Width of the network's last layer.
    pub fn outputs(self) -> usize {
        match self {
            Self::Classify { classes } => classes,
            Self::Regress { outputs } => outputs,
        }
    }
}

/// Whether a class or a number is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One of several classes.
    Classify,
    /// A real number.
    Regress,
}
