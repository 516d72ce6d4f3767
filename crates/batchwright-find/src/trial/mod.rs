//! One training run as the experiment sees it, and the workload that starts such runs.
//!
//! Three kinds exist or will: a run in this process, a child command, and a bed whose best batch size is known. The strategy
//! sees none of them, only these traits.

pub(crate) mod energy;
pub(crate) mod plan;
pub(crate) mod step_cost;

use crate::remark::Remark;
use crate::trial::energy::EnergyError;
use crate::trial::step_cost::StepMeasurement;
use serde::{Deserialize, Serialize};

/// Trial seeds stay below this, which every language's seed function takes.
pub const SEED_RANGE: u64 = 1 << 31;

/// What a trial is asked to train.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// The effective batch size, at least 1.
    pub batch_size: u64,
    /// The constant learning rate, positive and finite.
    pub learning_rate: f64,
    /// Fixes initial weights, sample order and dropout. Trials of one seed are paired: they start from the same weights.
    pub seed: u64,
    /// The trial ends at the first step at or past this many samples.
    pub max_samples: u64,
    /// The metrics are looked at after the first step at or past each multiple of this many samples, the same for all sizes.
    pub eval_samples: u64,
}

/// One evaluation within a trial. The four coordinates let any of them be the x-axis later.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
    /// Parameter updates so far.
    pub step: u64,
    /// Epochs so far: samples over the samples of the training split, where those are known.
    pub epoch: Option<f64>,
    /// Training samples used so far.
    pub samples: u64,
    /// Training seconds so far, evaluation left out (a foreign program: by its own clock, else since its start). Virtual for a bed.
    pub seconds: f64,
    /// Validation loss; not finite when the run diverged, absent where it was not measured.
    pub val_loss: Option<f64>,
    /// Share of validation samples predicted right, in 0..=1; absent for a number to predict.
    pub val_accuracy: Option<f64>,
    /// The workload's own metric, where it has one that is neither: what a foreign program calls `val_f1`, say.
    pub own: Option<f64>,
}

impl TrialRow {
    /// The value of a metric by its name; `None` where the row does not carry it.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "val_loss" => self.val_loss,
            "val_accuracy" => self.val_accuracy,
            _ => self.own,
        }
    }

    /// Whether a number that it carries is not finite.
    pub fn diverged(&self) -> bool {
        [self.val_loss, self.val_accuracy, self.own].iter().flatten().any(|value| !value.is_finite())
    }
}

/// Why a trial could not be started or continued. It is data about that trial: the study goes on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrialError {
    /// The batch size does not fit into memory.
    #[error("batch size {batch_size} does not fit: {reason}")]
    DoesNotFit {
        /// The size that was tried.
        batch_size: u64,
        /// What shows it.
        reason: String,
    },
    /// The study's end, or its user, came before the trial's.
    #[error("stopped when the study ended")]
    Interrupted,
    /// Anything else, in the words of whoever ran it.
    #[error("trial failed: {0}")]
    Failed(String),
}

/// A running trial. Dropping it stops it.
pub trait Trial {
    /// Trains on to the next evaluation (a foreign program: to its next report, which need not carry a metric). `None`: the budget of samples is used up, or the run diverged (then the last row's loss
    /// is not finite).
    ///
    /// # Errors
    /// See [`TrialError`]; after an error the trial is over.
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError>;

    /// Whether the trial costs nothing while nobody asks for its next row.
    fn can_pause(&self) -> bool;
}

/// What a study trains: it starts trials of any batch size and times steps.
pub trait Workload: Sync {
    /// Samples in the training split (`N`), at least 1. A foreign program need not tell: epochs are then unknown, and no size is the same training as another.
    fn samples(&self) -> Option<u64>;

    /// Starts one trial.
    ///
    /// # Errors
    /// [`TrialError::DoesNotFit`] or [`TrialError::Failed`].
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError>;

    /// Measures steps of a batch size; nothing else runs meanwhile. Takes about `seconds` of wall-clock time (a bed answers at once).
    ///
    /// # Errors
    /// As [`Workload::start`].
    fn pace(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError>;

    /// Seconds that every trial costs beside its training, as far as is known: what a foreign program takes to start.
    fn start_up_seconds(&self) -> f64 {
        0.0
    }

    /// Bytes that training at this batch size needs, where that is known without running it.
    fn memory_bytes(&self, batch_size: u64) -> Option<u64>;

    /// Samples of a forward/backward pass at this batch size, where the batch is divided: its gradient is the same, its steps take longer.
    fn micro_batch_size(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    /// Where a search for the learning rate at this batch size may sensibly begin.
    fn starting_learning_rate(&self, batch_size: u64) -> f64;

    /// Metrics that its rows carry, e.g. `["val_loss", "val_accuracy"]`; a target must be one of them.
    fn metrics(&self) -> Vec<String>;

    /// What a reader of the answer should know about how it trains and reports, asked at the study's end.
    fn remarks(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// Whether [`Workload::pace`] measures power; a study of energy needs it.
    ///
    /// # Errors
    /// Why it does not.
    fn measures_energy(&self) -> Result<(), EnergyError> {
        Err(EnergyError::NotMeasured)
    }
}
