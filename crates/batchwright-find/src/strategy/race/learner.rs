//! What was learnt in one study about one goal: the field, the population, and the forecast of the
//! present moment.
//!
//! Left out: the parts themselves.

use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::race::field::Field;
use crate::strategy::race::forecast::Forecast;
use crate::strategy::race::law::Prior;
use crate::strategy::race::likelihood::Prepared;
use crate::strategy::race::observation::{Observations, Reader};
use crate::strategy::race::particles::Particles;
use crate::strategy::race::residual::Scales;
use batchwright_data::{Domain, RandomStream};

/// Parts of the keys of the streams of forecasts.
const STREAM: u64 = 2;

/// What was learnt.
#[derive(Debug, Clone)]
pub(crate) struct Learner {
    pub goal: f64,
    pub field: Field,
    pub particles: Particles,
    pub forecast: Forecast,
    /// Number of outcomes that were used, and of step measurements.
    seen: (usize, usize),
}

impl Learner {
    pub(crate) fn new(state: &StudyState, goal: f64) -> Self {
        let field = Field::new(state);
        let prior = Prior::new(field.range.0, field.range.1);
        let nothing = Prepared::new(Observations::none(), Scales::USUAL);
        let mut particles = Particles::new(prior, nothing, state.config().seed);
        let seen = (state.outcomes.len(), measurements(state));
        if !state.outcomes.is_empty() {
            particles.learn(observations(state, goal, &field, None));
        }
        let forecast = Forecast::new(&field, &particles, &mut stream(state, 0));
        Self { goal, field, particles, forecast, seen }
    }

    /// Whether it is about this goal and these sizes, so that it can go on learning.
    pub(crate) fn covers(&self, state: &StudyState, goal: f64) -> bool {
        self.goal == goal
            && state.sizes.keys().copied().eq(self.field.places.iter().map(|place| place.batch_size))
    }

    /// Learns from what is new.
    pub(crate) fn learn(&mut self, state: &StudyState) {
        let now = (state.outcomes.len(), measurements(state));
        if self.seen == now {
            return;
        }
        self.field = Field::new(state);
        if self.seen.0 != now.0 {
            self.particles.learn(observations(state, self.goal, &self.field, None));
        }
        self.forecast = Forecast::new(&self.field, &self.particles, &mut stream(state, 0));
        self.seen = now;
    }

    /// A copy that has also learnt from a run that is not over.
    pub(crate) fn with_unfinished(&self, state: &StudyState, run: &TrialOutcome) -> Self {
        let mut particles = self.particles.clone();
        particles.learn(observations(state, self.goal, &self.field, Some(run)));
        let forecast = Forecast::new(&self.field, &particles, &mut stream(state, run.last.step));
        Self { goal: self.goal, field: self.field.clone(), particles, forecast, seen: self.seen }
    }
}

fn measurements(state: &StudyState) -> usize {
    state.sizes.values().map(|facts| facts.measurements.len()).sum()
}

pub(crate) fn stream(state: &StudyState, part: u64) -> RandomStream {
    let number = (state.outcomes.len() as u64) << 32 | part & 0xffff_ffff;
    RandomStream::new(state.config().seed, Domain::Search, STREAM, number)
}

fn observations(
    state: &StudyState,
    goal: f64,
    field: &Field,
    unfinished: Option<&TrialOutcome>,
) -> Observations {
    let step_seconds = |size: u64| field.place_of(size).map_or(1.0, |place| field.places[place].seconds);
    let fastest = state.outcomes.iter().filter_map(|outcome| {
        let steps = outcome.curve.crossing(goal)?.step as f64;
        Some(steps * step_seconds(outcome.plan.request.batch_size))
    });
    let fastest = fastest.fold(f64::INFINITY, f64::min);
    let reader = Reader { state, goal, centre: field.centre, fastest, step_seconds: &step_seconds };
    // A size that is out tells nothing about the others.
    let counts = |outcome: &&TrialOutcome| {
        let place = field.place_of(outcome.plan.request.batch_size);
        place.is_some_and(|place| field.places[place].live)
    };
    reader.read(state.outcomes.iter().filter(counts).chain(unfinished))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    fn study() -> StudyState {
        let mut state = examples::state(&examples::config(), &[32, 64, 128]);
        state.outcomes.push(examples::bed_run(&state, 64, 0.05, 10_000));
        state.outcomes.push(examples::bed_run(&state, 64, 0.5, 100));
        state
    }

    /// A run that is asked about twice would count as two runs.
    #[test]
    fn a_question_about_an_unfinished_run_leaves_no_trace() {
        let state = study();
        let learner = Learner::new(&state, 0.1);
        let (members, regrets) = (learner.particles.members.clone(), learner.forecast.regrets.clone());
        let run = examples::bed_run(&state, 128, 0.01, 60);
        let asked = learner.with_unfinished(&state, &run);
        assert_eq!(learner.particles.members, members);
        assert_eq!(learner.forecast.regrets, regrets);
        assert_eq!(
            learner.particles.learnt.observations.unpassed.len() + 1,
            asked.particles.learnt.observations.unpassed.len()
        );
        let again = learner.with_unfinished(&state, &run);
        assert_eq!(again.particles.members, asked.particles.members);
    }

    /// Old observations would count twice, or new ones not at all.
    #[test]
    fn it_learns_what_is_new_and_only_that() {
        let mut state = study();
        let mut learner = Learner::new(&state, 0.1);
        let members = learner.particles.members.clone();
        learner.learn(&state);
        assert_eq!(learner.particles.members, members);
        state.outcomes.push(examples::bed_run(&state, 128, 0.2, 10_000));
        learner.learn(&state);
        assert_ne!(learner.particles.members, members);
        let runs = |learner: &Learner| learner.particles.learnt.observations.passages.last().unwrap().run;
        assert_eq!(runs(&learner), 2);
    }

    /// What was learnt about another goal, or other sizes, must not be gone on with.
    #[test]
    fn it_covers_its_own_goal_and_sizes() {
        let mut state = study();
        let learner = Learner::new(&state, 0.1);
        assert!(learner.covers(&state, 0.1) && !learner.covers(&state, 0.2));
        state.sizes.insert(256, state.sizes[&128].clone());
        assert!(!learner.covers(&state, 0.1));
    }
}
