//! As long as no run has reached the target: which run is tried, and how long.
//!
//! A run is a gamble: at a rate that suits, it reaches the target soon; at one that does not, never.
//! The index of a choice is the least expected cost of a success if it is tried, time and again, up to
//! the cap that makes this cost least (Gittins). The choice of the least index is tried, and its run
//! goes on for as long as the index of what is left of it is not much above that of the best new run.
//!
//! Left out: the ensemble that both come from (`forecast`).

use crate::strategy::race::field::Field;
use crate::strategy::race::forecast::Forecast;
use crate::strategy::race::particles::MEMBERS;

/// A cap at which less than this share of the runs succeed is not considered.
const LEAST_SUCCESS: f64 = 0.15;
/// Each run near a choice in vain makes it this many times less attractive.
const IN_VAIN: f64 = 1.5;
/// A run goes on for as long as what is left of it costs at most this many times a new run.
const LOYALTY: f64 = 1.3;
/// Fewest members that agree with how far a run has come.
const FEWEST: usize = 6;

/// Least expected cost of a success over all caps, for costs of a success that are equally likely.
fn index(costs: &mut [f64], of: usize) -> f64 {
    costs.sort_by(f64::total_cmp);
    let first = ((LEAST_SUCCESS * of as f64) as usize).max(1) - 1;
    let mut sum = 0.0;
    let mut least = f64::INFINITY;
    for (k, &cost) in costs.iter().enumerate() {
        sum += cost;
        let successes = (k + 1) as f64;
        if k >= first {
            least = least.min((sum + (costs.len() as f64 - successes) * cost) / successes);
        }
    }
    least
}

/// The choice to try first, and its index in seconds. `tried`: runs near a choice so far.
pub(crate) fn best(
    field: &Field,
    forecast: &Forecast,
    tried: impl Fn(usize) -> usize,
) -> Option<(usize, f64)> {
    let of = |choice: usize| {
        let seconds = field.places[forecast.choices[choice].place].seconds;
        let cost = |log: &f64| field.start_up + log.min(40.0).exp() * seconds;
        let mut costs: Vec<f64> = forecast.log_steps[choice].iter().map(cost).collect();
        (choice, index(&mut costs, MEMBERS) * IN_VAIN.powi(tried(choice) as i32))
    };
    (0..forecast.choices.len()).map(of).min_by(|x, y| x.1.total_cmp(&y.1))
}

/// Whether a run that has taken this many steps should go on. `log_steps`: what it needs in all, by
/// member; `fresh`: the index of the best new run, in seconds.
pub(crate) fn goes_on(log_steps: &[f64], steps: f64, step_seconds: f64, fresh: f64) -> bool {
    let left = log_steps.iter().map(|log| log.min(40.0).exp() - steps).filter(|left| *left > 0.0);
    let mut left: Vec<f64> = left.map(|left| left * step_seconds).collect();
    let count = left.len();
    let index = if count < FEWEST { 20.0 * steps * step_seconds } else { index(&mut left, count) };
    index <= LOYALTY * fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Costs 1 and 100, equally likely: with a cap of 1 a success costs (1 + 1) / 1 tries of 1 each,
    /// with a cap of 100 it costs 50.5.
    #[test]
    fn the_index_is_the_least_cost_of_a_success_over_all_caps() {
        assert_eq!(index(&mut [100.0, 1.0], 2), 2.0);
        // Where all cost the same, patience costs just that.
        assert_eq!(index(&mut [7.0; 10], 10), 7.0);
        // A lucky one in twenty must not be bet on: at least 15% must succeed.
        let mut costs = [10.0; 20];
        costs[0] = 0.001;
        assert!(index(&mut costs, 20) >= 8.0);
    }

    /// A run that is nearly there would be thrown away, or a hopeless one go on for ever.
    #[test]
    fn a_run_goes_on_while_what_is_left_is_cheaper_than_a_new_one() {
        let needed = vec![100f64.ln(); 64];
        assert!(goes_on(&needed, 90.0, 1.0, 10.0));
        assert!(!goes_on(&needed, 10.0, 1.0, 10.0));
        // All expected it to be over long ago: nothing is known of it, and it is given up in time.
        assert!(!goes_on(&needed, 200.0, 1.0, 100.0));
    }
}
