//! Runs one trial row by row, and stops it as soon as more rows cannot change what is learnt from
//! it.
//!
//! Left out: which trials are run, and on which threads (`study`).

use crate::ask::target::Goals;
use crate::result::trial_record::{TrialEnd, TrialPosition};
use crate::state::outcome::{TrialCurve, TrialOutcome};
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::{TrialError, Workload};
use std::sync::atomic::{AtomicBool, Ordering};

/// A trial that passed the target may train on to harder goals, up to this multiple of the samples
/// that the target took.
const TRAIN_ON: f64 = 4.0;
/// A trial about which the strategy was asked goes on until it has used this many times the samples
/// before it is asked again.
const ASKED_AGAIN: f64 = 1.7;
/// Fewest rows before a trial without a goal may count as settled.
const SETTLED_ROWS: usize = 64;

/// Runs one trial until it ends, needs no more rows, `stop` is set, or `goes_on` says no where the plan
/// asks.
pub(crate) fn execute(
    workload: &dyn Workload,
    plan: &TrialPlan,
    goals: &Goals,
    stop: &AtomicBool,
    goes_on: &mut dyn FnMut(&TrialOutcome) -> bool,
) -> TrialOutcome {
    let mut outcome = TrialOutcome {
        plan: *plan,
        end: TrialEnd::Budget,
        last: TrialPosition::default(),
        curve: TrialCurve::new(goals.direction),
        first: None,
        latest: None,
        error: None,
        interrupted: false,
    };
    match train(workload, goals, stop, goes_on, &mut outcome) {
        Ok(end) => outcome.end = end,
        Err(TrialError::Interrupted) => interrupt(&mut outcome),
        Err(error) => {
            let misfit = matches!(error, TrialError::DoesNotFit { .. });
            outcome.end = if misfit { TrialEnd::DoesNotFit } else { TrialEnd::Failed };
            outcome.error = Some(error.to_string());
        }
    }
    outcome
}

/// The trial might have improved further, and nobody knows by how much.
fn interrupt(outcome: &mut TrialOutcome) {
    outcome.end = TrialEnd::Budget;
    outcome.interrupted = true;
    outcome.error = Some(TrialError::Interrupted.to_string());
}

fn train(
    workload: &dyn Workload,
    goals: &Goals,
    stop: &AtomicBool,
    goes_on: &mut dyn FnMut(&TrialOutcome) -> bool,
    outcome: &mut TrialOutcome,
) -> Result<TrialEnd, TrialError> {
    let mut trial = workload.start(&outcome.plan.request)?;
    let mut reports = 0;
    let mut rows = 0;
    let mut ask_at = outcome.plan.ask_after.unwrap_or(u64::MAX);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(TrialError::Interrupted);
        }
        let Some(row) = trial.next_row()? else {
            return without_metric(reports, rows, goals).map_or(Ok(TrialEnd::Budget), Err);
        };
        reports += 1;
        outcome.last = TrialPosition { step: row.step, samples: row.samples, seconds: row.seconds };
        if row.diverged() {
            return Ok(TrialEnd::Diverged);
        }
        let Some(value) = row.metric(&goals.metric) else {
            if is_lost_by_samples(outcome) {
                return Ok(TrialEnd::Lost);
            }
            continue;
        };
        rows += 1;
        outcome.latest = Some(value).filter(|value| value.is_finite());
        outcome.first = outcome.first.or(outcome.latest);
        outcome.curve.observe(value, outcome.last);
        if let Some(end) = ending(outcome, goals, rows) {
            return Ok(end);
        }
        if outcome.last.samples >= ask_at {
            if !goes_on(outcome) {
                return Ok(TrialEnd::Lost);
            }
            ask_at = (outcome.last.samples as f64 * ASKED_AGAIN).ceil() as u64;
        }
    }
}

/// A trial whose rows never contained the target's metric cannot be judged.
fn without_metric(reports: usize, rows: usize, goals: &Goals) -> Option<TrialError> {
    let silent = reports > 0 && rows == 0;
    silent.then(|| TrialError::Failed(format!("none of its {reports} rows has {}", goals.metric)))
}

/// Whether the trial is lost by the number of its samples alone.
fn is_lost_by_samples(outcome: &TrialOutcome) -> bool {
    outcome.plan.give_up_after.is_some_and(|most| outcome.last.samples > most)
}

/// How the trial ends now, if its purpose is fulfilled or it is lost.
fn ending(outcome: &TrialOutcome, goals: &Goals, rows: usize) -> Option<TrialEnd> {
    let samples = outcome.last.samples;
    let Some(goal) = goals.goal() else {
        let open_ended = outcome.plan.phase == Phase::Pilot && rows >= SETTLED_ROWS;
        return (open_ended && outcome.curve.settled(samples)).then_some(TrialEnd::Budget);
    };
    match outcome.curve.crossing(goal) {
        Some(crossed) => {
            let on =
                outcome.plan.phase == Phase::Confirm && samples as f64 <= TRAIN_ON * crossed.samples as f64;
            let harder = goals.hardest().is_some_and(|hardest| outcome.curve.crossing(hardest).is_none());
            (!(on && harder)).then_some(TrialEnd::Target)
        }
        None => is_lost_by_samples(outcome).then_some(TrialEnd::Lost),
    }
}
