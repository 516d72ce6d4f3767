//! Which run comes next: what each candidate would be worth, and how soon it would reach the target.
//!
//! The worth of a run is by how much it is expected to lower the regret of the answer (the knowledge gradient): its outcome is imagined many times,
//! each time from another member of the population; the population is reweighted by it, and the best answer under the new weights is taken.
//!
//! Left out: what is chosen from the candidates (`mod`).

use crate::strategy::race::belief::{Belief, WORST_REGRET};
use crate::strategy::race::law::{Expected, SizeLaw, above, density};
use crate::strategy::race::particles::MEMBERS;
use batchwright_data::RandomStream;

/// Outcomes that are imagined for each candidate.
const IMAGINED: usize = 24;
/// Sizes that are at most this probably the best are not run.
const OUT_OF_PLAY: f64 = 0.01;
/// Sizes that are run at most: the likeliest.
const MOST_IN_PLAY: usize = 6;
/// Quantiles of a size's best rate at which a run may be worth its cost.
const QUANTILES: [f64; 6] = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95];
/// A run that never reaches the target costs this many times the best one: it ends early, but another must follow.
const NEVER: f64 = 4.0;
/// Share of its limit after which a run that gets stuck has been found out, on average.
const FOUND_OUT: f64 = 0.6;
/// Least weight of a member, so that one imagined outcome rules none out.
const LEAST_WEIGHT: f64 = 1e-3;
/// Least worth: where no single run would change the answer, the cheapest that says anything is taken.
const LEAST_WORTH: f64 = 1e-4;

/// What a run does.
enum Imagined {
    Reached(f64),
    Cut,
}

impl Belief {
    /// Sizes of which it is not clear that they are not the best, likeliest first.
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

    /// Mean ln of the objective after which a run has reached the target; where it never does, taken as [`NEVER`] times the best there is.
    pub(crate) fn mean_log_wait(&self, place: usize, log_rate: f64) -> f64 {
        let wait = |laws: &Vec<SizeLaw>| {
            let expected = laws[place].expected(log_rate);
            let in_vain = laws[place].log_steps + NEVER.ln();
            expected.never * in_vain + (1.0 - expected.never) * expected.log_steps.min(in_vain)
        };
        self.laws.iter().map(wait).sum::<f64>() / MEMBERS as f64 + self.units[place].log_step
    }

    /// By how much a run, cut off after `log_most` (ln steps), is expected to lower the least regret, and its mean cost in seconds, start-up included.
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

    /// Least mean regret of any answer under these weights of the members.
    fn least_regret(&self, weights: &[f64]) -> f64 {
        let total: f64 = weights.iter().sum();
        let regret = |regrets: &[f64]| regrets.iter().zip(weights).map(|(r, w)| r * w).sum::<f64>() / total;
        self.answers.iter().map(|answer| regret(&answer.regrets)).fold(WORST_REGRET, f64::min)
    }
}

/// An outcome and the steps it takes, if this is the truth.
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

/// Student t with 4 degrees of freedom.
fn student(random: &mut RandomStream) -> f64 {
    let squares: f64 = (0..4).map(|_| random.normal().powi(2)).sum();
    random.normal() / (squares / 4.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::race::belief::tests::{belief, units};
    use batchwright_data::Domain;

    fn worth(belief: &Belief, place: usize, log_most: f64) -> (f64, f64) {
        let log_rate = belief.safest_at(place).unwrap().log_rate;
        belief.worth(place, log_rate, log_most, &mut RandomStream::new(0, Domain::Search, 1, 0))
    }

    /// The budget would go into runs whose outcome is known beforehand.
    #[test]
    fn a_run_that_can_tell_nothing_is_worth_nothing() {
        let belief = belief(&units(|_| true), None);
        let likeliest = belief.in_play()[0];
        let (gain, seconds) = worth(&belief, likeliest, 1000f64.ln());
        assert!(gain > 20.0 * LEAST_WORTH && gain <= WORST_REGRET, "{gain}");
        // Cut after three steps, whatever is true.
        let (nothing, three_steps) = worth(&belief, likeliest, 3f64.ln());
        assert!(nothing <= 0.1 * gain, "{nothing} {gain}");
        assert!(three_steps < 0.02 * seconds, "{three_steps} {seconds}");
    }

    /// A size that costs a hundred times as much would be run to see whether it is best.
    #[test]
    fn a_size_that_cannot_be_best_is_out_of_play() {
        let mut units = units(|_| true);
        units[4].log_step += 100f64.ln();
        units[4].log_seconds = units[4].log_step;
        let belief = belief(&units, None);
        assert!(!belief.in_play().contains(&4) && belief.trials().iter().all(|trial| trial.0 != 4));
        // Cut where it would lose to the answer, it is worth next to nothing for what it costs.
        let answer = belief.safest().unwrap();
        let log_most = |place: usize| answer.median_log_objective() + 1.4f64.ln() - units[place].log_step;
        let per_second = |place: usize| {
            let (gain, seconds) = worth(&belief, place, log_most(place));
            gain / seconds
        };
        let (lost, open) = (per_second(4), per_second(belief.in_play()[0]));
        assert!(lost < 0.2 * open, "{lost} {open}");
    }

    /// Runs would be chosen for steps that they only take when they fail.
    #[test]
    fn waiting_takes_failure_into_account() {
        let belief = belief(&units(|_| true), None);
        let best = belief.safest_at(2).unwrap().log_rate;
        let at = |off: f64| belief.mean_log_wait(2, best + off);
        assert!(at(0.0) < at(-2.0) && at(0.0) < at(3.0), "{} {} {}", at(-2.0), at(0.0), at(3.0));
        assert!(at(20.0).is_finite() && at(-20.0).is_finite());
    }
}
