//! The answer of the race for the verdict: every size as the ensemble expects it, and the
//! recommendation.
//!
//! Left out: the ensemble itself (`forecast`).

use crate::result::trial_record::TrialEnd;
use crate::result::{Interval, Recommendation};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
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
pub(crate) const MOST_DOUBT: f64 = 0.08;
/// Runs at the answer's size and rate that reached the target, without which it is not final.
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
    of_place()
        .filter(as_good)
        .min_by(|&x, &y| forecast.choices[x].log_rate.total_cmp(&forecast.choices[y].log_rate))
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

/// The answer where it is given to somebody: its size was run. Where the least regret is expected of
/// a size of which only the law tells (the study was ended early), it is that of the best size with a
/// run. `None` where there is none. A trial that failed
/// before it reached the goal, or did not fit, was none.
pub(crate) fn answer_that_ran(
    state: &StudyState,
    goal: f64,
    field: &Field,
    forecast: &Forecast,
    margin: f64,
) -> Option<Answer> {
    let answer = answer(field, forecast, margin)?;
    let ran = |&choice: &usize| {
        let size = field.places[forecast.choices[choice].place].batch_size;
        state.outcomes.iter().any(|outcome| outcome.plan.request.batch_size == size && trained(outcome, goal))
    };
    if ran(&answer.choice) {
        return Some(answer);
    }
    let regrets = forecast.mean_regrets();
    let best = (0..regrets.len()).filter(ran).min_by(|&x, &y| regrets[x].total_cmp(&regrets[y]))?;
    let choice = best_of(forecast, &regrets, forecast.choices[best].place)?;
    let (regret, doubt) = (regrets[choice], forecast.doubt(choice, margin));
    Some(Answer { choice, regret, doubt, tied: Vec::new(), all_tied: false })
}

fn trained(outcome: &TrialOutcome, goal: f64) -> bool {
    let by_itself = outcome.last.step > 0 && !matches!(outcome.end, TrialEnd::Failed | TrialEnd::DoesNotFit);
    by_itself || outcome.curve.crossing(goal).is_some()
}

/// Runs at this size and rate that reached the goal. One at a neighbouring rate of the field is none: just under
/// the edge of stability 9% decide whether a run trains.
pub(crate) fn hits(state: &StudyState, field: &Field, place: usize, rung: usize, goal: f64) -> u64 {
    let here = |o: &&TrialOutcome| {
        o.plan.request.batch_size == field.places[place].batch_size
            && field.rung_of(o.plan.request.learning_rate.ln()) == rung
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
        let tuning_regret =
            tuning.map(|(best, own)| (own - best).exp_m1().min(3.0)).sum::<f64>() / MEMBERS as f64;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;
    use crate::strategy::race::field::Choice;

    /// Choices (place, rung) whose objective is, in every member, 1 or as much more than 1 as
    /// `excess` says.
    fn forecast(field: &Field, choices: &[(usize, usize)], excess: impl Fn(usize, usize) -> f64) -> Forecast {
        let choice =
            |&(place, rung): &(usize, usize)| Choice { place, rung, log_rate: field.log_rates[rung] };
        let row = |choice: usize| (0..MEMBERS).map(|k| excess(choice, k)).collect();
        let regrets: Vec<Vec<f64>> = (0..choices.len()).map(row).collect();
        let objective: Vec<Vec<f64>> =
            regrets.iter().map(|row| row.iter().map(|regret| regret.ln_1p()).collect()).collect();
        Forecast {
            choices: choices.iter().map(choice).collect(),
            log_steps: objective.clone(),
            scatter: vec![vec![1.0; MEMBERS]; choices.len()],
            least: vec![0.0; MEMBERS],
            objective,
            regrets,
        }
    }

    fn field() -> Field {
        Field::new(&examples::state(&examples::config(), &[32, 64, 128]))
    }

    const THREE: [(usize, usize); 3] = [(0, 20), (1, 20), (2, 20)];

    /// The smallest size needs least memory; but only of those that are as good.
    #[test]
    fn the_smallest_tied_size_is_chosen() {
        let field = field();
        let of = |excess: [f64; 3]| answer(&field, &forecast(&field, &THREE, |c, _| excess[c]), 0.1).unwrap();
        let chosen = of([0.3, 0.06, 0.0]);
        assert_eq!((chosen.choice, chosen.tied, chosen.all_tied, chosen.doubt), (1, vec![2], true, 0.0));
        assert!((chosen.regret - 0.06).abs() < 1e-12);
        let chosen = of([0.3, 0.12, 0.0]);
        assert_eq!((chosen.choice, chosen.tied, chosen.regret), (2, vec![], 0.0));
        assert_eq!(of([0.0, 0.05, 0.05]).tied, [1, 2]);
    }

    /// A tie that holds in most members only by chance is none: 64 is 0 to 30% worse, evenly.
    #[test]
    fn a_size_that_may_be_worse_is_not_tied() {
        let field = field();
        let even = |c: usize, k: usize| [1.0, 0.3 * k as f64 / MEMBERS as f64, 0.0][c];
        let chosen = answer(&field, &forecast(&field, &THREE, even), 0.1).unwrap();
        assert_eq!((chosen.choice, chosen.tied.len()), (2, 0));
        // Each is the best in half of the members, and 30% worse in the others: the answer says so.
        let either = |c: usize, k: usize| if c > 0 && k % 2 == c - 1 { 0.0 } else { 0.3 };
        let chosen = answer(&field, &forecast(&field, &THREE, either), 0.1).unwrap();
        assert!((chosen.regret - 0.15).abs() < 1e-12 && chosen.doubt == 0.5 && !chosen.all_tied);
    }

    /// Beyond the best rate runs fail, so of two rates that are as good the lower is safer.
    #[test]
    fn of_rates_that_are_as_good_the_lower_is_taken() {
        let field = field();
        let rates = [(1, 19), (1, 20), (1, 21)];
        let of = |excess: [f64; 3]| answer(&field, &forecast(&field, &rates, |c, _| excess[c]), 0.1).unwrap();
        assert_eq!(of([0.003, 0.001, 0.0]).choice, 0);
        assert_eq!(of([0.05, 0.001, 0.0]).choice, 1);
    }

    #[test]
    fn without_a_choice_there_is_no_answer() {
        let field = field();
        assert_eq!(answer(&field, &forecast(&field, &[], |_, _| 0.0), 0.1), None);
    }

    /// Else a size is recommended at which no step was ever made.
    #[test]
    fn a_trial_that_failed_is_no_run() {
        let mut state = examples::state(&examples::config(), &[32, 64, 128]);
        let field = Field::new(&state);
        let rate = field.log_rates[20].exp();
        let forecast = forecast(&field, &THREE, |c, _| [0.3, 0.5, 0.0][c]);
        let given = |state: &StudyState| {
            let answer = answer_that_ran(state, 0.1, &field, &forecast, 0.1)?;
            Some(field.places[forecast.choices[answer.choice].place].batch_size)
        };
        assert_eq!(given(&state), None);
        state.outcomes.push(examples::trial(64, rate, TrialEnd::Target, &[(10, 0.2), (20, 0.05)]));
        for end in [TrialEnd::Failed, TrialEnd::DoesNotFit] {
            state.outcomes.push(examples::trial(128, rate, end, &[]));
            state.outcomes.push(examples::trial(128, rate, end, &[(10, 0.2)]));
        }
        state.outcomes.push(examples::trial(32, rate, TrialEnd::Budget, &[]));
        assert_eq!(given(&state), Some(64));
        state.outcomes.push(examples::trial(32, rate, TrialEnd::Diverged, &[(10, 0.2)]));
        assert_eq!(given(&state), Some(32));
        state.outcomes.push(examples::trial(128, rate, TrialEnd::Lost, &[(10, 0.2)]));
        assert_eq!(given(&state), Some(128));
        state.outcomes.pop();
        state.outcomes.push(examples::trial(128, rate, TrialEnd::Failed, &[(10, 0.2), (20, 0.05)]));
        assert_eq!(given(&state), Some(128), "it had reached the goal");
    }

    /// A user must read which sizes may still be better, and a size without a choice must not appear.
    #[test]
    fn the_judgement_tells_what_is_open() {
        let mut state = examples::state(&examples::config(), &[32, 64, 128]);
        let field = Field::new(&state);
        let rate = field.log_rates[20].exp();
        state.outcomes.push(examples::trial(64, rate, TrialEnd::Target, &[(10, 0.2), (20, 0.05)]));
        let either = |c: usize, k: usize| if k.is_multiple_of(4) == (c == 1) { 0.0 } else { 0.3 };
        let forecast = forecast(&field, &[(1, 20), (2, 20)], either);
        let answer = answer(&field, &forecast, 0.1).unwrap();
        let judgement = judgement(&state, 0.1, &field, &forecast, &answer);
        assert_eq!(judgement.recommended.batch_size, 64);
        assert_eq!((judgement.unresolved, judgement.doubt), (vec![128], 0.25));
        let sizes: Vec<(u64, u64)> =
            judgement.sizes.iter().map(|size| (size.batch_size, size.reached)).collect();
        assert_eq!(sizes, [(64, 1), (128, 0)]);
        assert_eq!((judgement.confirmations, judgement.wanted_confirmations), (1, WANTED_HITS));
        assert_eq!(judgement.sizes.iter().map(|size| size.p_best).sum::<f64>(), 1.0);
        assert_eq!(judgement.curves.len(), CURVES);
    }
}
