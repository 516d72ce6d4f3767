//! The log of a study while it runs: each trial as a run, once it has ended.
//!
//! As that of a run it never ends the work. Left out: trials that still run, of which a study hears
//! nothing but how far they are.

use crate::tracking::log::{LogLost, open_logs, with_each};
use crate::tracking::place::LogPlace;
use crate::tracking::tracker::Tracker;
use crate::tracking::trials::trial;
use batchwright_find::JournalEntry;
use batchwright_store::{Origin, StudyRecord};

/// The trials of a study in all its logs.
pub(crate) struct StudyLog {
    study: StudyRecord,
    origin: Origin,
    logs: Vec<(LogPlace, Box<dyn Tracker>)>,
    /// Trials that have ended.
    ended: usize,
}

impl StudyLog {
    /// The logs of a study of which so many trials have ended, and those that cannot be opened.
    pub(crate) fn open(
        places: &[LogPlace],
        study: StudyRecord,
        origin: Origin,
        ended: usize,
    ) -> (Self, Vec<LogLost>) {
        let (logs, lost) = open_logs(places, |place, tracker| (place, tracker));
        (Self { study, origin, logs, ended }, lost)
    }

    /// Where it is logged.
    pub(crate) fn places(&self) -> impl Iterator<Item = &LogPlace> {
        self.logs.iter().map(|log| &log.0)
    }

    /// The study has heard an answer. Logs that cannot be written are given up.
    pub(crate) fn learnt(&mut self, entry: &JournalEntry) -> Vec<LogLost> {
        let next = self.ended + 1;
        let Some((run, points, end)) = trial(&self.study, Some(&self.origin), next, entry) else {
            return Vec::new();
        };
        self.ended = next;
        with_each(&mut self.logs, |log| &log.0, |log| log.1.replace(&run, &points, &end))
    }
}
