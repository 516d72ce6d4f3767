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

/// Who hears of a trial while it runs.
pub(crate) trait Follower {
    /// It was evaluated, which may have ended it.
    fn row(&mut self, outcome: &TrialOutcome);

    /// Whether it should go on, where its plan asks.
    fn goes_on(&mut self, outcome: &TrialOutcome) -> bool;
}

/// Runs one trial until it ends, needs no more rows, `stop` is set, or the follower says that it should not go
/// on.
pub(crate) fn execute(
    workload: &dyn Workload,
    plan: &TrialPlan,
    goals: &Goals,
    stop: &AtomicBool,
    follower: &mut dyn Follower,
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
    match train(workload, goals, stop, follower, &mut outcome) {
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
    follower: &mut dyn Follower,
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
            outcome.error = without_metric(reports, rows, goals);
            return Ok(TrialEnd::Budget);
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
        follower.row(outcome);
        if let Some(end) = ending(outcome, goals, rows) {
            return Ok(end);
        }
        if outcome.last.samples >= ask_at {
            if !follower.goes_on(outcome) {
                return Ok(TrialEnd::Lost);
            }
            ask_at = (outcome.last.samples as f64 * ASKED_AGAIN).ceil() as u64;
        }
    }
}

/// Why a trial whose rows never contained the target's metric cannot be judged. It is no failure: it
/// had no time to be evaluated.
fn without_metric(reports: usize, rows: usize, goals: &Goals) -> Option<String> {
    let silent = reports > 0 && rows == 0;
    silent.then(|| {
        format!("it ended before it was evaluated once: none of its {reports} rows has {}", goals.metric)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beds::quadratic::Quadratic;
    use crate::state::examples::{self, Answering};

    /// A trial of 64 samples a step, with a row each step, too slow to reach the target soon; and the
    /// samples at which it was asked about. It goes on until it has been asked `most` times.
    fn asked(ask_after: Option<u64>, eval_samples: u64, most: usize) -> (TrialOutcome, Vec<u64>) {
        let state = examples::state(&examples::config(), &[64]);
        let mut plan = examples::plan(64, 1e-4);
        (plan.ask_after, plan.request.eval_samples, plan.request.max_samples) =
            (ask_after, eval_samples, 64_000);
        let mut samples = Vec::new();
        let mut asked = Answering(|run: &TrialOutcome| {
            assert!(run.latest.is_some() && run.latest <= run.first, "{run:?}");
            assert_eq!(run.curve.crossing(0.1), None);
            samples.push(run.last.samples);
            samples.len() <= most
        });
        let outcome =
            execute(&Quadratic::default(), &plan, &state.goals, &AtomicBool::new(false), &mut asked);
        (outcome, samples)
    }

    /// A question takes a second: it must not be asked at every row, nor when it is too late.
    #[test]
    fn a_strategy_is_asked_again_after_a_share_of_what_was_used() {
        let (outcome, samples) = asked(Some(640), 64, usize::MAX);
        assert_eq!(samples[..4], [640, 1088, 1856, 3200]);
        assert!(samples.windows(2).all(|pair| pair[1] as f64 >= ASKED_AGAIN * pair[0] as f64));
        assert_eq!((outcome.end, outcome.last.samples), (TrialEnd::Budget, 64_000));
        // Rows that are rarer than questions: at the first row past each.
        let (_, samples) = asked(Some(640), 1000, usize::MAX);
        assert_eq!(samples[..3], [1024, 2048, 4032]);
        let (outcome, samples) = asked(None, 64, 0);
        assert_eq!((outcome.end, samples.len()), (TrialEnd::Budget, 0));
    }

    /// What it was told is over must neither train on nor count as a failure.
    #[test]
    fn a_trial_that_should_not_go_on_is_lost_where_it_is() {
        let (outcome, samples) = asked(Some(640), 64, 2);
        assert_eq!(samples, [640, 1088, 1856]);
        assert_eq!((outcome.end, outcome.last.samples), (TrialEnd::Lost, 1856));
        assert!(!outcome.interrupted && outcome.error.is_none());
    }

    /// A row that reaches the target must not be thrown away by an answer to a question that came with
    /// it.
    #[test]
    fn a_trial_that_reaches_the_target_is_not_asked_about_there() {
        let state = examples::state(&examples::config(), &[64]);
        let run = examples::bed_run(&state, 64, 0.3, 10_000);
        let reached = run.curve.crossing(0.1).unwrap();
        let plan = TrialPlan { ask_after: Some(reached.samples), ..examples::plan(64, 0.3) };
        let never = &mut Answering(|_: &TrialOutcome| unreachable!());
        let outcome = execute(&Quadratic::default(), &plan, &state.goals, &AtomicBool::new(false), never);
        assert_eq!((outcome.end, outcome.last), (TrialEnd::Target, reached));
    }
}
