//! One training run as the experiment sees it (a trial), and the workload that starts such runs.
//!
//! - this file: [`Workload`], [`Trial`], the request for a trial, its rows and its errors
//! - `plan`: a trial that a strategy plans, with its purpose
//! - `step_cost`: time, power and energy of a step
//! - `energy`: the energy counters of the machine
//!
//! There are three kinds of workload: a network in this process, a command in a child process, and
//! a test bed whose best batch size is known. A strategy sees none of them, only these traits.
//!
//! Left out: which trials are run and when (`strategy`, `study`), and what follows from their rows
//! (`state`).

pub(crate) mod energy;
pub(crate) mod plan;
pub(crate) mod step_cost;

use crate::remark::Remark;
use crate::trial::energy::EnergyError;
use crate::trial::step_cost::StepMeasurement;
use serde::{Deserialize, Serialize};

/// Seeds of trials are below this value. The seed function of every language accepts such a number.
pub const SEED_RANGE: u64 = 1 << 31;

/// What a trial is asked to train.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// The effective batch size, at least 1.
    pub batch_size: u64,
    /// The constant learning rate, positive and finite.
    pub learning_rate: f64,
    /// Determines the initial weights, the order of the samples, and dropout. Trials with the same
    /// seed are paired: they start from the same weights.
    pub seed: u64,
    /// The trial ends at the first step at or past this many samples.
    pub max_samples: u64,
    /// The metrics are evaluated after the first step at or past each multiple of this many
    /// samples. It is the same for all sizes.
    pub eval_samples: u64,
}

/// One evaluation within a trial. It has four coordinates, so that a chart can use any of them as
/// its x-axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
    /// Parameter updates so far.
    pub step: u64,
    /// Epochs so far: samples divided by the samples of the training split, where those are known.
    pub epoch: Option<f64>,
    /// Training samples used so far.
    pub samples: u64,
    /// Training seconds so far, without evaluation. For a command: by its own clock if it prints
    /// one, else since its start. For a test bed: virtual.
    pub seconds: f64,
    /// Validation loss. It is not finite if the run diverged, and absent if it was not measured.
    pub val_loss: Option<f64>,
    /// Share of the validation samples that were predicted correctly, in 0..=1. Absent for
    /// regression.
    pub val_accuracy: Option<f64>,
    /// A metric of the workload itself that is neither of the two, for example `val_f1` of a
    /// command.
    pub own: Option<f64>,
}

impl TrialRow {
    /// The value of a metric by its name; `None` if the row does not have it.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "val_loss" => self.val_loss,
            "val_accuracy" => self.val_accuracy,
            _ => self.own,
        }
    }

    /// Whether one of its metrics is not finite.
    pub fn diverged(&self) -> bool {
        [self.val_loss, self.val_accuracy, self.own].iter().flatten().any(|value| !value.is_finite())
    }
}

/// Why a trial could not be started or continued. This is a result of that trial: the study
/// continues.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum TrialError {
    /// The batch size does not fit into memory.
    #[error("batch size {batch_size} does not fit: {reason}")]
    DoesNotFit {
        /// The size that was tried.
        batch_size: u64,
        /// The reason, as measured or reported.
        reason: String,
    },
    /// The study or its user ended the trial before it was complete.
    #[error("stopped when the study ended")]
    Interrupted,
    /// Any other failure, with the message of the workload.
    #[error("trial failed: {0}")]
    Failed(String),
}

/// A running trial. Dropping it stops it.
pub trait Trial {
    /// Trains until the next evaluation and returns its row. For a command: until its next report,
    /// which need not contain a metric. `None`: the budget of samples is used up, or the run has
    /// diverged (then the loss of the last row is not finite).
    ///
    /// # Errors
    /// See [`TrialError`]. After an error the trial is over.
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError>;

    /// Whether the trial uses no resources between two calls of [`next_row`](Trial::next_row).
    fn can_pause(&self) -> bool;
}

/// What a study trains. It starts trials of any batch size, and it measures step times.
pub trait Workload: Sync {
    /// Samples in the training split (`N`), at least 1. A command need not report them. Then epochs
    /// are unknown, and no two sizes are known to be the same training.
    fn samples(&self) -> Option<u64>;

    /// Tokens of a sample, where samples are windows of a text.
    fn tokens_per_sample(&self) -> Option<u64> {
        None
    }

    /// Starts one trial.
    ///
    /// # Errors
    /// [`TrialError::DoesNotFit`] or [`TrialError::Failed`].
    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError>;

    /// Measures steps of a batch size while nothing else runs. Takes about `seconds` of wall-clock
    /// time (a test bed answers at once).
    ///
    /// # Errors
    /// As [`Workload::start`].
    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError>;

    /// Whether a trial that ran alone has shown a step time of this size, which [`Workload::measure_steps`]
    /// then tells at no cost, once.
    fn has_step_time(&self, _batch_size: u64) -> bool {
        false
    }

    /// Seconds that every trial costs in addition to its training, as far as known: the start-up
    /// time of a command.
    fn start_up_seconds(&self) -> f64 {
        0.0
    }

    /// Seconds from the start of a trial to its first evaluation, where the workload itself decides when
    /// it evaluates, as far as known: the most of all trials so far.
    fn look_seconds(&self) -> Option<f64> {
        None
    }

    /// Bytes that training at this batch size needs, if known without running it.
    fn memory_bytes(&self, batch_size: u64) -> Option<u64>;

    /// Bytes that a training at this batch size was seen to hold on graphics cards.
    fn card_memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    /// Samples of one forward/backward pass at this batch size, if the batch is divided into
    /// micro-batches. The gradient is then the same, but the steps take longer.
    fn micro_batch_size(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    /// A learning rate at which the search at this batch size can begin.
    fn starting_learning_rate(&self, batch_size: u64) -> f64;

    /// Metrics that its rows contain, e.g. `["val_loss", "val_accuracy"]`. The target must be one
    /// of them.
    fn metrics(&self) -> Vec<String>;

    /// What a reader of the result should know about how this workload trains and reports. Called
    /// at the end of the study.
    fn remarks(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// What the workload has learnt from its trials and measurements, as a text that
    /// [`Workload::remember`] reads. A workload whose answers depend on the request alone has nothing to
    /// remember.
    fn memory(&self) -> Option<String> {
        None
    }

    /// Takes over what a workload with the same settings had learnt in another process, in the place
    /// of what this one has.
    ///
    /// # Errors
    /// Why the text cannot be read. Nothing is taken over then.
    fn remember(&self, _memory: &str) -> Result<(), String> {
        Ok(())
    }

    /// Whether [`Workload::measure_steps`] measures power. A study with the objective energy needs it.
    ///
    /// # Errors
    /// The reason why it does not.
    fn measures_energy(&self) -> Result<(), EnergyError> {
        Err(EnergyError::NotMeasured)
    }
}
