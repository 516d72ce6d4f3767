//! The state of a run or a study. It is derived when it is read: nobody writes that a process was
//! killed.

use serde::Serialize;

use crate::error::StoreError;
use crate::owner::{Life, Owner};

/// The state of a run or a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// Its process lives, or is on another host.
    Running,
    /// It has no result, and its process is gone. It can be resumed.
    Lost,
    /// It has a result.
    Done,
    /// It ended with an error.
    Failed,
    /// A signal ended it; its result covers the work so far.
    Stopped,
}

impl EntryStatus {
    /// The word that is stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Lost => "lost",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// The status of the entry `name`, from the word and the owner (as JSON) that are stored.
pub(crate) fn status(name: &str, word: &str, owner: Option<&[u8]>) -> Result<EntryStatus, StoreError> {
    if let Some(owner) = owner {
        let owner = Owner::read(name, owner)?;
        // Also where the word says "done": a finished run that is being extended has an owner.
        return Ok(match owner.life() {
            Life::Lives | Life::OutOfSight => EntryStatus::Running,
            Life::Gone => EntryStatus::Lost,
        });
    }
    let all = [EntryStatus::Done, EntryStatus::Failed, EntryStatus::Stopped];
    match all.into_iter().find(|status| status.as_str() == word) {
        Some(status) => Ok(status),
        // It was given back without an end, or stored when there were no owners.
        None if word == EntryStatus::Running.as_str() => Ok(EntryStatus::Lost),
        None => Err(StoreError::Content {
            what: "status",
            name: name.to_owned(),
            reason: format!("unknown value {word:?}"),
        }),
    }
}
