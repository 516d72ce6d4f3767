//! Inference by sequential Monte Carlo: a population of parameter sets, reweighted by each new observation, resampled and moved.
//!
//! A new observation enters by steps so small that half of the population stays alive each time (tempering); after every step the population is moved by
//! Metropolis steps whose proposals are differences of two members (ter Braak 2006), so nothing has to be tuned, and none gets stuck where the first runs
//! were all cut short.
//!
//! Left out: the law itself (`model`).

use batchwright_data::{Domain, Stream};

use super::model::{DIMS, Model, Observation, SizeLaw, Theta};

/// Members of the population.
pub(crate) const MEMBERS: usize = 512;
/// Metropolis sweeps after each tempering step, and more at the end.
const SWEEPS: usize = 12;
const FINAL_SWEEPS: usize = 30;
/// Share of the population that must stay alive in one tempering step.
const ALIVE: f64 = 0.5;

/// The population.
#[derive(Debug, Clone)]
pub(crate) struct Particles {
    pub members: Vec<Theta>,
    /// ln likelihood of all that was learnt, by member.
    old: Vec<f64>,
    /// ln likelihood of what is being learnt.
    new: Vec<f64>,
    learnt: usize,
    random: Stream,
}

impl Particles {
    pub(crate) fn new(model: &Model, seed: u64) -> Self {
        let mut random = Stream::new(seed, Domain::Search, 0, 0);
        Self {
            members: (0..MEMBERS).map(|_| model.prior.draw(&mut random)).collect(),
            old: vec![0.0; MEMBERS],
            new: vec![0.0; MEMBERS],
            learnt: 0,
            random,
        }
    }

    /// Takes in the observations that it has not seen: all but the first [`Particles::learnt`].
    pub(crate) fn learn(&mut self, model: &Model, all: &[Observation]) {
        let (old, new) = all.split_at(self.learnt.min(all.len()));
        if new.is_empty() {
            return;
        }
        for k in 0..MEMBERS {
            self.new[k] = log_likelihood(model, &self.members[k], new);
        }
        let mut reached = 0.0;
        while reached < 1.0 {
            let step = self.largest_step(1.0 - reached);
            self.resample(step);
            reached += step;
            let sweeps = if reached < 1.0 { SWEEPS } else { FINAL_SWEEPS };
            for _ in 0..sweeps {
                self.sweep(model, old, new, reached);
            }
        }
        for k in 0..MEMBERS {
            self.old[k] += self.new[k];
        }
        self.learnt = all.len();
    }

    /// Expected number of observations that are runs of another kind than the law knows.
    pub(crate) fn oddness(&self, model: &Model, observations: &[Observation]) -> f64 {
        let odd = |theta: &Theta, observation: &Observation| {
            let (lawful, odd) = observation.explanations(&model.at(theta, observation.place));
            odd / (lawful + odd)
        };
        let of_member = |theta: &Theta| observations.iter().map(|o| odd(theta, o)).sum::<f64>();
        self.members.iter().map(of_member).sum::<f64>() / MEMBERS as f64
    }

    /// The largest step in temperature, at most `most`, that leaves enough members alive.
    fn largest_step(&self, most: f64) -> f64 {
        if self.alive(most) >= ALIVE {
            return most;
        }
        let (mut low, mut high) = (0.0, most);
        for _ in 0..30 {
            let middle = f64::midpoint(low, high);
            if self.alive(middle) >= ALIVE { low = middle } else { high = middle }
        }
        low.max(1e-6 * most)
    }

    /// Effective share of members under weights `likelihood^step`.
    fn alive(&self, step: f64) -> f64 {
        let weights = self.weights(step);
        let (sum, squares) = weights.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        sum * sum / squares / MEMBERS as f64
    }

    fn weights(&self, step: f64) -> Vec<f64> {
        let most = self.new.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.new.iter().map(|log| (step * (log - most)).exp()).collect()
    }

    /// Systematic resampling.
    fn resample(&mut self, step: f64) {
        let weights = self.weights(step);
        let total: f64 = weights.iter().sum();
        let offset = self.random.unit_f64();
        let mut chosen = Vec::with_capacity(MEMBERS);
        let mut sum = 0.0;
        for (k, weight) in weights.iter().enumerate() {
            sum += weight / total * MEMBERS as f64;
            while chosen.len() < MEMBERS && (chosen.len() as f64 + offset) < sum {
                chosen.push(k);
            }
        }
        chosen.resize(MEMBERS, MEMBERS - 1);
        self.members = chosen.iter().map(|&k| self.members[k]).collect();
        self.old = chosen.iter().map(|&k| self.old[k]).collect();
        self.new = chosen.iter().map(|&k| self.new[k]).collect();
    }

    /// One Metropolis step for each member.
    fn sweep(&mut self, model: &Model, old: &[Observation], new: &[Observation], temperature: f64) {
        for k in 0..MEMBERS {
            let proposal = self.proposal(k);
            let prior = model.prior.log_density(&proposal) - model.prior.log_density(&self.members[k]);
            let (log_old, log_new) =
                (log_likelihood(model, &proposal, old), log_likelihood(model, &proposal, new));
            let gain = prior + log_old - self.old[k] + temperature * (log_new - self.new[k]);
            if gain > self.random.unit_f64().ln() {
                (self.members[k], self.old[k], self.new[k]) = (proposal, log_old, log_new);
            }
        }
    }

    fn proposal(&mut self, k: usize) -> Theta {
        let (a, b) = (self.other(), self.other());
        let optimal = 2.38 / (2.0 * DIMS as f64).sqrt();
        // Now and then a whole difference, which jumps between modes.
        let factor =
            if self.random.unit_f64() < 0.1 { 1.0 } else { optimal * (0.2 + self.random.unit_f64()) };
        let random = &mut self.random;
        let members = &self.members;
        std::array::from_fn(|d| {
            members[k][d] + factor * (members[a][d] - members[b][d]) + 1e-4 * random.normal()
        })
    }

    fn other(&mut self) -> usize {
        self.random.below(MEMBERS as u32) as usize
    }
}

/// ln likelihood of independent observations.
pub(crate) fn log_likelihood(model: &Model, theta: &Theta, observations: &[Observation]) -> f64 {
    let mut laws: [Option<SizeLaw>; 64] = [None; 64];
    let mut law = |place: usize| match laws.get_mut(place) {
        Some(known) => *known.get_or_insert_with(|| model.at(theta, place)),
        None => model.at(theta, place),
    };
    observations.iter().map(|observation| observation.log_likelihood(&law(observation.place))).sum()
}
