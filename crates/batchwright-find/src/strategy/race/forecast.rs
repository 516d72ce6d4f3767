//! What is to be expected at every size and rate: an ensemble of ln steps, one member for each law of
//! the population with a draw of its deviations; and what follows for the choice.
//!
//! A choice is a size and a learning rate. Its regret under one member is its objective over the best
//! one of any choice, minus 1. Where a run was stopped or diverged, every member imagines how it would
//! have gone on, at least as late as was seen: so a lost run is data for its neighbours too.
//!
//! Left out: the population (`particles`), what runs next (`first_reach`, `worth`), when to stop
//! (`mod`).

use crate::statistics::median::{quantile, sorted};
use crate::strategy::race::field::{Choice, Field};
use crate::strategy::race::law::{AtLevel, Law, SCALE, log_add};
use crate::strategy::race::likelihood::{factor, whitening};
use crate::strategy::race::normal::drawn_above;
use crate::strategy::race::observation::Unpassed;
use crate::strategy::race::particles::{MEMBERS, Particles};
use crate::strategy::race::residual::{RUN, Scales, Spot};
use batchwright_data::RandomStream;
use nalgebra::DMatrix;

/// A regret counts up to this.
pub(crate) const WORST_REGRET: f64 = 3.0;
/// What the deviations may add to ln steps where they are only inferred.
const CORRECTION: (f64, f64) = (-0.8, 1.5);
/// Most choices of an ensemble, and how much worse in ln than the best its hopeful value may be.
const MOST_CHOICES: usize = 180;
const HOPELESS: f64 = 1.6;
/// The hopeful value of a choice: this quantile, over one member of so many.
const HOPE: f64 = 0.15;
const EVERY: usize = 4;
/// Additional scatter of imagined ends of runs that were stopped, and that diverged.
const OF_STOPPED: f64 = 0.05;
const OF_DIVERGED: f64 = 0.12;
/// Standard deviation of the ln objective of one size about all that is smooth over the sizes.
const OF_SIZE: f64 = 0.025;
/// A deviation counts as at most this.
const MOST_DEVIATION: f64 = 6.0;

/// The ensemble at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Forecast {
    pub choices: Vec<Choice>,
    /// `[choices][members]`: ln steps, until the look that shows it.
    pub log_steps: Vec<Vec<f64>>,
    /// `[choices][members]`: ln of the objective.
    pub objective: Vec<Vec<f64>>,
    /// `[choices][members]`: by how much runs scatter there, in units of a run in pure flow.
    pub scatter: Vec<Vec<f64>>,
    /// Least objective of each member.
    pub least: Vec<f64>,
    /// `[choices][members]`.
    pub regrets: Vec<Vec<f64>>,
}

/// All deviations that are known or imagined.
struct Deviations {
    spots: Vec<Spot>,
    /// `[spots, members]`.
    values: DMatrix<f64>,
    precision: DMatrix<f64>,
    scales: Scales,
}

impl Forecast {
    pub(crate) fn new(field: &Field, particles: &Particles, random: &mut RandomStream) -> Self {
        let deviations = Deviations::imagined(particles, random);
        let choices = hopeful(field, particles, &deviations);
        let spots: Vec<Spot> = choices.iter().map(|choice| field.spot(choice)).collect();
        let (log_steps, scatter) = drawn(particles, &deviations, &spots, random);
        let slack = |choice: &Choice| field.places[choice.place].log_half_look;
        let log_steps: Vec<Vec<f64>> = choices
            .iter()
            .zip(log_steps)
            .map(|(choice, row)| row.into_iter().map(|log| log_add(log, slack(choice))).collect())
            .collect();
        let errors: Vec<Vec<f64>> = field
            .places
            .iter()
            .map(|place| {
                let sd = place.log_step_sd.hypot(OF_SIZE);
                (0..MEMBERS).map(|_| sd * random.normal()).collect()
            })
            .collect();
        let objective: Vec<Vec<f64>> = choices
            .iter()
            .zip(&log_steps)
            .map(|(choice, row)| {
                let step = field.places[choice.place].log_step;
                row.iter().zip(&errors[choice.place]).map(|(log, error)| log + step + error).collect()
            })
            .collect();
        let least: Vec<f64> =
            (0..MEMBERS).map(|k| objective.iter().map(|row| row[k]).fold(f64::INFINITY, f64::min)).collect();
        let regret = |row: &Vec<f64>| {
            let pairs = row.iter().zip(&least);
            pairs.map(|(log, least)| (log - least).exp_m1().clamp(0.0, WORST_REGRET)).collect()
        };
        let regrets = objective.iter().map(regret).collect();
        Self { choices, log_steps, objective, scatter, least, regrets }
    }

    /// Mean regret of each choice.
    pub(crate) fn mean_regrets(&self) -> Vec<f64> {
        self.regrets.iter().map(|row| row.iter().sum::<f64>() / MEMBERS as f64).collect()
    }

    /// Probability that a choice costs more than `margin` over the best.
    pub(crate) fn doubt(&self, choice: usize, margin: f64) -> f64 {
        share(self.regrets[choice].iter().map(|regret| *regret > margin))
    }

    /// Median objective of the best choice.
    pub(crate) fn best_objective(&self) -> f64 {
        quantile(&sorted(self.least.clone()), 0.5).exp()
    }

    /// ln of the median of a choice's objective.
    pub(crate) fn median_objective(&self, choice: usize) -> f64 {
        quantile(&sorted(self.objective[choice].clone()), 0.5)
    }

    /// `[places][members]`: ln objective of each size at its own best rate; infinite where it has none.
    pub(crate) fn own_best(&self, places: usize) -> Vec<Vec<f64>> {
        let mut own = vec![vec![f64::INFINITY; MEMBERS]; places];
        for (choice, row) in self.choices.iter().zip(&self.objective) {
            for (best, log) in own[choice.place].iter_mut().zip(row) {
                *best = best.min(*log);
            }
        }
        own
    }

    /// Probability of each size to be the best.
    pub(crate) fn p_best(&self, places: usize) -> Vec<f64> {
        let own = self.own_best(places);
        (0..places).map(|place| share((0..MEMBERS).map(|k| own[place][k] == self.least[k]))).collect()
    }

    /// Probability of each size to cost at most `margin` more than the best one, both at their own best
    /// rates.
    pub(crate) fn p_tied(&self, places: usize, margin: f64) -> Vec<f64> {
        let own = self.own_best(places);
        let near = margin.ln_1p();
        (0..places).map(|place| share((0..MEMBERS).map(|k| own[place][k] - self.least[k] <= near))).collect()
    }
}

pub(crate) fn share(is: impl Iterator<Item = bool>) -> f64 {
    is.filter(|is| *is).count() as f64 / MEMBERS as f64
}

/// `[spots][members]`: draws of ln steps to the target, and the scatter of runs.
pub(crate) fn predict(particles: &Particles, spots: &[Spot], random: &mut RandomStream) -> Vec<Vec<f64>> {
    let deviations = Deviations::imagined(particles, random);
    drawn(particles, &deviations, spots, random).0
}

/// `[spots][some of the members]`: ln steps to the target as each of them expects it, without the
/// scatter of runs.
pub(crate) fn expected_log_steps(
    particles: &Particles,
    spots: &[Spot],
    random: &mut RandomStream,
) -> Vec<Vec<f64>> {
    by_some(particles, &Deviations::imagined(particles, random), spots)
}

impl Deviations {
    /// The deviations of the passages, and the imagined ones of runs that were stopped or diverged.
    fn imagined(particles: &Particles, random: &mut RandomStream) -> Self {
        let learnt = &particles.learnt;
        let members = &particles.members;
        let (known, _) = learnt.deviations(members);
        let stopped =
            learnt.observations.unpassed.iter().filter(|run| run.is_sure()).map(|run| (*run, OF_STOPPED));
        let diverged = learnt.observations.diverged.iter().map(|run| {
            let spot = Spot { b: run.b, r: run.r, l: 0.0 };
            (Unpassed { spot, log_steps: run.log_steps, escape: 0.0, rung: 0 }, OF_DIVERGED)
        });
        let (ended, extra): (Vec<Unpassed>, Vec<f64>) = stopped.chain(diverged).unzip();
        let spots: Vec<Spot> = learnt
            .observations
            .passages
            .iter()
            .map(|passage| passage.spot)
            .chain(ended.iter().map(|run| run.spot))
            .collect();
        let count = known.nrows();
        let covariance = learnt.covariance_with(&ended, &extra);
        let between = covariance.view((count, 0), (ended.len(), count)).into_owned();
        let regression = &between * &learnt.precision;
        let told = &regression * &known;
        let mut values = DMatrix::zeros(spots.len(), MEMBERS);
        values.view_mut((0, 0), (count, MEMBERS)).copy_from(&known);
        for (j, run) in ended.iter().enumerate() {
            let explained: f64 = regression.row(j).dot(&between.row(j));
            let left = (covariance[(count + j, count + j)] - explained).max(0.3 * RUN * RUN).sqrt();
            for (k, theta) in members.iter().enumerate() {
                let law = Law::new(theta, learnt.observations.start);
                let expected = law.at(run.spot.b, run.spot.r).expected(&law.at_level(run.spot.l));
                let mean = expected.log_steps + expected.stretch * told[(j, k)];
                let sd = expected.stretch * theta[SCALE].exp() * left;
                let z = (run.log_steps - mean) / sd;
                // Far above what was seen nothing needs to be drawn.
                let imagined = if z < -4.0 { mean } else { mean + sd * drawn_above(z, random) };
                let imagined = imagined.max(run.log_steps);
                let off = (imagined - expected.log_steps).clamp(-MOST_DEVIATION, MOST_DEVIATION);
                values[(count + j, k)] = off / expected.stretch;
            }
        }
        let whitening = whitening(covariance);
        let precision = whitening.transpose() * &whitening;
        Self { spots, values, precision, scales: learnt.scales }
    }

    /// What they tell about other spots: `[others, spots]`, and the covariance with them.
    fn regression(&self, others: &[Spot]) -> (DMatrix<f64>, DMatrix<f64>) {
        let between = DMatrix::from_fn(others.len(), self.spots.len(), |i, j| {
            self.scales.of_law(&others[i], &self.spots[j])
        });
        (&between * &self.precision, between)
    }
}

/// `[spots, members]`: what the deviations add to ln steps.
fn correction(stretch: f64, told: f64) -> f64 {
    (stretch * told).clamp(CORRECTION.0, CORRECTION.1)
}

/// `[spots][some of the members]`: ln steps, each by its law and what the deviations add to it.
fn by_some(particles: &Particles, deviations: &Deviations, spots: &[Spot]) -> Vec<Vec<f64>> {
    let some: Vec<usize> = (0..MEMBERS).step_by(EVERY).collect();
    let told = if deviations.spots.is_empty() {
        DMatrix::zeros(spots.len(), some.len())
    } else {
        deviations.regression(spots).0 * deviations.values.select_columns(&some)
    };
    let laws = laws(particles, some.iter().copied());
    let of_spot = |(j, spot): (usize, &Spot)| {
        let of_member = |(k, (law, target)): (usize, &(Law, AtLevel))| {
            let expected = law.at(spot.b, spot.r).expected(target);
            expected.log_steps + correction(expected.stretch, told[(j, k)])
        };
        laws.iter().enumerate().map(of_member).collect()
    };
    spots.iter().enumerate().map(of_spot).collect()
}

/// The choices that may be good, best first, by some of the members.
fn hopeful(field: &Field, particles: &Particles, deviations: &Deviations) -> Vec<Choice> {
    let all = field.choices();
    let spots: Vec<Spot> = all.iter().map(|choice| field.spot(choice)).collect();
    let hope = |(log_steps, choice): (Vec<f64>, &Choice)| {
        (quantile(&sorted(log_steps), HOPE) + field.places[choice.place].log_step, *choice)
    };
    let mut hopes: Vec<(f64, Choice)> =
        by_some(particles, deviations, &spots).into_iter().zip(&all).map(hope).collect();
    hopes.sort_by(|x, y| x.0.total_cmp(&y.0));
    let most = hopes.first().map_or(0.0, |best| best.0 + HOPELESS);
    let (mut chosen, mut rest) = (Vec::new(), Vec::new());
    for (hope, choice) in hopes {
        let good = chosen.len() < MOST_CHOICES && hope <= most;
        if good { chosen.push(choice) } else { rest.push(choice) }
    }
    // Of a size without hope its best choice is kept: it has a place in every table.
    for choice in rest {
        if chosen.iter().all(|other| other.place != choice.place) {
            chosen.push(choice);
        }
    }
    chosen
}

/// The laws of some members, each with what it says of the target.
fn laws(particles: &Particles, members: impl Iterator<Item = usize>) -> Vec<(Law<'_>, AtLevel)> {
    let start = particles.learnt.observations.start;
    let law = |k: usize| {
        let law = Law::new(&particles.members[k], start);
        (law, law.at_level(0.0))
    };
    members.map(law).collect()
}

/// `[spots][members]`: draws of ln steps, and the scatter of runs about them.
fn drawn(
    particles: &Particles,
    deviations: &Deviations,
    spots: &[Spot],
    random: &mut RandomStream,
) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let alone =
        DMatrix::from_fn(spots.len(), spots.len(), |i, j| deviations.scales.of_law(&spots[i], &spots[j]));
    let (told, left) = if deviations.spots.is_empty() {
        (DMatrix::zeros(spots.len(), MEMBERS), alone)
    } else {
        let (regression, between) = deviations.regression(spots);
        (&regression * &deviations.values, alone - &regression * between.transpose())
    };
    let lower = factor(left);
    let normals = DMatrix::from_fn(spots.len(), MEMBERS, |_, _| random.normal());
    let noise = lower * normals;
    let laws = laws(particles, 0..MEMBERS);
    let of_spot = |(j, spot): (usize, &Spot)| {
        let of_member = |(k, (law, target)): (usize, &(Law, AtLevel))| {
            let expected = law.at(spot.b, spot.r).expected(target);
            let scale = expected.stretch * particles.members[k][SCALE].exp();
            let mean = expected.log_steps + correction(expected.stretch, told[(j, k)]);
            (mean + scale * noise[(j, k)], scale * particles.learnt.scales.runs)
        };
        laws.iter().enumerate().map(of_member).unzip()
    };
    spots.iter().enumerate().map(of_spot).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StudyState;
    use crate::state::examples;
    use crate::strategy::race::field::Place;
    use crate::strategy::race::law::Prior;
    use crate::strategy::race::likelihood::Prepared;
    use crate::strategy::race::observation::{Observations, Reader};
    use batchwright_data::Domain;

    fn forecast(state: &StudyState) -> (Field, Forecast) {
        let field = Field::new(state);
        let prior = Prior::new(field.range.0, field.range.1);
        let mut particles = Particles::new(prior, Prepared::new(Observations::none(), Scales::USUAL), 1);
        let reader = Reader { state, goal: 0.1, centre: field.centre, fastest: 1.0, step_seconds: &|_| 1e-3 };
        particles.learn(reader.read(state.outcomes.iter()));
        let mut random = RandomStream::new(1, Domain::Search, 9, 4);
        let forecast = Forecast::new(&field, &particles, &mut random);
        (field, forecast)
    }

    /// After three runs, one of which diverged.
    fn study() -> StudyState {
        let mut state = examples::state(&examples::config(), &[32, 64, 128, 256]);
        for (size, rate) in [(64, 0.05), (128, 0.4), (64, 3.0)] {
            let run = examples::bed_run(&state, size, rate, 10_000);
            state.outcomes.push(run);
        }
        state
    }

    #[test]
    fn regrets_and_probabilities_are_in_range_and_every_member_has_a_best_choice() {
        let (field, forecast) = forecast(&study());
        let places = field.places.len();
        assert!((1..=MOST_CHOICES).contains(&forecast.choices.len()));
        assert!(forecast.regrets.iter().flatten().all(|regret| (0.0..=WORST_REGRET).contains(regret)));
        for k in 0..MEMBERS {
            assert_eq!(forecast.regrets.iter().map(|row| row[k]).fold(1.0, f64::min), 0.0, "{k}");
        }
        // Members in which two sizes are exactly equal are as good as none.
        let p_best = forecast.p_best(places);
        assert!((p_best.iter().sum::<f64>() - 1.0).abs() < 0.02, "{p_best:?}");
        let p_tied = forecast.p_tied(places, 0.1);
        assert!(p_best.iter().zip(&p_tied).all(|(best, tied)| best <= tied && *tied <= 1.0));
        // A wider margin leaves less doubt.
        let doubts = [0.0, 0.1, 0.5, 1e9].map(|margin| forecast.doubt(0, margin));
        assert!(doubts.windows(2).all(|pair| pair[0] >= pair[1]) && doubts[3] == 0.0, "{doubts:?}");
    }

    /// A size that does not run would be recommended by the law.
    #[test]
    fn sizes_that_are_not_live_have_no_choice() {
        let mut state = study();
        state.sizes.get_mut(&128).unwrap().fits = Some(false);
        let (field, forecast) = forecast(&state);
        assert!(forecast.choices.iter().all(|choice| choice.place < 2));
        assert_eq!(forecast.p_best(field.places.len())[2..], [0.0, 0.0]);
        assert!(forecast.own_best(field.places.len())[3].iter().all(|log| *log == f64::INFINITY));
        let none = Field {
            places: field.places.iter().map(|place| Place { live: false, ..*place }).collect(),
            ..field
        };
        assert!(none.choices().is_empty());
    }

    /// A run that was stopped, and one that diverged, are no better than what was seen of them.
    #[test]
    fn no_member_imagines_a_lost_run_to_be_over_before_it_was_stopped() {
        let mut state = study();
        let lost = examples::bed_run(&state, 256, 0.01, 400);
        assert_eq!((lost.end, lost.curve.crossing(0.1)), (crate::result::trial_record::TrialEnd::Lost, None));
        state.outcomes.push(lost);
        let field = Field::new(&state);
        let prior = Prior::new(field.range.0, field.range.1);
        let mut particles = Particles::new(prior, Prepared::new(Observations::none(), Scales::USUAL), 1);
        let reader =
            Reader { state: &state, goal: 0.1, centre: field.centre, fastest: 0.1, step_seconds: &|_| 1e-3 };
        particles.learn(reader.read(state.outcomes.iter()));
        let spot = Spot { b: 256f64.ln() - field.centre, r: 0.01f64.ln(), l: 0.0 };
        let told = predict(&particles, &[spot], &mut RandomStream::new(1, Domain::Search, 9, 5));
        let early = told[0].iter().filter(|log| **log < 380f64.ln()).count();
        assert!(early < MEMBERS / 20, "{early}");
    }
}
