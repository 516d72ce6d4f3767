//! One trial from start to end: runs it row by row, stops it where going on answers no question, and keeps what goals need.
//!
//! Left out: which trials run and when (`run`), what follows from them (`verdict`).

use crate::ask::target::Goals;
use crate::result::objective::Direction;
use crate::result::trial_record::{Passed, Trace, TrialEnd, TrialPosition, TrialRecord};
use crate::state::trend::Outlook;
use crate::trial::plan::TrialPlan;

/// An open-ended trial has settled when the last half of its samples improved the metric by less than this share of its fall.
const SETTLED: f64 = 0.01;

/// The rows of a trial that set a new best value: all that is needed to say when it crossed any goal.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialCurve {
    direction: Direction,
    /// Rows no better than this are not kept; a long trial would otherwise remember thousands that no goal asks for.
    easiest: f64,
    records: Vec<(f64, TrialPosition)>,
    best: Option<f64>,
}

impl TrialCurve {
    pub(crate) fn new(direction: Direction, easiest: Option<f64>) -> Self {
        Self { direction, easiest: easiest.unwrap_or(direction.worst()), records: Vec::new(), best: None }
    }

    pub(crate) fn observe(&mut self, value: f64, position: TrialPosition) {
        if !value.is_finite() || self.best.is_some_and(|best| !self.direction.better(value, best)) {
            return;
        }
        self.best = Some(value);
        if self.direction.better(value, self.easiest) {
            self.records.push((value, position));
        }
    }

    /// The first evaluation strictly better than `goal`, which must be at least as hard as the easiest one kept.
    pub fn crossing(&self, goal: f64) -> Option<TrialPosition> {
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
    pub(super) fn settled(&self, samples: u64) -> bool {
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
pub struct TrialOutcome {
    /// What was asked.
    pub plan: TrialPlan,
    /// How training ended. [`TrialEnd::Target`] if it was stopped for having passed all goals.
    pub end: TrialEnd,
    /// Its last row.
    pub last: TrialPosition,
    /// When it passed what.
    pub curve: TrialCurve,
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

impl TrialOutcome {
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
