//! What an audit of a command found, as values: one answer for each question, with the numbers that
//! show it.
//!
//! Left out: running the command (`run`), deciding (`epochs`, `equality`, `horizon`), words for it
//! (`batchwright-view`).

use serde::Serialize;

/// What short runs of a command showed about the command itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audited {
    /// The metric that is compared, by its [normal name](crate::read::normal_name).
    pub metric: String,
    /// The batch size of the runs that the others are compared with.
    pub batch_size: u64,
    /// The learning rate of the runs; `None` where the command takes none.
    pub learning_rate: Option<f64>,
    /// One answer for each question, in the order of [`AuditQuestion::ALL`].
    pub answers: Vec<AuditAnswer>,
    /// All runs, in the order in which they were made.
    pub runs: Vec<AuditRun>,
}

impl Audited {
    /// The number of answers with this judgement.
    pub fn count(&self, judgement: AuditJudgement) -> usize {
        self.answers.iter().filter(|answer| answer.evidence.judgement() == judgement).count()
    }
}

/// One run of an audit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRun {
    /// The command line as it was started, in the form that a user would type into a shell.
    pub command: String,
    /// Rows that carried the metric and a position in the training.
    pub rows: u64,
    /// From its start to its end, in seconds.
    pub seconds: f64,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditAnswer {
    /// What was asked.
    pub question: AuditQuestion,
    /// What was found.
    pub evidence: AuditEvidence,
}

impl Serialize for AuditAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            question: AuditQuestion,
            judgement: AuditJudgement,
            #[serde(flatten)]
            evidence: &'a AuditEvidence,
        }
        let judgement = self.evidence.judgement();
        Fields { question: self.question, judgement, evidence: &self.evidence }.serialize(serializer)
    }
}

/// What an audit asks about a trainer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditQuestion {
    /// Whether the seed fixes a run: the same command gives the same rows.
    SeedFixes,
    /// Whether the seed is used: another one gives other rows.
    SeedUsed,
    /// Whether `a` micro-batches of `b` samples train like one batch of `a * b`.
    Accumulation,
    /// Whether the short last batch of an epoch is kept or dropped.
    LastBatch,
    /// Whether the last, shorter accumulation window of an epoch is dropped, leaks into the next
    /// epoch, or gets a wrong weight.
    LastWindow,
    /// Whether the evaluation depends on its own batch size.
    Evaluation,
    /// Whether the horizon of the learning-rate schedule follows the batch size.
    Horizon,
}

impl AuditQuestion {
    /// All questions, in the order in which they are asked: those with the shortest runs first.
    pub const ALL: [Self; 7] = [
        Self::SeedFixes,
        Self::SeedUsed,
        Self::Evaluation,
        Self::Accumulation,
        Self::Horizon,
        Self::LastBatch,
        Self::LastWindow,
    ];
}

/// What an answer means for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditJudgement {
    /// As it should be, or a fact that is neither right nor wrong.
    Fine,
    /// The trainer does something else than its user believes.
    Wrong,
    /// The runs differ by chance too much to tell.
    Unclear,
    /// Something that the question needs is missing.
    NotChecked,
}

/// Where two curves of one metric are furthest apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurveGap {
    /// Number of rows that both runs have at the same position.
    pub rows: u64,
    /// Training samples at the row where they differ most.
    pub samples: u64,
    /// The metric there in the first run. It and the second may be NaN or infinite.
    pub first: f64,
    /// The metric there in the second run.
    pub second: f64,
    /// Their difference divided by the larger magnitude, from 0; infinite where only one of them is
    /// finite.
    pub relative: f64,
}

/// The mean difference between two ways to train, over pairs of runs of which each has its own
/// seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedGap {
    /// Number of pairs.
    pub pairs: u64,
    /// Mean of (second - first) / first, over pairs; infinite where only one of the two diverges.
    pub mean: f64,
    /// Half the width of its interval. The mean of equal ways is within it, but for one time in 200.
    pub margin: f64,
}

/// What was found, with the numbers that show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditEvidence {
    /// Two runs of the same command gave the same rows.
    RunRepeats {
        /// The difference that is left, which is rounding.
        gap: CurveGap,
    },
    /// Two runs of the same command gave different rows.
    RunDiffers {
        /// The largest difference.
        gap: CurveGap,
    },
    /// Another seed gave other rows.
    SeedMatters {
        /// The largest difference.
        gap: CurveGap,
    },
    /// Another seed gave the same rows, to the last digit.
    SeedIgnored {
        /// The two seeds.
        seeds: [u64; 2],
        /// Number of rows that were compared.
        rows: u64,
    },
    /// Micro-batches train like the whole batch.
    AccumulationSame {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// The difference that is left, which is rounding.
        gap: CurveGap,
    },
    /// They differ from run to run, as with other dropout masks, but not on average.
    AccumulationSameOnAverage {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// The difference over several seeds.
        paired: PairedGap,
    },
    /// The gradients of the micro-batches are added up instead of averaged: the run is that of the
    /// whole batch at a larger learning rate.
    AccumulationSummed {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// The difference from the whole batch at the same rate.
        gap: CurveGap,
        /// The difference from the whole batch at `accumulation` times the rate.
        at_larger_rate: CurveGap,
    },
    /// What the program is told as the batch size is that of a micro-batch: a step takes as many of
    /// them as it is told micro-batches.
    AccumulationMultiplies {
        /// The batch size that it was told.
        batch_size: u64,
        /// The micro-batches of a step that it was told.
        accumulation: u64,
        /// Samples that a step took.
        samples_of_step: f64,
    },
    /// Micro-batches change the learning rate that the program reports.
    AccumulationChangesRate {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// Training samples at the row where the rates differ most.
        samples: u64,
        /// The rate there: of the whole batch, and of the micro-batches.
        rates: [f64; 2],
    },
    /// Micro-batches train differently from the whole batch.
    AccumulationDiffers {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// The largest difference in one pair of runs.
        gap: CurveGap,
        /// The difference over several seeds.
        paired: PairedGap,
    },
    /// Micro-batches and the whole batch differ in one pair of runs, and no other pair can be made.
    AccumulationUnclear {
        /// Samples of a micro-batch.
        micro_batch_size: u64,
        /// Micro-batches of a step.
        accumulation: u64,
        /// The largest difference.
        gap: CurveGap,
    },
    /// The last batch of an epoch is shorter and is trained on.
    LastBatchKept {
        /// Training samples of an epoch.
        samples: u64,
        /// Samples of a step.
        batch_size: u64,
        /// Steps of an epoch.
        steps: u64,
    },
    /// The last batch of an epoch would be shorter and is left out.
    LastBatchDropped {
        /// Training samples of an epoch.
        samples: u64,
        /// Samples of a step.
        batch_size: u64,
        /// Steps of an epoch.
        steps: u64,
    },
    /// An epoch has neither the one nor the other number of steps.
    EpochHasOtherSteps {
        /// Training samples of an epoch, as given.
        samples: u64,
        /// Samples of a step.
        batch_size: u64,
        /// Steps of an epoch, as reported.
        steps: f64,
    },
    /// The last window of an epoch is treated like the last batch.
    LastWindowSame {
        /// Steps of an epoch.
        steps: u64,
        /// The difference after the end of the first epoch, which is rounding.
        gap: CurveGap,
    },
    /// The last window of an epoch makes no step.
    LastWindowDropped {
        /// Steps of an epoch with micro-batches.
        steps: f64,
        /// Steps of an epoch with whole batches.
        expected: u64,
        /// Micro-batches that are lost.
        lost: u64,
    },
    /// The last window of an epoch makes no step of its own, and its gradients are part of a step of
    /// the next epoch.
    LastWindowLeaks {
        /// Steps of an epoch with micro-batches.
        steps: f64,
        /// Steps of an epoch with whole batches.
        expected: u64,
        /// What the leftover gradients do in the next epoch, where values show it.
        gap: Option<CurveGap>,
        /// How much faster the metric falls than without leftovers, over several seeds.
        faster: Option<PairedGap>,
    },
    /// The last window of an epoch makes a step that whole batches do not make.
    LastWindowKeptAlone {
        /// Steps of an epoch with micro-batches.
        steps: f64,
        /// Steps of an epoch with whole batches.
        expected: u64,
    },
    /// The last window of an epoch makes a step, but another one than the last batch.
    LastWindowWeighted {
        /// The largest difference before the end of the first epoch, which is rounding.
        before: CurveGap,
        /// The largest difference after it.
        gap: CurveGap,
        /// The difference after it over several seeds, where single runs differ by chance.
        paired: Option<PairedGap>,
    },
    /// The last window of an epoch makes a step. Whether its weight is right is hidden by chance.
    LastWindowUnclear {
        /// The difference after the end of the first epoch, over several seeds.
        paired: PairedGap,
    },
    /// The evaluation gives the same number at two batch sizes of its own.
    EvaluationSame {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// The difference that is left, which is rounding.
        gap: CurveGap,
    },
    /// The evaluation depends on its batch size.
    EvaluationDepends {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// The largest difference.
        gap: CurveGap,
    },
    /// The learning rate stays what it is.
    RateConstant {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// Training samples of the runs.
        samples: u64,
    },
    /// The learning rate falls and rises at the same samples for both batch sizes.
    HorizonFollows {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// Training samples of the runs.
        samples: u64,
    },
    /// The learning rate has another course at another batch size.
    HorizonFixed {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// Training samples at the row where the courses differ most.
        samples: u64,
        /// The rate there as a share of the highest rate: of its own run, and of both where both still
        /// rise.
        shares: [f64; 2],
    },
    /// The learning rate has one course as far as can be seen, but hardly moved.
    HorizonUnclear {
        /// The two batch sizes.
        sizes: [u64; 2],
        /// Training samples of the runs.
        samples: u64,
    },
    /// The question was not answered.
    NotChecked {
        /// What it needs.
        need: AuditNeed,
    },
}

impl AuditEvidence {
    /// What it means for the user.
    pub fn judgement(&self) -> AuditJudgement {
        match self {
            Self::RunRepeats { .. }
            | Self::SeedMatters { .. }
            | Self::AccumulationSame { .. }
            | Self::LastBatchKept { .. }
            | Self::LastBatchDropped { .. }
            | Self::LastWindowSame { .. }
            | Self::EvaluationSame { .. }
            | Self::RateConstant { .. }
            | Self::HorizonFollows { .. } => AuditJudgement::Fine,
            Self::RunDiffers { .. }
            | Self::SeedIgnored { .. }
            | Self::AccumulationSummed { .. }
            | Self::AccumulationMultiplies { .. }
            | Self::AccumulationChangesRate { .. }
            | Self::AccumulationDiffers { .. }
            | Self::EpochHasOtherSteps { .. }
            | Self::LastWindowDropped { .. }
            | Self::LastWindowLeaks { .. }
            | Self::LastWindowKeptAlone { .. }
            | Self::LastWindowWeighted { .. }
            | Self::EvaluationDepends { .. }
            | Self::HorizonFixed { .. } => AuditJudgement::Wrong,
            Self::AccumulationUnclear { .. }
            | Self::AccumulationSameOnAverage { .. }
            | Self::LastWindowUnclear { .. }
            | Self::HorizonUnclear { .. } => AuditJudgement::Unclear,
            Self::NotChecked { .. } => AuditJudgement::NotChecked,
        }
    }
}

/// What a question needs and does not have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "needs", rename_all = "snake_case")]
pub enum AuditNeed {
    /// Placeholders in the command.
    Placeholders {
        /// Their names, without braces.
        names: Vec<String>,
    },
    /// The number of training samples, `--samples`.
    Samples,
    /// A batch size in the range that suits the question.
    BatchSize {
        /// The smallest and the largest batch size that may be used.
        range: [u64; 2],
    },
    /// Rows that report the learning rate.
    RatesInRows,
    /// Rows that report the step, and the epoch or the samples.
    StepsInRows,
    /// More rows at positions that both runs have.
    CommonRows {
        /// The metric.
        metric: String,
    },
    /// A run that repeats itself.
    RunThatRepeats,
    /// Micro-batches that train like the whole batch.
    SameAccumulation,
    /// A run that ends well.
    HealthyRun {
        /// The command line that was started.
        command: String,
        /// Why it is of no use.
        error: String,
    },
    /// More time: the budget is over, or the user stopped the audit.
    Time,
}
