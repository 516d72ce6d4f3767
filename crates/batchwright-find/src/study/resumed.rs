//! How a study goes on after an interruption: from the answers that are known to the first that is
//! not.
//!
//! Left out: which answers are known (`replay`).

use crate::remark::Remark;
use crate::state::outcome::TrialOutcome;
use crate::study::Study;
use crate::study::journal::{JOURNAL_VERSION, JournalEntry};
use crate::study::observer::StudyEvent;
use crate::trial::Workload;
use crate::trial::plan::TrialPlan;
use std::time::Duration;

impl Study<'_> {
    /// Takes over what the workload and the clock knew at the latest answer that was given again.
    pub(super) fn recall(&mut self) {
        if self.clock.runs() {
            return;
        }
        if let Some(at) = self.replay.moment() {
            self.clock.set(Duration::try_from_secs_f64(at.seconds).unwrap_or_default());
            remember(self.workload, at.memory.as_deref());
        }
    }

    /// From here on something new is asked of the workload.
    pub(super) fn go_live(&mut self) {
        if self.clock.runs() {
            return;
        }
        remember(self.workload, self.replay.last_memory());
        self.clock.set(self.used_before);
        self.clock.start();
        let first = self.replay.is_empty();
        self.learnt(&JournalEntry::Began {
            version: JOURNAL_VERSION,
            budget: self.state.config().budget.map(|budget| budget.as_secs_f64()),
            earlier: self.earlier.filter(|_| first).cloned().map(Box::new),
        });
    }

    pub(super) fn learnt(&mut self, entry: &JournalEntry) {
        self.observer.on_event(&StudyEvent::Learnt(entry));
    }

    /// Notes a trial that the clock interrupted and without which the study goes on.
    pub(super) fn note(&mut self, outcome: &TrialOutcome) {
        let at = self.clock.moment(self.workload);
        self.learnt(&JournalEntry::Ended { outcome: outcome.clone().into(), at });
    }

    /// The known outcomes of a round.
    pub(super) fn known(&mut self, plans: &[TrialPlan]) -> Vec<Option<TrialOutcome>> {
        let known: Vec<Option<TrialOutcome>> = plans.iter().map(|plan| self.replay.trial(plan)).collect();
        self.recall();
        for outcome in known.iter().flatten() {
            self.observer.on_event(&StudyEvent::TrialKnown(&outcome.record(&self.state.goals)));
        }
        known
    }

    /// What the study had taken as evidence after this round.
    pub(super) fn same_evidence(&mut self) -> Vec<TrialOutcome> {
        self.replay.evidence_after(self.rounds)
    }

    /// All that is known and was not asked for again. The study asks for something else than before, so
    /// it does not wait for these trials any more.
    pub(super) fn rest_as_evidence(&mut self) -> Vec<TrialOutcome> {
        let (entries, evidence) = self.replay.rest();
        if !entries.is_empty() {
            self.go_live();
            self.learnt(&JournalEntry::TakenAsEvidence { round: self.rounds, entries });
        }
        evidence
    }

    /// Whether a study that wanted no more had known more when it was interrupted. With that it may
    /// want more.
    pub(super) fn had_wanted_more(&mut self) -> bool {
        self.rounds += 1;
        let same = self.same_evidence();
        let evidence = if same.is_empty() { self.rest_as_evidence() } else { same };
        let any = !evidence.is_empty();
        self.count_as_evidence(evidence);
        any
    }

    pub(super) fn count_as_evidence(&mut self, evidence: Vec<TrialOutcome>) {
        if evidence.is_empty() {
            return;
        }
        for outcome in &evidence {
            self.observer.on_event(&StudyEvent::TrialKnown(&outcome.record(&self.state.goals)));
        }
        self.state.remark(Remark::WentOnOtherwise { trials: evidence.len() as u64 });
        self.add(evidence);
    }
}

fn remember(workload: &dyn Workload, memory: Option<&str>) {
    // Every memory of the journal was tried before the study began.
    let _ = memory.map(|memory| workload.remember(memory));
}
