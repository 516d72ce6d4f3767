//! A trial that has ended, and its curve: the rows that decide when it crossed which goal.
//!
//! Left out: running it (`execute`), which trials run and when (`study`), and what follows from
//! them (`verdict`).

use crate::ask::target::Goals;
use crate::result::objective::Direction;
use crate::result::trial_record::{Outlook, Passed, Trace, TrialEnd, TrialPosition, TrialRecord};
use crate::trial::plan::TrialPlan;

/// A trial without a goal has settled if the second half of its samples improved the metric by less
/// than this share of its total improvement.
const SETTLED: f64 = 0.01;

/// The rows of a trial that set a new best value. They are enough to find when it crossed any goal.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialCurve {
    direction: Direction,
    /// Rows that are not better than this are not kept. Otherwise a long trial would keep thousands
    /// of rows that no goal needs.
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

    /// The first evaluation that is strictly better than `goal`. The goal must be at least as hard
    /// as the easiest goal, given at the start.
    pub fn crossing(&self, goal: f64) -> Option<TrialPosition> {
        let after = self.records.partition_point(|record| !self.direction.better(record.0, goal));
        self.records.get(after).map(|record| record.1)
    }

    /// The rows at which it passed these goals, the easiest first. They are enough to reconstruct
    /// when it crossed them.
    fn passed(&self, goals: &[f64]) -> Vec<Passed> {
        let first = |&goal: &f64| {
            let after = self.records.partition_point(|record| !self.direction.better(record.0, goal));
            self.records.get(after).map(|&(value, at)| Passed { value, at })
        };
        let mut passed: Vec<Passed> = goals.iter().filter_map(first).collect();
        passed.dedup();
        passed
    }

    /// A curve of which only the rows in `passed` are left, the easiest goal first.
    pub(crate) fn remembered(direction: Direction, best: Option<f64>, passed: &[Passed]) -> Self {
        let records = passed.iter().map(|row| (row.value, row.at)).collect();
        Self { direction, easiest: direction.worst(), records, best }
    }

    /// Best finite value.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// Whether the second half of `samples` brought almost no improvement. This needs all rows, so
    /// it only works for a curve without an easiest goal.
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
    /// The plan of the trial.
    pub plan: TrialPlan,
    /// How training ended. [`TrialEnd::Target`] if it was stopped because it had passed all goals.
    pub end: TrialEnd,
    /// Position of its last row.
    pub last: TrialPosition,
    /// When it passed which value.
    pub curve: TrialCurve,
    /// First finite value of the metric.
    pub first: Option<f64>,
    /// The error, if it failed.
    pub error: Option<String>,
    /// Whether the study's clock or its user ended it.
    pub interrupted: bool,
    /// The extrapolation of its curve, if the trial used one.
    pub outlook: Outlook,
    /// For a trial that reached the goal: the samples up to which the extrapolation of its own
    /// curve was too pessimistic, as on a plateau.
    pub misjudged_until: u64,
}

impl TrialOutcome {
    /// Whether it was ended although it might have improved further: it did not end by itself, and
    /// it was not ended as lost.
    pub(crate) fn stopped_early(&self) -> bool {
        self.interrupted || matches!(self.end, TrialEnd::Target | TrialEnd::Failed | TrialEnd::DoesNotFit)
    }

    /// The record of the trial for the current goal.
    pub(crate) fn record(&self, goals: &Goals) -> TrialRecord {
        let crossing = goals.goal().and_then(|goal| self.curve.crossing(goal));
        let at = crossing.unwrap_or(self.last);
        TrialRecord {
            request: self.plan.request,
            phase: self.plan.phase,
            // If the goal was eased after the trial was stopped at it, the trial has passed the
            // eased goal too. The reverse does not happen.
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
