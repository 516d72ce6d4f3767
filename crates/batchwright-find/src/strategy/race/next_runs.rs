//! The next runs of the race as trials.
//!
//! Left out: which choices are run (`first_reach`, `worth`, `mod`).

use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::pilot;
use crate::strategy::race::field::{Choice, Field};
use crate::trial::plan::{Phase, TrialPlan, Why};
use crate::trial::{SEED_RANGE, TrialRequest};

/// Steps that a run may take whatever the size of the data, if no limit is known: small data sets
/// are trained for many epochs.
const MOST_STEPS: u64 = 10_000;
/// A run is looked at at least this often before it can be lost.
const FEWEST_LOOKS: u64 = 2;

/// How long a run lasts at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Until {
    /// It is lost after this many steps.
    Steps(f64),
    /// The strategy is asked after this many steps, and again.
    Asked(f64),
}

/// The trial of a choice; `nth` of several that are planned at once.
pub(crate) fn plan(
    state: &StudyState,
    field: &Field,
    choice: &Choice,
    until: Until,
    why: Why,
    nth: u64,
) -> TrialPlan {
    let batch_size = field.places[choice.place].batch_size;
    let samples_per_step = state.effective(batch_size);
    let eval_samples = state.scale.eval_samples;
    let least = FEWEST_LOOKS.saturating_mul(eval_samples.max(samples_per_step));
    let samples = |steps: f64| ((steps.ceil() as u64).saturating_mul(samples_per_step)).max(least);
    let request = TrialRequest {
        batch_size,
        learning_rate: choice.log_rate.exp(),
        // Every run has a seed of its own, so that none is paired with the runs that chose its
        // rate.
        seed: (first_unused_seed(state) + nth) % SEED_RANGE,
        max_samples: most_samples(state, samples_per_step),
        eval_samples,
    };
    let phase = match why {
        Why::FindsRange => Phase::Pilot,
        Why::Confirms | Why::Compares => Phase::Confirm,
        _ => Phase::Tune,
    };
    let (give_up_after, ask_after) = match until {
        Until::Steps(steps) => (Some(samples(steps)), None),
        Until::Asked(steps) => (None, Some(samples(steps))),
    };
    TrialPlan { request, phase, give_up_after, ask_after, why: Some(why) }
}

/// The user's limit, else an assumption about epochs, or about steps for a small data set.
fn most_samples(state: &StudyState, samples_per_step: u64) -> u64 {
    let assumed = || pilot::most_samples(state).max(MOST_STEPS.saturating_mul(samples_per_step));
    state.config().max_samples.unwrap_or_else(assumed)
}

/// Above all seeds of trials so far, including those of an earlier study that is continued.
fn first_unused_seed(state: &StudyState) -> u64 {
    let first = state.config().seed % SEED_RANGE;
    let after = |o: &TrialOutcome| (o.plan.request.seed + SEED_RANGE - first) % SEED_RANGE;
    first + 1 + state.outcomes.iter().map(after).max().unwrap_or(0)
}
