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
const RUN: f64 = 0.025;
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
pub(crate) fn candidates(field: &Field, forecast: &Forecast, most: f64, random: &mut RandomStream) -> Vec<Worth> {
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
