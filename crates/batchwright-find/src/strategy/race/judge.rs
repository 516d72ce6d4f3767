//! The answer of the race for the verdict: every size as the ensemble expects it, and the
//! recommendation.
//!
//! Left out: the ensemble itself (`forecast`).

use crate::result::{Interval, Recommendation};
use crate::state::StudyState;
use crate::statistics::decision::best_set;
use crate::statistics::median::{quantile, sorted};
use crate::strategy::race::field::Field;
use crate::strategy::race::forecast::Forecast;
use crate::strategy::race::particles::MEMBERS;
use crate::verdict::judgement::{Judgement, SizeJudgement};

/// A size is tied if with this probability it costs at most the margin more than the best.
const TIED: f64 = 0.9;
/// A size is in play if it is the best with at least this probability.
const IN_PLAY: f64 = 0.02;
/// An answer is final if its regret is above the margin with at most this probability.
pub(crate) const MOST_DOUBT: f64 = 0.1;
/// Runs at exactly the answer that reached the target, without which it is not final.
pub(crate) const WANTED_HITS: u64 = 2;
/// Of two rates of a size whose regrets differ by less than this the lower is taken: beyond the best
/// rate runs fail.
const AS_GOOD: f64 = 0.004;
/// Number of curves that represent the population.
const CURVES: usize = 64;

/// The answer at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// Position of the choice.
    pub choice: usize,
    pub regret: f64,
    /// Probability that its regret is above the margin.
    pub doubt: f64,
    /// Positions of the sizes that are tied with it, ascending, without its own.
    pub tied: Vec<usize>,
    /// Whether all sizes in play are tied.
    pub all_tied: bool,
}

/// The choice of a size with the least regret, or a lower rate that is as good.
fn best_of(forecast: &Forecast, regrets: &[f64], place: usize) -> Option<usize> {
    let of_place = || (0..regrets.len()).filter(|&k| forecast.choices[k].place == place);
    let best = of_place().min_by(|&x, &y| regrets[x].total_cmp(&regrets[y]))?;
    let as_good = |&k: &usize| regrets[k] <= regrets[best] + AS_GOOD;
    of_place().filter(as_good).min_by(|&x, &y| {
        forecast.choices[x].log_rate.total_cmp(&forecast.choices[y].log_rate)
    })
}

/// The answer: the choice of least regret, or that of the smallest size that is tied with the best.
pub(crate) fn answer(field: &Field, forecast: &Forecast, margin: f64) -> Option<Answer> {
    let regrets = forecast.mean_regrets();
    let best = (0..regrets.len()).min_by(|&x, &y| regrets[x].total_cmp(&regrets[y]))?;
    let places = field.places.len();
    let p_tied = forecast.p_tied(places, margin);
    let own = best_of(forecast, &regrets, forecast.choices[best].place)?;
    let mut chosen = own;
    let good = |&choice: &usize| forecast.doubt(choice, margin) <= 1.0 - TIED;
    if let Some(smaller) = (0..forecast.choices[own].place)
        .filter(|&place| p_tied[place] >= TIED)
        .filter_map(|place| best_of(forecast, &regrets, place))
        .find(good)
    {
        chosen = smaller;
    }
    let place = forecast.choices[chosen].place;
    let own_tied = p_tied[place] >= TIED;
    let tied = |&other: &usize| own_tied && other != place && p_tied[other] >= TIED;
    let p_best = forecast.p_best(places);
    Some(Answer {
        choice: chosen,
        regret: regrets[chosen],
        doubt: forecast.doubt(chosen, margin),
        tied: (0..places).filter(tied).collect(),
        all_tied: (0..places).all(|place| p_best[place] < IN_PLAY || p_tied[place] >= TIED),
    })
}

/// Runs at exactly this size and rate that reached the goal.
pub(crate) fn hits(state: &StudyState, field: &Field, place: usize, rung: usize, goal: f64) -> u64 {
    let here = |o: &&crate::state::outcome::TrialOutcome| {
        o.plan.request.batch_size == field.places[place].batch_size
            && field.rung_of(o.plan.request.learning_rate.ln()).abs_diff(rung) <= 1
    };
    state.outcomes.iter().filter(here).filter(|o| o.curve.crossing(goal).is_some()).count() as u64
}

pub(crate) fn judgement(
    state: &StudyState,
    goal: f64,
    field: &Field,
    forecast: &Forecast,
    answer: &Answer,
) -> Judgement {
    let margin = state.config().margin;
    let places = field.places.len();
    let regrets = forecast.mean_regrets();
    let p_best = forecast.p_best(places);
    let own_best = forecast.own_best(places);
    let chosen = forecast.choices[answer.choice];
    let size = |place: usize| {
        let own = best_of(forecast, &regrets, place)?;
        let steps = sorted(forecast.log_steps[own].clone());
        let at = |q: f64| quantile(&steps, q).exp();
        let size = field.places[place].batch_size;
        let runs = state.outcomes.iter().filter(|o| o.plan.request.batch_size == size);
        let tuning = own_best[place].iter().zip(&forecast.objective[own]);
        let tuning_regret = tuning.map(|(best, own)| (own - best).exp_m1().min(3.0)).sum::<f64>() / MEMBERS as f64;
        Some(SizeJudgement {
            batch_size: size,
            learning_rate: forecast.choices[own].log_rate.exp(),
            tuned: tuning_regret <= margin,
            steps: Interval { value: at(0.5), low: Some(at(0.025)), high: Some(at(0.975)) },
            reached: runs.filter(|o| o.curve.crossing(goal).is_some()).count() as u64,
            p_best: p_best[place],
        })
    };
    let sizes: Vec<SizeJudgement> = (0..places).filter_map(size).collect();
    let batch_size = |place: usize| field.places[place].batch_size;
    let unresolved = (0..places).filter(|&place| {
        place != chosen.place && p_best[place] >= 1.0 - TIED && !answer.tied.contains(&place)
    });
    Judgement {
        recommended: Recommendation {
            batch_size: batch_size(chosen.place),
            learning_rate: chosen.log_rate.exp(),
            expected_regret: answer.regret,
            tied_with: answer.tied.iter().map(|&place| batch_size(place)).collect(),
        },
        unresolved: unresolved.map(batch_size).collect(),
        doubt: answer.doubt,
        most_doubt: MOST_DOUBT,
        confirmations: hits(state, field, chosen.place, chosen.rung, goal),
        wanted_confirmations: WANTED_HITS,
        curves: curves(state, field, forecast),
        best_set: best_set(&p_best).into_iter().map(batch_size).collect(),
        sizes,
    }
}

/// Steps at the best rate of each size under some of the members, by effective batch size.
fn curves(state: &StudyState, field: &Field, forecast: &Forecast) -> Vec<Vec<(u64, f64)>> {
    let places = field.places.len();
    let mut least = vec![vec![f64::INFINITY; MEMBERS]; places];
    for (choice, row) in forecast.choices.iter().zip(&forecast.log_steps) {
        for (best, log) in least[choice.place].iter_mut().zip(row) {
            *best = best.min(*log);
        }
    }
    let known: Vec<usize> = (0..places).filter(|&place| least[place][0].is_finite()).collect();
    let curve = |k: usize| {
        let steps = |&place: &usize| (state.effective(field.places[place].batch_size), least[place][k].exp());
        known.iter().map(steps).collect()
    };
    (0..MEMBERS).step_by(MEMBERS / CURVES).map(curve).collect()
}
