//! The runs of a search for the largest micro-batch, their outcomes, and the answer.
//!
//! Left out: the search (`fit`), and the fit of a line to the memory of the runs (`models/memory`).

use crate::models::memory::{MemoryModel, MemoryModelError};
use serde::{Deserialize, Serialize};

/// How long a size is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeLength {
    /// An evaluation and several steps.
    Short,
    /// Many more steps, to confirm an answer.
    Long,
}

/// The evidence that a size runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvidence {
    /// It made steps.
    #[default]
    Steps,
    /// It only ran for some time after its first output, and reported no step.
    Lived,
}

impl RunEvidence {
    /// Whether steps were seen.
    pub fn is_steps(&self) -> bool {
        *self == Self::Steps
    }
}

/// What a run used.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ran {
    /// Number of steps; 0 if the program reported none.
    pub steps: u64,
    /// The evidence that it ran.
    #[serde(skip_serializing_if = "RunEvidence::is_steps", default)]
    pub evidence: RunEvidence,
    /// Planned bytes. Absent if nobody plans: for a command.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub planned_bytes: Option<u64>,
    /// Peak bytes that the training held at the same time. For a network of ours: private memory
    /// that its process had used, minus what it had used before. For a command: all memory of its
    /// processes, without accelerators. Absent if the system does not report it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peak_bytes: Option<u64>,
    /// Peak bytes of a command on graphics cards, as their driver tells. Absent where none tells, or no
    /// card was used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_bytes: Option<u64>,
    /// Seconds of its fastest step (of a command: of its median step), divided by the samples of
    /// that step. Absent if no step was timed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds_per_sample: Option<f64>,
    /// Seconds per sample below which two times are not told apart. Given where steps are timed by
    /// the arrival of lines; absent where the training has a clock of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolution_per_sample: Option<f64>,
}

impl Ran {
    /// Seconds per sample that this run surely did not exceed, as far as its clock can tell.
    pub(crate) fn at_most_per_sample(&self) -> Option<f64> {
        Some(self.seconds_per_sample?.max(self.resolution_per_sample.unwrap_or_default()))
    }
}

/// The outcome of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// It ran to its end, within its memory.
    Runs(Ran),
    /// It needs more memory than it may use.
    DoesNotFit {
        /// The reason: the plan, or how the process died.
        reason: String,
    },
    /// It ran, but so much slower than a smaller size that its memory must have been swapped. It is
    /// no candidate.
    Spills {
        /// Time per sample, divided by that of the fastest smaller size.
        slowdown: f64,
    },
    /// It ended without an error, but told of no step: whether it trained is not known.
    NoStep,
    /// It failed for another reason than memory. This gives no information about the size.
    Failed {
        /// The error.
        reason: String,
    },
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeRecord {
    /// Samples of its micro-batch.
    pub micro_batch_size: u64,
    /// How long it was to run.
    pub length: ProbeLength,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: ProbeOutcome,
}

/// Why the search ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FitEnd {
    /// The largest size was found and confirmed.
    Found,
    /// Not even the smallest size fits. The smallest size is one sample, unless only larger sizes
    /// were requested.
    NoneFits {
        /// Why the smallest size does not fit.
        reason: String,
    },
    /// A run ended without an error and told of no step: it is not known what fits.
    NoStep {
        /// The size that told of no step.
        micro_batch_size: u64,
    },
    /// A run failed for another reason than memory: it is not known what fits.
    Failed {
        /// The size that failed.
        micro_batch_size: u64,
        /// The error.
        reason: String,
    },
}

/// The result of the search.
#[derive(Debug, Clone, PartialEq)]
pub struct FitSearch {
    /// The largest size that was confirmed by a longer run.
    pub largest_that_fits: Option<u64>,
    /// The smallest size that did not fit; absent if the cap fits.
    pub smallest_that_failed: Option<u64>,
    /// Why it ended.
    pub end: FitEnd,
    /// All runs, in their order.
    pub probes: Vec<ProbeRecord>,
}

impl FitSearch {
    /// What the last run of the answer used.
    pub fn confirmed(&self) -> Option<&Ran> {
        let size = self.largest_that_fits?;
        self.probes.iter().rev().find(|probe| probe.micro_batch_size == size)?.ran()
    }

    /// (size, peak bytes) of all runs that ended without an error.
    pub fn peaks(&self) -> Vec<(u64, u64)> {
        let peak = |probe: &ProbeRecord| Some((probe.micro_batch_size, probe.ran()?.peak_bytes?));
        self.probes.iter().filter_map(peak).collect()
    }
}

impl ProbeRecord {
    pub(crate) fn ran(&self) -> Option<&Ran> {
        match &self.outcome {
            ProbeOutcome::Runs(ran) => Some(ran),
            _ => None,
        }
    }
}

/// What is trained, with what is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitSubject {
    /// A network of ours.
    Network {
        /// Training samples.
        samples: u64,
        /// Bytes that a training may use.
        memory_limit: u64,
    },
    /// A command, whose data and memory are unknown.
    Command {
        /// Bytes that each of its processes may use, if the user limits them.
        memory_limit: Option<u64>,
    },
}

/// What fits, under which limit, and how memory grows: the answer as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct FitAnswer {
    /// What was run.
    pub subject: FitSubject,
    /// No size above this was to be tried: the user's limit, at most all training samples if they
    /// are known.
    pub cap: u64,
    /// The result of the search.
    pub search: FitSearch,
    /// The same search for the batch size of the evaluation, where a command takes one of its own.
    pub evaluation: Option<FitSearch>,
    /// How memory grows with the size, or why there is no such line.
    pub model: Result<MemoryModel, MemoryModelError>,
}
