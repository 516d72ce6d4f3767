//! The choice of a batch size: the probability that each size is the best, and the regret of each
//! choice, by Monte Carlo.
//!
//! Left out: which runs count (`verdict/evidence`).

use crate::statistics::arm::{Arm, OWN_SPREAD, Spread, pooled_spread, t_quantile};
use crate::trial::step_cost::StepTime;
use batchwright_data::{Domain, RandomStream};

/// Draws of the Monte Carlo: enough to know a probability to 0.01.
const DRAWS: usize = 4000;
/// A regret counts up to this (five times as expensive). An answer that never reaches the target is
/// not infinitely bad, and without a limit the mean of exp(Student t) would be infinite.
pub(crate) const WORST_REGRET: f64 = 4.0;
/// An arm is clearly worse if the probability that it is better than the recommended one is at most
/// this. This is stricter than the usual 2.5%, because it is tested again after every few runs.
/// Without it a size that leads by luck after three seeds would be called best.
const CLEARLY_WORSE: f64 = 0.01;
/// The sizes of `best_set` contain the best size with this probability.
const BEST_SET: f64 = 0.9;

/// ln of a step time and the standard deviation of that ln, from its interval. `None` if the time
/// is not positive.
pub(crate) fn log_step_time(time: &StepTime) -> Option<(f64, f64)> {
    log_with_error(time.median, time.low, time.high)
}

/// ln of a median and the standard deviation of that ln, from its interval. `None` if the median is
/// not positive.
pub(crate) fn log_with_error(median: f64, low: f64, high: f64) -> Option<(f64, f64)> {
    let (median, low, high) = (median.ln(), low.ln(), high.ln());
    let sd = (high - low) / (2.0 * t_quantile(f64::INFINITY));
    (median.is_finite() && sd.is_finite()).then_some((median, sd.max(0.0)))
}

/// The result of comparing arms. All indices are positions in the given list of arms, which is
/// ascending in batch size.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Probability of being the best. It sums to 1 over the arms that have a median, and is 0 for
    /// the others.
    pub p_best: Vec<f64>,
    /// Expected regret of each arm against the best: E[obj / min obj - 1]; `None` without a median.
    pub regret: Vec<Option<f64>>,
    /// The arm to recommend.
    pub recommended: usize,
    /// The larger arms whose expected regret against the recommended one is within the margin.
    pub tied_with: Vec<usize>,
    /// Arms that are neither tied with the recommended one nor clearly worse. More runs would
    /// decide.
    pub unresolved: Vec<usize>,
    /// Smallest set of arms whose `p_best` sum to 0.9, ascending.
    pub best_set: Vec<usize>,
}

/// Decides between arms, ascending in batch size; `None` if no arm has a median. The same seed
/// gives the same decision.
///
/// The regret of arm b against r is E[max(0, obj_b / obj_r - 1)]. Let f be the arm of least
/// expected regret against the best. The arms within the margin of f are the tie. The smallest of
/// them that is itself within the margin of the best is recommended.
pub fn decide(arms: &[Arm], margin: f64, seed: u64) -> Option<Decision> {
    let live: Vec<usize> = (0..arms.len()).filter(|&k| arms[k].median().is_some()).collect();
    let draws = draw(arms, &live, seed);
    let mean = |f: &dyn Fn(&[f64]) -> f64| draws.iter().map(|d| f(d)).sum::<f64>() / draws.len() as f64;
    let against = |b: usize, r: usize| mean(&|d| regret_of(d[b], d[r]));
    let mut regret = vec![None; arms.len()];
    let mut p_best = vec![0.0; arms.len()];
    for (position, &arm) in live.iter().enumerate() {
        regret[arm] = Some(mean(&|d| regret_of(d[position], least(d))));
        p_best[arm] = mean(&|d| share_of_best(d, position));
    }
    let of = |position: usize| regret[live[position]].unwrap_or(WORST_REGRET);
    let safest = (0..live.len()).min_by(|&a, &b| of(a).total_cmp(&of(b)))?;
    let chosen = (0..live.len()).find(|&b| of(b) <= margin && against(b, safest) <= margin).unwrap_or(safest);
    let tied = |b: usize| b > chosen && against(b, chosen) <= margin;
    let better = |b: usize| mean(&|d| f64::from(u8::from(d[b] < d[chosen])));
    let tied_with: Vec<usize> = (0..live.len()).filter(|&b| tied(b)).collect();
    let unresolved =
        (0..live.len()).filter(|b| *b != chosen && !tied_with.contains(b) && better(*b) > CLEARLY_WORSE);
    Some(Decision {
        recommended: live[chosen],
        unresolved: unresolved.map(|b| live[b]).collect(),
        tied_with: tied_with.into_iter().map(|b| live[b]).collect(),
        best_set: best_set(&p_best),
        p_best,
        regret,
    })
}

/// Regret of one ln objective against another; 0 if neither ever reaches the target.
pub(crate) fn regret_of(log: f64, least: f64) -> f64 {
    // Infinity minus infinity is NaN.
    if log == least { 0.0 } else { (log - least).exp_m1().clamp(0.0, WORST_REGRET) }
}

fn least(draw: &[f64]) -> f64 {
    draw.iter().copied().fold(f64::INFINITY, f64::min)
}

/// 1 for the only best of a draw; an equal share of 1 among exact equals (sizes of a deterministic
/// workload); else 0.
fn share_of_best(draw: &[f64], position: usize) -> f64 {
    let best = least(draw);
    let equals = draw.iter().filter(|&&value| value == best).count();
    if draw[position] == best { 1.0 / equals as f64 } else { 0.0 }
}

/// `[DRAWS][live]`: draws of the true ln objective of each live arm. The pooled spread is one
/// unknown value. It is drawn once per draw, for all arms that share it.
fn draw(arms: &[Arm], live: &[usize], seed: u64) -> Vec<Vec<f64>> {
    let pooled = pooled_spread(arms);
    let mut random = RandomStream::new(seed, Domain::Bootstrap, 0, 0);
    let known: Vec<(f64, Spread, &Arm)> = live
        .iter()
        .map(|&k| (arms[k].log_objective().unwrap_or(f64::INFINITY), arms[k].spread(pooled), &arms[k]))
        .collect();
    let one = |random: &mut RandomStream| {
        let shared = drawn_sd(pooled, random);
        let value = |(centre, spread, arm): &(f64, Spread, &Arm)| {
            let sd = if arm.values.len() < OWN_SPREAD { shared } else { drawn_sd(*spread, random) };
            let error = (sd * arm.error_share_of_size()).hypot(arm.evaluation_sd) * random.normal();
            let error = if error > 0.0 { error * arm.stretch_upwards() } else { error };
            centre + error + arm.shift_sd * random.normal()
        };
        known.iter().map(value).collect()
    };
    (0..DRAWS).map(|_| one(&mut random)).collect()
}

/// A draw of the true standard deviation: `sd sqrt(v / chi^2_v)`, so that its product with a normal
/// is Student's t.
fn drawn_sd(spread: Spread, random: &mut RandomStream) -> f64 {
    let v = spread.freedom;
    if v.is_infinite() || spread.sd == 0.0 {
        return spread.sd;
    }
    // From 10 degrees of freedom on, the error of Wilson and Hilferty's cube (1931) is smaller than
    // the noise of the Monte Carlo.
    let chi2 = if v < 10.0 {
        (0..v as usize).map(|_| random.normal().powi(2)).sum()
    } else {
        v * (1.0 - 2.0 / (9.0 * v) + (2.0 / (9.0 * v)).sqrt() * random.normal()).powi(3)
    };
    spread.sd * (v / chi2.max(f64::MIN_POSITIVE)).sqrt()
}

/// The fewest arms whose probabilities sum to 0.9, ascending by position. Of equal probabilities
/// the smaller size is taken first.
pub(crate) fn best_set(p_best: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_best.len()).filter(|&k| p_best[k] > 0.0).collect();
    order.sort_by(|&a, &b| p_best[b].total_cmp(&p_best[a]).then(a.cmp(&b)));
    let mut sum = 0.0;
    let mut set: Vec<usize> = order
        .into_iter()
        .take_while(|&k| {
            let needed = sum < BEST_SET - 1e-12;
            sum += p_best[k];
            needed
        })
        .collect();
    set.sort_unstable();
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Estimate;
    use proptest::prelude::*;

    /// Censored runs stopped at 90 steps.
    fn arm(steps: &[f64], censored: usize) -> Arm {
        Arm { values: steps.to_vec(), beyond: vec![90.0; censored], ..Arm::default() }
    }

    fn noisy(random: &mut RandomStream, median: f64, sd: f64, seeds: usize) -> Arm {
        arm(&(0..seeds).map(|_| median * (sd * random.normal()).exp()).collect::<Vec<_>>(), 0)
    }

    /// If censored runs were dropped, a size that mostly fails would look fast.
    #[test]
    fn censored_runs_rank_above_all_others() {
        let pooled = pooled_spread(&[arm(&[10.0, 20.0, 30.0], 0)]);
        let estimate = |steps: &[f64], censored| arm(steps, censored).estimate(pooled, 1.0, 0.0).unwrap();
        let none = estimate(&[10.0, 20.0, 30.0], 0);
        assert_eq!(none.median, Some(20.0), "a count, not exp(ln(count))");
        assert!(none.low.is_some() && none.high.is_some());
        let one = estimate(&[10.0, 20.0], 1);
        assert_eq!((one.median, one.high, one.censored), (Some(20.0), None, 1), "the upper end is open");
        let half = estimate(&[10.0, 20.0], 2);
        assert_eq!(
            (half.median, half.low, half.high),
            (None, Some(55.0), None),
            "of 10, 20, over 90, over 90"
        );
        assert_eq!(estimate(&[], 3), Estimate { median: None, low: Some(90.0), high: None, censored: 3 });
        let diverged = Arm { beyond: vec![f64::INFINITY; 2], ..Arm::default() };
        assert_eq!(diverged.estimate(pooled, 1.0, 0.0).unwrap().low, None);
        assert_eq!(arm(&[], 0).estimate(pooled, 1.0, 0.0), None, "nothing was measured");
    }

    /// A censored run shows that the size is slower than its other runs show. An error that is
    /// symmetric around those would hide it.
    #[test]
    fn a_minority_of_misses_widens_upwards() {
        let probability = |misses| {
            let (steps, slower) = (&[10.0, 10.5, 9.5, 10.0, 10.2][..], &[10.6, 10.8, 11.0, 10.7, 10.9][..]);
            decide(&[arm(steps, misses), arm(slower, 0)], 0.05, 1).unwrap().p_best[0]
        };
        assert!(probability(0) > 0.98 && probability(3) < 0.9, "{} {}", probability(0), probability(3));
    }

    /// Three runs of 5 steps against three of 6 would be certainty, although one more seed may well
    /// need 6 and 5.
    #[test]
    fn small_whole_counts_are_not_certain() {
        let counts = |steps: f64| arm(&[steps; 3], 0).evaluated_every(1.0);
        let p_best = decide(&[counts(5.0), counts(6.0)], 0.05, 1).unwrap().p_best;
        assert!(p_best[1] > 0.001 && p_best[0] > 0.9, "{p_best:?}");
        let estimate = counts(5.0).estimate(pooled_spread(&[counts(5.0)]), 1.0, 0.0).unwrap();
        assert!(estimate.low.unwrap() < 4.9 && estimate.high.unwrap() > 5.1);
    }

    /// An arm without a median must not be chosen, nor get a share of the probability.
    #[test]
    fn an_arm_that_mostly_misses_is_never_recommended() {
        let decision = decide(&[arm(&[1.0], 2), arm(&[50.0, 51.0, 52.0], 0)], 0.05, 1).unwrap();
        assert_eq!((decision.recommended, decision.p_best, decision.tied_with), (1, vec![0.0, 1.0], vec![]));
        assert_eq!(decide(&[arm(&[], 3)], 0.05, 1), None);
        assert_eq!(decide(&[], 0.05, 1), None);
    }

    /// Intervals from the spread of three seeds of one size contain the truth far less often than
    /// 95%.
    #[test]
    fn pooled_intervals_of_three_seeds_hold_the_median() {
        let mut random = RandomStream::new(2, Domain::Bed, 0, 0);
        let mut held = 0;
        for _ in 0..300 {
            let arms: Vec<Arm> = (0..6).map(|_| noisy(&mut random, 100.0, 0.2, 3)).collect();
            let estimate = arms[0].estimate(pooled_spread(&arms), 1.0, 0.0).unwrap();
            held += usize::from(estimate.low.unwrap() <= 100.0 && 100.0 <= estimate.high.unwrap());
        }
        assert!((275..=295).contains(&held), "{held} of 300");
    }

    /// A size compared with itself must not be declared different.
    #[test]
    fn two_identical_arms_tie_in_nine_of_ten_replays() {
        let mut random = RandomStream::new(3, Domain::Bed, 0, 0);
        let ties = (0..200).filter(|&replay| {
            let arms = [noisy(&mut random, 100.0, 0.05, 12), noisy(&mut random, 100.0, 0.05, 12)];
            let decision = decide(&arms, 0.05, replay).unwrap();
            decision.recommended == 0 && decision.tied_with == [1]
        });
        let ties = ties.count();
        assert!(ties >= 180, "{ties} of 200");
    }

    /// If the spread were taken as known, the probability of being best would be overstated. The
    /// 90% set must contain the truth.
    #[test]
    fn the_best_set_holds_the_best_as_often_as_it_says() {
        let mut random = RandomStream::new(4, Domain::Bed, 0, 0);
        let truth = [118.0, 104.0, 100.0, 106.0, 125.0];
        let held = (0..200).filter(|&replay| {
            let arms: Vec<Arm> = truth.iter().map(|&t| noisy(&mut random, t, 0.1, 3)).collect();
            decide(&arms, 0.05, replay).unwrap().best_set.contains(&2)
        });
        let held = held.count();
        assert!(held >= 176, "{held} of 200");
    }

    /// An uncertain step time must make the choice uncertain too.
    #[test]
    fn uncertain_step_time_counts() {
        let mut arms = vec![arm(&[100.0; 3], 0), arm(&[90.0; 3], 0)];
        assert_eq!(decide(&arms, 0.05, 1).unwrap().p_best, [0.0, 1.0]);
        arms[0].shift_sd = 0.3;
        let p = decide(&arms, 0.05, 1).unwrap().p_best[0];
        // P(N(0, 0.3) < ln 0.9) = 0.363
        assert!((p - 0.363).abs() < 0.03, "{p}");
        let time = StepTime { median: 2.0, low: 1.0, high: 4.0 };
        let (log, sd) = log_step_time(&time).unwrap();
        assert!((log - 2f64.ln()).abs() < 1e-12 && (sd - 4f64.ln() / 3.92).abs() < 1e-4);
        assert_eq!(log_step_time(&StepTime { median: 0.0, low: 0.0, high: 0.0 }), None);
    }

    /// Both intervals are part of time-to-target. One of them alone would understate it.
    #[test]
    fn half_widths_add_in_squares() {
        let exact = arm(&[100.0; 3], 0);
        let pooled = pooled_spread(std::slice::from_ref(&exact));
        let estimate = exact.estimate(pooled, 0.5, 2f64.ln()).unwrap();
        let ends = (estimate.low.unwrap(), estimate.median.unwrap(), estimate.high.unwrap());
        assert!(
            (ends.0 - 25.0).abs() < 1e-9 && (ends.1 - 50.0).abs() < 1e-9 && (ends.2 - 100.0).abs() < 1e-9,
            "{ends:?}"
        );
    }

    #[test]
    fn the_best_set_is_the_smallest() {
        assert_eq!(best_set(&[0.05, 0.5, 0.4, 0.05]), [1, 2]);
        assert_eq!(best_set(&[0.3, 0.3, 0.0, 0.4]), [0, 1, 3]);
        assert_eq!(best_set(&[0.0, 1.0]), [1]);
        assert_eq!(best_set(&[0.25, 0.25, 0.25, 0.25]), [0, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one(steps in proptest::collection::vec((1.0..1e4f64, 0.0..0.5f64), 1..7), seed in 0u64..9) {
            let arms: Vec<Arm> = steps.iter().map(|&(s, e)| arm(&[s, s * (1.0 + e)], 0)).collect();
            let decision = decide(&arms, 0.05, seed).unwrap();
            prop_assert!((decision.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let held: f64 = decision.best_set.iter().map(|&k| decision.p_best[k]).sum();
            prop_assert!(held >= 0.9 - 1e-9);
            prop_assert!(decision.tied_with.iter().all(|&k| k > decision.recommended));
            prop_assert_eq!(decide(&arms, 0.05, seed).unwrap(), decision);
        }
    }
}
