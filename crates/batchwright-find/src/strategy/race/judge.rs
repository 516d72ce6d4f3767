//! The answer of the race for the verdict: every size as the population of laws estimates it, and
//! the recommendation.
//!
//! Left out: the estimates themselves (`belief`).

use crate::result::{Interval, Recommendation};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::statistics::decision::best_set;
use crate::strategy::race::belief::{Answer, Belief};
use crate::strategy::race::learner::size_at;
use crate::trial::plan::Phase;
use crate::verdict::judgement::{Judgement, SizeJudgement};
use batchwright_data::{Domain, RandomStream};

/// The answer is certain if the probability that its regret is above twice the margin is at most
/// this (and its expected regret is within the margin).
pub(crate) const MOST_DOUBT: f64 = 0.08;
/// Runs of the answer on fresh seeds before it is final.
pub(crate) const CONFIRMATIONS: u64 = 2;
/// Standard deviation of the difference between the steps of a single size and the law, which is
/// smooth, in ln of the steps. It widens the set of sizes that contains the best one. The decisions
/// of the race ignore it, because that would cost more runs.
const DISCREPANCY: f64 = 0.06;
/// Standard deviation of the ln of the steps of one run near the best rate, for the same purpose.
const SPREAD: f64 = 0.12;
/// A run repeats an answer if ln of their rates differ by at most this: two steps of the grid of
/// rates.
const SAME_RATE: f64 = 0.09;

/// Runs of this answer on fresh seeds.
pub(crate) fn confirmations(state: &StudyState, answer: &Answer) -> u64 {
    let same = |o: &&TrialOutcome| (o.plan.request.learning_rate.ln() - answer.log_rate).abs() <= SAME_RATE;
    let trials = state.trials(size_at(state, answer.place), Phase::Confirm);
    trials.filter(|o| !o.interrupted).filter(same).count() as u64
}

/// Standard deviation of the difference between the ln steps of a size and the law: the assumed
/// value, reduced by the size's own runs that reached the goal.
fn discrepancy(state: &StudyState, size: u64, goal: f64) -> f64 {
    let reached = state.outcomes.iter().filter(|o| o.plan.request.batch_size == size);
    let runs = reached.filter(|o| o.curve.crossing(goal).is_some()).count();
    (DISCREPANCY.powi(-2) + runs as f64 * SPREAD.powi(-2)).sqrt().recip()
}

pub(crate) fn judgement(state: &StudyState, goal: f64, belief: &Belief, answer: &Answer) -> Judgement {
    let margin = state.config().margin;
    let sizes: Vec<u64> = state.sizes.keys().copied().collect();
    let own: Vec<f64> = sizes.iter().map(|&size| discrepancy(state, size, goal)).collect();
    let mut random = RandomStream::new(state.config().seed, Domain::Search, 3, state.outcomes.len() as u64);
    let p_best = belief.p_best_allowing(&own, &mut random);
    let size = |place: usize| {
        let own = belief.safest_at(place)?;
        let runs = state.outcomes.iter().filter(|o| o.plan.request.batch_size == sizes[place]);
        let reached = runs.filter(|o| o.curve.crossing(goal).is_some()).count() as u64;
        let (low, median, high) = belief.steps(own);
        Some(SizeJudgement {
            batch_size: sizes[place],
            learning_rate: own.log_rate.exp(),
            tuned: belief.tuning_regret(own) <= 2.0 * margin,
            steps: Interval { value: median, low: Some(low), high: Some(high) },
            reached,
            p_best: p_best[place],
        })
    };
    let as_good = |other: &Answer| belief.regret_against(other, answer) <= margin;
    let tied = (answer.place + 1..sizes.len()).filter(|&place| belief.safest_at(place).is_some_and(as_good));
    Judgement {
        sizes: (0..sizes.len()).filter_map(size).collect(),
        recommended: Recommendation {
            batch_size: sizes[answer.place],
            learning_rate: answer.log_rate.exp(),
            expected_regret: answer.regret,
            tied_with: tied.map(|place| sizes[place]).collect(),
        },
        unresolved: belief.rivals(answer, margin).iter().map(|rival| sizes[rival.place]).collect(),
        doubt: belief.doubt(answer, 2.0 * margin),
        most_doubt: MOST_DOUBT,
        confirmations: confirmations(state, answer),
        wanted_confirmations: CONFIRMATIONS,
        curves: belief.curves(&sizes.iter().map(|&size| state.effective(size)).collect::<Vec<_>>()),
        best_set: best_set(&p_best).into_iter().map(|place| sizes[place]).collect(),
    }
}
