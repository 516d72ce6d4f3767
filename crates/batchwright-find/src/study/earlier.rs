//! Continuing an earlier study of the same workload: what is kept of its trials, and how they
//! become evidence again.
//!
//! Of a trial its last row is kept, and the rows at which it first passed each goal that may be
//! used later. A verdict needs nothing else, so a stored trial counts exactly as it did. Step times
//! come back as one pass per size, to be confirmed by new passes.
//!
//! Left out: whether two studies train the same workload with the same question (the caller knows),
//! and whether the earlier answer still holds (`revalidate`).

use crate::ask::StudyConfig;
use crate::ask::error::FindError;
use crate::ask::sizes::BatchSizes;
use crate::ask::target::{GoalKind, TargetSpec};
use crate::remark::Remark;
use crate::result::StudyResult;
use crate::result::cost::Cost;
use crate::result::objective::{Direction, Objective, Target};
use crate::result::reuse::{Change, Continued, Revalidation};
use crate::result::trial_record::{Trace, TrialEnd, TrialRecord};
use crate::state::StudyState;
use crate::state::outcome::{TrialCurve, TrialOutcome};
use crate::state::size_facts::SizeFacts;
use crate::trial::plan::{Phase, TrialPlan};
use serde::{Deserialize, Serialize};

/// An earlier study that a new study continues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlierStudy {
    result: StudyResult,
    /// Whether its step times still hold.
    step_times: bool,
    because: Option<Change>,
    /// The check of its answer, if there was one.
    check: Option<Revalidation>,
}

impl EarlierStudy {
    /// The earlier study with this result. `None` if it ended before its search began, or was
    /// stored by a version that kept no traces.
    pub fn of(result: &StudyResult) -> Option<Self> {
        let found = result.trials.iter().any(|trial| trial.phase != Phase::Pilot && trial.trace.is_some());
        let automatic = result.target.as_ref().is_some_and(|target| target.how == "auto");
        let whole = result.scale.is_some() && (!automatic || result.automatic_goal.is_some());
        let result = result.clone();
        (found && whole).then_some(Self { result, step_times: true, because: None, check: None })
    }

    /// The same after a check that did not confirm the earlier answer. The earlier trials and the
    /// trial of the check are evidence, the earlier step times are not.
    #[must_use]
    pub fn refuted(self, check: Revalidation, because: Change) -> Self {
        Self { step_times: false, because: Some(because), check: Some(check), ..self }
    }

    /// Refuses to continue if another target is requested.
    pub(crate) fn check(&self, config: &StudyConfig) -> Result<(), FindError> {
        let target = self.result.target.as_ref();
        let same = match (&config.target, target) {
            _ if config.objective == Objective::Quality || target.is_none() => {
                target.is_none() && config.objective == self.result.objective
            }
            (TargetSpec::Auto, Some(target)) => target.how == "auto",
            (TargetSpec::Given { metric, goal, direction }, Some(target)) => {
                (target.metric == *metric && target.goal == *goal && target.direction == *direction)
                    && target.how == "given"
            }
            (_, None) => false,
        };
        if same { Ok(()) } else { Err(self.other_target(config)) }
    }

    fn other_target(&self, config: &StudyConfig) -> FindError {
        let asked = match &config.target {
            TargetSpec::Auto => "auto".to_owned(),
            TargetSpec::Given { metric, goal, direction } => condition(metric, *goal, *direction),
        };
        let past = self.result.target.as_ref().map_or_else(
            || "of quality".to_owned(),
            |Target { metric, goal, direction, .. }| condition(metric, *goal, *direction),
        );
        FindError::OtherTarget { study: self.result.study.clone(), past, asked }
    }

    /// The sizes by which its range was extended. None if only the given sizes may run.
    pub(crate) fn widened(&self, asked: &BatchSizes, largest: u64) -> Vec<u64> {
        let sizes = self.result.sizes.iter().map(|size| size.batch_size);
        let new = |size: &u64| asked.widenable() && *size <= largest && !asked.sizes().contains(size);
        sizes.filter(new).collect()
    }

    /// Adds its goal, limits, step times and trials to a state that already has its sizes.
    pub(crate) fn add_to(&self, state: &mut StudyState) {
        if let Some(goal) = self.result.automatic_goal {
            state.goals.kind = GoalKind::Auto { best: goal.best, fall: goal.fall, share: goal.share };
        }
        state.scale = self.result.scale.unwrap_or(state.scale);
        for size in self.result.sizes.iter().filter(|_| self.step_times) {
            let same = |facts: &&mut SizeFacts| facts.micro_batch_size == size.micro_batch_size;
            if let Some(facts) = state.sizes.get_mut(&size.batch_size).filter(same) {
                facts.measurements.splice(0..0, size.step_seconds.map(Into::into));
            }
        }
        let direction = state.goals.direction;
        state.outcomes.extend(self.trials().map(|(record, trace)| TrialOutcome {
            plan: plan(record),
            end: trace.end,
            last: trace.last,
            curve: TrialCurve::remembered(direction, record.best_metric, &trace.passed),
            first: trace.first,
            error: record.error.clone(),
            interrupted: trace.interrupted,
            latest: None,
        }));
        // These remarks of the earlier study cannot be derived from the trials again.
        let lasting =
            |remark: &&Remark| matches!(remark, Remark::RangeExtended { .. } | Remark::TargetRelaxed { .. });
        state.remarks.extend(self.result.remarks.iter().filter(lasting).cloned());
    }

    /// The trials that are evidence, with that of a check last. A trial that was interrupted before
    /// its goal is not: it will be run again on the same seed.
    pub(crate) fn trials(&self) -> impl Iterator<Item = (&TrialRecord, &Trace)> {
        let check = self.check.as_ref().and_then(|check| check.trial.as_ref());
        self.result.trials.iter().chain(check).filter_map(evidence)
    }

    /// The cost of checking its answer.
    pub(crate) fn check_cost(&self) -> Cost {
        self.check.as_ref().map(|check| check.cost).unwrap_or_default()
    }

    /// What a study that itself cost this much reports about the earlier one.
    pub(crate) fn continued(&self, cost: Cost) -> Continued {
        let before = self.result.cost_in_all();
        Continued {
            study: self.result.study.clone(),
            trials: self.result.trials.iter().filter_map(evidence).count() as u64,
            because: self.because.clone(),
            cost_in_all: before.plus(cost),
        }
    }
}

fn evidence(trial: &TrialRecord) -> Option<(&TrialRecord, &Trace)> {
    let trace = trial.trace.as_ref()?;
    (!trace.interrupted || trial.end == TrialEnd::Target).then_some((trial, trace))
}

/// The trial of a check is a fresh seed like any other.
fn plan(record: &TrialRecord) -> TrialPlan {
    let phase = if record.phase == Phase::Check { Phase::Confirm } else { record.phase };
    TrialPlan { request: record.request, phase, give_up_after: None, ask_after: None, why: record.why }
}

/// `val_loss < 0.1`.
fn condition(metric: &str, goal: f64, direction: Direction) -> String {
    let sign = if direction == Direction::Below { '<' } else { '>' };
    format!("{metric} {sign} {goal}")
}
