//! The value of a possible next run: how much it would improve the answer, and how soon it would
//! reach the target.
//!
//! The value of a run is its expected reduction of the answer's regret (the knowledge gradient).
//! Its outcome is simulated many times, each time under another member of the population. The
//! population is reweighted by this outcome, and the best answer under the new weights is taken.
//!
//! Left out: the choice among the candidates (`mod`).

use crate::statistics::decision::WORST_REGRET;
use crate::strategy::race::belief::Belief;
use crate::strategy::race::law::{Expected, SizeLaw};
use crate::strategy::race::particles::MEMBERS;
use crate::strategy::race::student_t::{above, density, student};
use batchwright_data::RandomStream;

/// Simulated outcomes per candidate.
const IMAGINED: usize = 24;
/// Sizes whose probability of being the best is at most this are not run.
const OUT_OF_PLAY: f64 = 0.01;
/// Most sizes that are considered: those with the highest probability.
const MOST_IN_PLAY: usize = 6;
/// Quantiles of a size's best rate at which runs are considered.
const QUANTILES: [f64; 6] = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95];
/// A run that never reaches the target counts this many times the cost of the best one: it ends
/// early, but another run must follow.
const NEVER: f64 = 4.0;
/// A run that gets stuck is recognised after this share of its limit, on average.
const FOUND_OUT: f64 = 0.6;
/// Smallest weight of a member, so that one simulated outcome excludes no member.
const LEAST_WEIGHT: f64 = 1e-3;
/// Smallest value of a run: if no single run would change the answer, the cheapest informative run
/// is taken.
const LEAST_WORTH: f64 = 1e-4;

/// A simulated outcome.
enum Imagined {
    Reached(f64),
    Cut,
}

impl Belief {
    /// Sizes that may still be the best, most likely first.
    pub(crate) fn in_play(&self) -> Vec<usize> {
        let p_best = self.p_best();
        let mut places: Vec<usize> = (0..p_best.len()).filter(|&place| p_best[place] > OUT_OF_PLAY).collect();
        places.sort_by(|&a, &b| p_best[b].total_cmp(&p_best[a]));
        places.truncate(MOST_IN_PLAY);
        places
    }

    /// (place, ln rate) of the runs that are considered.
    pub(crate) fn trials(&self) -> Vec<(usize, f64)> {
        let of_size = |place| self.rates(place, &QUANTILES).map(move |rate| (place, rate));
        self.in_play().into_iter().flat_map(of_size).collect()
    }

    /// Mean ln of the objective at which a run reaches the target. A run that never reaches it
    /// counts as [`NEVER`] times the best objective.
    pub(crate) fn mean_log_wait(&self, place: usize, log_rate: f64) -> f64 {
        let wait = |laws: &Vec<SizeLaw>| {
            let expected = laws[place].expected(log_rate);
            let failed = laws[place].log_steps + NEVER.ln();
            expected.never * failed + (1.0 - expected.never) * expected.log_steps.min(failed)
        };
        self.laws.iter().map(wait).sum::<f64>() / MEMBERS as f64 + self.units[place].log_step
    }

    /// The expected reduction of the least regret by a run that is stopped after `log_most` (ln
    /// steps), and the mean cost of the run in seconds, with start-up.
    pub(crate) fn worth(
        &self,
        place: usize,
        log_rate: f64,
        log_most: f64,
        random: &mut RandomStream,
    ) -> (f64, f64) {
        let expected: Vec<Expected> = self.laws.iter().map(|laws| laws[place].expected(log_rate)).collect();
        let now = self.least_regret(&[1.0; MEMBERS]);
        let (mut after, mut steps) = (0.0, 0.0);
        for _ in 0..IMAGINED {
            let (outcome, taken) =
                imagine(&expected[random.below(MEMBERS as u32) as usize], log_most, random);
            steps += taken / IMAGINED as f64;
            let weight = |e: &Expected| LEAST_WEIGHT + likelihood(e, &outcome, log_most);
            let weights: Vec<f64> = expected.iter().map(weight).collect();
            after += self.least_regret(&weights) / IMAGINED as f64;
        }
        (
            (now - after).max(LEAST_WORTH),
            self.units[place].start_up + steps * self.units[place].log_seconds.exp(),
        )
    }

    /// Smallest mean regret of any answer under these weights of the members.
    fn least_regret(&self, weights: &[f64]) -> f64 {
        let total: f64 = weights.iter().sum();
        let regret = |regrets: &[f64]| regrets.iter().zip(weights).map(|(r, w)| r * w).sum::<f64>() / total;
        self.answers.iter().map(|answer| regret(&answer.regrets)).fold(WORST_REGRET, f64::min)
    }
}

/// A simulated outcome and the steps that it takes, if `truth` is true.
fn imagine(truth: &Expected, log_most: f64, random: &mut RandomStream) -> (Imagined, f64) {
    let log_steps = truth.log_steps + truth.spread * student(random);
    if random.unit_f64() < truth.never {
        (Imagined::Cut, FOUND_OUT * log_most.exp())
    } else if log_steps < log_most {
        (Imagined::Reached(log_steps), log_steps.exp())
    } else {
        (Imagined::Cut, log_most.exp())
    }
}

fn likelihood(expected: &Expected, outcome: &Imagined, log_most: f64) -> f64 {
    let reaching = 1.0 - expected.never;
    match outcome {
        Imagined::Reached(log_steps) => reaching * density(log_steps - expected.log_steps, expected.spread),
        Imagined::Cut => expected.never + reaching * above(log_most - expected.log_steps, expected.spread),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::decision::WORST_REGRET;
    use crate::strategy::race::belief::tests::{belief, units};
    use batchwright_data::Domain;

    fn worth(belief: &Belief, place: usize, log_most: f64) -> (f64, f64) {
        let log_rate = belief.safest_at(place).unwrap().log_rate;
        belief.worth(place, log_rate, log_most, &mut RandomStream::new(0, Domain::Search, 1, 0))
    }

    /// The budget must not be spent on runs whose outcome is known beforehand.
    #[test]
    fn a_run_that_can_tell_nothing_is_worth_nothing() {
        let belief = belief(&units(|_| true), None);
        let likeliest = belief.in_play()[0];
        let (gain, seconds) = worth(&belief, likeliest, 1000f64.ln());
        assert!(gain > 20.0 * LEAST_WORTH && gain <= WORST_REGRET, "{gain}");
        // Stopped after three steps, so the outcome is always the same.
        let (nothing, three_steps) = worth(&belief, likeliest, 3f64.ln());
        assert!(nothing <= 0.1 * gain, "{nothing} {gain}");
        assert!(three_steps < 0.02 * seconds, "{three_steps} {seconds}");
    }

    /// A size that costs a hundred times as much must not be run to find out whether it is best.
    #[test]
    fn a_size_that_cannot_be_best_is_out_of_play() {
        let mut units = units(|_| true);
        units[4].log_step += 100f64.ln();
        units[4].log_seconds = units[4].log_step;
        let belief = belief(&units, None);
        assert!(!belief.in_play().contains(&4) && belief.trials().iter().all(|trial| trial.0 != 4));
        // If the run is stopped where it would lose to the answer, it is worth almost nothing for
        // its cost.
        let answer = belief.safest().unwrap();
        let log_most = |place: usize| answer.median_log_objective() + 1.4f64.ln() - units[place].log_step;
        let per_second = |place: usize| {
            let (gain, seconds) = worth(&belief, place, log_most(place));
            gain / seconds
        };
        let (lost, open) = (per_second(4), per_second(belief.in_play()[0]));
        assert!(lost < 0.2 * open, "{lost} {open}");
    }

    /// Otherwise runs would be chosen for the number of steps that they only need if they fail.
    #[test]
    fn waiting_takes_failure_into_account() {
        let belief = belief(&units(|_| true), None);
        let best = belief.safest_at(2).unwrap().log_rate;
        let at = |off: f64| belief.mean_log_wait(2, best + off);
        assert!(at(0.0) < at(-2.0) && at(0.0) < at(3.0), "{} {} {}", at(-2.0), at(0.0), at(3.0));
        assert!(at(20.0).is_finite() && at(-20.0).is_finite());
    }
}
