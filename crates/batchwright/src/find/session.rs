//! What one question needs to be answered, and the earlier studies that it finds.
//!
//! Left out: the answer (`answer`), and which interrupted study goes on (`unfinished`).

use crate::find::question::study_question::StudyQuestion;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_command::CommandWorkload;
use batchwright_find::{Network, StudyResult, VerdictKind, Workload};
use batchwright_store::{Origin, RelatedStudy, Store, StudyRecord};

/// What a study trains.
#[derive(Clone, Copy)]
pub(crate) enum Trained<'a> {
    Network(&'a Network<'a>),
    Command(&'a CommandWorkload),
}

impl<'a> Trained<'a> {
    pub(crate) fn workload(self) -> &'a dyn Workload {
        match self {
            Self::Network(network) => network,
            Self::Command(command) => command,
        }
    }
}

/// One question, what is trained to answer it, where studies are stored, and where messages go.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) question: &'a StudyQuestion,
    pub(crate) trained: Trained<'a>,
    /// The study that is to go on, if it was named. This process owns it.
    pub(crate) resumed: Option<&'a str>,
    /// The command line that asks.
    pub(crate) origin: &'a Origin,
    pub(crate) store: &'a Store,
    pub(crate) screen: &'a Screen,
    pub(crate) signals: &'a Signals,
}

/// An earlier study with its result.
pub(crate) struct Earlier {
    pub(crate) question: String,
    pub(crate) result: StudyResult,
    pub(crate) created: i64,
    pub(crate) settings: Vec<(String, String)>,
}

impl Earlier {
    /// `None` for a study without a result.
    pub(crate) fn new(related: RelatedStudy) -> Option<Self> {
        let RelatedStudy { question, record: StudyRecord { created, settings, result, .. } } = related;
        Some(Self { question, result: result?, created, settings })
    }

    pub(crate) fn decided(&self) -> bool {
        decided(&self.result)
    }
}

pub(crate) fn decided(result: &StudyResult) -> bool {
    matches!(result.verdict.kind, VerdictKind::Best | VerdictKind::Tie)
}
