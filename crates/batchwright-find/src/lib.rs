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
//! assert_eq!(result.verdict.kind, VerdictKind::Best);
//! let choice = result.recommended.unwrap();
//! assert_eq!((choice.batch_size, choice.tied_with), (256, vec![]));
//! assert!(choice.expected_regret < config.margin);
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
//! evidence    which trials count for a size         no_answer   why nothing is recommended
//! verdict     from what is known to the answer      study   the answer's shape, as printed and stored
//! remark      what is odd, what is open             observer    what is told meanwhile
//! energy      the machine's energy counters         pacing      what is measured beside a step's time
//! step_time_model  t(B) = alpha + beta max(B, flat) cliff       sizes whose steps take many times too long
//! frontier    time against samples                  predicted_best  from the law and the step-time model
//! past        going on from an earlier study         revalidate     whether an earlier answer still holds
//! command/    any training command, in any language: a child process
//! fit         the largest micro-batch that runs     memory_model    how memory grows with it
//! fit_among   the largest of a range or a list
//! testkit     example values for tests, with the feature of this name
//! ```

#![forbid(unsafe_code)]

mod ask;
pub mod beds;
mod fit;
mod models;
mod network;
mod remark;
mod result;
mod state;
pub mod statistics;
mod strategy;
mod study;
#[cfg(feature = "testkit")]
pub mod testkit;
mod trial;
mod verdict;

pub use crate::ask::error::FindError;
pub use crate::ask::rates::Rates;
pub use crate::ask::sizes::BatchSizes;
pub use crate::ask::target::TargetSpec;
pub use crate::ask::{CheckedConfig, StudyConfig};
pub use crate::fit::among::largest_among;
pub use crate::fit::largest_that_runs;
pub use crate::fit::record::{
    FitAnswer, FitEnd, FitSearch, FitSubject, ProbeLength, ProbeOutcome, ProbeRecord, Ran, RunEvidence,
};
pub use crate::models::frontier::{frontier, time_against_samples};
pub use crate::models::law::fit_law;
pub use crate::models::memory::{MemoryModel, MemoryModelError};
pub use crate::models::step_time::fit_step_time;
pub use crate::network::Network;
pub use crate::remark::{OpenPoint, Remark};
pub use crate::result::cost::Cost;
pub use crate::result::no_answer::{NearestTrial, NoAnswer};
pub use crate::result::objective::{Direction, Objective, Target};
pub use crate::result::reuse::{Change, Continued, Reused, Revalidation, RunCheck, StepTimeCheck};
pub use crate::result::trial_record::{
    Outlook, Passed, StudyScale, Trace, TrialEnd, TrialPosition, TrialRecord,
};
pub use crate::result::{
    AutomaticGoal, Estimate, FitRange, Interval, Law, PredictedBest, RateChoice, Recommendation,
    STUDY_VERSION, Sensitivity, SizeResult, StepTimeModel, StudyResult, StudyVerdict, VerdictKind,
};
pub use crate::state::StudyState;
pub use crate::state::outcome::{TrialCurve, TrialOutcome};
pub use crate::state::scores::Score;
pub use crate::state::size_facts::SizeFacts;
pub use crate::statistics::median::median_with_interval;
pub use crate::strategy::grid::Grid;
pub use crate::strategy::kind::StrategyKind;
pub use crate::strategy::race::Race;
pub use crate::strategy::{Proposal, Strategy};
pub use crate::study::earlier::EarlierStudy;
pub use crate::study::observer::{Stage, StudyEvent, StudyObserver};
pub use crate::study::revalidate::revalidate;
pub use crate::study::{run_study, run_study_with};
pub use crate::trial::energy::{EnergyCounters, EnergyError, EnergyReading, POWERCAP};
pub use crate::trial::plan::{Patience, Phase, TrialPlan, Why};
pub use crate::trial::step_cost::{Power, StepEnergy, StepMeasurement, StepTime};
pub use crate::trial::{SEED_RANGE, Trial, TrialError, TrialRequest, TrialRow, Workload};
pub use crate::verdict::judgement::{Judgement, SizeJudgement};
