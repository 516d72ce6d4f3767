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
use batchwright_data::{Domain, RandomStream};
use nalgebra::DMatrix;

/// Members of the population.
pub(crate) const MEMBERS: usize = 256;
/// Metropolis moves after the last step. After the others there is one.
const MOVES: usize = 10;
/// Share of the population that must survive a step.
const ALIVE: f64 = 0.5;
/// Smallest step, and the smallest after this many.
const LEAST_STEP: f64 = 1e-3;
const MANY_STEPS: usize = 30;
const LEAST_STEP_THEN: f64 = 0.1;
/// The scatter of runs may differ from the usual by this standard deviation of its ln, and changes by
/// such steps.
const NOISE_SD: f64 = 0.4;
const NOISE_STEP: f64 = 1.15;
const LEAST_NOISE: f64 = 0.6;
const MOST_NOISE: f64 = 2.2;
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
        let now = self.with_likely_noise(observations);
        let begin = std::time::Instant::now();
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
            let spread = factor(covariance(&self.members));
            for _ in 0..if reached < 1.0 { 1 } else { MOVES } {
                self.move_all(&mut weights, &now, reached, &spread);
            }
            steps += 1;
        }
        self.learnt = now;
        crate::strategy::race::LEARN.fetch_add(begin.elapsed().as_nanos() as u64, std::sync::atomic::Ordering::Relaxed);
    }

    /// The observations, with the scatter of runs that makes them most likely: as until now, or a step
    /// away from it. One number for all members, since each needs a factor of its own.
    fn with_likely_noise(&self, observations: Observations) -> Prepared {
        let tries = [1.0, 1.0 / NOISE_STEP, NOISE_STEP].map(|step| {
            let prepared = Prepared::new(observations.clone(), (self.learnt.noise * step).clamp(LEAST_NOISE, crate::strategy::race::residual::tune(12, MOST_NOISE)));
            let prior = -0.5 * (prepared.noise.ln() / crate::strategy::race::residual::tune(13, NOISE_SD)).powi(2);
            let logs = prepared.log_likelihoods(&self.members);
            let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mean = logs.iter().map(|log| (log - most).exp()).sum::<f64>();
            (prior + most + mean.ln(), prepared)
        });
        let [usual, less, more] = tries;
        let best = if less.0 > usual.0 { less } else { usual };
        if more.0 > best.0 { more.1 } else { best.1 }
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

    /// One Metropolis step of every member. At the end the old likelihood does not count any more.
    fn move_all(&mut self, weights: &mut Weights, now: &Prepared, reached: f64, spread: &DMatrix<f64>) {
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
