//! What a study writes down while it runs, so that it can go on after its process was killed: every
//! answer of its workload, in the order in which the answers came.
//!
//! A study asks its workload two things: the step time of a size, and a trial. Everything else
//! follows from the answers. So a study that gets the known answers again is where it was.
//!
//! Left out: how known answers are given again (`replay`), and where entries are stored (the
//! observer).

use crate::ask::problem::JournalProblem;
use crate::state::outcome::TrialOutcome;
use crate::study::earlier::EarlierStudy;
use crate::trial::step_cost::StepMeasurement;
use crate::trial::{TrialError, Workload};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the entries that this program writes. In version 1, numbers that are not finite are
/// `null`.
pub const JOURNAL_VERSION: u32 = 2;

/// When an answer came, and what the workload knew then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Wall-clock seconds that the study had used, over all its processes.
    pub seconds: f64,
    /// What the workload had learnt from its trials ([`Workload::memory`]).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory: Option<String>,
}

/// One entry of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalEntry {
    /// A process began the study, or went on with it.
    Began {
        /// [`JOURNAL_VERSION`] of the program that wrote this and the following entries.
        version: u32,
        /// Wall-clock seconds that the whole study may use.
        budget: Option<f64>,
        /// The earlier study that it continues; only in the first entry.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        earlier: Option<Box<EarlierStudy>>,
    },
    /// The step time of a size was measured, or could not be.
    Measured {
        /// The size.
        batch_size: u64,
        /// What the workload answered.
        answer: Result<StepMeasurement, TrialError>,
        /// What it cost, in seconds.
        cost: f64,
        /// When.
        at: Moment,
    },
    /// A trial has ended.
    Ended {
        /// The trial with its curve.
        outcome: Box<TrialOutcome>,
        /// When.
        at: Moment,
    },
    /// The study asked for something else than it had asked for before it was interrupted, and took
    /// the rest of what it knew as evidence.
    TakenAsEvidence {
        /// After which of its rounds of trials, from 1.
        round: u64,
        /// The numbers of their entries, from 0.
        entries: Vec<usize>,
    },
}

/// A journal that a study can go on from.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal(Vec<JournalEntry>);

impl Journal {
    /// The journal with these entries, in their order.
    ///
    /// # Errors
    /// See [`JournalProblem`].
    pub fn new(entries: Vec<JournalEntry>) -> Result<Self, JournalProblem> {
        if !matches!(entries.first(), Some(JournalEntry::Began { .. })) {
            return Err(JournalProblem::NoBeginning);
        }
        let version = |entry: &JournalEntry| match entry {
            JournalEntry::Began { version, .. } => Some(*version),
            _ => None,
        };
        match entries.iter().filter_map(version).find(|&version| version > JOURNAL_VERSION) {
            Some(found) => Err(JournalProblem::Newer { found, known: JOURNAL_VERSION }),
            None => Ok(Self(entries)),
        }
    }

    /// Refuses what the workload cannot remember. The workload then knows nothing again.
    pub(crate) fn check(&self, workload: &dyn Workload) -> Result<(), JournalProblem> {
        let Some(nothing) = workload.memory() else { return Ok(()) };
        let memories = self.0.iter().filter_map(|entry| entry.at()?.memory.as_deref());
        for memory in memories.chain([nothing.as_str()]) {
            workload.remember(memory).map_err(|reason| JournalProblem::Memory { reason })?;
        }
        Ok(())
    }

    /// Its entries.
    pub fn entries(&self) -> &[JournalEntry] {
        &self.0
    }

    /// Number of trials that have ended by themselves, by their strategy or by their purpose.
    pub fn trials(&self) -> u64 {
        let ended = |entry: &&JournalEntry| matches!(entry, JournalEntry::Ended { outcome, .. } if !outcome.interrupted);
        self.0.iter().filter(ended).count() as u64
    }

    /// The budget with which the study ran last.
    pub fn budget(&self) -> Option<Duration> {
        let budget = |entry: &JournalEntry| match entry {
            JournalEntry::Began { budget, .. } => Some(*budget),
            _ => None,
        };
        self.0.iter().rev().find_map(budget)?.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// Wall-clock time that the study has used up to the last answer.
    pub fn used(&self) -> Duration {
        let seconds = |entry: &JournalEntry| Some(entry.at()?.seconds);
        let most = self.0.iter().filter_map(seconds).fold(0.0, f64::max);
        Duration::try_from_secs_f64(most).unwrap_or_default()
    }

    pub(crate) fn earlier(&self) -> Option<&EarlierStudy> {
        match self.0.first() {
            Some(JournalEntry::Began { earlier, .. }) => earlier.as_deref(),
            _ => None,
        }
    }
}

impl JournalEntry {
    pub(crate) fn at(&self) -> Option<&Moment> {
        match self {
            Self::Measured { at, .. } | Self::Ended { at, .. } => Some(at),
            Self::Began { .. } | Self::TakenAsEvidence { .. } => None,
        }
    }
}
