//! What a check of a command showed, as values: what would be read of it, and what is missing.
//!
//! Left out: running it (`check`), finding what is missing (`findings`), words for it
//! (`batchwright-view`).

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
    /// The metric of the target, by its [normal name](crate::read::names::normal_name).
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
    /// Whether a study could run: the metric came, its rows can be counted in samples, and the
    /// program did not fail.
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

/// Something to know before a study, which a user can do something about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The smallest batch size does not fit.
    OutOfMemory {
        /// Samples a step.
        batch_size: u64,
        /// The line, the signal or the counter that shows it.
        evidence: String,
    },
    /// The program does not know a flag, or does not take its value.
    BadFlag {
        /// The line that shows it.
        evidence: String,
    },
    /// The program failed otherwise.
    Crashed {
        /// Its exit code or signal.
        death: String,
        /// The last lines that it printed, oldest first.
        last_lines: Vec<String>,
    },
    /// Not a line came, and nothing was written where it was looked for.
    NothingPrinted {
        /// The metric that is wanted.
        metric: String,
    },
    /// Lines came, none of which was understood.
    NothingRecognised {
        /// The metric that is wanted.
        metric: String,
        /// Lines that were seen.
        lines: u64,
        /// The last few of them, oldest first.
        last_lines: Vec<String>,
    },
    /// The target is about a metric that was not reported.
    MetricMissing {
        /// The metric that is wanted.
        metric: String,
        /// Those that were reported, by normal name.
        others: Vec<String>,
    },
    /// Rows of the metric say only which epoch it was.
    OnlyEpoch {
        /// The metric of the target.
        metric: String,
    },
    /// Rows of the metric do not say where training was.
    NoPosition {
        /// The metric of the target.
        metric: String,
    },
    /// A file of metrics that cannot be read.
    UnreadableFile {
        /// Which, and why.
        error: String,
    },
    /// All rows came together, at the end of a run that took a while.
    HeldBack {
        /// Rows that came.
        rows: u64,
        /// When the first one did.
        seconds: f64,
    },
    /// The program ended after one look at the metric.
    OneLook,
    /// The program says no seconds.
    WallClock,
    /// The program decides itself when it evaluates.
    OwnInterval,
    /// The program takes an interval but evaluates at another.
    OtherInterval {
        /// Samples that were asked for.
        asked: u64,
        /// Samples between its looks.
        between: u64,
    },
    /// The program takes no learning rate.
    OneRate,
    /// The program takes no seed.
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
