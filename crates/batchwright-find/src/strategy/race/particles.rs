//! Inference by sequential Monte Carlo: a population of laws that is reweighted, resampled and moved
//! whenever there is something new.
//!
//! The change from the old observations to the new ones is made in steps so small that half of the
//! population survives each. After each step the population is moved by Metropolis steps, whose
//! proposals follow the population's own covariance, or differences of two members, which can jump
//! between modes. The new observations may replace old ones (a run that has gone on), so both
//! likelihoods are computed anew for every proposal.
//!
//! Left out: the likelihood (`likelihood`) and the law itself (`law`).

use crate::strategy::race::law::{DIMS, Prior, Theta};
use crate::strategy::race::likelihood::{Prepared, factor};
use crate::strategy::race::observation::Observations;
use crate::strategy::race::residual::Scales;
use batchwright_data::{Domain, RandomStream};
use nalgebra::DMatrix;

/// Members of the population.
pub(crate) const MEMBERS: usize = 256;
/// Metropolis moves after the last step: blocks of so many, until one raises the mean of the ln density by
/// less than this, or so many blocks. After the other steps there is one move.
const MOVES: usize = 10;
const SETTLED: f64 = 0.5;
const MOST_BLOCKS: usize = 12;
/// Share of the population that must survive a step.
const ALIVE: f64 = 0.5;
/// Smallest step, and the smallest after this many.
const LEAST_STEP: f64 = 1e-3;
const MANY_STEPS: usize = 30;
const LEAST_STEP_THEN: f64 = 0.1;
/// What is wrong with the law and the scatter of runs may differ from the usual by this standard deviation
/// of their ln, at most by these factors, and change by such steps.
const SCALE_SD: f64 = 0.4;
const SCALE_STEP: f64 = 1.15;
const LEAST_SCALE: f64 = 0.5;
const MOST_SCALE: f64 = 3.0;
/// Share of the proposals that follow the covariance.
const BY_COVARIANCE: f64 = 0.6;

/// The population, and what it has learnt.
#[derive(Debug, Clone)]
pub(crate) struct Particles {
    pub members: Vec<Theta>,
    prior: Prior,
    pub learnt: Prepared,
    random: RandomStream,
}

/// The logs that belong to each member while it learns.
struct Weights {
    prior: Vec<f64>,
    old: Vec<f64>,
    new: Vec<f64>,
}

impl Particles {
    pub(crate) fn new(prior: Prior, nothing: Prepared, seed: u64) -> Self {
        let mut random = RandomStream::new(seed, Domain::Search, 0, 0);
        let members = (0..MEMBERS).map(|_| prior.draw(&mut random)).collect();
        Self { members, prior, learnt: nothing, random }
    }

    /// Changes from what it has learnt to these observations.
    pub(crate) fn learn(&mut self, observations: Observations) {
        let now = self.with_likely_scales(observations);
        let mut weights = Weights {
            prior: self.members.iter().map(|member| self.prior.log_density(member)).collect(),
            old: self.learnt.log_likelihoods(&self.members),
            new: now.log_likelihoods(&self.members),
        };
        let (mut reached, mut steps) = (0.0, 0);
        while reached < 1.0 {
            let least = if steps < MANY_STEPS { LEAST_STEP } else { LEAST_STEP_THEN };
            let step = weights.largest_step(1.0 - reached).max(least).min(1.0 - reached);
            reached = if step >= 1.0 - reached { 1.0 } else { reached + step };
            self.resample(&mut weights, step);
            if reached < 1.0 {
                self.move_all(&mut weights, &now, reached, 1);
            }
            steps += 1;
        }
        self.settle(&mut weights, &now);
        self.learnt = now;
    }

    /// Moves until the population does not get any nearer to what was observed. After a surprise that takes
    /// many moves: with a fixed number it may be left where no run is explained, and be sure of it.
    fn settle(&mut self, weights: &mut Weights, now: &Prepared) {
        let mut fit = weights.fit();
        for _ in 0..MOST_BLOCKS {
            self.move_all(weights, now, 1.0, MOVES);
            let before = std::mem::replace(&mut fit, weights.fit());
            if fit < before + SETTLED {
                break;
            }
        }
    }

    /// The observations, with the scales that make them most likely: as until now, or a step away from
    /// them. They are the same for all members, since each pair needs a factor of its own.
    fn with_likely_scales(&self, observations: Observations) -> Prepared {
        let steps = [
            (1.0, 1.0),
            (1.0, SCALE_STEP),
            (1.0, 1.0 / SCALE_STEP),
            (SCALE_STEP, 1.0),
            (1.0 / SCALE_STEP, 1.0),
        ];
        let tries = steps.map(|(law, runs)| {
            let Scales { law: of_law, runs: of_runs } = self.learnt.scales;
            let scales = Scales {
                law: (of_law * law).clamp(LEAST_SCALE, MOST_SCALE),
                runs: (of_runs * runs).clamp(LEAST_SCALE, MOST_SCALE),
            };
            let prepared = Prepared::new(observations.clone(), scales);
            (self.log_evidence(&prepared), prepared)
        });
        let better = |best: (f64, Prepared), next: (f64, Prepared)| if next.0 > best.0 { next } else { best };
        let [usual, rest @ ..] = tries;
        rest.into_iter().fold(usual, better).1
    }

    /// ln of the mean likelihood over the members, with the prior of the scales.
    fn log_evidence(&self, prepared: &Prepared) -> f64 {
        let Scales { law, runs } = prepared.scales;
        let prior = -0.5 * ((law.ln() / SCALE_SD).powi(2) + (runs.ln() / SCALE_SD).powi(2));
        let logs = prepared.log_likelihoods(&self.members);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        prior + most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
    }

    /// Systematic resampling by a step from the old to the new likelihood.
    fn resample(&mut self, weights: &mut Weights, step: f64) {
        let shares = weights.shares(step);
        let total: f64 = shares.iter().sum();
        let offset = self.random.unit_f64();
        let mut chosen = Vec::with_capacity(MEMBERS);
        let mut sum = 0.0;
        for (k, share) in shares.iter().enumerate() {
            sum += share / total * MEMBERS as f64;
            while chosen.len() < MEMBERS && (chosen.len() as f64 + offset) < sum {
                chosen.push(k);
            }
        }
        chosen.resize(MEMBERS, MEMBERS - 1);
        self.members = chosen.iter().map(|&k| self.members[k]).collect();
        for of in [&mut weights.prior, &mut weights.old, &mut weights.new] {
            *of = chosen.iter().map(|&k| of[k]).collect();
        }
    }

    /// Metropolis steps of every member, by the covariance that they have before.
    fn move_all(&mut self, weights: &mut Weights, now: &Prepared, reached: f64, moves: usize) {
        let spread = factor(covariance(&self.members));
        for _ in 0..moves {
            self.move_each(weights, now, reached, &spread);
        }
    }

    /// One Metropolis step of every member. At the end the old likelihood does not count any more.
    fn move_each(&mut self, weights: &mut Weights, now: &Prepared, reached: f64, spread: &DMatrix<f64>) {
        let proposals = self.proposals(spread);
        let last = reached >= 1.0;
        let new = now.log_likelihoods(&proposals);
        let old = if last { new.clone() } else { self.learnt.log_likelihoods(&proposals) };
        for (k, proposal) in proposals.into_iter().enumerate() {
            let prior = self.prior.log_density(&proposal);
            let gain = prior - weights.prior[k]
                + reached * (new[k] - weights.new[k])
                + if last { 0.0 } else { (1.0 - reached) * (old[k] - weights.old[k]) };
            if self.random.unit_f64().ln() < gain {
                self.members[k] = proposal;
                (weights.prior[k], weights.old[k], weights.new[k]) = (prior, old[k], new[k]);
            }
        }
    }

    fn proposals(&mut self, spread: &DMatrix<f64>) -> Vec<Theta> {
        if self.random.unit_f64() < BY_COVARIANCE {
            let scale = [0.25, 0.5, 0.9][self.below(3)] * 2.38 / (DIMS as f64).sqrt();
            return (0..MEMBERS).map(|k| self.along_spread(k, scale, spread)).collect();
        }
        let scale = [0.3, 0.6, 1.0][self.below(3)];
        let moved: [bool; DIMS] = std::array::from_fn(|_| self.below(2) == 0);
        (0..MEMBERS).map(|k| self.along_difference(k, scale, &moved)).collect()
    }

    fn along_spread(&mut self, k: usize, scale: f64, spread: &DMatrix<f64>) -> Theta {
        let z: Theta = std::array::from_fn(|_| self.random.normal());
        std::array::from_fn(|d| {
            let step: f64 = (0..=d).map(|e| spread[(d, e)] * z[e]).sum();
            self.members[k][d] + scale * step
        })
    }

    fn along_difference(&mut self, k: usize, scale: f64, moved: &[bool; DIMS]) -> Theta {
        let (a, b) = (self.below(MEMBERS), self.below(MEMBERS));
        std::array::from_fn(|d| {
            let step = if moved[d] { self.members[a][d] - self.members[b][d] } else { 0.0 };
            self.members[k][d] + scale * step
        })
    }

    fn below(&mut self, count: usize) -> usize {
        self.random.below(count as u32) as usize
    }
}

impl Weights {
    /// Mean of ln of the posterior density.
    fn fit(&self) -> f64 {
        let sum: f64 = self.prior.iter().zip(&self.new).map(|(prior, new)| prior + new).sum();
        sum / MEMBERS as f64
    }

    /// The largest step, at most `most`, that enough members survive.
    fn largest_step(&self, most: f64) -> f64 {
        if self.alive(most) >= ALIVE {
            return most;
        }
        let (mut low, mut high) = (0.0, most);
        for _ in 0..25 {
            let middle = f64::midpoint(low, high);
            if self.alive(middle) >= ALIVE { low = middle } else { high = middle }
        }
        low
    }

    /// Effective share of the members that survive a step.
    fn alive(&self, step: f64) -> f64 {
        let (sum, squares) = self.shares(step).iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        sum * sum / squares / MEMBERS as f64
    }

    fn shares(&self, step: f64) -> Vec<f64> {
        let gains = || self.new.iter().zip(&self.old).map(|(new, old)| new - old);
        let most = gains().fold(f64::NEG_INFINITY, f64::max);
        gains().map(|gain| (step * (gain - most)).exp()).collect()
    }
}

/// Covariance of the members.
fn covariance(members: &[Theta]) -> DMatrix<f64> {
    let count = members.len() as f64;
    let mean: Theta = std::array::from_fn(|d| members.iter().map(|m| m[d]).sum::<f64>() / count);
    DMatrix::from_fn(DIMS, DIMS, |d, e| {
        let product = |m: &Theta| (m[d] - mean[d]) * (m[e] - mean[e]);
        let ridge = if d == e { 1e-6 } else { 0.0 };
        members.iter().map(product).sum::<f64>() / (count - 1.0) + ridge
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;
    use crate::strategy::race::forecast::predict;
    use crate::strategy::race::law::{Law, SCALE, WALL};
    use crate::strategy::race::observation::{Divergence, Passage, Reader};
    use crate::strategy::race::residual::{RUN, Spot};

    const LOW: f64 = -7.0;
    const HIGH: f64 = 0.0;

    fn fresh(seed: u64) -> Particles {
        Particles::new(Prior::new(LOW, HIGH), Prepared::new(Observations::none(), Scales::USUAL), seed)
    }

    fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
        values.clone().sum::<f64>() / values.count() as f64
    }

    /// Against a sum over draws of the prior. Divergences are such weak observations that many draws
    /// agree with them.
    #[test]
    fn the_posterior_of_the_wall_is_that_of_the_prior_reweighted() {
        let at = |r: f64| Divergence { b: 0.0, r, log_steps: 6.0 };
        let all = Observations { diverged: vec![at(-2.0), at(-1.5)], ..Observations::none() };
        let mut random = RandomStream::new(5, Domain::Search, 9, 1);
        let prior = Prior::new(LOW, HIGH);
        let draws: Vec<Theta> = (0..40_000).map(|_| prior.draw(&mut random)).collect();
        let logs = Prepared::new(all.clone(), Scales::USUAL).log_likelihoods(&draws);
        let total: f64 = logs.iter().map(|log| log.exp()).sum();
        let exact = |of: &dyn Fn(&Theta) -> f64| {
            draws.iter().zip(&logs).map(|(draw, log)| of(draw) * log.exp()).sum::<f64>() / total
        };
        let mut sums = [0.0; 2];
        for seed in 0..4 {
            let mut particles = fresh(seed);
            particles.learn(all.clone());
            sums[0] += mean(particles.members.iter().map(|member| member[WALL])) / 4.0;
            sums[1] += mean(particles.members.iter().map(|member| member[WALL].powi(2))) / 4.0;
        }
        // The population has four times 256 members, and the wall a standard deviation of 2.
        let (first, second) = (exact(&|draw| draw[WALL]), exact(&|draw| draw[WALL].powi(2)));
        assert!((sums[0] - first).abs() < 0.3, "{} {first}", sums[0]);
        assert!((sums[1] - second).abs() < 0.1 * second, "{} {second}", sums[1]);
    }

    /// Its prior is so wide that what a run took is what the next one like it is expected to take.
    #[test]
    fn a_single_run_tells_the_steps_of_its_own_setting() {
        let spot = Spot { b: 0.0, r: -6.5, l: 0.0 };
        let log_steps = 2000f64.ln();
        let start = Observations::none();
        let run = Passage { spot, log_steps, variance: 1e-4, rung: 0, run: 0 };
        let mut particles = fresh(1);
        particles.learn(Observations { passages: vec![run], ..start });
        let of_law = |theta: &Theta| {
            let law = Law::new(theta, particles.learnt.observations.start);
            law.at(0.0, -6.5).expected(&law.at_level(0.0)).log_steps
        };
        let told = mean(particles.members.iter().map(of_law));
        assert!((told - log_steps).abs() < 0.05, "{told} {log_steps}");
        let mut random = RandomStream::new(5, Domain::Search, 9, 2);
        let again = predict(&particles, &[spot], &mut random);
        assert!((mean(again[0].iter().copied()) - log_steps).abs() < 0.03);
        let spread = mean(again[0].iter().map(|log| (log - log_steps).powi(2))).sqrt();
        assert!(spread < 0.2, "{spread}");
    }

    /// After a run of a bed at a low rate: the same setting, and half its rate, where nothing was run.
    #[test]
    fn after_a_run_its_setting_is_known_and_half_its_rate_takes_twice_the_steps() {
        let mut state = examples::state(&examples::config(), &[64]);
        state.outcomes.push(examples::bed_run(&state, 64, 0.05, 10_000));
        let steps = state.outcomes[0].curve.crossing(0.1).unwrap().step as f64;
        let reader =
            Reader { state: &state, goal: 0.1, centre: 64f64.ln(), fastest: 1.0, step_seconds: &|_| 1e-3 };
        let mut particles = fresh(2);
        particles.learn(reader.read(state.outcomes.iter()));
        let at = |rate: f64| Spot { b: 0.0, r: rate.ln(), l: 0.0 };
        let mut random = RandomStream::new(5, Domain::Search, 9, 3);
        let told = predict(&particles, &[at(0.05), at(0.025)], &mut random);
        let median = |row: &[f64]| crate::statistics::median::median(row.to_vec()).unwrap().exp();
        assert!((median(&told[0]) / steps - 1.0).abs() < 0.05, "{} {steps}", median(&told[0]));
        let exact = examples::bed_run(&state, 64, 0.025, 10_000).curve.crossing(0.1).unwrap().step as f64;
        assert!((median(&told[1]) / exact - 1.0).abs() < 0.15, "{} {exact}", median(&told[1]));
    }

    /// Runs of one setting that scatter by this standard deviation of ln steps. A population that takes runs for
    /// less certain than they are asks for many times as many of them.
    fn scatter_learnt(sd: f64) -> f64 {
        let mut random = RandomStream::new(7, Domain::Search, 9, 5);
        let spot = Spot { b: 0.0, r: -6.5, l: 0.0 };
        let mut particles = fresh(3);
        let mut passages = Vec::new();
        for run in 0..24 {
            let log_steps = 2000f64.ln() + sd * random.normal();
            passages.push(Passage { spot, log_steps, variance: 0.0, rung: 0, run });
            particles.learn(Observations { passages: passages.clone(), ..Observations::none() });
        }
        let scale = mean(particles.members.iter().map(|member| member[SCALE].exp()));
        scale * particles.learnt.scales.runs * RUN
    }

    #[test]
    fn how_much_runs_scatter_is_learnt_from_those_of_one_setting() {
        let (steady, wild) = (scatter_learnt(0.03), scatter_learnt(0.1));
        assert!((0.02..0.045).contains(&steady), "{steady}");
        assert!((0.07..0.14).contains(&wild), "{wild}");
    }

    /// A study that nobody can reproduce; or one whose seed does nothing.
    #[test]
    fn the_same_seed_gives_the_same_population() {
        let learnt = |seed: u64| {
            let mut particles = fresh(seed);
            let at = Divergence { b: 0.0, r: -2.0, log_steps: 6.0 };
            particles.learn(Observations { diverged: vec![at], ..Observations::none() });
            particles.members
        };
        assert_eq!(learnt(1), learnt(1));
        assert_ne!(learnt(1), learnt(2));
        assert_eq!(learnt(1).len(), MEMBERS);
    }
}
