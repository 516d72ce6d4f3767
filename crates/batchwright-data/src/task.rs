//! What is predicted: classes, numbers, or the next token at each position of a text.
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
    /// At each position of a sample the token that follows there, one of `vocabulary`. The network
    /// ends in that many logits at each position, `[positions, vocabulary]` a sample. How many
    /// positions a sample has is part of its shape ([`crate::SampleShape::positions`]).
    NextToken {
        /// Number of tokens, at least 2.
        vocabulary: usize,
    },
}

impl Task {
    /// Numbers that the network puts out for one prediction: the width of its last layer.
    pub fn outputs(self) -> usize {
        match self {
            Self::Classify { classes } => classes,
            Self::Regress { outputs } => outputs,
            Self::NextToken { vocabulary } => vocabulary,
        }
    }

    /// Whether a prediction is one of several choices, so that it is right or wrong.
    pub fn has_accuracy(self) -> bool {
        match self {
            Self::Classify { .. } | Self::NextToken { .. } => true,
            Self::Regress { .. } => false,
        }
    }
}

/// Whether a class, a number or a token is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One of several classes.
    Classify,
    /// A real number.
    Regress,
    /// The next token of a text.
    NextToken,
}
