//! A trial that has ended, and its curve: the rows that decide when it crossed which goal.
//!
//! Left out: running it (`execute`), which trials run and when (`study`), and what follows from
//! them (`verdict`).

use crate::ask::target::Goals;
use crate::result::objective::Direction;
use crate::result::trial_record::{Passed, Trace, TrialEnd, TrialPosition, TrialRecord};
use crate::state::levels::{LevelScale, ladder};
use crate::trial::plan::TrialPlan;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A trial without a goal has settled if the second half of its samples improved the metric by less
/// than this share of its total improvement.
const SETTLED: f64 = 0.01;

/// The rows of a trial that set a new best value. They are enough to find when it crossed any goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialCurve {
    direction: Direction,
    #[serde(with = "short_rows")]
    records: Vec<Passed>,
    /// Step of the last row.
    last_step: u64,
    best: Option<f64>,
}

impl TrialCurve {
    pub(crate) fn new(direction: Direction) -> Self {
        Self { direction, records: Vec::new(), last_step: 0, best: None }
    }

    pub(crate) fn observe(&mut self, value: f64, at: TrialPosition) {
        let before = std::mem::replace(&mut self.last_step, at.step);
        if !value.is_finite() || self.best.is_some_and(|best| !self.direction.better(value, best)) {
            return;
        }
        self.best = Some(value);
        self.records.push(Passed { value, at, before });
    }

    fn first_better(&self, goal: f64) -> Option<&Passed> {
        let after = self.records.partition_point(|record| !self.direction.better(record.value, goal));
        self.records.get(after)
    }

    /// The first evaluation that is strictly better than `goal`.
    pub fn crossing(&self, goal: f64) -> Option<TrialPosition> {
        self.first_better(goal).map(|record| record.at)
    }

    /// The steps of the first evaluation that is strictly better than `goal`, and of the one before
    /// it: between them the goal was passed.
    pub(crate) fn passed_between(&self, goal: f64) -> Option<(u64, u64)> {
        self.first_better(goal).map(|record| (record.before, record.at.step))
    }

    /// The rows at which it passed these goals, the easiest first. They are enough to reconstruct
    /// when it crossed them.
    fn passed(&self, goals: &[f64]) -> Vec<Passed> {
        let mut passed: Vec<Passed> =
            goals.iter().filter_map(|&goal| self.first_better(goal).copied()).collect();
        passed.dedup();
        passed
    }

    /// A curve of which only the rows in `passed` are left, the easiest goal first.
    pub(crate) fn remembered(direction: Direction, best: Option<f64>, passed: &[Passed]) -> Self {
        let last_step = passed.last().map_or(0, |row| row.at.step);
        Self { direction, records: passed.to_vec(), last_step, best }
    }

    /// The rows that set a new best value, in order: each better than all before it.
    pub fn records(&self) -> &[Passed] {
        &self.records
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
        let half = self.records.partition_point(|record| record.at.samples <= samples / 2);
        let middle = self.records[half.saturating_sub(1)];
        (last.value - middle.value).abs() < SETTLED * (last.value - first.value).abs()
            || half == self.records.len()
    }
}

/// Rows of a curve without the names of their fields: a study stores a hundred of them for each trial.
mod short_rows {
    use super::{Passed, TrialPosition};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Row = (f64, u64, u64, f64, u64);

    pub(super) fn serialize<S: Serializer>(rows: &[Passed], serializer: S) -> Result<S::Ok, S::Error> {
        let row = |Passed { value, at, before }: &Passed| (*value, at.step, at.samples, at.seconds, *before);
        rows.iter().map(row).collect::<Vec<Row>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Passed>, D::Error> {
        let row = |(value, step, samples, seconds, before): Row| Passed {
            value,
            at: TrialPosition { step, samples, seconds },
            before,
        };
        Ok(Vec::<Row>::deserialize(deserializer)?.into_iter().map(row).collect())
    }
}

/// A trial that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Last finite value of the metric, while it runs.
    pub latest: Option<f64>,
    /// The error, if it failed.
    pub error: Option<String>,
    /// Whether the study's clock or its user ended it.
    pub interrupted: bool,
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

    /// The values whose passing a later study may ask for, the easiest first: every goal, and the
    /// levels on the way to the present one.
    fn worth_keeping(&self, goals: &Goals) -> Vec<f64> {
        let mut values = goals.all();
        if let (Some(goal), Some(first)) = (goals.goal(), self.first) {
            let scale = LevelScale::new(goals.direction, goal, self.first.into_iter());
            values.extend(ladder(scale.log_level(first)).into_iter().map(|level| scale.value(level)));
        }
        let worse = |a: &f64, b: &f64| {
            if goals.direction.better(*b, *a) { Ordering::Less } else { Ordering::Greater }
        };
        values.sort_by(|a, b| if a == b { Ordering::Equal } else { worse(a, b) });
        values
    }

    fn trace(&self, goals: &Goals) -> Trace {
        Trace {
            end: self.end,
            last: self.last,
            first: self.first,
            interrupted: self.interrupted,
            passed: self.curve.passed(&self.worth_keeping(goals)),
        }
    }
}
