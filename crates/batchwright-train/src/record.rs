//! What one run leaves behind: its rows, its outcome, its verdict, in the shape that is printed,
//! stored and drawn.
//!
//! Left out: the verdict (`verdict/evidence.rs`).

use crate::plan::Plan;
use crate::sizes::SizeStage;
use crate::value_metrics::ValueMetrics;
use crate::verdict::evidence::Verdict;
use serde::{Deserialize, Deserializer, Serialize};

/// Loss and, for classes and tokens, accuracy over some samples, in evaluation mode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitMetrics {
    /// Mean loss per sample: cross-entropy in nats, for a text per token; or squared error.
    pub loss: f64,
    /// Share predicted right, in 0..=1; absent for a number to predict.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accuracy: Option<f64>,
}

/// One evaluation of a run. It carries all four coordinates so that any can be the x-axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Parameter updates so far.
    pub step: u64,
    /// Epochs so far, fractional: samples / N.
    pub epoch: f64,
    /// Training samples used so far.
    pub samples: u64,
    /// Training seconds so far, evaluation left out.
    pub seconds: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Mean loss of the steps since the row before, each measured before its update, dropout on;
    /// weighted by samples. Null in the row at step 0.
    pub step_loss: Option<f64>,
    /// Over a fixed training subset of min(training, validation) samples, in evaluation mode: the
    /// same footing as `validation`.
    pub train: SplitMetrics,
    /// Over the validation split, with the same weights.
    pub validation: SplitMetrics,
}

/// What ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoppedBy {
    /// The run used up its duration.
    Duration,
    /// The target was reached.
    Target,
    /// No improvement for the patience.
    Patience,
    /// A signal.
    Signal,
    /// Loss or gradient stopped being finite.
    Diverged,
}

/// How good the predictions for a split are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitOutcome {
    /// Samples of the split; 0 in results that were stored before it was kept.
    #[serde(default)]
    pub samples: u64,
    /// Tokens that were predicted, for a text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tokens: Option<u64>,
    /// Mean loss per sample, of a text per token; NaN without samples.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
    /// Share predicted right, in 0..=1; absent for a number to predict.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accuracy: Option<f64>,
    /// For a number to predict: errors in its unit.
    #[serde(flatten)]
    pub values: Option<ValueMetrics>,
}

/// JSON has no NaN. A reader that knows this from the type does not see through `flatten`.
fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// Validation part of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValidationOutcome {
    /// The last weights.
    #[serde(flatten)]
    pub last: SplitOutcome,
    /// Lowest loss.
    pub best_loss: f64,
    /// The step of the lowest loss.
    pub best_step: u64,
}

/// How a run went. Serialises to the stable JSON of `train --json`, which has `verdict.reason`
/// beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Name of the run.
    pub run: String,
    /// Samples in the training split (`N`).
    pub samples: u64,
    /// Trained numbers in the model.
    pub parameters: u64,
    /// The effective batch size.
    pub batch_size: u64,
    /// Samples per forward/backward pass.
    pub micro_batch_size: u64,
    /// The batch sizes one after the other, where they changed; `batch_size` is the first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub batch_sizes: Vec<SizeStage>,
    /// ceil(N/B), or floor with drop-last.
    pub steps_per_epoch: u64,
    /// Steps taken.
    pub steps: u64,
    /// Epochs taken, fractional.
    pub epochs: f64,
    /// Training samples used.
    pub samples_seen: u64,
    /// Tokens of these samples, for a text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tokens_seen: Option<u64>,
    /// Training seconds, evaluation left out.
    pub seconds: f64,
    /// Bytes planned before the first step.
    pub memory_bytes: u64,
    /// Why the run ended.
    pub stopped_by: StoppedBy,
    /// Training subset, last weights.
    pub train: SplitMetrics,
    /// Validation.
    pub validation: ValidationOutcome,
    /// Test split, best weights.
    pub test: SplitOutcome,
    /// What the curve says.
    pub verdict: Verdict,
    /// Path of the saved model; absent when none was saved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// Path of the report; absent when none was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<String>,
}

/// A run as remembered: what was asked, every row, and how it went (absent while it runs, or when
/// it was cut off).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name of the run.
    pub name: String,
    /// What was asked, as key and value in the words of the command line, for people to read.
    pub settings: Vec<(String, String)>,
    /// The arithmetic of the run.
    pub plan: Plan,
    /// Every evaluation.
    pub rows: Vec<RunRow>,
    /// How it went.
    pub result: Option<RunResult>,
}
