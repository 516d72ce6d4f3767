//! What the trials say about one batch size: which of them count, and the row of the table that follows.

use crate::known::{Known, SizeFacts};
use crate::law::t_quantile;
use crate::outcome::Outcome;
use crate::statistics::{Arm, Spread, log_step_time};
use crate::{Direction, Estimate, Objective, Phase, RateChoice, SizeResult, TrialEnd};

/// What the trials say about one size at one goal.
pub(crate) struct Evidence<'a> {
    pub size: u64,
    pub facts: &'a SizeFacts,
    pub choice: RateChoice,
    pub arm: Arm,
    /// Fresh seeds; 0 when the estimate still rests on the trials that chose the rate.
    pub fresh: usize,
    /// Whether the objective can be computed for it.
    pub judgeable: bool,
}

/// Collects it: from fresh seeds at the chosen rate, or from the trials that chose it where there are none.
pub(crate) fn evidence<'a>(
    known: &Known,
    goal: Option<f64>,
    size: u64,
    facts: &'a SizeFacts,
) -> Evidence<'a> {
    let choice = known.rate_choice(size);
    let at_best = |o: &&Outcome| Some(o.plan.request.learning_rate) == choice.best;
    let fresh: Vec<&Outcome> =
        known.trials(size, Phase::Confirm).filter(at_best).filter(|o| ran(o)).collect();
    let runs = if fresh.is_empty() {
        known.trials(size, Phase::Tune).filter(at_best).filter(|o| ran(o)).collect()
    } else {
        fresh.clone()
    };
    let logs: Vec<f64> = runs.iter().filter_map(|run| log_cost(known, goal, run)).collect();
    let (shift, shift_sd, judgeable) = match (known.config().objective, facts.step_time()) {
        (Objective::Time, Some(time)) => {
            log_step_time(&time).map_or((0.0, 0.0, false), |(log, sd)| (log, sd, true))
        }
        (Objective::Time, None) => (0.0, 0.0, false),
        (Objective::Samples, _) => ((size as f64).ln(), 0.0, true),
        (Objective::Steps | Objective::Quality, _) => (0.0, 0.0, true),
    };
    let tuning_seeds = known.trials(size, Phase::Tune).filter(at_best).count();
    let arm = Arm { censored: runs.len() - logs.len(), logs, tuning_seeds, shift, shift_sd };
    Evidence {
        size,
        facts,
        choice,
        judgeable: judgeable && arm.log_median().is_some(),
        arm,
        fresh: fresh.len(),
    }
}

/// A crash says nothing about how fast a size trains; a divergence does.
fn ran(outcome: &Outcome) -> bool {
    !matches!(outcome.end, TrialEnd::Failed | TrialEnd::DoesNotFit) || outcome.curve.best().is_some()
}

/// ln of what a run needed or reached; `None` if it missed the goal or diverged before it.
fn log_cost(known: &Known, goal: Option<f64>, run: &Outcome) -> Option<f64> {
    match goal {
        Some(goal) => run.curve.crossing(goal).map(|at| (at.step as f64).ln()),
        None if run.end == TrialEnd::Diverged => None,
        None => run.curve.best().map(|value| known.log_quality(value)),
    }
}

/// The size as it is reported.
pub(crate) fn row(known: &Known, e: &Evidence, pooled: Spread, p_best: f64) -> SizeResult {
    let none = Estimate { median: None, low: None, high: None, censored: e.arm.censored as u64 };
    let quality = known.config().objective == Objective::Quality;
    let by_steps = |log_factor, half| {
        if quality { none } else { e.arm.estimate(pooled, log_factor, half) }
    };
    let time = e.facts.step_time();
    let log_time = time.as_ref().and_then(log_step_time);
    SizeResult {
        batch_size: e.size,
        fits: e.facts.fits,
        memory_bytes: e.facts.memory_bytes,
        step_seconds: time,
        learning_rate: e.choice,
        runs: known.outcomes.iter().filter(|o| o.plan.request.batch_size == e.size).count() as u64,
        steps_to_target: by_steps(0.0, 0.0),
        samples_to_target: by_steps((e.size as f64).ln(), 0.0),
        seconds_to_target: log_time.map_or(none, |(log, sd)| by_steps(log, sd * t_quantile(f64::INFINITY))),
        quality: quality.then(|| quality_estimate(known, e.arm.estimate(pooled, 0.0, 0.0))),
        p_best,
    }
}

/// Back from ln of "lower is better" to the metric itself.
fn quality_estimate(known: &Known, raised: Estimate) -> Estimate {
    match known.goals.direction {
        Direction::Below => raised,
        Direction::Above => Estimate {
            median: raised.median.map(f64::recip),
            low: raised.high.map(f64::recip),
            high: raised.low.map(f64::recip),
            censored: raised.censored,
        },
    }
}
