//! The next runs of the race: which of the possible runs are worth most, and how they are planned
//! as trials.
//!
//! Left out: the value of a run (`worth`), and when the race needs no more runs (`mod`).

use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::pilot;
use crate::strategy::race::belief::{Answer, Belief};
use crate::strategy::race::learner::size_at;
use crate::trial::plan::{Patience, Phase, TrialPlan, Why};
use crate::trial::{SEED_RANGE, TrialRequest};
use batchwright_data::{Domain, RandomStream};

/// A run is stopped when its objective is this many times that of the best answer so far.
const CUT: f64 = 1.4;
/// The same for a run that repeats the answer itself: it must be able to show that the answer is
/// worse than expected.
const CUT_OF_CONFIRMATION: f64 = 2.8;
/// As long as no run has reached the target: the first run may be extrapolated to this many times
/// the samples it has used, and every further run to twice as many as the one before.
const PATIENCE: f64 = 10.0;
/// Runs of one round differ in size, or in ln of the rate by this.
const APART: f64 = 0.2;
/// The latest end of a plateau, as a share of a training.
const LATEST_PLATEAU: f64 = 0.85;
/// Steps that a run may take whatever the size of the data, if no limit is known: small data sets
/// are trained for many epochs.
const MOST_STEPS: u64 = 2000;

/// A possible next run.
pub(crate) struct Candidate {
    pub place: usize,
    pub log_rate: f64,
    /// Larger is better.
    pub score: f64,
    pub why: Why,
}

/// The runs that are worth most, as many as there are jobs; none if even perfect knowledge would
/// not pay for a run.
pub(crate) fn worthy(state: &StudyState, belief: &Belief, answer: Option<&Answer>) -> Vec<TrialPlan> {
    let mut random = RandomStream::new(state.config().seed, Domain::Search, 1, state.outcomes.len() as u64);
    let mut candidates = match answer {
        Some(answer) => most_worth(belief, answer, &mut random),
        None => soonest(belief),
    };
    candidates.retain(|candidate| pays(state, belief, answer, candidate));
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let apart = |other: &Candidate| {
            other.place != candidate.place || (other.log_rate - candidate.log_rate).abs() >= APART
        };
        if chosen.len() < state.config().jobs && chosen.iter().all(apart) {
            chosen.push(candidate);
        }
    }
    (0..).zip(&chosen).map(|(k, candidate)| plan(state, belief, answer, candidate, k)).collect()
}

/// Whether a run costs less than it could save at best: the whole regret of the answer, in each of
/// the later trainings that will use it.
fn pays(state: &StudyState, belief: &Belief, answer: Option<&Answer>, candidate: &Candidate) -> bool {
    let (Some(answer), Why::WorthMost { seconds, .. }) = (answer, candidate.why) else {
        return true;
    };
    let training = belief.steps(answer).1 * belief.units[answer.place].log_seconds.exp();
    seconds <= answer.regret * training * state.config().reuse as f64
}

/// As long as no run has reached the target: the runs that are expected to reach it first.
fn soonest(belief: &Belief) -> Vec<Candidate> {
    let candidate = |(place, log_rate)| {
        let score = -belief.mean_log_wait(place, log_rate);
        Candidate { place, log_rate, score, why: Why::ReachesFirst }
    };
    belief.trials().into_iter().map(candidate).collect()
}

/// After that: the runs that are expected to reduce the regret of the answer most for their cost.
fn most_worth(belief: &Belief, answer: &Answer, random: &mut RandomStream) -> Vec<Candidate> {
    let mut candidate = |(place, log_rate)| {
        let log_most = log_most_steps(belief, answer, place, CUT);
        let (gain, seconds) = belief.worth(place, log_rate, log_most, random);
        Candidate { place, log_rate, score: gain / seconds, why: Why::WorthMost { gain, seconds } }
    };
    belief.trials().into_iter().map(&mut candidate).collect()
}

/// ln of the steps after which a run of this size is lost.
fn log_most_steps(belief: &Belief, answer: &Answer, place: usize, cut: f64) -> f64 {
    answer.median_log_objective() + cut.ln() - belief.units[place].log_step
}

pub(crate) fn plan(
    state: &StudyState,
    belief: &Belief,
    answer: Option<&Answer>,
    candidate: &Candidate,
    nth: u64,
) -> TrialPlan {
    let Candidate { place, log_rate, why, .. } = *candidate;
    let batch_size = size_at(state, place);
    let samples_per_step = state.effective(batch_size);
    let confirms = matches!(why, Why::Confirms | Why::Compares);
    let cut = if confirms { CUT_OF_CONFIRMATION } else { CUT };
    let most_steps = answer.map(|answer| log_most_steps(belief, answer, place, cut).exp());
    let request = TrialRequest {
        batch_size,
        learning_rate: log_rate.exp(),
        // Every run has a seed of its own, so that none is paired with the runs that chose its
        // rate.
        seed: (first_unused_seed(state) + nth) % SEED_RANGE,
        max_samples: most_samples(state, samples_per_step),
        eval_samples: state.scale.eval_samples,
    };
    TrialPlan {
        request,
        phase: if confirms { Phase::Confirm } else { Phase::Tune },
        give_up_after: most_steps.map(|steps| (steps as u64).saturating_mul(samples_per_step)),
        patience: Some(Patience {
            times: PATIENCE * 2f64.powi(state.outcomes.len().min(30) as i32),
            blind_until: most_steps
                .map_or(0, |most| (most / cut * misjudged(state) * samples_per_step as f64) as u64),
        }),
        why: Some(why),
    }
}

/// The share of a training after which the extrapolation of a curve is reliable. It is the largest
/// share at which the extrapolation of a trial that reached the target was too pessimistic. A trial
/// for which this happened even later was carried over the target by noise, and gives no
/// information about plateaus.
fn misjudged(state: &StudyState) -> f64 {
    let Some(goal) = state.goals.goal() else { return 0.0 };
    let share = |outcome: &TrialOutcome| {
        let crossed = outcome.curve.crossing(goal)?;
        Some(outcome.misjudged_until as f64 / crossed.samples as f64)
    };
    state.outcomes.iter().filter_map(share).filter(|share| *share <= LATEST_PLATEAU).fold(0.0, f64::max)
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
