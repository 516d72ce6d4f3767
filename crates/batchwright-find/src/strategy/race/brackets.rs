//! The runs without which an answer is not given: a better run that was not repeated, and runs on both
//! sides of the answer.
//!
//! Left out: the runs at the answer itself, and when a check is due (`race`).

use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::race::field::Choice;
use crate::strategy::race::forecast::share;
use crate::strategy::race::learner::Learner;
use crate::strategy::race::particles::MEMBERS;
use crate::trial::plan::{Phase, Why};

/// A run this many times better than the answer is repeated.
const CLEARLY_BETTER: f64 = 1.12;
/// ln of the distance at which an answer is bracketed in its rate, and how far off the bracket may be.
const BRACKET: f64 = 0.693;
const BRACKET_FROM: f64 = 0.45;
const BRACKET_TO: f64 = 1.2;
/// Most runs at one bracket.
const MOST_AT_BRACKET: usize = 2;
/// The same in size: two octaves; and the hopeful objective over the best beyond which no run is
/// needed there.
const SIZE_BRACKET: f64 = 1.386;
const SIZE_BRACKET_FROM: f64 = 0.9;
const HOPELESS_SIZE: f64 = 0.35;

/// The setting of the best run so far, if it was better than what is expected of the answer by this
/// factor, and was not repeated: the law may take for luck what it does not describe.
pub(crate) fn unchecked(state: &StudyState, learner: &Learner, goal: f64, own: f64) -> Option<Choice> {
    let field = &learner.field;
    let reached = state.outcomes.iter().filter_map(|o| {
        let place = field.place_of(o.plan.request.batch_size).filter(|&place| field.places[place].live)?;
        let objective = o.curve.crossing(goal)?.step as f64 * field.places[place].log_step.exp();
        let rung = field.rung_of(o.plan.request.learning_rate.ln());
        Some((objective, Choice { place, rung, log_rate: field.log_rates[rung] }))
    });
    let (objective, choice) = reached.min_by(|x, y| x.0.total_cmp(&y.0))?;
    (objective * CLEARLY_BETTER < own && runs_at(state, learner, &choice) < 2).then_some(choice)
}

/// A run that must be made before an answer is given: at twice and at half its rate, and two octaves
/// away in size, where nothing was run.
pub(crate) fn unbracketed(state: &StudyState, learner: &Learner, answer: &Choice) -> Option<Choice> {
    let field = &learner.field;
    let b = field.places[answer.place].b;
    let ran = |is: &dyn Fn(f64, f64) -> bool| {
        state.outcomes.iter().any(|o| {
            let Some(place) = field.place_of(o.plan.request.batch_size) else { return false };
            o.plan.phase != Phase::Pilot
                && !matches!(o.end, TrialEnd::Failed | TrialEnd::DoesNotFit)
                && is(field.places[place].b - b, o.plan.request.learning_rate.ln() - answer.log_rate)
        })
    };
    // What fails there again and again is never bracketed.
    let may_run = |choice: &Choice| runs_at(state, learner, choice) < MOST_AT_BRACKET;
    for side in [1.0, -1.0] {
        let near = |db: f64, dr: f64| db.abs() < 0.75 && (BRACKET_FROM..BRACKET_TO).contains(&(side * dr));
        let rung = field.rung_of(answer.log_rate + side * BRACKET);
        let log_rate = field.log_rates[rung];
        let choice = Choice { place: answer.place, rung, log_rate };
        if (log_rate - answer.log_rate).abs() > BRACKET_FROM && !ran(&near) && may_run(&choice) {
            return Some(choice);
        }
    }
    for side in [1.0, -1.0] {
        let beyond = |db: f64, _: f64| side * db > SIZE_BRACKET_FROM;
        if ran(&beyond) {
            continue;
        }
        let off = |place: &usize| (field.places[*place].b - b - side * SIZE_BRACKET).abs();
        let there = (0..field.places.len()).filter(|&place| {
            field.places[place].live && side * (field.places[place].b - b) > SIZE_BRACKET_FROM
        });
        let Some(place) = there.min_by(|x, y| off(x).total_cmp(&off(y))) else { continue };
        let forecast = &learner.forecast;
        let hope = |choice: &usize| {
            share((0..MEMBERS).map(|k| forecast.objective[*choice][k] - forecast.least[k] < HOPELESS_SIZE))
        };
        let of_place = (0..forecast.choices.len()).filter(|&choice| forecast.choices[choice].place == place);
        let hopeful = of_place.max_by(|x, y| hope(x).total_cmp(&hope(y)));
        let worth_it = |choice: &usize| hope(choice) > 0.02 && may_run(&forecast.choices[*choice]);
        if let Some(choice) = hopeful.filter(worth_it) {
            return Some(forecast.choices[choice]);
        }
    }
    None
}

/// The runs of a choice so far, at its size and rate, but those that were made to find the range.
fn runs_at(state: &StudyState, learner: &Learner, choice: &Choice) -> usize {
    let size = learner.field.places[choice.place].batch_size;
    let here = |o: &&TrialOutcome| {
        o.plan.request.batch_size == size
            && o.plan.why != Some(Why::FindsRange)
            && learner.field.rung_of(o.plan.request.learning_rate.ln()).abs_diff(choice.rung) <= 1
    };
    state.outcomes.iter().filter(here).count()
}
