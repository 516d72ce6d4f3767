//! What the population of laws says about the choice: probabilities, regrets, the answer, and what one more run would be worth.
//!
//! An answer is a size and a rate; its regret under one law is its median objective over the best any size can do under that law, less 1. All that is
//! reported is an average over the population.
//!
//! Left out: how the population comes about (`particles`), when to stop (`mod`).

use batchwright_data::Stream;

use super::model::{Model, SizeLaw};
use super::particles::{MEMBERS, Particles};

/// A regret counts up to this: an answer that never reaches the target is not infinitely bad.
pub(crate) const WORST_REGRET: f64 = 4.0;
/// Quantiles of a size's best rate that are considered as its answer. Below the middle, because a rate that is too high costs more than one that is too low.
const QUANTILES: [f64; 7] = [0.03, 0.1, 0.2, 0.32, 0.45, 0.58, 0.72];
/// Answers are rates of a grid with this many steps an octave, so that repeated runs at one rate are at the same rate.
const RATES_PER_OCTAVE: f64 = 8.0;
/// A run that never reaches the target costs this many times the best one: it ends early, but another must follow.
const NEVER: f64 = 4.0;
/// Outcomes that are imagined for each candidate.
const IMAGINED: usize = 24;

/// One size as the belief is asked about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// ln of the objective of one step (of its seconds, for time).
    pub log_step: f64,
    /// Standard deviation of that.
    pub log_step_sd: f64,
    /// ln of the seconds of one step: what running it costs.
    pub log_seconds: f64,
    /// Whether it may be recommended.
    pub live: bool,
}

/// An answer that may be given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub place: usize,
    pub log_rate: f64,
    /// Mean regret.
    pub regret: f64,
    /// ln objective, by member; infinite where it never reaches the target.
    log_objective: Vec<f64>,
    /// Regret, by member.
    regrets: Vec<f64>,
}

/// See the file.
pub(crate) struct Belief {
    laws: Vec<Vec<SizeLaw>>,
    /// ln of the objective at each size's best rate, `[members][places]`; infinite for sizes that are not live.
    best: Vec<Vec<f64>>,
    /// Least of each row of `best`.
    least: Vec<f64>,
    units: Vec<Unit>,
    pub answers: Vec<Answer>,
}

impl Belief {
    pub(crate) fn new(model: &Model, particles: &Particles, units: &[Unit], random: &mut Stream) -> Self {
        let places = 0..model.places.len();
        let laws: Vec<Vec<SizeLaw>> = particles
            .members
            .iter()
            .map(|theta| places.clone().map(|k| model.at(theta, k)).collect())
            .collect();
        let shifts: Vec<Vec<f64>> = laws
            .iter()
            .map(|_| units.iter().map(|u| u.log_step + u.log_step_sd * random.normal()).collect())
            .collect();
        let of = |(laws, shifts): (&Vec<SizeLaw>, &Vec<f64>)| -> Vec<f64> {
            let objective =
                |k: usize| if units[k].live { laws[k].log_steps + shifts[k] } else { f64::INFINITY };
            places.clone().map(objective).collect()
        };
        let best: Vec<Vec<f64>> = laws.iter().zip(&shifts).map(of).collect();
        let least = best.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect();
        let mut belief = Self { laws, best, least, units: units.to_vec(), answers: Vec::new() };
        belief.answers = belief.all_answers(&shifts);
        belief
    }

    fn all_answers(&self, shifts: &[Vec<f64>]) -> Vec<Answer> {
        let live = (0..self.units.len()).filter(|&k| self.units[k].live);
        let answers = live.flat_map(|k| self.rates(k).into_iter().map(move |rate| (k, rate)));
        answers.map(|(place, log_rate)| self.answer(place, log_rate, shifts)).collect()
    }

    /// Rates that may be best at a size, ascending, on the grid.
    fn rates(&self, place: usize) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.laws.iter().map(|laws| laws[place].log_rate).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |q: f64| on_grid(sorted[(q * (MEMBERS - 1) as f64) as usize]);
        let mut rates: Vec<f64> = QUANTILES.into_iter().map(at).collect();
        rates.dedup();
        rates
    }

    fn answer(&self, place: usize, log_rate: f64, shifts: &[Vec<f64>]) -> Answer {
        let objective = |(laws, shifts): (&Vec<SizeLaw>, &Vec<f64>)| {
            let expected = laws[place].expected(log_rate);
            if expected.never > 0.5 { f64::INFINITY } else { expected.log_steps + shifts[place] }
        };
        let log_objective: Vec<f64> = self.laws.iter().zip(shifts).map(objective).collect();
        let regrets: Vec<f64> =
            log_objective.iter().zip(&self.least).map(|(o, best)| ratio(*o, *best)).collect();
        let regret = regrets.iter().sum::<f64>() / MEMBERS as f64;
        Answer { place, log_rate, regret, log_objective, regrets }
    }

    /// The answer of least regret.
    pub(crate) fn safest(&self) -> Option<&Answer> {
        self.answers.iter().min_by(|a, b| a.regret.total_cmp(&b.regret))
    }

    /// The answer of least regret at a size.
    pub(crate) fn safest_at(&self, place: usize) -> Option<&Answer> {
        self.answers.iter().filter(|a| a.place == place).min_by(|a, b| a.regret.total_cmp(&b.regret))
    }

    /// Probability of each size of being the best.
    pub(crate) fn p_best(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.units.len()];
        for row in &self.best {
            let best = (0..row.len()).min_by(|&a, &b| row[a].total_cmp(&row[b]));
            counts[best.unwrap_or(0)] += 1.0 / MEMBERS as f64;
        }
        counts
    }

    /// E[max(0, a / b - 1)].
    pub(crate) fn regret_against(&self, a: &Answer, b: &Answer) -> f64 {
        a.log_objective.iter().zip(&b.log_objective).map(|(a, b)| ratio(*a, *b)).sum::<f64>() / MEMBERS as f64
    }

    /// Quantile of ln of the objective at the best rate of a size.
    pub(crate) fn log_objective(&self, place: usize, q: f64) -> f64 {
        let mut sorted: Vec<f64> = self.best.iter().map(|row| row[place]).collect();
        sorted.sort_by(f64::total_cmp);
        sorted[(q * (MEMBERS - 1) as f64) as usize]
    }

    /// Mean ln of the objective at the best rate of a size.
    pub(crate) fn mean_log_objective(&self, place: usize) -> f64 {
        self.best.iter().map(|row| row[place]).sum::<f64>() / MEMBERS as f64
    }

    /// Size of the least mean ln objective.
    pub(crate) fn cheapest_place(&self) -> usize {
        let live = (0..self.units.len()).filter(|&k| self.units[k].live);
        live.min_by(|&a, &b| self.mean_log_objective(a).total_cmp(&self.mean_log_objective(b))).unwrap_or(0)
    }

    pub(crate) fn unit(&self, place: usize) -> &Unit {
        &self.units[place]
    }

    /// Median ln objective of an answer.
    pub(crate) fn log_objective_of(&self, answer: &Answer) -> f64 {
        let mut sorted = answer.log_objective.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[MEMBERS / 2]
    }

    /// Sizes of which it is not sure that they are not the best.
    pub(crate) fn in_play(&self) -> Vec<usize> {
        let p = self.p_best();
        let mut order: Vec<usize> = (0..p.len()).filter(|&k| self.units[k].live && p[k] > 0.01).collect();
        order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
        order.truncate(6);
        order
    }

    /// Rates at which a run may be worth its cost.
    pub(crate) fn trial_rates(&self, place: usize) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.laws.iter().map(|laws| laws[place].log_rate).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |q: f64| on_grid(sorted[(q * (MEMBERS - 1) as f64) as usize]);
        let mut rates: Vec<f64> = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95].into_iter().map(at).collect();
        rates.dedup();
        rates
    }

    /// Mean ln of the objective after which a run at this rate has reached the target, where it never does taken as [`NEVER`] times the best there is.
    pub(crate) fn mean_log_wait(&self, place: usize, log_rate: f64) -> f64 {
        let wait = |laws: &Vec<SizeLaw>| {
            let expected = laws[place].expected(log_rate);
            let reached = expected.log_steps.min(laws[place].log_steps + NEVER.ln());
            expected.never * (laws[place].log_steps + NEVER.ln()) + (1.0 - expected.never) * reached
        };
        self.laws.iter().map(wait).sum::<f64>() / MEMBERS as f64 + self.units[place].log_step
    }

    /// What a run of `place` at `log_rate`, cut off after `log_most` (ln steps), would be worth: by how much the least mean regret would fall, and
    /// its mean cost in seconds.
    pub(crate) fn worth(
        &self,
        place: usize,
        log_rate: f64,
        log_most: f64,
        random: &mut Stream,
    ) -> (f64, f64) {
        let expected: Vec<_> = self.laws.iter().map(|laws| laws[place].expected(log_rate)).collect();
        let now = self.safest().map_or(WORST_REGRET, |answer| answer.regret);
        let (mut after, mut cost) = (0.0, 0.0);
        for _ in 0..IMAGINED {
            let truth = expected[random.below(MEMBERS as u32) as usize];
            let log_steps = truth.log_steps + truth.spread * student(random);
            let never = random.unit_f64() < truth.never;
            let hit = !never && log_steps < log_most;
            cost += if hit {
                log_steps.exp()
            } else if never {
                0.6 * log_most.exp()
            } else {
                log_most.exp()
            };
            let weight = |e: &super::model::Expected| {
                let likely = if hit {
                    (1.0 - e.never) * super::model::density(log_steps - e.log_steps, e.spread)
                } else {
                    e.never + (1.0 - e.never) * super::model::above(log_most - e.log_steps, e.spread)
                };
                likely + 1e-3
            };
            let weights: Vec<f64> = expected.iter().map(weight).collect();
            after += self.least_regret(&weights);
        }
        let seconds = self.units[place].log_seconds.exp();
        (now - after / IMAGINED as f64, seconds * cost / IMAGINED as f64)
    }

    /// Least mean regret of any answer under these weights of the members.
    fn least_regret(&self, weights: &[f64]) -> f64 {
        let total: f64 = weights.iter().sum();
        let regret = |answer: &Answer| {
            answer.regrets.iter().zip(weights).map(|(regret, weight)| weight * regret).sum::<f64>() / total
        };
        self.answers.iter().map(regret).fold(WORST_REGRET, f64::min)
    }
}

/// Regret of one ln objective against another.
fn ratio(log: f64, least: f64) -> f64 {
    (log - least).exp_m1().clamp(0.0, WORST_REGRET)
}

pub(crate) fn on_grid(log_rate: f64) -> f64 {
    let step = 2f64.ln() / RATES_PER_OCTAVE;
    (log_rate / step).round() * step
}

/// Student t with 4 degrees of freedom.
fn student(random: &mut Stream) -> f64 {
    let squares: f64 = (0..4).map(|_| random.normal().powi(2)).sum();
    random.normal() / (squares / 4.0).sqrt()
}
