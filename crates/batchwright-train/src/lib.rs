//! One training run: how long, in which order, at which rate, when to stop, and what its learning
//! curve shows.
//!
//! The ledger is in samples; steps and epochs are derived from it by the functions that the loop
//! itself calls ([`Batching`]). A run tells an [`Observer`] what happens and does not know whether
//! anything is shown or remembered. Not here: the network (`batchwright-nn`), comparing batch sizes
//! (`batchwright-find`).
//!
//! An MLP on a slice of numbers:
//!
//! ```
//! use batchwright_data::{Arrays, sample_shape};
//! use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
//! use batchwright_train::{Duration, MonotonicClock, RunConfig, RunData, Silent, train};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Is x above y? 200 samples of two numbers.
//! let inputs: Vec<f32> = (0..400).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
//! let labels: Vec<u32> = inputs.chunks(2).map(|xy| u32::from(xy[0] > xy[1])).collect();
//! let data = Arrays::classify(&inputs, 2, &labels, 2)?;
//!
//! let config = RunConfig { batch_size: 20, duration: Duration::Epochs(30.0), learning_rate: 0.1, ..RunConfig::default() };
//! let options = EngineOptions { micro_batch: 20, ..EngineOptions::default() };
//! let mut engine = CpuEngineFactory.build(&Model::mlp(&[16]), sample_shape(&data), &options)?;
//! let samples = RunData::same(&data);
//! let outcome = train(engine.as_mut(), samples, &config.check(200)?, &MonotonicClock::default(), &mut Silent)?;
//! assert_eq!(outcome.steps, 300); // 200 samples at batch size 20 are 10 steps per epoch
//! assert!(outcome.test.accuracy > Some(0.95));
//! # Ok(()) }
//! ```
//!
//! Files: `duration` and `plan` (how long, exactly), `schedule` (the learning rate), `config`
//! (settings, raw and checked), `stepper` (one step after the other), `run` (the loop), `verdict`
//! (what the curve shows), `record` (what a run leaves behind), `value_metrics` (errors in the label's
//! unit), `model_file`, `observer`, `clock`,
//! `error`; with the feature `testkit` also `testkit` (example values for tests).

#![forbid(unsafe_code)]

mod checkpoint;
mod clock;
mod codec;
mod config;
mod duration;
mod error;
mod model_file;
mod observer;
mod plan;
mod problem;
mod record;
mod run;
mod saver;
mod schedule;
mod sizes;
mod state;
mod stepper;
#[cfg(feature = "testkit")]
pub mod testkit;
mod time_left;
mod training;
mod value_metrics;
mod verdict;
mod watch;
mod whole_file;

pub use crate::checkpoint::file::{Checkpoint, CheckpointAbout};
pub use crate::checkpoint::folder::{CheckpointFolder, Newest};
pub use crate::checkpoint::writer::{CheckpointPlan, Checkpointer, copies_of_saving};
pub use crate::clock::{Clock, MonotonicClock};
pub use crate::config::{CheckedRun, Goal, RunConfig, RunEnd, default_duration, starting_learning_rate};
pub use crate::duration::Duration;
pub use crate::error::TrainError;
pub use crate::model_file::SavedModel;
pub use crate::observer::{Observer, RunEvent, Silent};
pub use crate::plan::{Batching, OrderPosition, Plan, micro_batch_size};
pub use crate::problem::{CheckpointProblem, ExpectedSetting, ModelFileProblem, TooManySteps};
pub use crate::record::*;
pub use crate::run::{RunData, RunOutcome};
pub use crate::saver::{SavePoint, Saver, Unsaved};
pub use crate::schedule::{Decay, Schedule};
pub use crate::sizes::{SizeChange, SizeSchedule, SizeStage, largest_size};
pub use crate::state::RunState;
pub use crate::stepper::{Evaluator, StepOutcome, Stepper};
pub use crate::time_left::TimeLeft;
pub use crate::training::{train, train_saved};
pub use crate::value_metrics::ValueMetrics;
pub use crate::verdict::evidence::{CurveEvidence, RunVerdictKind, SampleDoubt, Verdict, VerdictCause};
pub use crate::watch::tokens_per_sample;
