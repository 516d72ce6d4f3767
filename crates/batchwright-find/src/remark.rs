//! What is unusual about a study, and what keeps its verdict open, as values.
//!
//! Left out: words for them (`batchwright-view`).

use crate::suspicion::Suspicion;
use serde::{Deserialize, Serialize};

/// Something that a reader of the answer should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remark {
    /// All batch sizes that are at least as large as the data give the same training, so only the
    /// smallest of them was tried.
    LeftOut {
        /// Training samples.
        samples: u64,
        /// The size that stands for all of them.
        same_as: u64,
        /// Sizes that were left out.
        sizes: Vec<u64>,
    },
    /// The race ended with its answer open, because another run would cost more than it could save.
    NotWorthMore {
        /// Trainings that will use the answer.
        reuse: u64,
    },
    /// The program accepts no learning rate. Each size was run at the program's own rate, which
    /// favours the size that this rate suits.
    OneRate,
    /// The program evaluates small and large sizes after different numbers of samples. A noisy
    /// metric that is evaluated more often passes the target earlier.
    UnevenLooks {
        /// Samples between two evaluations, at the size where they are fewest.
        least: u64,
        /// Samples between two evaluations, at the size where they are most.
        largest: u64,
    },
    /// Something in what the program reports is doubtful.
    Suspicious {
        /// What it is.
        of: Suspicion,
    },
    /// A look at the metric takes so long that the budget is soon used up.
    LooksAreDear {
        /// Seconds from a start to the first look.
        look_seconds: f64,
        /// Runs that a study needs at least.
        runs: u64,
        /// Seconds that so many runs of one look each take.
        seconds: f64,
    },
    /// The program reports no seconds, so the arrival times of rows are used. The step times then
    /// include any evaluation between two rows.
    WallClock,
    /// Measuring a step time failed for a reason other than memory.
    StepTimeFailed {
        /// Samples per step.
        batch_size: u64,
        /// The error that the workload reported.
        error: String,
    },
    /// The budget or the user ended the study.
    StoppedEarly,
    /// After an interruption the study asked for other trials than before. Those that it did not ask
    /// for again count as evidence.
    WentOnOtherwise {
        /// Number of these trials.
        trials: u64,
    },
    /// A size outside the range that was asked for.
    RangeExtended {
        /// The size that was added.
        batch_size: u64,
    },
    /// An automatic target was relaxed, so that every size can be judged.
    TargetRelaxed {
        /// The target that was wanted: a share of the pilot's fall in loss, counted above its best
        /// loss, in 0..=1.
        wanted: f64,
        /// The share that became the target.
        share: f64,
    },
    /// These sizes do not fit into memory as a whole. Their gradient is summed over micro-batches,
    /// which gives the same step, batch norm aside.
    Accumulated {
        /// Samples per forward/backward pass.
        micro_batch_size: u64,
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// These sizes ran out of memory.
    DidNotFit {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// None of the race's many runs reached the target, so the plain grid took over.
    RaceInVain {
        /// Number of runs, none of which reached the target.
        runs: u64,
    },
    /// The result for these sizes follows from the other sizes: no run of their own reached the
    /// target.
    JudgedByLaw {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The best learning rate of these sizes lies at an end of the rates that were tried.
    NotTuned {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// At these sizes, no rate reached the target.
    MissedTarget {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// At these sizes, trials failed with errors at every rate.
    AllFailed {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// Some trials failed with an error, while others trained.
    TrialsFailed {
        /// Number of trials that failed.
        failed: u64,
        /// Number of trials that ended.
        of: u64,
        /// The error of the last failed trial.
        error: String,
    },
    /// The study ended before any trial of these sizes did.
    NoneEnded {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// At these sizes, the trials that chose the rate are also used to judge it, which makes it
    /// look better than it is.
    NoFreshSeed {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// These sizes have no step time: no pass over the step times reached them, or every
    /// measurement failed.
    NoStepTime {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The steps of these sizes were not timed: sizes beside them tell about how long they take, and they
    /// are not in play.
    NotTimed {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The step times of these sizes differ, because the machine was busy with something else in
    /// some passes.
    StepTimesDiffer {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// A sample takes many times as long as at the best smaller size. Memory was probably swapped
    /// or spilled.
    Cliff {
        /// The size beyond the cliff.
        batch_size: u64,
        /// How many times as long a sample takes.
        times: f64,
        /// Whether the factor is so large that the size is not a candidate for the recommendation.
        excluded: bool,
    },
    /// At these sizes, the energy counters could not be read or did not change whenever steps were
    /// measured.
    NoStepEnergy {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// There were enough step times for a model, but no model describes them.
    NoStepTimeModel,
    /// There were enough sizes for the law, but they do not show its bend.
    NoLaw,
}

/// Something that prevents a verdict from being final.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpenPoint {
    /// The choice may be too much worse than the best size, and more runs would help to decide.
    MoreRuns {
        /// Expected regret of the choice, as a share.
        regret: f64,
        /// The margin to which the regret must fall, as a share.
        margin: f64,
        /// Estimated number of runs that would be enough.
        runs: u64,
    },
    /// The same, but drifting step times add more uncertainty than the differences between seeds.
    SteadierStepTimes {
        /// Expected regret of the choice, as a share.
        regret: f64,
        /// The margin that it has to fall to, as a share.
        margin: f64,
    },
    /// The choice may be much worse than the best size.
    Doubtful {
        /// Probability that its regret is above the limit.
        probability: f64,
        /// The limit, as a share.
        limit: f64,
    },
    /// At every size the best rate lies at an end of the rates that were tried.
    NoRateTuned,
    /// Too few fresh seeds. Trials that chose a rate do not count.
    TooFewSeeds {
        /// Fresh seeds that each judged size needs.
        needed: u64,
        /// Sizes that have fewer fresh seeds, ascending.
        sizes: Vec<u64>,
    },
    /// Every run that met the target met it at its first look: sizes were not told apart.
    MetAtFirstLook {
        /// Runs that met it.
        reached: u64,
    },
    /// Nothing shows that these sizes are worse than the choice.
    NotJudged {
        /// Ascending.
        sizes: Vec<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{StudyVerdict, VerdictKind};

    /// If a name is changed here, scripts that read the JSON break.
    #[test]
    fn json_names_the_kind() {
        let json = |remark: &Remark| serde_json::to_string(remark).unwrap();
        assert_eq!(json(&Remark::StoppedEarly), r#"{"kind":"stopped_early"}"#);
        let not_tuned = Remark::NotTuned { sizes: vec![8, 16] };
        assert_eq!(json(&not_tuned), r#"{"kind":"not_tuned","sizes":[8,16]}"#);
        assert_eq!(serde_json::from_str::<Remark>(&json(&not_tuned)).unwrap(), not_tuned);
    }

    /// A verdict without open points must be readable again.
    #[test]
    fn a_final_verdict_has_no_open_points_in_json() {
        let verdict = StudyVerdict { kind: VerdictKind::Best, open: Vec::new() };
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(json, r#"{"kind":"best"}"#);
        assert_eq!(serde_json::from_str::<StudyVerdict>(&json).unwrap(), verdict);
    }
}
