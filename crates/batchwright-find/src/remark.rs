//! What is odd about a study, and what keeps its verdict open: values that any language can put into words. Here they are put into English.

use crate::state::cliff::Cliff;
use crate::words::{list, percent, short};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a reader of the answer should know. Displayed as one English sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Remark {
    /// Batches at least as large as the data are all the same training, so only the first of them was tried.
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
    /// The program takes no learning rate: each size was run at the program's own, which favours the size that this rate suits.
    OneRate,
    /// The program evaluates small and large sizes after different numbers of samples: looked at more often, a noisy metric passes earlier.
    UnevenLooks {
        /// Samples between two looks, where they are fewest.
        least: u64,
        /// And where they are most.
        largest: u64,
    },
    /// The program tells no seconds, so those of arrival count: evaluations between two rows are in the step times.
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
    /// They do not fit as a whole: their gradient is summed over micro-batches, which is the same step.
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
    /// Runs contradict the law by which the race shares information between sizes, so the plain grid took over.
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
    /// A sample takes many times as long as at the best smaller size, as if memory were swapped or spilled.
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

impl From<Cliff> for Remark {
    fn from(cliff: Cliff) -> Self {
        Self::Cliff { batch_size: cliff.batch_size, times: cliff.times, excluded: cliff.excludes() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { samples, same_as, sizes } => write!(
                f,
                "Left out, for with {samples} training samples they are the same training as {same_as}, one step an epoch: {}.",
                list(sizes)
            ),
            Self::NotWorthMore { reuse } => write!(
                f,
                "A further run would cost more than a better answer could save in the next {reuse} trainings; with a larger --reuse the study goes on."
            ),
            Self::OneRate => f.write_str(
                "One rate, not tuned: the command takes no {lr}, so each size was run at the program's own rate, which favours the size that it suits.",
            ),
            Self::UnevenLooks { least, largest } => write!(
                f,
                "The program evaluates after {least} samples at some sizes and after {largest} at others: a noisy metric that is looked at more often passes earlier. Let it evaluate every {{eval_steps}} steps."
            ),
            Self::WallClock => f.write_str(
                "The program tells no seconds, so those of its lines' arrival count: evaluations between two lines are in the step times.",
            ),
            Self::StepTimeFailed { batch_size, error } => {
                write!(f, "Step time of batch size {batch_size}: {error}.")
            }
            Self::StoppedEarly => f.write_str("The study was stopped before it had run all that it wanted to."),
            Self::RangeExtended { batch_size } => {
                write!(f, "The best size seemed to lie at an end of the range, so {batch_size} was tried too.")
            }
            Self::TargetRelaxed { wanted, share } => write!(
                f,
                "Not every batch size reached the pilot's best loss plus {:.0}% of its fall; the target was relaxed to {:.0}%.",
                wanted * 100.0,
                share * 100.0
            ),
            Self::Accumulated { micro_batch_size, sizes } => write!(
                f,
                "Computed in micro-batches of {micro_batch_size}, the same step with less memory: {}.",
                list(sizes)
            ),
            Self::DidNotFit { sizes } => write!(f, "Did not fit: {}.", list(sizes)),
            Self::RaceInVain { runs } => write!(
                f,
                "None of the first {runs} runs reached the target, so all sizes were tried at all rates, as far as the budget went."
            ),
            Self::LawContradicted { runs, of } => write!(
                f,
                "About {runs} of {of} runs contradict the law by which sizes are compared, so all sizes were tried by themselves, as far as the budget went."
            ),
            Self::JudgedByLaw { sizes } => write!(
                f,
                "Judged by what other sizes show, for no run of their own reached the target: {}.",
                list(sizes)
            ),
            Self::NotTuned { sizes } => {
                write!(f, "Not tuned, so no verdict rests on them: {}.", list(sizes))
            }
            Self::MissedTarget { sizes } => write!(f, "Missed the target at every rate: {}.", list(sizes)),
            Self::AllFailed { sizes } => write!(f, "Every trial failed: {}.", list(sizes)),
            Self::TrialsFailed { failed, of, error } => {
                let failures = if *failed == 1 { "trial" } else { "trials" };
                write!(f, "{failed} of {of} {failures} failed, and counted for nothing; the last: {error}.")
            }
            Self::NoneEnded { sizes } => write!(f, "No trial ended in time: {}.", list(sizes)),
            Self::NoFreshSeed { sizes } => write!(
                f,
                "Judged by the trials that chose the rate, for no fresh seed was run: {}.",
                list(sizes)
            ),
            Self::NoStepTime { sizes } => write!(f, "Step time could not be measured: {}.", list(sizes)),
            Self::StepTimesDiffer { sizes } => {
                write!(f, "Step time differed by more than 10% between most passes: {}.", list(sizes))
            }
            Self::Cliff { batch_size, times, excluded } => write!(
                f,
                "At batch size {batch_size} a sample takes {} times as long as at the best smaller size, as if memory were swapped or spilled{}.",
                short(*times),
                if *excluded { ": it is no candidate" } else { "" }
            ),
            Self::NoStepEnergy { sizes } => {
                write!(f, "The energy of a step could not be measured, so no verdict rests on them: {}.", list(sizes))
            }
            Self::NoStepTimeModel => f.write_str(
                "No model of the step time: a constant part and a part for each sample do not describe the measured times within 15%.",
            ),
            Self::NoLaw => f.write_str(
                "No law was fitted: over these sizes steps fall as the batch grows, or stay, without a bend that would show a critical batch size.",
            ),
        }
    }
}

/// Something that keeps a verdict from being final. Displayed as an English clause without a full stop, which can follow "but".
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

impl fmt::Display for OpenPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = |regret: &f64, margin: &f64| {
            format!("its expected regret of {} is above the margin of {}", percent(*regret), percent(*margin))
        };
        match self {
            Self::MoreRuns { regret, margin, runs } => {
                write!(f, "{}; about {runs} more runs would decide", above(regret, margin))
            }
            Self::SteadierStepTimes { regret, margin } => write!(
                f,
                "{}, and step times differ between passes: a quiet machine would decide sooner than more runs",
                above(regret, margin)
            ),
            Self::Doubtful { probability, limit } => write!(
                f,
                "with a probability of {} it is more than {} worse than the best",
                percent(*probability),
                percent(*limit)
            ),
            Self::NoRateTuned => f.write_str(
                "no size's learning rate is tuned: its best lies at the end of the rates that were tried",
            ),
            Self::TooFewSeeds { needed, sizes } => {
                write!(f, "fewer than {needed} fresh seeds were run at {}", list(sizes))
            }
            Self::NotJudged { sizes } => {
                let noun = if sizes.len() == 1 { "size" } else { "sizes" };
                write!(f, "{noun} {} may be as good but could not be judged", list(sizes))
            }
        }
    }
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
        let verdict = StudyVerdict { kind: VerdictKind::Best, reason: "why".to_owned(), open: Vec::new() };
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(json, r#"{"kind":"best","reason":"why"}"#);
        assert_eq!(serde_json::from_str::<StudyVerdict>(&json).unwrap(), verdict);
    }

    #[test]
    fn one_size_is_singular() {
        let said = |sizes: &[u64]| OpenPoint::NotJudged { sizes: sizes.to_vec() }.to_string();
        assert_eq!(said(&[8]), "size 8 may be as good but could not be judged");
        assert_eq!(said(&[8, 16]), "sizes 8, 16 may be as good but could not be judged");
    }
}
