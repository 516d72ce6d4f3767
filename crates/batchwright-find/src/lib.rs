//! The experiment that decides the batch size.
//!
//! A study trains one workload at several batch sizes. At each size it searches for the best
//! learning rate, counts the steps to a target on fresh seeds, and measures the time of a step
//! while nothing else runs. It answers with a batch size, its learning rate, the expected regret of
//! this choice, and the sizes that are equally good.
//!
//! **Not for:** tuning anything but batch size and learning rate; training a model to keep; storing
//! or showing results (see `batchwright-store`, `batchwright-view`); running a training command
//! (see `batchwright-command`).
//!
//! ```
//! use batchwright_find::beds::Quadratic;
//! use batchwright_find::{BatchSizes, Rates, StudyConfig, TargetSpec, VerdictKind, run_study};
//!
//! let config = StudyConfig {
//!     sizes: BatchSizes::parse("64,256,1024")?,
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
//! From bottom to top: a folder uses only folders above it in this list. Each folder's `mod.rs`
//! says what is in it.
//!
//! ```text
//! remark       unusual observations and open points of a study
//! trial/       one training run: Workload and Trial, the interface to networks, commands and test beds
//! result/      what a study found, as it is printed and stored
//! ask/         the settings of a study, checked: sizes, rates, target
//! statistics/  medians with intervals, the probability of being best, regret
//! models/      fitted curves: steps, step time and memory against the batch size
//! state/       what a study knows at one moment: step times, trials, scores of rates
//! verdict/     from the state to the answer
//! strategy/    what to try next
//!   grid       sizes x rates x seeds
//!   race/      always the run that is worth most for its cost
//! study/       runs a study: step times, pilot, rounds of trials, earlier and interrupted studies
//!
//! beside them:
//! fit/         the largest micro-batch that runs
//! network/     our own networks as a workload
//! beds/        workloads whose best batch size is known
//! testkit      example values for tests, with the feature of this name
//! ```

#![forbid(unsafe_code)]

mod ask;
pub mod beds;
mod fit;
mod json;
mod models;
mod network;
mod remark;
mod result;
mod state;
pub mod statistics;
mod strategy;
mod study;
mod suspicion;
#[cfg(feature = "testkit")]
pub mod testkit;
mod trial;
mod verdict;

pub use crate::ask::error::FindError;
pub use crate::ask::problem::{AcceptedRange, JournalProblem, RatesProblem, SizesProblem, TargetProblem};
pub use crate::ask::rates::Rates;
pub use crate::ask::sizes::BatchSizes;
pub use crate::ask::target::TargetSpec;
pub use crate::ask::{CheckedConfig, StudyConfig};
pub use crate::fit::among::largest_among;
pub use crate::fit::largest_that_runs;
pub use crate::fit::record::{
    FitAnswer, FitEnd, FitSearch, FitSubject, ProbeLength, ProbeOutcome, ProbeRecord, Ran, RunEvidence,
};
pub use crate::json::read::from_json;
pub use crate::json::write::to_json;
pub use crate::models::frontier::{frontier, time_against_samples};
pub use crate::models::memory::{MemoryModel, MemoryModelError};
pub use crate::models::step_time::fit_step_time;
pub use crate::models::steps_law::fit_law;
pub use crate::network::Network;
pub use crate::remark::{OpenPoint, Remark};
pub use crate::result::cost::Cost;
pub use crate::result::no_answer::{NearestTrial, NoAnswer};
pub use crate::result::objective::{Direction, Objective, Target};
pub use crate::result::reuse::{Change, Continued, Reused, Revalidation, RunCheck, StepTimeCheck};
pub use crate::result::surface::{LawSurface, SurfaceRow};
pub use crate::result::trial_record::{Passed, StudyScale, Trace, TrialEnd, TrialPosition, TrialRecord};
pub use crate::result::{
    AutomaticGoal, Estimate, FitRange, Interval, Law, PredictedBest, RateChoice, Recommendation,
    STUDY_VERSION, Sensitivity, SizeResult, StepTimeModel, StudyResult, StudyVerdict, VerdictKind,
};
pub use crate::state::StudyState;
pub use crate::state::outcome::{TrialCurve, TrialOutcome};
pub use crate::state::scores::Score;
pub use crate::state::size_facts::SizeFacts;
pub use crate::statistics::median::{median_with_interval, upper_median};
pub use crate::strategy::grid::Grid;
pub use crate::strategy::kind::StrategyKind;
pub use crate::strategy::race::Race;
pub use crate::strategy::{Proposal, Strategy};
pub use crate::study::earlier::EarlierStudy;
pub use crate::study::journal::{JOURNAL_VERSION, Journal, JournalEntry, Moment};
pub use crate::study::observer::{Stage, StudyEvent, StudyObserver};
pub use crate::study::revalidate::revalidate;
pub use crate::study::{RUNS_OF_A_STUDY, resume_study, run_study, run_study_with};
pub use crate::suspicion::{EpochCause, SameAtSizes, Suspicion};
pub use crate::trial::energy::{EnergyCounters, EnergyError, EnergyReading, POWERCAP};
pub use crate::trial::plan::{Phase, TrialPlan, Why};
pub use crate::trial::step_cost::{Power, StepEnergy, StepMeasurement, StepTime};
pub use crate::trial::{SEED_RANGE, Trial, TrialError, TrialRequest, TrialRow, Workload};
pub use crate::verdict::judgement::{Judgement, SizeJudgement};
