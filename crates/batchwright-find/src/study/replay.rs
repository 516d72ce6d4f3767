//! Gives the known answers of a journal again, each once, when the study asks for them.
//!
//! A measurement is known by its size, a trial by its plan. Of several equal ones the oldest is
//! given first. So a round that was cut in its middle gets the trials that had ended, and a lost
//! entry costs only the trial that it was about.
//!
//! Left out: what the study does where nothing is known (`study`).

use crate::state::outcome::TrialOutcome;
use crate::study::journal::{Journal, JournalEntry, Moment};
use crate::trial::TrialError;
use crate::trial::plan::TrialPlan;
use crate::trial::step_cost::StepMeasurement;

/// A known measurement, with what it cost in seconds.
pub(crate) type KnownMeasurement = (Result<StepMeasurement, TrialError>, f64);

/// What is known, and what of it was given.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    entries: Vec<JournalEntry>,
    /// Whether an entry was given, or is none that can be given.
    given: Vec<bool>,
    /// The latest of the given entries.
    latest: Option<usize>,
}

impl Replay {
    /// Everything is known that is in the journal. Trials that were interrupted are not, if the study
    /// now has more time.
    pub(crate) fn new(journal: &Journal, more_time: bool) -> Self {
        let entries = journal.entries().to_vec();
        let given = entries.iter().map(|entry| match entry {
            JournalEntry::Measured { .. } => false,
            JournalEntry::Ended { outcome, .. } => outcome.interrupted && more_time,
            JournalEntry::Began { .. } | JournalEntry::TakenAsEvidence { .. } => true,
        });
        Self { given: given.collect(), entries, latest: None }
    }

    /// Whether nothing was known from the start.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What the workload knew at the last entry.
    pub(crate) fn last_memory(&self) -> Option<&str> {
        self.entries.iter().rev().find_map(|entry| entry.at()?.memory.as_deref())
    }

    /// When the latest of the given answers came, by the order of the journal.
    pub(crate) fn moment(&self) -> Option<&Moment> {
        self.entries.get(self.latest?)?.at()
    }

    /// The next known measurement of a size.
    pub(crate) fn measurement(&mut self, size: u64) -> Option<KnownMeasurement> {
        let of_size = |entry: &JournalEntry| matches!(entry, JournalEntry::Measured { batch_size, .. } if *batch_size == size);
        match self.give(of_size)? {
            JournalEntry::Measured { answer, cost, .. } => Some((answer.clone(), *cost)),
            _ => None,
        }
    }

    /// The next known outcome of a plan.
    pub(crate) fn trial(&mut self, plan: &TrialPlan) -> Option<TrialOutcome> {
        let of_plan = |entry: &JournalEntry| matches!(entry, JournalEntry::Ended { outcome, .. } if outcome.plan.asks_the_same(plan));
        match self.give(of_plan)? {
            JournalEntry::Ended { outcome, .. } => Some(TrialOutcome { plan: *plan, ..(**outcome).clone() }),
            _ => None,
        }
    }

    fn give(&mut self, wanted: impl Fn(&JournalEntry) -> bool) -> Option<&JournalEntry> {
        let found =
            self.entries.iter().zip(&self.given).position(|(entry, given)| !given && wanted(entry))?;
        self.given[found] = true;
        self.latest = self.latest.max(Some(found));
        self.entries.get(found)
    }

    /// The trials that became evidence after this round, when the study asked for something else
    /// once before.
    pub(crate) fn evidence_after(&mut self, round: u64) -> Vec<TrialOutcome> {
        let mark = |entry: &JournalEntry| match entry {
            JournalEntry::TakenAsEvidence { round: of, entries } if *of == round => Some(entries.clone()),
            _ => None,
        };
        let taken: Vec<usize> = self.entries.iter().filter_map(mark).flatten().collect();
        taken.into_iter().filter_map(|k| self.take(k)).collect()
    }

    /// All trials that were not given, with the numbers of their entries. After this no trial is known.
    /// Measurements are: a step takes as long whatever is tried next.
    pub(crate) fn rest(&mut self) -> (Vec<usize>, Vec<TrialOutcome>) {
        let rest: Vec<_> = (0..self.entries.len()).filter_map(|k| Some((k, self.take(k)?))).collect();
        for (entry, given) in self.entries.iter().zip(&mut self.given) {
            *given |= matches!(entry, JournalEntry::Ended { .. });
        }
        rest.into_iter().unzip()
    }

    fn take(&mut self, k: usize) -> Option<TrialOutcome> {
        match (self.entries.get(k)?, self.given.get_mut(k)?) {
            (JournalEntry::Ended { outcome, .. }, given @ false) if !outcome.interrupted => {
                *given = true;
                Some((**outcome).clone())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::trial_record::TrialEnd;
    use crate::state::examples;
    use crate::study::journal::JOURNAL_VERSION;
    use crate::trial::step_cost::StepTime;

    /// Else a study that goes on otherwise measures again what it has measured.
    #[test]
    fn a_measurement_stays_known_when_trials_become_evidence() {
        let at = Moment { seconds: 1.0, memory: None };
        let step_time = StepTime { median: 0.5, low: 0.4, high: 0.6 };
        let began = JournalEntry::Began { version: JOURNAL_VERSION, budget: None, earlier: None };
        let answer = Ok(step_time.into());
        let measured = JournalEntry::Measured { batch_size: 64, answer, cost: 2.0, at: at.clone() };
        let outcome = examples::trial(64, 0.1, TrialEnd::Target, &[(10, 0.05)]);
        let ended = JournalEntry::Ended { outcome: Box::new(outcome.clone()), at };
        let journal = Journal::new(vec![began, measured, ended]).unwrap();
        let mut replay = Replay::new(&journal, false);
        assert_eq!(replay.rest(), (vec![2], vec![outcome.clone()]));
        assert_eq!(replay.trial(&outcome.plan), None);
        assert_eq!(replay.measurement(64), Some((Ok(step_time.into()), 2.0)));
        assert_eq!((replay.measurement(64), replay.rest().0.len()), (None, 0));
    }
}
