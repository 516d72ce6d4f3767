//! Runs one trial row by row, and stops it as soon as more rows cannot change what is learnt from
//! it.
//!
//! Left out: which trials are run, and on which threads (`study`).

use crate::ask::target::Goals;
use crate::result::objective::Direction;
use crate::result::trial_record::{Outlook, TrialEnd, TrialPosition};
use crate::state::outcome::{TrialCurve, TrialOutcome};
use crate::state::trend::Trend;
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::{TrialError, Workload};
use std::sync::atomic::{AtomicBool, Ordering};

/// A trial that passed the target may train on to harder goals, up to this multiple of the samples
/// that the target took.
const TRAIN_ON: f64 = 4.0;
/// Rows between two extrapolations of the curve.
const LOOK_AHEAD: usize = 8;
/// Fewest rows before an extrapolation may end a trial for which no better trial is known.
const PATIENT_ROWS: usize = 32;
/// A lower bound that is more than this many times the true value was wrong.
const MISJUDGED: f64 = 1.1;
/// Fewest rows before a trial without a goal may count as settled.
const SETTLED_ROWS: usize = 64;

/// Runs one trial until it ends, needs no more rows, or `stop` is set.
pub(crate) fn execute(
    workload: &dyn Workload,
    plan: &TrialPlan,
    goals: &Goals,
    stop: &AtomicBool,
) -> TrialOutcome {
    let mut outcome = TrialOutcome {
        plan: *plan,
        end: TrialEnd::Budget,
        last: TrialPosition::default(),
        curve: TrialCurve::new(goals.direction, goals.easiest()),
        first: None,
        error: None,
        interrupted: false,
        outlook: Outlook::Open,
        misjudged_until: 0,
    };
    match train(workload, goals, stop, &mut outcome) {
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
    outcome: &mut TrialOutcome,
) -> Result<TrialEnd, TrialError> {
    let mut trial = workload.start(&outcome.plan.request)?;
    let mut reports = 0;
    let mut rows = 0;
    let mut extrapolations = Extrapolations::default();
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
        outcome.first = outcome.first.or(Some(value).filter(|value| value.is_finite()));
        outcome.curve.observe(value, outcome.last);
        extrapolations.observe(value, rows, goals, outcome);
        if let Some(end) = ending(outcome, goals, rows) {
            outcome.misjudged_until = misjudged_until(outcome, goals, &extrapolations.looks);
            return Ok(end);
        }
    }
}

/// The extrapolations of a running trial's curve.
#[derive(Default)]
struct Extrapolations {
    trend: Trend,
    /// Each with the samples that the trial had used.
    looks: Vec<(u64, Outlook)>,
}

impl Extrapolations {
    /// Adds the last row of a trial, and extrapolates if it is time to.
    fn observe(&mut self, value: f64, rows: usize, goals: &Goals, outcome: &mut TrialOutcome) {
        let Some(patience) = outcome.plan.patience else { return };
        let below = goals.direction == Direction::Below;
        let lower = |v: f64| if below { v } else { -v };
        self.trend.observe(lower(value));
        if let Some(goal) = goals.goal().filter(|_| rows.is_multiple_of(LOOK_AHEAD)) {
            let outlook = self.trend.outlook(lower(goal), below && goal > 0.0);
            self.looks.push((outcome.last.samples, outlook));
            if outcome.last.samples >= patience.blind_until {
                outcome.outlook = outlook;
            }
        }
    }
}

/// The last extrapolation (each is given with its samples) that predicted a crossing clearly later
/// than it came: its samples.
fn misjudged_until(outcome: &TrialOutcome, goals: &Goals, looks: &[(u64, Outlook)]) -> u64 {
    let Some(crossed) = goals.goal().and_then(|goal| outcome.curve.crossing(goal)) else { return 0 };
    let wrong = |&&(samples, outlook): &&(u64, Outlook)| match outlook {
        Outlook::AtLeast(times) => samples as f64 * times > MISJUDGED * crossed.samples as f64,
        Outlook::Stuck => samples < crossed.samples,
        Outlook::Open | Outlook::Hovering => false,
    };
    looks.iter().rev().find(wrong).map_or(0, |&(samples, _)| samples)
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
        None => {
            let most = outcome.plan.give_up_after;
            let hopeless = || match (outcome.outlook, most) {
                (Outlook::Open, _) | (Outlook::Hovering, Some(_)) => false,
                (Outlook::AtLeast(times), Some(most)) => samples as f64 * times > most as f64,
                (Outlook::AtLeast(times), None) => {
                    rows >= PATIENT_ROWS
                        && outcome.plan.patience.is_some_and(|patience| times > patience.times)
                }
                (Outlook::Stuck, _) => rows >= PATIENT_ROWS,
                (Outlook::Hovering, None) => rows >= 2 * PATIENT_ROWS,
            };
            let lost = is_lost_by_samples(outcome) || hopeless();
            lost.then_some(TrialEnd::Lost)
        }
    }
}
