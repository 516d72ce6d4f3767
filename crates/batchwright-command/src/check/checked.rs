//! What a check of a command showed, as values: what would be read of it, and what is missing.
//!
//! Left out: running it (`check`), finding what is missing (`findings`).

use crate::read::recognised::Recognised;
use crate::read::source::RowSource;
use batchwright_find::{StepTime, TrialRequest, TrialRow};
use serde::Serialize;

/// What one short trial of a command showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// The command line as it was started, as a person would type it into a shell.
    pub command: String,
    /// What it was asked to train.
    pub request: TrialRequest,
    /// The metric of the target, by its [normal name](super::report::normal_name).
    pub metric: String,
    /// All that was understood of what it printed and wrote.
    pub recognised: Recognised,
    /// The source that a study would listen to for the metric; `None` where none told it.
    pub source: Option<RowSource>,
    /// The first rows that carry the metric and say where training was; at most five.
    pub rows: Vec<TrialRow>,
    /// Seconds from the start to the first row of any metric, by the wall clock.
    pub start_up_seconds: Option<f64>,
    /// Seconds of a step; `None` where fewer than two rows came.
    pub step_time: Option<StepTime>,
    /// Training samples between the last two looks at the metric.
    pub samples_between_looks: Option<f64>,
    /// The most that its processes held in memory, in bytes; `None` where the system does not say.
    pub peak_memory_bytes: Option<u64>,
    /// From its start to its end, in seconds.
    pub seconds: f64,
    /// How it ended.
    pub end: CheckEnd,
    /// What keeps a study from it, then what makes one weaker.
    pub findings: Vec<Finding>,
    /// Whether a study could run: the metric came, its rows can be counted in samples, and the program did not fail.
    pub could_run: bool,
}

impl Checked {
    /// Whether the program itself failed.
    pub fn failed(&self) -> bool {
        matches!(self.end, CheckEnd::OutOfMemory | CheckEnd::BadFlag | CheckEnd::Crashed)
    }
}

/// How a check ended. What shows a failure is in its [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckEnd {
    /// The program ended by itself, and well.
    Finished,
    /// It was stopped: enough was seen.
    SeenEnough,
    /// It was stopped by its user, or by the budget.
    Interrupted,
    /// It was stopped: it printed for as long as a start may take, and nothing was understood.
    NotUnderstood,
    /// It was stopped at its deadline.
    Deadline,
    /// It was stopped: it was silent for too long.
    Silent,
    /// Memory ran out.
    OutOfMemory,
    /// It does not know a flag, or does not take its value.
    BadFlag,
    /// Anything else.
    Crashed,
}

/// Something to know before a study, with what to do about it. Displayed in English.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The smallest batch size does not fit.
    #[error("out of memory at batch size {batch_size}: {evidence}. Give smaller --batch-sizes.")]
    OutOfMemory {
        /// Samples a step.
        batch_size: u64,
        /// The line, the signal or the counter that shows it.
        evidence: String,
    },
    /// The program does not know a flag, or does not take its value.
    #[error("the program does not take its flags: {evidence}")]
    BadFlag {
        /// The line that shows it.
        evidence: String,
    },
    /// The program failed otherwise.
    #[error("the program failed with {death}. See its last lines below.")]
    Crashed {
        /// Its exit code or signal.
        death: String,
        /// The last lines that it printed, oldest first.
        last_lines: Vec<String>,
    },
    /// Not a line came, and nothing was written where it was looked for.
    #[error(
        "it printed nothing. Let it print a line like {{\"step\": 10, \"{metric}\": 0.3}} after each evaluation; if it prints to a terminal only, give --pty."
    )]
    NothingPrinted {
        /// The metric that is wanted.
        metric: String,
    },
    /// Lines came, none of which was understood.
    #[error(
        "no metric was recognised in {lines} lines. Let it print a line like {{\"step\": 10, \"{metric}\": 0.3}}, or say how it prints one: --metric '{metric}=validation: (\\S+)'."
    )]
    NothingRecognised {
        /// The metric that is wanted.
        metric: String,
        /// Lines that were seen.
        lines: u64,
        /// The last few of them, oldest first.
        last_lines: Vec<String>,
    },
    /// The target is about a metric that was not reported.
    #[error(
        "it did not report {metric}, but {}. Give one of them as --target, evaluate earlier, or say how {metric} is printed: --metric '{metric}=REGEX'.",
        others.join(", ")
    )]
    MetricMissing {
        /// The metric that is wanted.
        metric: String,
        /// Those that were reported, by normal name.
        others: Vec<String>,
    },
    /// Rows of the metric say only which epoch it was.
    #[error(
        "the rows of {metric} say only the epoch, which counts no samples. Give --samples N, the number of training samples."
    )]
    OnlyEpoch {
        /// The metric of the target.
        metric: String,
    },
    /// Rows of the metric do not say where training was.
    #[error(
        "the rows of {metric} do not say where training was. Let the program print step (or samples, or epoch) beside it; if it is told once, at the end, give --objective quality."
    )]
    NoPosition {
        /// The metric of the target.
        metric: String,
    },
    /// A file of metrics that cannot be read.
    #[error("{error}")]
    UnreadableFile {
        /// Which, and why.
        error: String,
    },
    /// All rows came together, at the end of a run that took a while.
    #[error(
        "all {rows} rows came together at the end, after {seconds:.1} s: the output seems to be held back. Let the program flush after each row, or try --pty."
    )]
    HeldBack {
        /// Rows that came.
        rows: u64,
        /// When the first one did.
        seconds: f64,
    },
    /// The program ended after one look at the metric.
    #[error(
        "the metric came only once before the program ended. A study sees no earlier than at a look that the target is reached: evaluate more often."
    )]
    OneLook,
    /// The program says no seconds.
    #[error(
        "it prints no seconds, so rows are timed by their arrival, and evaluations between two rows count as steps. Print \"seconds\" (of training alone) to leave them out."
    )]
    WallClock,
    /// The program decides itself when it evaluates.
    #[error(
        "it does not take {{eval_steps}}, so that small and large sizes are looked at after different numbers of samples. Add it where the program takes its interval."
    )]
    OwnInterval,
    /// The program takes an interval but evaluates at another.
    #[error(
        "it was asked to evaluate every {asked} samples and did so every {between}. See whether {{eval_steps}} is where the program takes its interval."
    )]
    OtherInterval {
        /// Samples that were asked for.
        asked: u64,
        /// Samples between its looks.
        between: u64,
    },
    /// The program takes no learning rate.
    #[error(
        "it does not take {{lr}}: each size would be run at the program's own rate (one rate, not tuned), which favours the size that this rate suits."
    )]
    OneRate,
    /// The program takes no seed.
    #[error(
        "it does not take {{seed}}: all runs of one size and rate may be the same, and the intervals would say nothing about luck."
    )]
    NoSeed,
}

impl Finding {
    /// Whether it keeps a study from running. The others make one weaker.
    pub fn prevents_study(&self) -> bool {
        matches!(
            self,
            Self::OutOfMemory { .. }
                | Self::BadFlag { .. }
                | Self::Crashed { .. }
                | Self::NothingPrinted { .. }
                | Self::NothingRecognised { .. }
                | Self::MetricMissing { .. }
                | Self::OnlyEpoch { .. }
                | Self::NoPosition { .. }
        )
    }
}
