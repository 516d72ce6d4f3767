//! The law's surface for whoever looks at a study: median steps to the target at every size and rate
//! of the field about what was tried.
//!
//! Left out: scatter of runs and sizes, which an answer needs and a map does not show.

use crate::result::surface::{LawSurface, SurfaceRow};
use crate::state::StudyState;
use crate::statistics::median::{quantile, sorted};
use crate::strategy::race::field::{Choice, Field};
use crate::strategy::race::forecast::expected_log_steps;
use crate::strategy::race::learner::{Learner, stream};

/// ln of how far beyond the tried rates the surface reaches.
const BEYOND_TRIED: f64 = 0.7;
/// Most rates of a surface. Of a finer field each second, third, .. one is taken.
const MOST_RATES: usize = 48;
/// ln of how many times the fewest steps still count as reaching the target.
const OUT_OF_REACH: f64 = 7.0;
/// Part of the key of the stream of random numbers.
const STREAM: u64 = u64::MAX;

/// `None` where nothing was tried or nothing may be run.
pub(crate) fn surface(state: &StudyState, learner: &Learner) -> Option<LawSurface> {
    let field = &learner.field;
    let rungs = rungs(state, field);
    let live: Vec<usize> = (0..field.places.len()).filter(|&place| field.places[place].live).collect();
    let choices: Vec<Choice> = live
        .iter()
        .flat_map(|&place| rungs.iter().map(move |&rung| (place, rung)))
        .map(|(place, rung)| Choice { place, rung, log_rate: field.log_rates[rung] })
        .collect();
    if choices.is_empty() {
        return None;
    }
    let spots: Vec<_> = choices.iter().map(|choice| field.spot(choice)).collect();
    let draws = expected_log_steps(&learner.particles, &spots, &mut stream(state, STREAM));
    let medians: Vec<f64> = draws.into_iter().map(|draws| quantile(&sorted(draws), 0.5)).collect();
    let reach = medians.iter().copied().fold(f64::INFINITY, f64::min) + OUT_OF_REACH;
    let steps = |(choice, log): (&Choice, &f64)| {
        let allowed = choice.log_rate <= field.places[choice.place].most_log_rate;
        (allowed && *log <= reach).then(|| three_digits(log.exp()))
    };
    let all: Vec<Option<f64>> = choices.iter().zip(&medians).map(steps).collect();
    let row = |(&place, steps): (&usize, &[Option<f64>])| SurfaceRow {
        batch_size: field.places[place].batch_size,
        steps: steps.to_vec(),
    };
    Some(LawSurface {
        learning_rates: rungs.iter().map(|&rung| field.log_rates[rung].exp()).collect(),
        sizes: live.iter().zip(all.chunks(rungs.len())).map(row).collect(),
    })
}

/// The rates of the field about the tried ones, ascending.
fn rungs(state: &StudyState, field: &Field) -> Vec<usize> {
    let tried = || state.outcomes.iter().map(|outcome| outcome.plan.request.learning_rate.ln());
    let low = tried().fold(f64::INFINITY, f64::min) - BEYOND_TRIED;
    let high = tried().fold(f64::NEG_INFINITY, f64::max) + BEYOND_TRIED;
    let inside = (0..field.log_rates.len()).filter(|&rung| (low..=high).contains(&field.log_rates[rung]));
    let inside: Vec<usize> = inside.collect();
    inside.iter().copied().step_by(inside.len().div_ceil(MOST_RATES).max(1)).collect()
}

fn three_digits(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 2.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    fn study() -> StudyState {
        let mut state = examples::state(&examples::config(), &[32, 64, 128]);
        for (size, rate, steps) in [(64, 0.05, 10_000), (64, 0.5, 10_000), (128, 0.2, 10_000)] {
            state.outcomes.push(examples::bed_run(&state, size, rate, steps));
        }
        state
    }

    /// Else the map shows another law than the one that the answer rests on: at what was run, the
    /// surface is near to what was seen.
    #[test]
    fn the_surface_passes_near_the_runs() {
        let state = study();
        let surface = surface(&state, &Learner::new(&state, 0.1)).unwrap();
        assert_eq!(surface.sizes.iter().map(|row| row.batch_size).collect::<Vec<_>>(), [32, 64, 128]);
        let mut compared = 0;
        for run in &state.outcomes {
            let Some(seen) = run.curve.crossing(0.1) else { continue };
            let rate = run.plan.request.learning_rate;
            let off = |at: &usize| (surface.learning_rates[*at] / rate).ln().abs();
            let nearest = (0..surface.learning_rates.len()).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
            let row = surface.sizes.iter().find(|row| row.batch_size == run.plan.request.batch_size).unwrap();
            let expected = row.steps[nearest].unwrap();
            assert!((expected / seen.step as f64).ln().abs() < 0.35, "{expected} {seen:?}");
            compared += 1;
        }
        assert!(compared >= 2);
    }

    /// Else an old result cannot be told from a law that expects nothing, or rates are not in order.
    #[test]
    fn it_reaches_a_little_beyond_what_was_tried() {
        let state = study();
        let LawSurface { learning_rates, sizes } = surface(&state, &Learner::new(&state, 0.1)).unwrap();
        assert!(
            learning_rates.windows(2).all(|pair| pair[0] < pair[1]) && learning_rates.len() <= MOST_RATES
        );
        assert!(learning_rates[0] > 0.05 / 2.1 && *learning_rates.last().unwrap() < 0.5 * 2.1);
        assert!(sizes.iter().all(|row| row.steps.len() == learning_rates.len()));
        let nothing = examples::state(&examples::config(), &[32, 64]);
        assert_eq!(surface(&nothing, &Learner::new(&nothing, 0.1)), None);
    }
}
