//! What a study found, in the shape that is printed as JSON, stored and drawn.
//!
//! - this file: [`StudyResult`] and its parts
//! - `objective`: the objective and the target
//! - `trial_record`: one trial as it is stored
//! - `cost`: trials, steps and seconds
//! - `no_answer`: why nothing can be recommended
//! - `reuse`: what a study takes over from an earlier one
//! - `surface`: what its law expects of every size and rate
//!
//! Only the shape is here. How the numbers are computed is in `statistics`, `models` and `verdict`.
//! A field that was not measured is absent. The median of censored runs and the open end of an
//! interval are `null`.

pub(crate) mod cost;
pub(crate) mod no_answer;
pub(crate) mod objective;
pub(crate) mod reuse;
pub(crate) mod surface;
pub(crate) mod trial_record;

use crate::remark::{OpenPoint, Remark};
use crate::result::cost::Cost;
use crate::result::objective::{Objective, Target};
use crate::result::reuse::{Continued, Reused};
use crate::result::surface::LawSurface;
use crate::result::trial_record::{StudyScale, TrialRecord};
use crate::trial::step_cost::{StepEnergy, StepTime};
use serde::{Deserialize, Serialize};

/// Version of the JSON that [`StudyResult`] serialises to.
pub const STUDY_VERSION: u32 = 1;

/// A number with its 95% interval over seeds. `median` is null if half of the runs or more are
/// censored (then `low` is a lower bound of it). An open end is null.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Median over runs.
    pub median: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Runs that missed the target within their budget. They count as "more than" and are never
    /// dropped.
    pub censored: u64,
}

impl Estimate {
    /// The same estimate in another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        let times = |value: Option<f64>| value.map(|value| value * factor);
        Self { median: times(self.median), low: times(self.low), high: times(self.high), ..self }
    }
}

/// The learning rate of one batch size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateChoice {
    /// Best learning rate found; null if none reached the target.
    pub best: Option<f64>,
    /// Whether the best rate lies inside the range of tried rates: on both sides of it there is a
    /// tried rate that trained worse. A crash does not count.
    pub tuned: bool,
}

/// One batch size of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeResult {
    /// The effective batch size.
    pub batch_size: u64,
    /// Whether it ran; absent if it was not tried.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fits: Option<bool>,
    /// Bytes that training at this size needs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_bytes: Option<u64>,
    /// Bytes that a training command at this size was seen to hold on graphics cards. Absent where no
    /// driver tells, or no card was used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_memory_bytes: Option<u64>,
    /// Samples of one forward/backward pass, if the whole batch does not fit into memory; absent if
    /// the batch is not divided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub micro_batch_size: Option<u64>,
    /// Step time, measured while nothing else runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_seconds: Option<StepTime>,
    /// Share of the step time that is spent on gathering the batch, in 0..=1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input_share: Option<f64>,
    /// Energy of a step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub energy_per_step_joules: Option<StepEnergy>,
    /// The retuned learning rate.
    pub learning_rate: RateChoice,
    /// Trials at this size, over all rates and seeds.
    pub runs: u64,
    /// Steps to the target at the best rate, over the seeds that were not used to choose it; over
    /// all runs if every rate missed the target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps_to_target: Option<Estimate>,
    /// The same in training samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub samples_to_target: Option<Estimate>,
    /// Steps times step time, with both uncertainties.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds_to_target: Option<Estimate>,
    /// The same in money, if a price is known: seconds times price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub money_to_target: Option<Estimate>,
    /// Steps times the energy of a step, with both uncertainties.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joules_to_target: Option<Estimate>,
    /// Best validation metric within the samples, for the objective quality.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality: Option<Estimate>,
    /// Probability that this size is the best one under the objective.
    pub p_best: f64,
}

/// A value with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Point estimate.
    pub value: f64,
    /// Lower end of the 95% interval.
    pub low: Option<f64>,
    /// Upper end of the 95% interval.
    pub high: Option<f64>,
}

/// The fitted law S(B) = `s_min` (1 + `critical_batch_size` / B).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Law {
    /// Steps that even a very large batch needs.
    pub s_min: f64,
    /// The critical batch size.
    pub critical_batch_size: Interval,
    /// Largest |log(measured / law)| over the sizes: the error of the law.
    pub worst_log_residual: f64,
}

/// The fitted step time t(B) = `alpha` + `beta` max(B, `flat`), in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepTimeModel {
    /// Seconds that every step costs, whatever its size.
    pub alpha: f64,
    /// Seconds per sample.
    pub beta: f64,
    /// Up to this size a step takes as long as at this size; 0 if there is no such part.
    pub flat: f64,
    /// Largest |log(measured / model)| over the sizes: the error of the model.
    pub worst_log_residual: f64,
}

impl StepTimeModel {
    /// Seconds of a step of this many samples.
    pub fn seconds(&self, batch_size: f64) -> f64 {
        self.alpha + self.beta * batch_size.max(self.flat)
    }
}

/// The fastest size that the law and the step-time model predict together, within the range of
/// sizes that ran.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictedBest {
    /// The size. It need not be one of those that ran.
    pub batch_size: u64,
    /// Predicted time to the target at this size.
    pub seconds: f64,
}

/// Which sizes fit into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitRange {
    /// Largest size that ran.
    pub largest_that_fits: Option<u64>,
    /// Smallest size that did not run.
    pub smallest_that_failed: Option<u64>,
}

/// The kind of answer that a study gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// One size is best; the others are worse by more than the margin.
    Best,
    /// Several sizes are equally good within the margin.
    Tie,
    /// The budget ended before the expected regret of the recommendation was within the margin.
    Undecided,
    /// No size reached the target.
    Unreachable,
}

/// The answer in one word, and what keeps it open. The numbers that decide are in the rest of the
/// result; the sentence about them is made in `batchwright-view`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyVerdict {
    /// The kind of answer.
    pub kind: VerdictKind,
    /// What prevents the recommendation from being final. Absent if nothing does, or if nothing is
    /// recommended.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub open: Vec<OpenPoint>,
}

/// The recommendation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The batch size: the smallest of a tie.
    pub batch_size: u64,
    /// Its retuned learning rate.
    pub learning_rate: f64,
    /// Expected regret of this choice against the best one, as a share (0.05 = 5%).
    pub expected_regret: f64,
    /// The other sizes within the margin, ascending.
    pub tied_with: Vec<u64>,
}

/// The values behind an automatic goal: it is `best + share * fall`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AutomaticGoal {
    /// Best loss of the pilot.
    pub best: f64,
    /// Decrease of the pilot's loss, at least 0.
    pub fall: f64,
    /// The share that is used.
    pub share: f64,
}

/// The recommendation for an easier or a harder target (only for `auto`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Share of the pilot's decrease in loss by which the goal lies above the pilot's best loss
    /// (0.05, 0.20).
    pub share: f64,
    /// The goal at this share.
    pub goal: f64,
    /// The size that would be recommended; null if no size reached this goal.
    pub recommended: Option<u64>,
    /// The sizes tied with it.
    pub tied_with: Vec<u64>,
}

/// Everything a study found. Serialises to the stable JSON of `find --json`, which has
/// `verdict.reason` beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// [`STUDY_VERSION`].
    pub version: u32,
    /// Name of the study.
    pub study: String,
    /// What "best" means.
    pub objective: Objective,
    /// The target; absent for the objective quality.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// Training samples; absent where they are not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub samples: Option<u64>,
    /// For the objective quality: seconds that each trial trained; absent where all trained the same samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub within_seconds: Option<f64>,
    /// Tokens of a sample; absent where samples are no windows of a text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tokens_per_sample: Option<u64>,
    /// Margin: sizes are tied if their expected regret is within it (0.1).
    pub margin: f64,
    /// Price of an hour of the machine, in any currency; absent if none was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price_per_hour: Option<f64>,
    /// One entry per size, ascending.
    pub sizes: Vec<SizeResult>,
    /// The law; absent with fewer than three measured sizes, or if their steps do not determine its
    /// bend.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub law: Option<Law>,
    /// The model of the step time; absent with fewer than three measured sizes, or if its error is
    /// above 15% at one of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_time_model: Option<StepTimeModel>,
    /// The prediction of the law and the step-time model; absent if one of them is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub predicted_best: Option<PredictedBest>,
    /// Sizes on the frontier of time against samples to the target, ascending; absent if neither
    /// was measured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub frontier: Vec<u64>,
    /// Which sizes fit into memory.
    pub fit: FitRange,
    /// The smallest set of sizes whose `p_best` sum to 0.9, ascending.
    pub best_set: Vec<u64>,
    /// The answer.
    pub verdict: StudyVerdict,
    /// The recommendation; null if nothing can be recommended.
    pub recommended: Option<Recommendation>,
    /// The cost of the study.
    pub cost: Cost,
    /// What the budget did not reach, and other unusual observations.
    pub remarks: Vec<Remark>,
    /// The recommendation for other targets.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sensitivity: Vec<Sensitivity>,
    /// All trials, round by round; within a round in the order of the requests.
    pub trials: Vec<TrialRecord>,
    /// Whether rates, steps and probabilities of a size were estimated from the trials of all sizes
    /// together, by a law. If false, each size was judged from its own trials.
    #[serde(default)]
    pub judged_together: bool,
    /// What that law expects of every size and rate. Absent without such a law, and in results that were
    /// stored by older versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub surface: Option<LawSurface>,
    /// The limits and the evaluation interval of its trials. Absent in results that were stored by
    /// older versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scale: Option<StudyScale>,
    /// The values behind an automatic target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub automatic_goal: Option<AutomaticGoal>,
    /// The earlier study whose answer this is, if that answer was checked instead of found again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reused: Option<Reused>,
    /// The earlier study whose trials are used here too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub continued: Option<Continued>,
    /// Whether its user ended it before it had run all that it wanted to.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub interrupted: bool,
    /// Path of the report; absent when none was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<String>,
}

impl StudyResult {
    /// The total cost: of this study, and of the studies whose trials it took over or whose answer
    /// it repeats.
    pub fn cost_in_all(&self) -> Cost {
        let continued = self.continued.as_ref().map(|continued| continued.cost_in_all);
        let reused = self.reused.as_ref().map(|reused| reused.cost_before.plus(self.cost));
        reused.or(continued).unwrap_or(self.cost)
    }
}
