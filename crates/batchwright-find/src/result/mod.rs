//! What a study found, in the shape that is printed as JSON, stored and drawn.
//!
//! Only the shape: how the numbers come about is in `statistics`, `law` and `verdict`. Fields of what was not measured are absent;
//! a median of censored runs and the open end of an interval are `null`.

pub(crate) mod cost;
pub(crate) mod no_answer;
pub(crate) mod objective;
pub(crate) mod reuse;
pub(crate) mod trial_record;

use crate::remark::{OpenPoint, Remark};
use crate::result::cost::Cost;
use crate::result::objective::{Objective, Target};
use crate::result::reuse::{Continued, Reused};
use crate::result::trial_record::{StudyScale, TrialRecord};
use crate::trial::step_cost::{StepEnergy, StepTime};
use serde::{Deserialize, Serialize};

/// Version of the JSON that [`StudyResult`] serialises to.
pub const STUDY_VERSION: u32 = 1;

/// A number with its 95% interval over seeds; `median` is null when half the runs or more are censored (`low` then bounds it), an open end is null.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Median over runs.
    pub median: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Runs that missed the target within their budget (counted as "more than", never dropped).
    pub censored: u64,
}

impl Estimate {
    /// The same in another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        let times = |value: Option<f64>| value.map(|value| value * factor);
        Self { median: times(self.median), low: times(self.low), high: times(self.high), ..self }
    }
}

/// The learning rate of one batch size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateChoice {
    /// Best rate found; null when none reached the target.
    pub best: Option<f64>,
    /// Whether the best lies inside the grid of rates that were tried, with ones on both sides that trained worse (a crash is no evidence).
    pub tuned: bool,
}

/// One batch size of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeResult {
    /// The effective batch size.
    pub batch_size: u64,
    /// Whether it ran; absent when not tried.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fits: Option<bool>,
    /// Bytes that training at it needs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_bytes: Option<u64>,
    /// Samples of its forward/backward passes, where it does not fit as a whole; absent where the batch is not divided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub micro_batch_size: Option<u64>,
    /// Step time, measured alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_seconds: Option<StepTime>,
    /// Share of the step time that goes into gathering the batch, in 0..=1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input_share: Option<f64>,
    /// Energy of a step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub energy_per_step_joules: Option<StepEnergy>,
    /// The retuned learning rate.
    pub learning_rate: RateChoice,
    /// Trials at this size, all rates and seeds.
    pub runs: u64,
    /// Steps to the target at the best rate, over the seeds that did not choose it; over all runs where every rate missed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub steps_to_target: Option<Estimate>,
    /// The same in training samples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub samples_to_target: Option<Estimate>,
    /// Steps times step time, with both uncertainties.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds_to_target: Option<Estimate>,
    /// The same in money, where a price is known: seconds times price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub money_to_target: Option<Estimate>,
    /// Steps times the energy of a step, with both uncertainties.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joules_to_target: Option<Estimate>,
    /// Best validation metric within the samples, for the objective quality.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality: Option<Estimate>,
    /// Probability of being the best size under the objective.
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
    /// Steps that even a huge batch needs.
    pub s_min: f64,
    /// The critical batch size.
    pub critical_batch_size: Interval,
    /// Largest |log(measured / law)| over the sizes: how badly the law fits.
    pub worst_log_residual: f64,
}

/// The fitted step time t(B) = `alpha` + `beta` max(B, `flat`), in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepTimeModel {
    /// Seconds that every step costs.
    pub alpha: f64,
    /// Seconds of a sample.
    pub beta: f64,
    /// Up to this size a step takes as long as at it; 0 where no such part shows.
    pub flat: f64,
    /// Largest |log(measured / model)| over the sizes: how badly the model fits.
    pub worst_log_residual: f64,
}

impl StepTimeModel {
    /// Seconds of a step of this many samples.
    pub fn seconds(&self, batch_size: f64) -> f64 {
        self.alpha + self.beta * batch_size.max(self.flat)
    }
}

/// The fastest size that the law and the step-time model predict together, within the sizes that ran.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictedBest {
    /// The size, which need not be one of those that ran.
    pub batch_size: u64,
    /// Predicted time to the target at it.
    pub seconds: f64,
}

/// What was learnt about memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitRange {
    /// Largest size that ran.
    pub largest_that_fits: Option<u64>,
    /// Smallest size that did not.
    pub smallest_that_failed: Option<u64>,
}

/// What kind of answer a study gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// One size is best, the others are worse by more than the margin.
    Best,
    /// Several sizes are equally good within the margin.
    Tie,
    /// The budget ended before the recommendation's expected regret fell to the margin.
    Undecided,
    /// No size reached the target.
    Unreachable,
}

/// The answer in one word, and what keeps it open. The numbers that decide are in the rest of the result;
/// the sentence about them is made in `batchwright-view`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyVerdict {
    /// Kind of answer.
    pub kind: VerdictKind,
    /// What keeps a recommendation from being final; absent where nothing does, or nothing is recommended.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub open: Vec<OpenPoint>,
}

/// What to use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The batch size: the smallest of a tie.
    pub batch_size: u64,
    /// Its retuned learning rate.
    pub learning_rate: f64,
    /// Expected regret of this choice against the best, as a share (0.05 = 5%).
    pub expected_regret: f64,
    /// The other sizes within the margin, ascending.
    pub tied_with: Vec<u64>,
}

/// What an automatic goal stands on: it is `best + share * fall`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AutomaticGoal {
    /// Best loss of the pilot.
    pub best: f64,
    /// How far the pilot's loss fell, at least 0.
    pub fall: f64,
    /// The share in force.
    pub share: f64,
}

/// How the verdict would move with an easier or harder target (only for `auto`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Share of the pilot's fall that separates the goal from the pilot's best loss (0.05, 0.20).
    pub share: f64,
    /// The goal at this share.
    pub goal: f64,
    /// The size that would be recommended; null when no size reached it.
    pub recommended: Option<u64>,
    /// The sizes tied with it.
    pub tied_with: Vec<u64>,
}

/// Everything a study found. Serialises to the stable JSON of `find --json`, which has `verdict.reason` beside it.
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
    /// Margin on the expected regret within which sizes are tied (0.05).
    pub margin: f64,
    /// Price of an hour of the machine, in any currency; absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price_per_hour: Option<f64>,
    /// One entry a size, ascending.
    pub sizes: Vec<SizeResult>,
    /// The law; absent with fewer than three measured sizes, or where they say nothing of its bend.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub law: Option<Law>,
    /// The model of the step time; absent with fewer than three measured sizes, or where it is off by more than 15% at one of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_time_model: Option<StepTimeModel>,
    /// What law and step-time model predict; absent where one of them is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub predicted_best: Option<PredictedBest>,
    /// Sizes on the frontier of time against samples to the target, ascending; absent where neither was measured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub frontier: Vec<u64>,
    /// Memory.
    pub fit: FitRange,
    /// Smallest set of sizes whose `p_best` sum to 0.9, ascending.
    pub best_set: Vec<u64>,
    /// The answer.
    pub verdict: StudyVerdict,
    /// What to use; null where nothing can be recommended.
    pub recommended: Option<Recommendation>,
    /// What it cost.
    pub cost: Cost,
    /// What the budget did not reach, and what else is odd.
    pub remarks: Vec<Remark>,
    /// How the verdict would move with another target.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sensitivity: Vec<Sensitivity>,
    /// All trials, round by round, within a round in the order they were asked for.
    pub trials: Vec<TrialRecord>,
    /// Whether rates, steps and probabilities of a size were judged from the trials of all sizes together, by a law; else from its own.
    #[serde(default)]
    pub judged_together: bool,
    /// The scale of things by which its trials were run; absent in results that were stored before it was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scale: Option<StudyScale>,
    /// What an automatic target stands on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub automatic_goal: Option<AutomaticGoal>,
    /// The earlier study whose answer this is, where it was checked instead of found again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reused: Option<Reused>,
    /// The earlier study whose trials count here too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub continued: Option<Continued>,
    /// Path of the report; absent when none was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<String>,
}

impl StudyResult {
    /// What it cost together with the studies whose trials it took over, or whose answer it gives again.
    pub fn cost_in_all(&self) -> Cost {
        let continued = self.continued.as_ref().map(|continued| continued.cost_in_all);
        let reused = self.reused.as_ref().map(|reused| reused.cost_before.plus(self.cost));
        reused.or(continued).unwrap_or(self.cost)
    }
}
