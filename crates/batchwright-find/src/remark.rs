//! What is odd about a study, and what keeps its verdict open, as values.
//!
//! Left out: words for them (`batchwright-view`).

use serde::{Deserialize, Serialize};

/// Something that a reader of the answer should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remark {
    /// Batches at least as large as the data are all the same training, so only the first of them
    /// was tried.
    LeftOut {
        /// Training samples.
        samples: u64,
        /// The size that stands for all of them.
        same_as: u64,
        /// Sizes that were left out.
        sizes: Vec<u64>,
    },
    /// The race ended with its answer open, since a further run costs more than it could save.
    NotWorthMore {
        /// Trainings that will use the answer.
        reuse: u64,
    },
    /// The program takes no learning rate: each size was run at the program's own, which favours
    /// the size that this rate suits.
    OneRate,
    /// The program evaluates small and large sizes after different numbers of samples: looked at
    /// more often, a noisy metric passes earlier.
    UnevenLooks {
        /// Samples between two looks, where they are fewest.
        least: u64,
        /// And where they are most.
        largest: u64,
    },
    /// The program tells no seconds, so those of arrival count: evaluations between two rows are in
    /// the step times.
    WallClock,
    /// Measuring a step time failed for another cause than memory.
    StepTimeFailed {
        /// Samples a step.
        batch_size: u64,
        /// What the workload said.
        error: String,
    },
    /// The budget or the user ended the study.
    StoppedEarly,
    /// A size outside the range that was asked for.
    RangeExtended {
        /// The size that was added.
        batch_size: u64,
    },
    /// An automatic target was eased, so that every size can be judged.
    TargetRelaxed {
        /// Share of the pilot's fall above its best loss that was wanted, in 0..=1.
        wanted: f64,
        /// The share that became the target.
        share: f64,
    },
    /// They do not fit as a whole: their gradient is summed over micro-batches, which is the same
    /// step.
    Accumulated {
        /// Samples of a forward/backward pass.
        micro_batch_size: u64,
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// Out of memory.
    DidNotFit {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The race had many runs and none reached the target, so the plain grid took over.
    RaceInVain {
        /// Runs without one that reached it.
        runs: u64,
    },
    /// Runs contradict the law by which the race shares information between sizes, so the plain
    /// grid took over.
    LawContradicted {
        /// Runs that do, in expectation.
        runs: u64,
        /// Of how many.
        of: u64,
    },
    /// What is said of them follows from the other sizes; no run of their own reached the target.
    JudgedByLaw {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// Their best rate lies at an end of the rates that were tried.
    NotTuned {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// No rate reached the target.
    MissedTarget {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// Trials ran into errors at every rate.
    AllFailed {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// Some trials ran into an error, while others trained.
    TrialsFailed {
        /// So many.
        failed: u64,
        /// Of so many that ended.
        of: u64,
        /// What the last of them said.
        error: String,
    },
    /// The study was over before one of their trials was.
    NoneEnded {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The trials that chose the rate also judge it, which flatters it.
    NoFreshSeed {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// No pass over the step times reached them, or all failed.
    NoStepTime {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// The machine was busy with something else in some passes.
    StepTimesDiffer {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// A sample takes many times as long as at the best smaller size, as if memory were swapped or
    /// spilled.
    Cliff {
        /// The size beyond the cliff.
        batch_size: u64,
        /// How many times as long.
        times: f64,
        /// Whether that is so much that the size is no candidate for the recommendation.
        excluded: bool,
    },
    /// The energy counters could not be read, or stood still, whenever their steps were measured.
    NoStepEnergy {
        /// Ascending.
        sizes: Vec<u64>,
    },
    /// There were enough step times for a model, but none describes them.
    NoStepTimeModel,
    /// There were enough sizes for the law, but they do not show its bend.
    NoLaw,
}

/// Something that keeps a verdict from being final.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpenPoint {
    /// The choice may be too much worse than the best size, and more runs would tell.
    MoreRuns {
        /// Expected regret of the choice, as a share.
        regret: f64,
        /// The margin that it has to fall to, as a share.
        margin: f64,
        /// Estimate of the runs that would do.
        runs: u64,
    },
    /// The same, but step times that drift hide more than the luck of the seeds does.
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
        /// As a share.
        limit: f64,
    },
    /// At every size the best rate lies at an end of the rates that were tried.
    NoRateTuned,
    /// Trials that chose a rate do not count.
    TooFewSeeds {
        /// Fresh seeds that every judged size needs.
        needed: u64,
        /// Sizes that have fewer, ascending.
        sizes: Vec<u64>,
    },
    /// Nothing shows that they are worse than the choice.
    NotJudged {
        /// Ascending.
        sizes: Vec<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{StudyVerdict, VerdictKind};

    /// Else scripts that read the JSON break at a renaming here.
    #[test]
    fn json_names_the_kind() {
        let json = |remark: &Remark| serde_json::to_string(remark).unwrap();
        assert_eq!(json(&Remark::StoppedEarly), r#"{"kind":"stopped_early"}"#);
        let not_tuned = Remark::NotTuned { sizes: vec![8, 16] };
        assert_eq!(json(&not_tuned), r#"{"kind":"not_tuned","sizes":[8,16]}"#);
        assert_eq!(serde_json::from_str::<Remark>(&json(&not_tuned)).unwrap(), not_tuned);
    }

    /// Else a verdict without open points cannot be read back.
    #[test]
    fn a_final_verdict_has_no_open_points_in_json() {
        let verdict = StudyVerdict { kind: VerdictKind::Best, open: Vec::new() };
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(json, r#"{"kind":"best"}"#);
        assert_eq!(serde_json::from_str::<StudyVerdict>(&json).unwrap(), verdict);
    }
}
