//! The experiment that decides the batch size.
//!
//! A study trains one workload at several batch sizes, retunes the learning rate at each, counts the steps that each needs to a target on fresh
//! seeds, measures the time of a step alone, and answers with a size, its rate, its expected regret, and the sizes that are as good.
//!
//! **Not for:** tuning anything but batch size and rate; training a model to keep; remembering or showing results (see `batchwright-store`,
//! `batchwright-view`).
//!
//! ```
//! use batchwright_find::beds::Quadratic;
//! use batchwright_find::{BatchSizes, Rates, StudyConfig, TargetSpec, VerdictKind, run_study};
//!
//! let config = StudyConfig {
//!     sizes: BatchSizes::parse("64,128,256,512,1024")?,
//!     rates: Rates::parse("0.05..2")?,
//!     target: TargetSpec::parse("val_loss<0.01")?,
//!     ..StudyConfig::default()
//! };
//! let result = run_study(&Quadratic::default(), &config, &mut ())?;
//! assert_eq!(result.recommended.unwrap().batch_size, 256);
//! assert!(result.verdict.reason.starts_with("Batch size 256 reaches val_loss < 0.01 in"));
//! # Ok::<(), batchwright_find::FindError>(())
//! ```
//!
//! # Files
//!
//! ```text
//! trial       what is trained: Workload and Trial, the seam to networks, commands and beds
//! beds/       workloads with a known answer         in_process  our own networks
//! sizes, rates, target, config      what a user asks for, checked
//! outcome     one trial, from its start to what it says about goals
//! known       all that is known at a moment; scores of rates
//! strategy    the seam: what to try next            grid    sizes x rates x seeds
//! race/       the run that is worth most            judgement   the answer of a strategy that shares information
//! trend       where an unfinished curve is heading  widening    sizes beyond the ends of a range
//! pilot       the scale of things                   run     the rounds, the threads, the clock
//! statistics  medians, intervals, p_best, regret    law     S(B) = S_min (1 + B_c / B)
//! evidence    which trials count for a size         words   numbers in a sentence
//! verdict     from what is known to the answer      study   the answer's shape, as printed and stored
//! remark      what is odd, what is open             observer    what is told meanwhile
//! energy      the machine's energy counters         pacing      what is measured beside a step's time
//! step_time_model  t(B) = alpha + beta max(B, flat) cliff       sizes whose steps take many times too long
//! frontier    time against samples                  predicted_best  from the law and the step-time model
//! past        going on from an earlier study         recheck     whether an earlier answer still holds
//! command/    any training command, in any language: a child process
//! fit         the largest micro-batch that runs     memory_model    how memory grows with it
//! fit_among   the largest of a range or a list
//! ```

pub mod beds;
mod cliff;
pub mod command;
mod config;
mod energy;
mod error;
mod evidence;
mod fit;
mod fit_among;
mod frontier;
mod grid;
mod in_process;
mod judgement;
mod known;
mod law;
mod memory_model;
mod observer;
mod outcome;
mod pacing;
mod past;
mod pilot;
mod predicted_best;
mod race;
mod rates;
mod recheck;
mod remark;
mod run;
mod sizes;
pub mod statistics;
mod step_time_model;
mod strategy;
mod study;
mod target;
mod trend;
mod trial;
mod verdict;
mod widening;
mod words;

pub use config::{CheckedConfig, StudyConfig};
pub use energy::{EnergyCounters, EnergyError, EnergyReading, POWERCAP};
pub use error::FindError;
pub use fit::{
    FitAnswer, FitEnd, FitSearch, FitSubject, ProbeLength, ProbeOutcome, ProbeRecord, Ran, RunEvidence,
    largest_that_runs,
};
pub use fit_among::largest_among;
pub use frontier::{frontier, time_against_samples};
pub use grid::Grid;
pub use in_process::Network;
pub use judgement::{Judgement, SizeJudgement};
pub use known::{Known, Scale, Score, SizeFacts};
pub use law::fit_law;
pub use memory_model::{MemoryModel, MemoryModelError};
pub use observer::{Stage, StudyEvent, StudyObserver};
pub use outcome::{Curve, Outcome, Position};
pub use past::{Continued, Passed, Past, Trace};
pub use race::Race;
pub use rates::Rates;
pub use recheck::{Change, Recheck, Reused, RunCheck, StepTimeCheck, recheck};
pub use remark::{OpenPoint, Remark};
pub use run::{run_study, run_study_from, run_study_with};
pub use sizes::BatchSizes;
pub use step_time_model::fit_step_time;
pub use strategy::{Patience, Step, Strategy, StrategyKind, TrialPlan, Why};
pub use study::*;
pub use target::TargetSpec;
pub use trend::Outlook;
pub use trial::{Pace, Power, StepEnergy, StepTime, Trial, TrialError, TrialRequest, TrialRow, Workload};
