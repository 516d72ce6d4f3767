//! One trial from start to end: runs it row by row, stops it where going on answers no question, and keeps what goals need.
//!
//! Left out: which trials run and when (`run`), what follows from them (`verdict`).

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::past::{Passed, Trace};
use crate::strategy::TrialPlan;
use crate::study::{Direction, Phase, TrialEnd, TrialRecord};
use crate::target::Goals;
use crate::trend::{Outlook, Trend};
use crate::trial::{TrialError, Workload};

/// A trial that passed the target may go on to harder goals up to this multiple of the samples it took.
const TRAIN_ON: f64 = 4.0;
/// An open-ended trial has settled when the last half of its samples improved the metric by less than this share of its fall.
const SETTLED: f64 = 0.01;
/// Rows between two looks ahead.
const LOOK_AHEAD: usize = 8;
/// Rows before a look ahead may end a trial that nothing is known to beat.
const PATIENT_ROWS: usize = 32;
/// A lower bound this many times the truth was none.
const MISJUDGED: f64 = 1.1;
/// Rows before an open-ended trial may count as settled.
const SETTLED_ROWS: usize = 64;

/// Where a trial stood.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Parameter updates.
    pub step: u64,
    /// Training samples used.
    pub samples: u64,
    /// Training seconds.
    pub seconds: f64,
}

/// The rows of a trial that set a new best value: all that is needed to say when it crossed any goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    direction: Direction,
    /// Rows no better than this are not kept; a long trial would otherwise remember thousands that no goal asks for.
    easiest: f64,
    records: Vec<(f64, Position)>,
    best: Option<f64>,
}

impl Curve {
    pub(crate) fn new(direction: Direction, easiest: Option<f64>) -> Self {
        Self { direction, easiest: easiest.unwrap_or(direction.worst()), records: Vec::new(), best: None }
    }

    pub(crate) fn observe(&mut self, value: f64, position: Position) {
        if !value.is_finite() || self.best.is_some_and(|best| !self.direction.better(value, best)) {
            return;
        }
        self.best = Some(value);
        if self.direction.better(value, self.easiest) {
            self.records.push((value, position));
        }
    }

    /// The first evaluation strictly better than `goal`, which must be at least as hard as the easiest one kept.
    pub fn crossing(&self, goal: f64) -> Option<Position> {
        let after = self.records.partition_point(|record| !self.direction.better(record.0, goal));
        self.records.get(after).map(|record| record.1)
    }

    /// The rows at which it passed these goals, the easiest first: all that is needed to say again when it crossed them.
    fn passed(&self, goals: &[f64]) -> Vec<Passed> {
        let first = |&goal: &f64| {
            let after = self.records.partition_point(|record| !self.direction.better(record.0, goal));
            self.records.get(after).map(|&(value, at)| Passed { value, at })
        };
        let mut passed: Vec<Passed> = goals.iter().filter_map(first).collect();
        passed.dedup();
        passed
    }

    /// A curve of which only the rows in `passed` are left, the easiest first.
    pub(crate) fn remembered(direction: Direction, best: Option<f64>, passed: &[Passed]) -> Self {
        let records = passed.iter().map(|row| (row.value, row.at)).collect();
        Self { direction, easiest: direction.worst(), records, best }
    }

    /// Best finite value seen.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// Whether half of `samples` brought almost nothing. Needs all rows, so only for a curve without an easiest goal.
    fn settled(&self, samples: u64) -> bool {
        let (Some(first), Some(last)) = (self.records.first(), self.records.last()) else {
            return false;
        };
        let half = self.records.partition_point(|record| record.1.samples <= samples / 2);
        let middle = self.records[half.saturating_sub(1)];
        (last.0 - middle.0).abs() < SETTLED * (last.0 - first.0).abs() || half == self.records.len()
    }
}

/// A trial that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was asked.
    pub plan: TrialPlan,
    /// How training ended. [`TrialEnd::Target`] if it was stopped for having passed all goals.
    pub end: TrialEnd,
    /// Its last row.
    pub last: Position,
    /// When it passed what.
    pub curve: Curve,
    /// First finite value of the metric.
    pub first: Option<f64>,
    /// What went wrong.
    pub error: Option<String>,
    /// Whether the study's clock or its user ended it.
    pub interrupted: bool,
    /// Where its curve headed, for a trial that was asked to look ahead.
    pub outlook: Outlook,
    /// Of a trial that reached the goal: until so many samples its own curve had promised less than came of it, as one does that rests on a plateau.
    pub misjudged_until: u64,
}

impl Outcome {
    /// Whether it ended although it might have come further: not by itself, nor for having fallen behind.
    pub(crate) fn stopped_early(&self) -> bool {
        self.interrupted || matches!(self.end, TrialEnd::Target | TrialEnd::Failed | TrialEnd::DoesNotFit)
    }

    /// The summary with respect to the goal in force.
    pub(crate) fn record(&self, goals: &Goals) -> TrialRecord {
        let crossing = goals.goal().and_then(|goal| self.curve.crossing(goal));
        let at = crossing.unwrap_or(self.last);
        TrialRecord {
            request: self.plan.request,
            phase: self.plan.phase,
            // A trial stopped at a goal that was eased afterwards has passed the eased one too, and never the other way round.
            end: if crossing.is_some() { TrialEnd::Target } else { self.end },
            step: at.step,
            samples: at.samples,
            seconds: at.seconds,
            best_metric: self.curve.best(),
            error: self.error.clone(),
            why: self.plan.why,
            trace: Some(self.trace(goals)),
        }
    }

    fn trace(&self, goals: &Goals) -> Trace {
        Trace {
            end: self.end,
            last: self.last,
            first: self.first,
            interrupted: self.interrupted,
            outlook: self.outlook,
            misjudged_until: self.misjudged_until,
            passed: self.curve.passed(&goals.all()),
        }
    }
}

/// Runs one trial until it ends, needs no more rows, or `stop` is set.
pub(crate) fn execute(
    workload: &dyn Workload,
    plan: &TrialPlan,
    goals: &Goals,
    stop: &AtomicBool,
) -> Outcome {
    let mut outcome = Outcome {
        plan: *plan,
        end: TrialEnd::Budget,
        last: Position::default(),
        curve: Curve::new(goals.direction, goals.easiest()),
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

/// It might have come further, and nobody knows how far.
fn interrupt(outcome: &mut Outcome) {
    outcome.end = TrialEnd::Budget;
    outcome.interrupted = true;
    outcome.error = Some(TrialError::Interrupted.to_string());
}

fn train(
    workload: &dyn Workload,
    goals: &Goals,
    stop: &AtomicBool,
    outcome: &mut Outcome,
) -> Result<TrialEnd, TrialError> {
    let mut trial = workload.start(&outcome.plan.request)?;
    let mut reports = 0;
    let mut rows = 0;
    let mut trend = Trend::default();
    let mut looks = Vec::new();
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(TrialError::Interrupted);
        }
        let Some(row) = trial.next_row()? else {
            return told_nothing(reports, rows, goals).map_or(Ok(TrialEnd::Budget), Err);
        };
        reports += 1;
        outcome.last = Position { step: row.step, samples: row.samples, seconds: row.seconds };
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
        if let Some(patience) = outcome.plan.patience {
            let lower = |v: f64| if goals.direction == Direction::Below { v } else { -v };
            trend.observe(lower(value));
            if let Some(goal) = goals.goal().filter(|_| rows % LOOK_AHEAD == 0) {
                let outlook = trend.outlook(lower(goal), goals.direction == Direction::Below && goal > 0.0);
                looks.push((row.samples, outlook));
                if row.samples >= patience.blind_until {
                    outcome.outlook = outlook;
                }
            }
        }
        if let Some(end) = ending(outcome, goals, rows) {
            outcome.misjudged_until = misjudged_until(outcome, goals, &looks);
            return Ok(end);
        }
    }
}

/// Up to where these looks ahead, each at its samples, promised a crossing clearly later than it came.
fn misjudged_until(outcome: &Outcome, goals: &Goals, looks: &[(u64, Outlook)]) -> u64 {
    let Some(crossed) = goals.goal().and_then(|goal| outcome.curve.crossing(goal)) else { return 0 };
    let wrong = |&&(samples, outlook): &&(u64, Outlook)| match outlook {
        Outlook::AtLeast(times) => samples as f64 * times > MISJUDGED * crossed.samples as f64,
        Outlook::Stuck => samples < crossed.samples,
        Outlook::Open | Outlook::Hovering => false,
    };
    looks.iter().rev().find(wrong).map_or(0, |&(samples, _)| samples)
}

/// A trial that reported, but never the metric that is asked about, cannot be judged.
fn told_nothing(reports: usize, rows: usize, goals: &Goals) -> Option<TrialError> {
    let silent = reports > 0 && rows == 0;
    silent.then(|| TrialError::Failed(format!("none of its {reports} rows has {}", goals.metric)))
}

/// Whether its samples alone already lose.
fn is_lost_by_samples(outcome: &Outcome) -> bool {
    outcome.plan.give_up_after.is_some_and(|most| outcome.last.samples > most)
}

/// Whether the trial has answered what it was started for.
fn ending(outcome: &Outcome, goals: &Goals, rows: usize) -> Option<TrialEnd> {
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
