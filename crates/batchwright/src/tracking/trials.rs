//! The trials of a study as runs of their own: size, rate and seed as parameters, the best value of the
//! target's metric so far as a curve, and how it ended.
//!
//! A study keeps of a trial the rows that set a new best value, in its journal; of a study without one
//! its result has some of them. Left out: trials that still run, since a journal holds answers only.

use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun, TrackedState, identity, parameters};
use batchwright_find::{
    Journal, JournalEntry, Passed, Phase, TargetSpec, TrialEnd, TrialOutcome, TrialPosition, TrialRecord,
    TrialRequest,
};
use batchwright_store::{Origin, StudyRecord};

/// A run with everything that is known of it.
pub(crate) type WholeRun = (TrackedRun, Vec<TrackedPoint>, TrackedEnd);

/// What is known of a trial.
struct KnownTrial<'a> {
    request: TrialRequest,
    phase: Phase,
    end: TrialEnd,
    interrupted: bool,
    last: TrialPosition,
    passed: &'a [Passed],
    /// Seconds of the study when it ended, where they are known.
    ended: Option<f64>,
}

impl<'a> KnownTrial<'a> {
    fn of_journal(outcome: &'a TrialOutcome, ended: f64) -> Self {
        Self {
            request: outcome.plan.request,
            phase: outcome.plan.phase,
            end: outcome.end,
            interrupted: outcome.interrupted,
            last: outcome.last,
            passed: outcome.curve.records(),
            ended: Some(ended),
        }
    }

    fn of_result(record: &'a TrialRecord) -> Self {
        let at = TrialPosition { step: record.step, samples: record.samples, seconds: record.seconds };
        Self {
            request: record.request,
            phase: record.phase,
            end: record.end,
            interrupted: record.was_interrupted(),
            last: record.trace.as_ref().map_or(at, |trace| trace.last),
            passed: record.trace.as_ref().map_or(&[][..], |trace| &trace.passed),
            ended: None,
        }
    }

    fn parameters(&self, settings: &[(String, String)]) -> Vec<(String, String)> {
        let TrialRequest { batch_size, learning_rate, seed, max_samples, .. } = self.request;
        let phase = match self.phase {
            Phase::Pilot => "pilot",
            Phase::Tune => "tune",
            Phase::Confirm => "confirm",
            Phase::Check => "check",
        };
        let own = [
            ("batch-size", batch_size.to_string()),
            ("lr", learning_rate.to_string()),
            ("seed", seed.to_string()),
            ("max-samples", max_samples.to_string()),
            ("phase", phase.to_owned()),
        ];
        let own = own.map(|(key, value)| (key.to_owned(), value));
        // What the study asks for stands behind what the trial was given of it.
        let of_study =
            parameters(settings).into_iter().filter(|(key, _)| own.iter().all(|own| own.0 != *key));
        own.iter().cloned().chain(of_study).collect()
    }

    fn end(&self) -> (TrackedState, &'static str) {
        match self.end {
            _ if self.interrupted => (TrackedState::Stopped, "interrupted"),
            TrialEnd::Target => (TrackedState::Finished, "target"),
            TrialEnd::Budget => (TrackedState::Finished, "budget"),
            TrialEnd::Lost => (TrackedState::Finished, "lost"),
            TrialEnd::Diverged => (TrackedState::Failed, "diverged"),
            TrialEnd::DoesNotFit => (TrackedState::Failed, "does_not_fit"),
            TrialEnd::Failed => (TrackedState::Failed, "failed"),
        }
    }
}

/// The metric that a study watches.
fn metric(study: &StudyRecord) -> String {
    let target = study.result.as_ref().and_then(|result| result.target.as_ref());
    let asked = || {
        let setting = study.settings.iter().find(|setting| setting.0 == "target")?;
        TargetSpec::parse(&setting.1).ok().map(|target| target.metric().to_owned())
    };
    target.map(|target| target.metric.clone()).or_else(asked).unwrap_or_else(|| "metric".to_owned())
}

/// The trials of a study, in the order in which they ended.
pub(crate) fn trials(
    study: &StudyRecord,
    journal: Option<&Journal>,
    origin: Option<&Origin>,
) -> Vec<WholeRun> {
    let entries = journal.map_or(&[][..], Journal::entries);
    let mut known: Vec<KnownTrial> = entries.iter().filter_map(ended).collect();
    if known.is_empty() {
        let records = study.result.as_ref().map_or(&[][..], |result| &result.trials);
        known = records.iter().map(KnownTrial::of_result).collect();
    }
    let whole = |(at, trial): (usize, &KnownTrial)| whole(study, origin, at + 1, trial);
    known.iter().enumerate().map(whole).collect()
}

/// The `nth` trial of a study, from 1, where this entry of the journal is the end of one.
pub(crate) fn trial(
    study: &StudyRecord,
    origin: Option<&Origin>,
    nth: usize,
    entry: &JournalEntry,
) -> Option<WholeRun> {
    Some(whole(study, origin, nth, &ended(entry)?))
}

/// How many trials have ended.
pub(crate) fn ended_trials(entries: &[JournalEntry]) -> usize {
    entries.iter().filter_map(ended).count()
}

fn ended(entry: &JournalEntry) -> Option<KnownTrial<'_>> {
    match entry {
        JournalEntry::Ended { outcome, at } => Some(KnownTrial::of_journal(outcome, at.seconds)),
        _ => None,
    }
}

fn whole(study: &StudyRecord, origin: Option<&Origin>, nth: usize, trial: &KnownTrial) -> WholeRun {
    let id = identity("study", &study.name, study.created, origin);
    let TrialRequest { batch_size, learning_rate, seed, .. } = trial.request;
    let ended = trial.ended.unwrap_or(trial.last.seconds).max(trial.last.seconds);
    let started = study.created as f64 + ended - trial.last.seconds;
    let name = format!("{nth:03}-b{batch_size}-lr{}-seed{seed}", short(learning_rate));
    let run = TrackedRun {
        id: identity("trial", &format!("{id} {name}"), study.created, None),
        name,
        study: Some(study.name.clone()),
        started,
        parameters: trial.parameters(&study.settings),
    };
    let best = format!("best/{}", metric(study));
    let point = |values: Vec<(String, f64)>, at: TrialPosition| TrackedPoint {
        step: at.step,
        time: started + at.seconds,
        values: values.into_iter().chain(coordinates(at)).collect(),
    };
    let row = |passed: &Passed| point(vec![(best.clone(), passed.value)], passed.at);
    let points: Vec<TrackedPoint> = trial.passed.iter().map(row).collect();
    // Where the last row is on the curve, it says where the trial ended.
    let ends_there = trial.passed.last().is_some_and(|passed| passed.at.step == trial.last.step);
    let last = (!ends_there).then(|| point(Vec::new(), trial.last));
    let (state, outcome) = trial.end();
    let end = TrackedEnd { state, outcome: Some(outcome), time: started + trial.last.seconds, last };
    (run, points, end)
}

/// With three digits, for a name; the parameters have all of them.
fn short(rate: f64) -> f64 {
    format!("{rate:.2e}").parse().unwrap_or(rate)
}

fn coordinates(at: TrialPosition) -> [(String, f64); 2] {
    [("progress/samples".to_owned(), at.samples as f64), ("progress/seconds".to_owned(), at.seconds)]
}
