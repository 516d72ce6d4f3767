//! What the population of laws implies for the choice: answers with their regrets, and the
//! probability of each size of being the best.
//!
//! An answer is a size and a learning rate. Its regret under one law is its median objective
//! divided by the best objective of any size under that law, minus 1. All results are averages over
//! the population.
//!
//! Left out: how the population is drawn (`particles`), which run comes next (`worth`), when to
//! stop (`mod`).

use crate::statistics::decision::regret_of;
use crate::statistics::median::{quantile, sorted, upper_median};
use crate::strategy::race::law::{RaceLaw, SizeLaw};
use crate::strategy::race::particles::{MEMBERS, Particles};
use batchwright_data::RandomStream;

/// Quantiles of a size's best rate that are considered as answers. More of them are below the
/// middle, because a rate that is too high costs more than one that is too low.
const QUANTILES: [f64; 7] = [0.03, 0.1, 0.2, 0.32, 0.45, 0.58, 0.72];
/// Rates are taken from a grid with this many steps per octave, so that an answer can be run again
/// at the same rate.
const RATES_PER_OCTAVE: f64 = 16.0;

/// A size is a rival of the answer if it is better with at least this probability.
const RIVAL: f64 = 0.25;
/// Draws per member of the population, each with other deviations from the law.
const DRAWS: usize = 4;
/// Number of curves that represent the population.
const CURVES: usize = 64;
/// A smaller size may be recommended although the probability that it is twice the margin behind is
/// larger than for the safest answer, by up to this much.
const MORE_DOUBT: f64 = 0.02;

/// The cost of a step of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// ln of the objective of one step (of its seconds, for time).
    pub log_step: f64,
    /// Standard deviation of that.
    pub log_step_sd: f64,
    /// ln of the seconds of one step: the cost of running it.
    pub log_seconds: f64,
    /// Seconds that a run costs in addition to its steps.
    pub start_up: f64,
    /// Whether the size may be run and recommended.
    pub live: bool,
    /// ln of the highest rate at which it may be run; infinite if there is no such limit.
    pub most_log_rate: f64,
}

impl Unit {
    /// The allowed ln rate that is nearest to this one.
    fn within(&self, bounds: Option<(f64, f64)>, log_rate: f64) -> f64 {
        let (low, high) = bounds.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        log_rate.min(high).min(self.most_log_rate).max(low)
    }
}

/// A possible answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub place: usize,
    pub log_rate: f64,
    /// Mean regret.
    pub regret: f64,
    /// ln objective under each member of the population; infinite if it never reaches the target.
    log_objective: Vec<f64>,
    /// Regret under each member.
    pub regrets: Vec<f64>,
}

/// The belief at one moment: the population and what follows from it.
pub(crate) struct Belief {
    /// `[members][places]`.
    pub laws: Vec<Vec<SizeLaw>>,
    /// Draws of the true ln objective of one step, `[members][places]`.
    log_steps: Vec<Vec<f64>>,
    /// ln objective of each size at its best allowed rate, `[members][places]`; infinite for sizes
    /// that are not live.
    best: Vec<Vec<f64>>,
    /// Smallest value of each row of `best`.
    least: Vec<f64>,
    pub units: Vec<Unit>,
    /// Lowest and highest ln rate that may be used.
    bounds: Option<(f64, f64)>,
    pub answers: Vec<Answer>,
}

impl Belief {
    /// `bounds`: lowest and highest ln rate that may be used.
    pub(crate) fn new(
        model: &RaceLaw,
        particles: &Particles,
        units: &[Unit],
        bounds: Option<(f64, f64)>,
        random: &mut RandomStream,
    ) -> Self {
        let places = 0..units.len();
        let of_member = |theta| places.clone().map(|place| model.at(theta, place)).collect();
        let laws: Vec<Vec<SizeLaw>> = particles.members.iter().map(of_member).collect();
        let mut drawn = |_| units.iter().map(|u| u.log_step + u.log_step_sd * random.normal()).collect();
        let log_steps: Vec<Vec<f64>> = (0..MEMBERS).map(&mut drawn).collect();
        // If rates are bounded, the best rate may be out of bounds, and no run would ever be near
        // it.
        let least_steps = |law: &SizeLaw, unit: &Unit| {
            let rate = unit.within(bounds, law.log_rate);
            if rate == law.log_rate { law.log_steps } else { law.expected(rate).log_steps }
        };
        let objective = |(laws, log_steps): (&Vec<SizeLaw>, &Vec<f64>)| -> Vec<f64> {
            let least = |k: usize| least_steps(&laws[k], &units[k]) + log_steps[k];
            let at = |k: usize| if units[k].live { least(k) } else { f64::INFINITY };
            places.clone().map(at).collect()
        };
        let best: Vec<Vec<f64>> = laws.iter().zip(&log_steps).map(objective).collect();
        let least = best.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min)).collect();
        let units = units.to_vec();
        let mut belief = Self { laws, log_steps, best, least, units, bounds, answers: Vec::new() };
        let answers =
            belief.live().flat_map(|place| belief.rates(place, &QUANTILES).map(move |rate| (place, rate)));
        belief.answers = answers.map(|(place, log_rate)| belief.answer(place, log_rate)).collect();
        belief
    }

    fn live(&self) -> impl Iterator<Item = usize> {
        (0..self.units.len()).filter(|&place| self.units[place].live)
    }

    /// These quantiles of a size's best rate, ascending, on the grid or at a bound.
    pub(crate) fn rates(&self, place: usize, quantiles: &[f64]) -> impl Iterator<Item = f64> + use<> {
        let best = sorted(self.laws.iter().map(|laws| laws[place].log_rate).collect());
        let at = |q: &f64| on_grid(quantile(&best, *q));
        let within = |rate: f64| self.units[place].within(self.bounds, rate);
        let mut rates: Vec<f64> = quantiles.iter().map(at).map(within).collect();
        rates.dedup();
        rates.into_iter()
    }

    fn answer(&self, place: usize, log_rate: f64) -> Answer {
        let objective = |(laws, log_steps): (&Vec<SizeLaw>, &Vec<f64>)| {
            let expected = laws[place].expected(log_rate);
            if expected.never > 0.5 { f64::INFINITY } else { expected.log_steps + log_steps[place] }
        };
        let log_objective: Vec<f64> = self.laws.iter().zip(&self.log_steps).map(objective).collect();
        let regrets: Vec<f64> =
            log_objective.iter().zip(&self.least).map(|(o, best)| regret_of(*o, *best)).collect();
        Answer { place, log_rate, regret: mean(&regrets), log_objective, regrets }
    }

    /// The answer of least regret.
    pub(crate) fn safest(&self) -> Option<&Answer> {
        self.answers.iter().min_by(|a, b| a.regret.total_cmp(&b.regret))
    }

    /// The answer of least regret at a size.
    pub(crate) fn safest_at(&self, place: usize) -> Option<&Answer> {
        let of_size = self.answers.iter().filter(|answer| answer.place == place);
        of_size.min_by(|a, b| a.regret.total_cmp(&b.regret))
    }

    /// The answer of the smallest size that is within the margin of the best and of the safest
    /// answer, and not much more often far behind than the safest one.
    pub(crate) fn recommended(&self, margin: f64) -> Option<&Answer> {
        let safest = self.safest()?;
        let most_doubt = self.doubt(safest, 2.0 * margin) + MORE_DOUBT;
        let as_good = |a: &&Answer| {
            a.regret <= margin
                && self.regret_against(a, safest) <= margin
                && self.doubt(a, 2.0 * margin) <= most_doubt
        };
        (0..safest.place).filter_map(|place| self.safest_at(place)).find(as_good).or(Some(safest))
    }

    /// Expected regret of one answer against another.
    pub(crate) fn regret_against(&self, a: &Answer, b: &Answer) -> f64 {
        let regrets = a.log_objective.iter().zip(&b.log_objective).map(|(a, b)| regret_of(*a, *b));
        regrets.sum::<f64>() / MEMBERS as f64
    }

    /// The best answers of sizes that may well be better than this answer, and that are not within
    /// the margin of it: runs must show a tie or a difference.
    pub(crate) fn rivals(&self, answer: &Answer, margin: f64) -> Vec<&Answer> {
        // At its best rate, which its own answer may not have found yet.
        let better = |other: &Answer| {
            let pairs = self.best.iter().zip(&answer.log_objective);
            pairs.filter(|(best, own)| best[other.place] < **own).count() as f64 / MEMBERS as f64
        };
        let others =
            self.live().filter(|&place| place != answer.place).filter_map(|place| self.safest_at(place));
        others.filter(|other| better(other) >= RIVAL && self.regret_against(other, answer) > margin).collect()
    }

    /// The expected loss of an answer from not using the best rate of its size.
    pub(crate) fn tuning_regret(&self, answer: &Answer) -> f64 {
        let regrets =
            answer.log_objective.iter().zip(&self.best).map(|(o, best)| regret_of(*o, best[answer.place]));
        regrets.sum::<f64>() / MEMBERS as f64
    }

    /// Probability that an answer's regret is above `limit`.
    pub(crate) fn doubt(&self, answer: &Answer, limit: f64) -> f64 {
        answer.regrets.iter().filter(|regret| **regret > limit).count() as f64 / MEMBERS as f64
    }

    /// Probability of each size of being the best, if the law is right.
    pub(crate) fn p_best(&self) -> Vec<f64> {
        shares_of_best(self.units.len(), self.best.iter())
    }

    /// Probability of each size of being the best, if the ln steps of each size may also differ
    /// from the law, independently, with this standard deviation.
    pub(crate) fn p_best_allowing(&self, discrepancies: &[f64], random: &mut RandomStream) -> Vec<f64> {
        let mut moved = |row: &Vec<f64>| -> Vec<f64> {
            row.iter().zip(discrepancies).map(|(log, sd)| log + sd * random.normal()).collect()
        };
        shares_of_best(self.units.len(), (0..DRAWS).flat_map(|_| &self.best).map(&mut moved))
    }

    /// The live size with the smallest mean ln objective.
    pub(crate) fn cheapest_place(&self) -> usize {
        let objective = |place: usize| self.best.iter().map(|row| row[place]).sum::<f64>();
        self.live().min_by(|&a, &b| objective(a).total_cmp(&objective(b))).unwrap_or(0)
    }

    /// Steps at the best rate of each live size under some of the laws, by effective batch size.
    pub(crate) fn curves(&self, effective: &[u64]) -> Vec<Vec<(u64, f64)>> {
        let curve = |laws: &Vec<SizeLaw>| {
            self.live().map(|place| (effective[place], laws[place].log_steps.exp())).collect()
        };
        self.laws.iter().step_by(MEMBERS / CURVES).map(curve).collect()
    }

    /// Steps that an answer needs: 2.5% quantile, median, 97.5% quantile.
    pub(crate) fn steps(&self, answer: &Answer) -> (f64, f64, f64) {
        let steps = |laws: &Vec<SizeLaw>| laws[answer.place].expected(answer.log_rate).log_steps.exp();
        let steps = sorted(self.laws.iter().map(steps).collect());
        (quantile(&steps, 0.025), quantile(&steps, 0.5), quantile(&steps, 0.975))
    }
}

impl Answer {
    /// Median over the population; infinite if the target is never reached under half of it.
    pub(crate) fn median_log_objective(&self) -> f64 {
        upper_median(self.log_objective.clone()).unwrap_or(f64::INFINITY)
    }
}

/// How often each place has the smallest ln objective of a row. A row in which all are infinite
/// counts for none.
fn shares_of_best(places: usize, rows: impl Iterator<Item = impl AsRef<[f64]>>) -> Vec<f64> {
    let (mut counts, mut all) = (vec![0.0; places], 0.0);
    for row in rows {
        all += 1.0;
        let finite = row.as_ref().iter().enumerate().filter(|(_, log)| log.is_finite());
        if let Some((best, _)) = finite.min_by(|a, b| a.1.total_cmp(b.1)) {
            counts[best] += 1.0;
        }
    }
    counts.into_iter().map(|count| count / all).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The nearest rate of the grid.
fn on_grid(log_rate: f64) -> f64 {
    let step = 2f64.ln() / RATES_PER_OCTAVE;
    (log_rate / step).round() * step
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::statistics::decision::WORST_REGRET;
    use crate::strategy::race::observation::{Observation, Observed};
    use batchwright_data::Domain;

    pub(crate) const SIZES: [u64; 5] = [16, 32, 64, 128, 256];

    /// A step of size B costs 1 + B / 64 in the unit of the objective. `live` tells which sizes are
    /// live.
    pub(crate) fn units(live: impl Fn(usize) -> bool) -> Vec<Unit> {
        let unit = |(place, &size): (usize, &u64)| {
            let log = (size as f64 / 64.0).ln_1p();
            Unit {
                log_step: log,
                log_step_sd: 0.01,
                log_seconds: log,
                start_up: 0.0,
                live: live(place),
                most_log_rate: f64::INFINITY,
            }
        };
        SIZES.iter().enumerate().map(unit).collect()
    }

    /// The belief after two runs at the middle size.
    pub(crate) fn belief(units: &[Unit], bounds: Option<(f64, f64)>) -> Belief {
        let model = RaceLaw::new(&SIZES, 0.1f64.ln(), 1.5);
        let mut particles = Particles::new(&model, 0);
        let run =
            |log_rate, log_steps| Observation { place: 2, log_rate, observed: Observed::Reached(log_steps) };
        particles.learn(&model, &[run(0.1f64.ln(), 500f64.ln()), run(0.05f64.ln(), 950f64.ln())]);
        Belief::new(&model, &particles, units, bounds, &mut RandomStream::new(0, Domain::Search, 2, 0))
    }

    /// A negative or infinite regret, or probabilities that do not sum to 1, would decide the
    /// choice.
    #[test]
    fn regrets_and_probabilities_are_in_range() {
        let belief = belief(&units(|_| true), None);
        let mut regrets = belief.answers.iter().flat_map(|answer| &answer.regrets);
        assert!(regrets.all(|regret| (0.0..=WORST_REGRET).contains(regret)));
        let p_best = belief.p_best();
        assert!((p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9 && p_best.iter().all(|p| *p >= 0.0));
        for answer in &belief.answers {
            assert!((0.0..=1.0).contains(&belief.doubt(answer, 0.1)));
            // The best rate of its size may itself not be the best choice.
            assert!(belief.tuning_regret(answer) <= answer.regret + 1e-9);
            let (low, median, high) = belief.steps(answer);
            assert!(low <= median && median <= high);
        }
    }

    /// If one law under which both answers fail gave NaN, no tie and no smaller size would ever be
    /// found.
    #[test]
    fn regrets_of_answers_that_both_fail_are_numbers() {
        assert_eq!(regret_of(f64::INFINITY, f64::INFINITY), 0.0);
        assert_eq!(regret_of(f64::INFINITY, 3.0), WORST_REGRET);
        assert_eq!(regret_of(3.0, f64::INFINITY), 0.0);
        assert!((regret_of(1.1f64.ln(), 0.0) - 0.1).abs() < 1e-12);
        let belief = belief(&units(|_| true), None);
        let pairs = belief.answers.iter().flat_map(|a| belief.answers.iter().map(move |b| (a, b)));
        assert!(pairs.into_iter().all(|(a, b)| (0.0..=WORST_REGRET).contains(&belief.regret_against(a, b))));
    }

    /// A larger size than needed must not be recommended, nor a smaller one that is worse than the
    /// margin allows.
    #[test]
    fn the_smallest_size_within_the_margin_is_recommended() {
        let belief = belief(&units(|_| true), None);
        let safest = belief.safest().unwrap();
        assert!(belief.answers.iter().all(|answer| answer.regret >= safest.regret));
        let mut places = Vec::new();
        for margin in [0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0] {
            let chosen = belief.recommended(margin).unwrap();
            let as_good = |a: &Answer| a.regret <= margin && belief.regret_against(a, safest) <= margin;
            assert!(chosen == safest || as_good(chosen), "{margin}");
            assert!((0..chosen.place).all(|place| !as_good(belief.safest_at(place).unwrap())), "{margin}");
            places.push(chosen.place);
        }
        assert!(places.windows(2).all(|w| w[0] >= w[1]), "a wider margin admits smaller sizes: {places:?}");
        assert_eq!((places[0], places[7]), (safest.place, 0));
    }

    /// A size that does not fit must not be recommended because of what the law predicts for it.
    #[test]
    fn sizes_that_are_not_live_have_no_answer() {
        let belief = belief(&units(|place| place < 2), None);
        assert!(belief.answers.iter().all(|answer| answer.place < 2));
        assert!(belief.p_best()[2..].iter().all(|p| *p == 0.0) && belief.cheapest_place() < 2);
        let none = self::belief(&units(|_| false), None);
        assert!(none.answers.is_empty() && none.safest().is_none() && none.recommended(0.05).is_none());
    }

    /// Neither the rounding to the grid nor a quantile may leave the range of rates that a user
    /// fixed.
    #[test]
    fn bounds_of_the_rate_hold() {
        let (low, high) = (0.031f64.ln(), 0.043f64.ln());
        let belief = belief(&units(|_| true), Some((low, high)));
        assert!(belief.answers.iter().all(|answer| (low..=high).contains(&answer.log_rate)));
        assert!(belief.trials().iter().all(|trial| (low..=high).contains(&trial.1)));
    }

    /// A rate at which the program crashes must not be proposed again and again. A crash gives no
    /// information about the law.
    #[test]
    fn a_size_is_not_run_above_its_highest_rate() {
        let mut units = units(|_| true);
        units[1].most_log_rate = 0.02f64.ln();
        let belief = belief(&units, None);
        let rates = belief.answers.iter().map(|answer| (answer.place, answer.log_rate));
        for (place, log_rate) in rates.chain(belief.trials()) {
            assert!(place != 1 || log_rate <= 0.02f64.ln());
        }
        assert!(belief.answers.iter().any(|answer| answer.place != 1 && answer.log_rate > 0.02f64.ln()));
    }

    /// Otherwise runs at the same rate would not be recognised as such.
    #[test]
    fn the_grid_of_rates_is_a_fixed_point() {
        for k in -100..100 {
            let rate = on_grid(f64::from(k) * 0.0377);
            assert_eq!(on_grid(rate), rate);
            assert!((rate - f64::from(k) * 0.0377).abs() <= 2f64.ln() / 16.0 + 1e-12);
        }
    }
}
