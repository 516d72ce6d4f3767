//! The value of a possible next run: how much it would improve the answer, for what it costs (the
//! knowledge gradient).
//!
//! The outcome of the run is imagined several times, each time as another member of the ensemble would
//! have it. The members are reweighted by this outcome, and the regret of the answer that would then
//! be given is taken.
//!
//! Left out: which runs are planned (`next_runs`).

use crate::strategy::race::field::Field;
use crate::strategy::race::forecast::Forecast;
use crate::strategy::race::particles::MEMBERS;
use batchwright_data::RandomStream;

/// Imagined outcomes of a run.
const IMAGINED: usize = 16;
/// Most candidates.
const MOST_CANDIDATES: usize = 40;
/// A choice within this ln of the best may turn out to be the best.
const NEAR: f64 = 0.223;
/// Candidates are those that are near the best with at least this share of the largest such
/// probability.
const LEAST_LIKELY: f64 = 0.1;
/// Standard deviation of a run in pure flow, as far as it tells about the target.
const RUN: f64 = 0.04;
/// Smallest value of a run: where none would change the answer the cheapest is taken.
const LEAST_GAIN: f64 = 1e-6;

/// A run that may be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Worth {
    /// Position of the choice.
    pub choice: usize,
    /// By how much the least regret would fall.
    pub gain: f64,
    /// Expected cost in seconds.
    pub seconds: f64,
}

impl Worth {
    pub(crate) fn rate(&self) -> f64 {
        self.gain / self.seconds
    }
}

/// The runs that may be worth it, most worth first. A run is stopped at an objective of `most`.
pub(crate) fn candidates(
    field: &Field,
    forecast: &Forecast,
    most: f64,
    random: &mut RandomStream,
) -> Vec<Worth> {
    let nears: Vec<f64> = forecast
        .objective
        .iter()
        .map(|row| {
            let near = row.iter().zip(&forecast.least).filter(|(log, least)| *log - *least < NEAR);
            near.count() as f64 / MEMBERS as f64
        })
        .collect();
    let mut order: Vec<usize> = (0..nears.len()).collect();
    order.sort_by(|&x, &y| nears[y].total_cmp(&nears[x]));
    let likely = order.first().map_or(0.0, |&best| LEAST_LIKELY * nears[best]);
    order.truncate(MOST_CANDIDATES);
    order.retain(|&choice| nears[choice] >= likely);
    let now = forecast.mean_regrets().into_iter().fold(f64::INFINITY, f64::min);
    let imagined: Vec<usize> = (0..IMAGINED).map(|_| random.below(MEMBERS as u32) as usize).collect();
    let mut worths: Vec<Worth> = order
        .into_iter()
        .map(|choice| {
            let place = &field.places[forecast.choices[choice].place];
            let cut = |log: &f64| log.min(most.ln());
            let objective: Vec<f64> = forecast.objective[choice].iter().map(cut).collect();
            let mean = objective.iter().map(|log| log.exp()).sum::<f64>() / MEMBERS as f64;
            let steps = mean / place.log_step.exp();
            let after = after(forecast, choice, &objective, &imagined, random);
            Worth {
                choice,
                gain: (now - after).max(LEAST_GAIN),
                seconds: field.start_up + steps * place.seconds,
            }
        })
        .collect();
    worths.sort_by(|x, y| y.rate().total_cmp(&x.rate()));
    worths
}

/// The expected least regret after a run at a choice.
fn after(
    forecast: &Forecast,
    choice: usize,
    objective: &[f64],
    imagined: &[usize],
    random: &mut RandomStream,
) -> f64 {
    let scatter = &forecast.scatter[choice];
    let mut weights: Vec<Vec<f64>> = Vec::with_capacity(imagined.len());
    for &truth in imagined {
        let outcome = objective[truth] + RUN * scatter[truth] * random.normal();
        let weight = |(log, scatter): (&f64, &f64)| {
            let sd = RUN * scatter;
            let z = (log - outcome) / sd;
            (-0.5 * (z * z).min(60.0)).exp() / sd
        };
        let mut of: Vec<f64> = objective.iter().zip(scatter).map(weight).collect();
        let total: f64 = of.iter().sum();
        of.iter_mut().for_each(|weight| *weight /= total);
        weights.push(of);
    }
    let mut least = vec![f64::INFINITY; imagined.len()];
    for regrets in &forecast.regrets {
        for (least, weights) in least.iter_mut().zip(&weights) {
            let regret: f64 = regrets.iter().zip(weights).map(|(regret, weight)| regret * weight).sum();
            *least = least.min(regret);
        }
    }
    least.iter().sum::<f64>() / imagined.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;
    use crate::strategy::race::field::Choice;
    use batchwright_data::Domain;

    /// Two sizes at one rate, with the ln objectives of each member.
    fn worths(objective: [&dyn Fn(usize) -> f64; 2], most: f64) -> (Field, Vec<Worth>) {
        let field = Field::new(&examples::state(&examples::config(), &[32, 64]));
        let choice = |place: usize| Choice { place, rung: 9, log_rate: field.log_rates[9] };
        let objective: Vec<Vec<f64>> = objective.map(|of| (0..MEMBERS).map(of).collect()).into();
        let least: Vec<f64> = (0..MEMBERS).map(|k| objective[0][k].min(objective[1][k])).collect();
        let regret =
            |row: &Vec<f64>| row.iter().zip(&least).map(|(log, least)| (log - least).exp_m1()).collect();
        let forecast = Forecast {
            choices: vec![choice(0), choice(1)],
            log_steps: objective.clone(),
            scatter: vec![vec![1.0; MEMBERS]; 2],
            regrets: objective.iter().map(regret).collect(),
            objective,
            least,
        };
        let mut random = RandomStream::new(1, Domain::Search, 9, 6);
        let worths = candidates(&field, &forecast, most, &mut random);
        (field, worths)
    }

    fn gain(worths: &[Worth], choice: usize) -> f64 {
        worths.iter().find(|worth| worth.choice == choice).unwrap().gain
    }

    /// Money for nothing: an outcome that is known beforehand changes no answer.
    #[test]
    fn a_run_whose_outcome_is_known_is_worth_nothing() {
        // 64 takes one second for sure; 32 half as long or twice as long, evenly.
        let open = |k: usize| if k.is_multiple_of(2) { -0.15 } else { 0.15 };
        let (_, worths) = worths([&open, &|_| 0.0], 10.0);
        assert!(gain(&worths, 1) <= 1.01 * LEAST_GAIN, "{worths:?}");
        // The regret of either answer is half of 16%, and none is left once 32 has run.
        let all = 0.5 * 0.15f64.exp_m1();
        assert!((gain(&worths, 0) - all).abs() < 0.15 * all, "{worths:?} {all}");
        assert_eq!(worths[0].choice, 0, "most worth first");
    }

    /// A run that is stopped where it is lost costs no more than that, and tells no more.
    #[test]
    fn a_run_costs_its_seconds_up_to_where_it_is_stopped() {
        let slow = |k: usize| if k.is_multiple_of(2) { -0.15 } else { 3.0 };
        let (field, worths) = worths([&slow, &|_| 0.0], 1.5);
        let step = field.places[0];
        let mean = 0.5 * ((-0.15f64).exp() + 1.5);
        let seconds = mean / step.log_step.exp() * step.seconds;
        let worth = worths.iter().find(|worth| worth.choice == 0).unwrap();
        assert!((worth.seconds - seconds).abs() < 1e-9, "{worth:?} {seconds}");
        assert!((worth.rate() - worth.gain / worth.seconds).abs() < 1e-12);
    }

    /// Choices that are hardly ever near the best cost without telling.
    #[test]
    fn choices_far_from_the_best_are_no_candidates() {
        let (_, worths) = worths([&|_| 1.0, &|_| 0.0], 10.0);
        assert_eq!(worths.iter().map(|worth| worth.choice).collect::<Vec<_>>(), [1]);
    }
}
