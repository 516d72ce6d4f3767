//! The pilot: a few learning rates at one middle size. It finds how many samples the target takes,
//! and sets an automatic target.

use crate::ask::target::{AUTO_SHARE, GoalKind, TargetSpec};
use crate::result::objective::Objective;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::{SEED_RANGE, TrialRequest};

/// Epochs that a pilot trial may use. Assumption: a training that needs more sets `max_samples`.
const EPOCHS: u64 = 20;
/// Stands for no limit, if the training set is not known. The trial then ends by itself, or when
/// its curve has settled.
const UNBOUNDED: u64 = 1 << 50;
/// Evaluations per epoch.
const EVALUATIONS_PER_EPOCH: u64 = 16;
/// Number of rates of a pilot, and the ratio between two of them if none are given: two decades
/// around the starting rate.
const RATES: usize = 5;
const RATIO: f64 = 3.162_277_660_168_379_5;

/// Most samples of a pilot trial; for the objective quality the samples of every trial.
pub(crate) fn most_samples(state: &StudyState) -> u64 {
    let epochs = || Some(state.samples?.saturating_mul(EPOCHS));
    state.config().max_samples.or_else(epochs).unwrap_or(UNBOUNDED)
}

/// Samples between two evaluations, as long as it is unknown how many the target needs. Without a
/// known training set: one step of the largest size that was asked for, so that all sizes can be
/// evaluated after the same samples. (The cap of the sizes may be no limit at all.)
pub(crate) fn eval_samples(state: &StudyState) -> u64 {
    let per_epoch = || Some((state.samples? / EVALUATIONS_PER_EPOCH).max(1));
    let largest = || state.config().sizes.sizes().iter().copied().max().unwrap_or(1);
    state.config().eval_samples.or_else(per_epoch).unwrap_or_else(largest)
}

/// The pilot's trials. With a goal: the middle rate alone, then the others, which stop when they
/// are hopeless compared with it. Without a goal all at once.
pub(crate) fn plans(state: &StudyState, size: u64) -> Vec<TrialPlan> {
    let rates = rates(state, size);
    let tried = state.trials(size, Phase::Pilot).count();
    let needed = state.goals.goal().and_then(|goal| best(state, size, goal)).map(|(_, samples)| samples);
    let wanted: Vec<f64> = match (state.goals.goal(), tried) {
        (Some(_), 0) => vec![rates[rates.len() / 2]],
        (Some(_), 1) => [&rates[..rates.len() / 2], &rates[rates.len() / 2 + 1..]].concat(),
        (None, 0) => rates,
        _ => Vec::new(),
    };
    let eval_samples = eval_samples(state);
    let max_samples = most_samples(state);
    let seed = state.config().seed % SEED_RANGE;
    let plan = |learning_rate| TrialPlan {
        request: TrialRequest { batch_size: size, learning_rate, seed, max_samples, eval_samples },
        phase: Phase::Pilot,
        give_up_after: needed.map(|samples| samples.saturating_mul(2)),
        ask_after: None,
        why: None,
    };
    wanted.into_iter().map(plan).collect()
}

fn rates(state: &StudyState, size: u64) -> Vec<f64> {
    let start = state.sizes.get(&size).map_or(f64::NAN, |facts| facts.starting_rate);
    let ladder = state.config().rates.ladder(start);
    if state.config().rates.is_around_start() {
        let middle = ladder[ladder.len() / 2];
        return (0..RATES as i32).map(|k| middle * RATIO.powi(k - RATES as i32 / 2)).collect();
    }
    let mut spread: Vec<f64> = (0..RATES).map(|k| ladder[k * (ladder.len() - 1) / (RATES - 1)]).collect();
    spread.dedup();
    spread
}

/// (rate, samples to the goal) of the pilot's fastest trial.
fn best(state: &StudyState, size: u64, goal: f64) -> Option<(f64, u64)> {
    let reached = |o: &TrialOutcome| Some((o.plan.request.learning_rate, o.curve.crossing(goal)?.samples));
    state.trials(size, Phase::Pilot).filter_map(reached).min_by_key(|reached| reached.1)
}

/// Sets the goal, the limits and the evaluation interval from the pilot's trials.
pub(crate) fn conclude(state: &mut StudyState, size: u64) {
    set_automatic_goal(state, size);
    let start = state.sizes.get(&size).map_or(0.1, |facts| facts.starting_rate);
    let reached = state.goals.goal().and_then(|goal| best(state, size, goal));
    let nearest = || {
        let values = state
            .trials(size, Phase::Pilot)
            .filter_map(|o| Some((o.curve.best()?, o.plan.request.learning_rate)));
        values
            .reduce(|a, b| if state.goals.direction.better(b.0, a.0) { b } else { a })
            .map(|nearest| nearest.1)
    };
    let rate = reached.map(|reached| reached.0).or_else(nearest).unwrap_or(start);
    let given = state.samples_within(size).unwrap_or_else(|| most_samples(state));
    let hardest = state.goals.hardest().and_then(|goal| best(state, size, goal));
    let needed = reached.map(|reached| (reached.1, hardest.map_or(reached.1, |hardest| hardest.1)));
    state.set_scale(size, rate, needed, given);
    if needed.is_none() && given == UNBOUNDED {
        state.scale.eval_samples = eval_samples(state);
    }
}

/// The pilot's best loss plus a share of its decrease. No row contains the loss before the first
/// step. The first evaluation at the lowest rate is nearest to it, because this rate has changed
/// the weights least. (The highest first evaluation of all may come from a rate at which the loss
/// increases.)
fn set_automatic_goal(state: &mut StudyState, size: u64) {
    let automatic = matches!(state.config().target, TargetSpec::Auto);
    if !automatic || state.config().objective == Objective::Quality {
        return;
    }
    let best = state.trials(size, Phase::Pilot).filter_map(|o| o.curve.best()).reduce(f64::min);
    let first = |o: &TrialOutcome| Some((o.plan.request.learning_rate, o.first?));
    let start = state
        .trials(size, Phase::Pilot)
        .filter_map(first)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|lowest| lowest.1);
    if let (Some(best), Some(start)) = (best, start) {
        let fall = (start - best).max(0.0);
        state.goals.kind = GoalKind::Auto { best, fall, share: AUTO_SHARE };
    }
}
