//! What the trials show about one batch size: which of them count, and the resulting row of the
//! table.
//!
//! A run may stop before its samples are used up: by the clock, by a crash, or because it was only
//! asked to reach an easier goal. Such a run shows nothing about a goal that it had not reached,
//! with one exception: if it had already used as many samples as every run of its arm that did
//! reach the goal, it needs more samples than they do. It then counts as censored.

use crate::result::objective::{Direction, Objective};
use crate::result::trial_record::{TrialEnd, TrialPosition};
use crate::result::{Estimate, RateChoice, SizeResult};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::SizeFacts;
use crate::state::step_costs::price_per_second;
use crate::statistics::arm::{Arm, Spread, t_quantile};
use crate::statistics::decision::log_with_error;
use crate::trial::plan::Phase;
use crate::verdict::judgement::SizeJudgement;

/// What the trials show about one size at one goal.
pub(crate) struct SizeEvidence<'a> {
    pub size: u64,
    pub facts: &'a SizeFacts,
    pub choice: RateChoice,
    /// What the verdict is based on: samples for the objective "samples", the metric that was
    /// reached for quality, otherwise steps.
    pub arm: Arm,
    /// Steps and samples to the goal; `None` for quality.
    to_goal: Option<[Arm; 2]>,
    /// Fresh seeds that count; 0 while the estimate still uses the trials that chose the rate.
    pub fresh: usize,
    /// Whether the objective can be computed from the unit of `arm`. For time, a step time must be
    /// known.
    pub measured: bool,
    /// Whether its steps take so much longer than those of smaller sizes that it is not a
    /// candidate.
    pub beyond_cliff: bool,
    /// Whether a strategy's judgement is used instead of the trials.
    pub judged: bool,
}

impl SizeEvidence<'_> {
    /// Whether the objective can be computed for this size, and the size is a candidate.
    pub(crate) fn judgeable(&self) -> bool {
        self.measured && !self.beyond_cliff && self.choice.best.is_some() && self.arm.median().is_some()
    }

    /// Natural logarithm of a lower bound on its objective: runs that missed the goal count with
    /// the samples they used. `None` when nothing is known.
    pub(crate) fn least_log_objective(&self) -> Option<f64> {
        self.arm.least_median().filter(|_| self.measured).map(|least| least.ln() + self.arm.shift)
    }

    /// Whether everything known about this size follows from other sizes.
    pub(crate) fn unmeasured(&self) -> bool {
        self.judged && self.fresh == 0
    }

    /// Steps to the goal.
    pub(crate) fn steps(&self) -> Option<&Arm> {
        self.to_goal.as_ref().map(|[steps, _]| steps)
    }
}

/// Collects the evidence from the runs at the chosen rate. As soon as one run on a fresh seed was
/// started, only runs on fresh seeds count, whatever their outcome: a return to the runs that chose
/// the rate would make the size look better than it is. Where no rate reached the goal, all runs
/// count.
pub(crate) fn evidence<'a>(
    known: &StudyState,
    goal: Option<f64>,
    size: u64,
    facts: &'a SizeFacts,
) -> SizeEvidence<'a> {
    let choice = known.rate_choice(size);
    let at_best = |o: &&TrialOutcome| choice.best.is_none_or(|best| o.plan.request.learning_rate == best);
    let tuning: Vec<&TrialOutcome> = known.trials(size, Phase::Tune).filter(at_best).collect();
    let fresh: Vec<&TrialOutcome> = known.trials(size, Phase::Confirm).filter(at_best).collect();
    let runs = if fresh.is_empty() { &tuning } else { &fresh };
    let to_goal = goal.map(|goal| arms_to_goal(runs, goal, known.effective(size)));
    let arm = match (&to_goal, known.config().objective) {
        (Some([_, samples]), Objective::Samples) => samples.clone(),
        (Some([steps, _]), _) => steps.clone(),
        (None, _) => quality_arm(known, runs),
    };
    let step_cost = known.step_cost(size);
    let (shift, shift_sd) = step_cost.map(|cost| (cost.log, cost.sd)).unwrap_or_default();
    SizeEvidence {
        size,
        facts,
        choice,
        fresh: if fresh.is_empty() { 0 } else { arm.values.len() + arm.beyond.len() },
        arm: Arm { tuning_seeds: tuning.len(), shift, shift_sd, ..arm },
        to_goal,
        measured: !known.config().objective.is_per_step() || step_cost.is_some(),
        beyond_cliff: known.is_beyond_cliff(size),
        judged: false,
    }
}

/// The same from a strategy's judgement.
pub(crate) fn judged<'a>(known: &StudyState, size: &SizeJudgement, facts: &'a SizeFacts) -> SizeEvidence<'a> {
    let batch_size = size.batch_size;
    let step_cost = known.step_cost(batch_size);
    let (shift, shift_sd) = step_cost.map(|cost| (cost.log, cost.sd)).unwrap_or_default();
    let samples_per_step = known.effective(batch_size) as f64;
    let [steps, samples] = [1.0, samples_per_step].map(|unit| Arm::believed(&size.steps, unit));
    let arm = if known.config().objective == Objective::Samples { samples.clone() } else { steps.clone() };
    SizeEvidence {
        size: batch_size,
        facts,
        choice: RateChoice { best: Some(size.learning_rate), tuned: size.tuned },
        fresh: size.reached as usize,
        arm: Arm { shift, shift_sd, ..arm },
        to_goal: Some([steps, samples]),
        measured: !known.config().objective.is_per_step() || step_cost.is_some(),
        beyond_cliff: known.is_beyond_cliff(batch_size),
        judged: true,
    }
}

/// Steps and samples to a goal, from the runs that show something about the goal.
fn arms_to_goal(runs: &[&TrialOutcome], goal: f64, samples_per_step: u64) -> [Arm; 2] {
    let hits: Vec<TrialPosition> = runs.iter().filter_map(|run| run.curve.crossing(goal)).collect();
    let slowest = hits.iter().map(|at| at.samples).max();
    let counts = |run: &&&TrialOutcome| {
        !run.stopped_early() || slowest.is_some_and(|slowest| run.last.samples >= slowest)
    };
    let missed = || runs.iter().filter(|run| run.curve.crossing(goal).is_none()).filter(counts);
    let look = runs.iter().map(|run| run.plan.request.eval_samples).max().unwrap_or(1);
    let look = look.max(samples_per_step) as f64;
    let arm = |unit: fn(TrialPosition) -> u64, look: f64| {
        let bound = |run: &&TrialOutcome| {
            if run.end == TrialEnd::Diverged { f64::INFINITY } else { unit(run.last) as f64 }
        };
        Arm {
            values: hits.iter().map(|&at| unit(at) as f64).collect(),
            beyond: missed().map(bound).collect(),
            ..Arm::default()
        }
        .evaluated_every(look)
    };
    [arm(|at| at.step, look / samples_per_step as f64), arm(|at| at.samples, look)]
}

/// What was reached within the samples. A run that diverged counts as a miss; a run that was
/// stopped shows nothing.
fn quality_arm(known: &StudyState, runs: &[&TrialOutcome]) -> Arm {
    let whole = || runs.iter().filter(|run| !run.stopped_early());
    let diverged = |run: &&&TrialOutcome| run.end == TrialEnd::Diverged;
    let reached = whole().filter(|run| !diverged(run)).filter_map(|run| run.curve.best());
    Arm {
        values: reached.map(|value| known.log_quality(value).exp()).collect(),
        beyond: whole().filter(diverged).map(|_| f64::INFINITY).collect(),
        ..Arm::default()
    }
}

/// The size as it appears in the report.
pub(crate) fn row(known: &StudyState, e: &SizeEvidence, pooled: Spread, p_best: f64) -> SizeResult {
    let measured = e.to_goal.as_ref().filter(|_| !e.unmeasured());
    let (steps, samples) = measured.map(|[steps, samples]| (steps, samples)).unzip();
    let (time, energy) = (e.facts.step_time(), e.facts.step_energy());
    let times_steps = |median: f64, low: f64, high: f64| {
        let (_, sd) = log_with_error(median, low, high)?;
        steps?.estimate(pooled, median, sd * t_quantile(f64::INFINITY))
    };
    let seconds = time.and_then(|t| times_steps(t.median, t.low, t.high));
    let quality = e.to_goal.is_none().then(|| e.arm.estimate(pooled, 1.0, 0.0)).flatten();
    SizeResult {
        batch_size: e.size,
        fits: e.facts.fits,
        memory_bytes: e.facts.memory_bytes,
        card_memory_bytes: e.facts.card_memory_bytes,
        micro_batch_size: e.facts.micro_batch_size,
        step_seconds: time,
        input_share: e.facts.input_share(),
        energy_per_step_joules: energy,
        learning_rate: e.choice,
        runs: known.outcomes.iter().filter(|o| o.plan.request.batch_size == e.size).count() as u64,
        steps_to_target: steps.and_then(|steps| steps.estimate(pooled, 1.0, 0.0)),
        samples_to_target: samples.and_then(|samples| samples.estimate(pooled, 1.0, 0.0)),
        seconds_to_target: seconds,
        money_to_target: seconds.zip(price_per_second(known.config())).map(|(time, price)| time.times(price)),
        joules_to_target: energy.and_then(|e| times_steps(e.median, e.low, e.high)),
        quality: quality.map(|raised| quality_estimate(known, raised)),
        p_best,
    }
}

/// Converts costs back to the metric itself, where the best value may be the upper end.
fn quality_estimate(known: &StudyState, costs: Estimate) -> Estimate {
    let [median, low, high] = [costs.median, costs.low, costs.high].map(|cost| Some(known.of_cost(cost?)));
    match known.goals.direction {
        Direction::Below => costs,
        Direction::Above => Estimate { median, low: high, high: low, censored: costs.censored },
    }
}
