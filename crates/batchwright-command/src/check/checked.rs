//! What a check of a command showed, as values: what a study could read, and what is missing.
//!
//! Left out: running it (`check`), finding what is missing (`findings`), words for it
//! (`batchwright-view`).

use crate::read::recognised::Recognised;
use crate::read::source::RowSource;
use crate::read::suggest::Suggestion;
use batchwright_find::{StepTime, Suspicion, TrialRequest, TrialRow};
use serde::Serialize;

/// What one short trial of a command showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// The command line as it was started, in the form that a user would type into a shell.
    pub command: String,
    /// The trial that the command was asked to run.
    pub request: TrialRequest,
    /// The metric of the target, by its [normal name](crate::read::names::normal_name).
    pub metric: String,
    /// Everything that was recognised in its output and in its files.
    pub recognised: Recognised,
    /// The source from which a study would read the metric; `None` where no source reported it.
    pub source: Option<RowSource>,
    /// The first rows that carry the metric and a position in the training; at most five.
    pub rows: Vec<TrialRow>,
    /// Seconds from the start to the first row of any metric, by the wall clock.
    pub start_up_seconds: Option<f64>,
    /// Seconds per step; `None` where fewer than two rows came.
    pub step_time: Option<StepTime>,
    /// Seconds from the start to the first evaluation of the metric, by the wall clock.
    pub first_look_seconds: Option<f64>,
    /// Seconds that a study needs at least: about a dozen runs of one look each.
    pub least_study_seconds: Option<f64>,
    /// The batch sizes that were run, ascending, each with the steps of an epoch as the program
    /// reports them.
    pub sizes: Vec<CheckedSize>,
    /// Training samples between the last two evaluations of the metric.
    pub samples_between_looks: Option<f64>,
    /// The most memory that its processes held, in bytes; `None` where the system does not report
    /// it.
    pub peak_memory_bytes: Option<u64>,
    /// The most that they held on graphics cards, in bytes; absent where no driver tells, or no card
    /// was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_card_memory_bytes: Option<u64>,
    /// From its start to its end, in seconds.
    pub seconds: f64,
    /// How it ended.
    pub end: CheckEnd,
    /// First what prevents a study, then what makes a study weaker.
    pub findings: Vec<Finding>,
    /// Whether a study could run: the metric was reported, its rows can be counted in samples, and
    /// the program did not fail. Whether its answer would be worth something is said by the findings.
    pub could_run: bool,
}

impl Checked {
    /// Whether the program itself failed, before its training was complete.
    pub fn failed(&self) -> bool {
        let failure = |it: &Finding| {
            matches!(it, Finding::OutOfMemory { .. } | Finding::BadFlag { .. } | Finding::Crashed { .. })
        };
        self.findings.iter().any(failure)
    }
}

/// A batch size at which the command was run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CheckedSize {
    /// Samples per step, as the program was told.
    pub batch_size: u64,
    /// Steps of an epoch; `None` where its rows do not show them.
    pub steps_per_epoch: Option<f64>,
}

/// How a check ended. The evidence of a failure is in its [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckEnd {
    /// The program ended by itself, without an error.
    Finished,
    /// It was stopped because the check had seen enough.
    SeenEnough,
    /// The user or the budget stopped it.
    Interrupted,
    /// It was stopped: it printed for as long as a start may take, and nothing was recognised.
    NotUnderstood,
    /// It was stopped at its deadline.
    Deadline,
    /// It was stopped: it printed nothing for too long.
    Silent,
    /// Memory ran out.
    OutOfMemory,
    /// It does not know a flag, or does not accept the flag's value.
    BadFlag,
    /// Any other failure.
    Crashed,
}

/// Something that the user should know before a study and can change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The smallest batch size does not fit into memory.
    OutOfMemory {
        /// Samples per step.
        batch_size: u64,
        /// The line, the signal or the counter that shows it.
        evidence: String,
    },
    /// The program does not know a flag, or does not accept the flag's value.
    BadFlag {
        /// The line that shows it.
        evidence: String,
    },
    /// The program failed for another reason.
    Crashed {
        /// Its exit code or signal.
        death: String,
        /// The last lines that it printed, the oldest first.
        last_lines: Vec<String>,
    },
    /// The program printed no line, and wrote nothing to the expected places.
    NothingPrinted {
        /// The metric that is wanted.
        metric: String,
    },
    /// Lines were printed, but none was recognised.
    NothingRecognised {
        /// The metric that is wanted.
        metric: String,
        /// Number of lines that were seen.
        lines: u64,
        /// The last few of them, the oldest first.
        last_lines: Vec<String>,
        /// The line that looks most like a metric, and how to read it.
        suggestion: Option<Suggestion>,
    },
    /// The metric of the target was not reported.
    MetricMissing {
        /// The metric that is wanted.
        metric: String,
        /// The metrics that were reported, by their normal names.
        others: Vec<String>,
        /// The line that looks most like it, and how to read it.
        suggestion: Option<Suggestion>,
    },
    /// The only position that rows of the metric give is the epoch.
    OnlyEpoch {
        /// The metric of the target.
        metric: String,
    },
    /// Rows of the metric do not give a position in the training.
    NoPosition {
        /// The metric of the target.
        metric: String,
        /// A line that may say it, and how to read it.
        suggestion: Option<Suggestion>,
    },
    /// No row of the metric could be counted.
    Unplaced {
        /// Why.
        error: String,
    },
    /// Something in what the program reports is doubtful.
    Suspicious {
        /// What it is.
        of: Suspicion,
    },
    /// A file of metrics could not be read.
    UnreadableFile {
        /// Which file, and why.
        error: String,
    },
    /// The program failed when it had trained as far as it was asked to: its rows count.
    FailedAtEnd {
        /// Its exit code or signal.
        death: String,
        /// The last lines that it printed, the oldest first.
        last_lines: Vec<String>,
    },
    /// All rows came together at the end of a run that was not short.
    HeldBack {
        /// Number of rows that came.
        rows: u64,
        /// Seconds from the start to the first row.
        seconds: f64,
    },
    /// The program ended after one evaluation of the metric.
    OneLook,
    /// The program reports no seconds.
    WallClock,
    /// The program itself decides when it evaluates.
    OwnInterval,
    /// The program accepts an interval but evaluates at another one.
    OtherInterval {
        /// The interval that was asked for, in samples.
        asked: u64,
        /// Samples between its evaluations.
        between: u64,
    },
    /// The program accepts no learning rate.
    OneRate,
    /// The program accepts no seed.
    NoSeed,
}

impl Finding {
    /// Whether the finding prevents a study. The other findings only make a study weaker.
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
                | Self::Unplaced { .. }
        )
    }
}
