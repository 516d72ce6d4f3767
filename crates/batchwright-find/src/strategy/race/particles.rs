//! Inference by sequential Monte Carlo: a population of parameter sets that is reweighted by each
//! new observation, resampled and moved.
//!
//! A new observation is added in steps that are so small that half of the population survives each
//! time (tempering). After every step the population is moved by Metropolis steps whose proposals
//! are differences of two members (ter Braak 2006). So no step size has to be tuned, and the
//! population does not get stuck if the first runs were all stopped early.
//!
//! Left out: the law itself (`law`).

use crate::strategy::race::law::{DIMS, RaceLaw, SizeLaw, Theta};
use crate::strategy::race::observation::Observation;
use batchwright_data::{Domain, RandomStream};

/// Members of the population.
pub(crate) const MEMBERS: usize = 512;
/// Metropolis sweeps after each tempering step, and more at the end.
const SWEEPS: usize = 12;
const FINAL_SWEEPS: usize = 30;
/// Share of the population that must survive each tempering step.
const ALIVE: f64 = 0.5;

/// The population of parameter sets.
#[derive(Debug, Clone)]
pub(crate) struct Particles {
    pub members: Vec<Theta>,
    /// ln likelihood of all observations that were learnt, by member.
    old: Vec<f64>,
    /// ln likelihood of the new observations, by member.
    new: Vec<f64>,
    learnt: usize,
    random: RandomStream,
}

impl Particles {
    pub(crate) fn new(model: &RaceLaw, seed: u64) -> Self {
        let mut random = RandomStream::new(seed, Domain::Search, 0, 0);
        Self {
            members: (0..MEMBERS).map(|_| model.prior.draw(&mut random)).collect(),
            old: vec![0.0; MEMBERS],
            new: vec![0.0; MEMBERS],
            learnt: 0,
            random,
        }
    }

    /// Learns from the observations that it has not seen yet: all but the first `learnt` ones.
    pub(crate) fn learn(&mut self, model: &RaceLaw, all: &[Observation]) {
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

    /// Expected number of observations that are outliers of the law.
    pub(crate) fn outliers(&self, model: &RaceLaw, observations: &[Observation]) -> f64 {
        let odd = |theta: &Theta, observation: &Observation| {
            let (lawful, odd) = observation.explanations(&model.at(theta, observation.place));
            odd / (lawful + odd)
        };
        let of_member = |theta: &Theta| observations.iter().map(|o| odd(theta, o)).sum::<f64>();
        self.members.iter().map(of_member).sum::<f64>() / MEMBERS as f64
    }

    /// The largest temperature step, at most `most`, after which enough members survive.
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
    fn sweep(&mut self, model: &RaceLaw, old: &[Observation], new: &[Observation], temperature: f64) {
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
        // Sometimes a whole difference, which can jump between modes.
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
pub(crate) fn log_likelihood(model: &RaceLaw, theta: &Theta, observations: &[Observation]) -> f64 {
    let mut laws: [Option<SizeLaw>; 64] = [None; 64];
    let mut law = |place: usize| match laws.get_mut(place) {
        Some(known) => *known.get_or_insert_with(|| model.at(theta, place)),
        None => model.at(theta, place),
    };
    observations.iter().map(|observation| observation.log_likelihood(&law(observation.place))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::race::observation::Observed;
    use crate::strategy::race::student_t::student;

    const SIZES: [u64; 7] = [8, 16, 32, 64, 128, 256, 512];

    fn model() -> RaceLaw {
        RaceLaw::new(&SIZES, 0.1f64.ln(), 1.5)
    }

    /// A run under a law that is taken as the truth.
    fn run(
        model: &RaceLaw,
        truth: &Theta,
        place: usize,
        log_rate: f64,
        random: &mut RandomStream,
    ) -> Observation {
        let expected = model.at(truth, place).expected(log_rate);
        let observed = if random.unit_f64() < expected.never {
            Observed::Diverged
        } else {
            Observed::Reached(expected.log_steps + expected.spread * student(random))
        };
        Observation { place, log_rate, observed }
    }

    /// A true law drawn from the prior, and some runs under it, at rates that do not depend on it.
    fn world(model: &RaceLaw, seed: u64, runs: usize) -> (Theta, Vec<Observation>) {
        let mut random = RandomStream::new(seed, Domain::Bed, 3, 0);
        let truth = model.prior.draw(&mut random);
        let observations = (0..runs).map(|k| {
            let log_rate = 0.1f64.ln() + 1.5 * (random.unit_f64() - 0.7) * 2.0;
            run(model, &truth, (3 * k + 1) % SIZES.len(), log_rate, &mut random)
        });
        let observations = observations.collect();
        (truth, observations)
    }

    /// Sorted best rates of a size over the population.
    fn rates(model: &RaceLaw, particles: &Particles, place: usize) -> Vec<f64> {
        let mut rates: Vec<f64> =
            particles.members.iter().map(|theta| model.at(theta, place).log_rate).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    fn taught(model: &RaceLaw, seed: u64, observations: &[Observation]) -> Particles {
        let mut particles = Particles::new(model, seed);
        particles.learn(model, observations);
        particles
    }

    /// A population that is too narrow stops too early, one that is too wide never stops. The
    /// bounds are three standard deviations of a binomial.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let model = model();
        let holds = |seed: u64| {
            let (truth, observations) = world(&model, seed, 3);
            let rates = rates(&model, &taught(&model, seed, &observations), 5);
            let of_truth = model.at(&truth, 5).log_rate;
            (rates[MEMBERS / 10]..=rates[MEMBERS - MEMBERS / 10]).contains(&of_truth)
        };
        let held = (0..50).filter(|&seed| holds(seed)).count();
        assert!((31..=48).contains(&held), "{held} of 50");
    }

    /// The order and the grouping of runs depend on the number of jobs. The belief must not.
    #[test]
    fn learning_one_by_one_is_learning_all_at_once() {
        let model = model();
        let (_, observations) = world(&model, 4, 5);
        let all = rates(&model, &taught(&model, 1, &observations), 5);
        let mut particles = Particles::new(&model, 2);
        for known in 1..=observations.len() {
            particles.learn(&model, &observations[..known]);
        }
        let one_by_one = rates(&model, &particles, 5);
        let width = |rates: &[f64]| rates[MEMBERS * 4 / 5] - rates[MEMBERS / 5];
        let middle = (all[MEMBERS / 2] - one_by_one[MEMBERS / 2]) / width(&all);
        let widths = width(&one_by_one) / width(&all);
        assert!(middle.abs() < 0.25 && (0.7..1.4).contains(&widths), "{middle} {widths}");
    }

    /// Without new observations nothing may change, not even the random numbers.
    #[test]
    fn what_is_known_is_not_learnt_twice() {
        let model = model();
        let (_, observations) = world(&model, 0, 3);
        let mut particles = taught(&model, 0, &observations);
        let before = particles.members.clone();
        particles.learn(&model, &observations);
        assert!(particles.members == before);
    }

    /// Runs that no law explains are data too: they must not cause a panic, NaN or an endless loop.
    #[test]
    fn contradictions_leave_a_population_of_numbers() {
        let model = model();
        let wild =
            |place: usize, log_rate: f64, observed: Observed| Observation { place, log_rate, observed };
        let observations = [
            wild(0, -3.0, Observed::Reached(0.0)),
            wild(0, -3.0, Observed::Reached(40.0)),
            wild(1, -200.0, Observed::Diverged),
            wild(2, 200.0, Observed::Reached(2.0)),
            wild(2, 200.0, Observed::MoreThan(60.0)),
            wild(3, 100.0, Observed::FastestStart),
            wild(4, -100.0, Observed::Stuck),
            wild(6, -100.0, Observed::FastestStart),
        ];
        let particles = taught(&model, 0, &observations);
        assert!(particles.members.iter().flatten().all(|value| value.is_finite()));
        let odd = particles.outliers(&model, &observations);
        assert!(odd > 2.0 && odd <= observations.len() as f64, "{odd}");
    }

    /// If ordinary runs were called outliers, a test bed that breaks the law could not be
    /// recognised by them.
    #[test]
    fn lawful_runs_are_not_odd() {
        let model = model();
        let (_, observations) = world(&model, 7, 6);
        let odd = taught(&model, 7, &observations).outliers(&model, &observations);
        assert!(odd < 0.6, "{odd}");
    }
}
