//! The race: the strategy that shares what it learns between sizes and learning rates.
//! `docs/RACE.md` describes how it works, what it assumes, and what happens if an assumption fails.
//!
//! In short: a few short runs that find the rates at which training starts, a first run to the
//! target, then always the run that is worth most for its cost, until the answer is certain enough.
//! Before it is given it is bracketed, and run until it has twice reached the target. If the race
//! cannot reach the target, the plain grid takes over.
//!
//! - this file: the strategy and its decisions
//! - `field`: the sizes and rates to choose from, and what a step costs
//! - `observation`: what trials tell
//! - `law`: steps to any level by size and rate; `residual`: how runs deviate from it
//! - `likelihood`, `particles`: inference of the law's parameters; `normal`: tails
//! - `forecast`: what is to be expected of each choice
//! - `learner`: from trials to a forecast
//! - `first_reach`, `worth`: which run comes next, before and after the target is first reached
//! - `next_runs`: runs as trials
//! - `brackets`: the runs beside an answer without which it is not given
//! - `judge`: the answer of the race for the verdict
//! - `surface`: what the law expects of every size and rate, for a map

pub(crate) mod brackets;
pub(crate) mod field;
pub(crate) mod first_reach;
pub(crate) mod forecast;
pub(crate) mod judge;
pub(crate) mod law;
pub(crate) mod learner;
pub(crate) mod likelihood;
pub(crate) mod next_runs;
pub(crate) mod normal;
pub(crate) mod observation;
pub(crate) mod particles;
pub(crate) mod residual;
pub(crate) mod surface;
pub(crate) mod worth;

use crate::remark::Remark;
use crate::result::surface::LawSurface;
use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::levels::LevelScale;
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::PASSES;
use crate::state::step_costs::DEAR_START;
use crate::statistics::median::median;
use crate::strategy::grid::Grid;
use crate::strategy::race::brackets::{unbracketed, unchecked};
use crate::strategy::race::field::{Choice, Field};
use crate::strategy::race::forecast::{Forecast, predict};
use crate::strategy::race::judge::{
    Answer, MOST_DOUBT, WANTED_HITS, answer, answer_that_ran, hits, judgement,
};
use crate::strategy::race::law::WALL;
use crate::strategy::race::learner::{Learner, stream};
use crate::strategy::race::next_runs::{Until, plan};
use crate::strategy::race::observation::{Motion, motion};
use crate::strategy::race::surface::surface;
use crate::strategy::race::worth::Worth;
use crate::strategy::widening::Widening;
use crate::strategy::{Proposal, Strategy};
use crate::trial::plan::{Phase, TrialPlan, Why};
use crate::verdict::judgement::Judgement;

/// After this many runs that do not reach the target the plain grid takes over.
const MOST_RUNS_WITHOUT_TARGET: usize = 24;
/// The race ends after this many trials of its own with what it knows, without a budget and with one.
/// A budget is there to be used; but a decision costs time that grows with the cube of the trials.
const MOST_TRIALS: (usize, usize) = (50, 160);
/// Probing runs: at most this many, and until the ln of the wall is known this well.
const MOST_PROBES: usize = 6;
const WALL_KNOWN: f64 = 0.6;
/// A probe lasts until the loss has fallen to this share of its first value, or risen to that.
const FALLEN: f64 = 0.8;
const RISEN: f64 = 3.0;
/// Steps of a first look, and the most of a probe.
const FIRST_LOOK: f64 = 10.0;
const LONGEST_PROBE: u64 = 150;
/// After this many runs in vain the population is drawn anew from time to time.
const LOST_LAWS: usize = 4;
/// Runs within these distances in ln size and ln rate count as tried nearby.
const NEAR: (f64, f64) = (0.8, 0.5);
/// After this many runs in vain, first looks come later by this factor each.
const PATIENT_AFTER: usize = 8;
const LATER: f64 = 1.5;
/// A run that may improve the answer is stopped at this multiple of the best objective.
const LOST: f64 = 2.0;
/// The predicted best counts as at least this share of the best that was seen.
const PREDICTED: f64 = 0.8;
/// A run at the answer is stopped at this multiple.
const LOST_AT_ANSWER: f64 = 3.0;
/// Sure enough: the expected regret is at most this share of the margin, and it is above the margin
/// with at most [`MOST_DOUBT`]. Both grow with the trainings that were spent beyond `PATIENCE`; with a budget
/// only the first, as far as the margin: an answer that is not final is none while there is time.
const ENOUGH: f64 = 0.4;
const PATIENCE: f64 = 6.0;
const IMPATIENCE: f64 = 0.02;
/// A step time whose ln is less certain than this is measured again where it matters.
const STEADY: f64 = 0.035;
/// Most passes over step times that are asked for, of one size or of several.
const MOST_PASSES: usize = 12;
/// ln by which the rate is lowered after each crash, as long as nothing has run.
const RETREAT: f64 = 1.386;
/// As long as runs have taken less than this share of the budget.
const UNHURRIED: f64 = 0.1;
/// Runs that are planned at once differ in size, or in ln of the rate by this.
const APART: f64 = 0.3;

/// The strategy that shares what it learns between sizes and learning rates, see `docs/RACE.md`.
#[derive(Debug, Default)]
pub struct Race {
    learner: Option<Learner>,
    widening: Widening,
    /// Trials of the study before its first decision: a pilot, an earlier study.
    first: Option<usize>,
    /// Passes over step times that were asked for.
    passes: usize,
    /// Whether no run was worth its cost at the last decision.
    nothing_pays: bool,
    /// The grid, once it has taken over.
    grid: Option<Grid>,
}

impl Strategy for Race {
    fn needs_no_pilot(&self) -> bool {
        true
    }

    fn next(&mut self, state: &StudyState) -> Proposal {
        if let Some(grid) = &mut self.grid {
            return grid.next(state);
        }
        let first = *self.first.get_or_insert(state.outcomes.len());
        let most = if state.config().budget.is_some() { MOST_TRIALS.1 } else { MOST_TRIALS.0 };
        if state.live_sizes().is_empty() || state.outcomes.len() >= first + most {
            return Proposal::Done;
        }
        let Some(goal) = state.goals.goal() else { return Proposal::Done };
        if !reached(state, goal) {
            let runs = state.outcomes.iter().filter(|o| o.plan.phase == Phase::Tune).count();
            if runs >= MOST_RUNS_WITHOUT_TARGET {
                self.grid = Some(Grid::default());
                return Proposal::Remark(Remark::RaceInVain { runs: runs as u64 });
            }
            return self.reach(state, goal);
        }
        self.decide(state, goal)
    }

    fn goes_on(&mut self, state: &StudyState, run: &TrialOutcome) -> bool {
        match run.plan.why {
            Some(Why::FindsRange) => has_not_moved(state, run) && run.last.step < LONGEST_PROBE,
            _ => self.is_worth_going_on(state, run),
        }
    }

    fn judge(&mut self, state: &StudyState, goal: f64) -> Option<Judgement> {
        if self.grid.is_some() || !reached(state, goal) || state.live_sizes().is_empty() {
            return None;
        }
        let (margin, nothing_pays) = (state.config().margin, self.nothing_pays);
        let of = |learner: &Learner| {
            let Learner { field, forecast, .. } = learner;
            let answer = answer_that_ran(state, goal, field, forecast, margin)?;
            let judgement = judgement(state, goal, field, forecast, &answer);
            // If no run is worth its cost, the answer is given in spite of the doubt that is left.
            Some(if nothing_pays { Judgement { most_doubt: 1.0, ..judgement } } else { judgement })
        };
        if state.goals.goal() == Some(goal) {
            of(self.learner(state, goal))
        } else {
            of(&Learner::new(state, goal))
        }
    }

    fn surface(&mut self, state: &StudyState, goal: f64) -> Option<LawSurface> {
        if self.grid.is_some() { None } else { surface(state, self.learner(state, goal)) }
    }
}

/// Whether any trial has reached a goal.
fn reached(state: &StudyState, goal: f64) -> bool {
    state.outcomes.iter().any(|outcome| outcome.curve.crossing(goal).is_some())
}

/// Whether the loss of a probe is still near its first value.
fn has_not_moved(state: &StudyState, run: &TrialOutcome) -> bool {
    let (Some(first), Some(last)) = (run.first, run.latest) else { return true };
    let Some(goal) = state.goals.goal() else { return true };
    let scale = LevelScale::new(state.goals.direction, goal, [first].into_iter());
    let moved = scale.log_level(last) - scale.log_level(first);
    FALLEN.ln() < moved && moved < RISEN.ln()
}

impl Race {
    /// What is known now.
    fn learner(&mut self, state: &StudyState, goal: f64) -> &Learner {
        if !self.learner.as_ref().is_some_and(|learner| learner.covers(state, goal)) {
            self.learner = None;
        }
        let learner = self.learner.get_or_insert_with(|| Learner::new(state, goal));
        learner.learn(state);
        learner
    }

    /// The next run on the way to the first one that reaches the target.
    fn reach(&mut self, state: &StudyState, goal: f64) -> Proposal {
        let probes = state.outcomes.iter().filter(|o| o.plan.why == Some(Why::FindsRange)).count();
        let runs = state.outcomes.len();
        // A population that expected otherwise again and again may have lost the right laws.
        if probes < runs && runs.saturating_sub(probes) >= LOST_LAWS && runs.is_multiple_of(2) {
            self.learner = None;
        }
        let learner = self.learner(state, goal);
        let walls: Vec<f64> = learner.particles.members.iter().map(|member| member[WALL]).collect();
        let uncertain = probes < MOST_PROBES && spread(&walls) > WALL_KNOWN;
        if let Some(place) = learner.field.knee().filter(|_| uncertain) {
            let choice = probe(learner, place, &walls);
            let until = Until::Asked(FIRST_LOOK);
            return Proposal::Trials(vec![plan(state, &learner.field, &choice, until, Why::FindsRange, 0)]);
        }
        let tried = |choice: usize| runs_near(state, learner, &learner.forecast.choices[choice]);
        let Some((choice, _)) = first_reach::best(&learner.field, &learner.forecast, tried) else {
            let proposal = without_step_times(state, &learner.field);
            if let Proposal::MeasureSteps(_) = proposal {
                self.passes += 1;
            }
            return if self.passes < MOST_PASSES { proposal } else { Proposal::Done };
        };
        let later = LATER.powi(runs.saturating_sub(PATIENT_AFTER).min(40) as i32);
        let until = Until::Asked(FIRST_LOOK * later);
        let choice = learner.forecast.choices[choice];
        Proposal::Trials(vec![plan(state, &learner.field, &choice, until, Why::ReachesFirst, 0)])
    }

    /// Whether a run that has not reached the target yet is still the best way to it.
    fn is_worth_going_on(&mut self, state: &StudyState, run: &TrialOutcome) -> bool {
        let Some(learner) = &self.learner else { return true };
        match motion(state, learner.goal, run) {
            Motion::Arrives => return true,
            Motion::Stands => return false,
            Motion::Open => {}
        }
        let learner = learner.with_unfinished(state, run);
        let tried = |choice: usize| runs_near(state, &learner, &learner.forecast.choices[choice]);
        let fresh = first_reach::best(&learner.field, &learner.forecast, tried);
        let fresh = fresh.map_or(f64::INFINITY, |fresh| fresh.1);
        let Some(place) = learner.field.place_of(run.plan.request.batch_size) else { return false };
        let log_rate = run.plan.request.learning_rate.ln();
        let choice = Choice { place, rung: learner.field.rung_of(log_rate), log_rate };
        let spot = learner.field.spot(&choice);
        let needed = predict(&learner.particles, &[spot], &mut stream(state, run.last.step + 1));
        let seconds = learner.field.places[place].seconds;
        first_reach::goes_on(&needed[0], run.last.step as f64, seconds, fresh)
    }

    /// The next runs, or what is left to do for an answer that is certain.
    fn decide(&mut self, state: &StudyState, goal: f64) -> Proposal {
        let may_measure = self.passes < MOST_PASSES;
        let Some(moment) = Moment::new(state, goal, self.learner(state, goal)) else { return Proposal::Done };
        let first = !moment.sure && !moment.starts_are_dear();
        let doubtful = if first { moment.doubtful_step_times() } else { Vec::new() };
        if may_measure && !doubtful.is_empty() {
            return self.measure(doubtful);
        }
        let worthy = if moment.sure { Vec::new() } else { moment.worthy() };
        let nothing_pays = !moment.sure && worthy.is_empty();
        let mut trials = if worthy.is_empty() { moment.checks() } else { worthy };
        if trials.is_empty() && state.config().budget.is_some() && !moment.is_final(nothing_pays) {
            trials = moment.in_spite_of_their_cost();
        }
        let (answer, untimed) = (moment.batch_size(), moment.untimed());
        self.nothing_pays = nothing_pays;
        if !trials.is_empty() {
            return Proposal::Trials(trials);
        }
        if let Some(size) = self.widening.size_beyond_end(state, answer, answer) {
            return Proposal::AddSize(size);
        }
        if may_measure && !untimed.is_empty() { self.measure(untimed) } else { Proposal::Done }
    }

    fn measure(&mut self, sizes: Vec<u64>) -> Proposal {
        self.passes += 1;
        Proposal::MeasureSteps(sizes)
    }
}

/// What a decision is made from.
struct Moment<'a> {
    state: &'a StudyState,
    goal: f64,
    learner: &'a Learner,
    answer: Answer,
    /// The choice of the answer.
    chosen: Choice,
    /// Objective of the best choice, as it is expected; and the best that was seen.
    best: f64,
    seen: f64,
    /// Seconds of a training by the answer.
    training: f64,
    /// Whether the answer is certain enough.
    sure: bool,
}

impl<'a> Moment<'a> {
    fn new(state: &'a StudyState, goal: f64, learner: &'a Learner) -> Option<Self> {
        let Learner { field, forecast, .. } = learner;
        let margin = state.config().margin;
        let answer = answer(field, forecast, margin)?;
        let chosen = forecast.choices[answer.choice];
        let place = &field.places[chosen.place];
        let training = (forecast.median_objective(answer.choice) - place.log_step).exp() * place.seconds;
        let spent = spent(state, learner);
        // With most of the budget left there is no hurry.
        let unhurried = state.config().budget.is_some_and(|budget| spent < UNHURRIED * budget.as_secs_f64());
        let late = if unhurried { 0.0 } else { IMPATIENCE * (spent / training - PATIENCE).max(0.0) };
        let enough = ENOUGH * (1.0 + 8.0 * late) * margin;
        let (most_regret, most_doubt) = match state.config().budget {
            Some(_) => (enough.min(margin), MOST_DOUBT),
            None => (enough, MOST_DOUBT + late),
        };
        let sure = answer.doubt <= most_doubt && (answer.all_tied || answer.regret <= most_regret);
        let (best, seen) = (forecast.best_objective(), best_seen(state, learner, goal));
        Some(Self { state, goal, learner, answer, chosen, best, seen, training, sure })
    }

    fn batch_size(&self) -> u64 {
        self.learner.field.places[self.chosen.place].batch_size
    }

    /// The objective at which a run cannot improve the answer any more.
    fn lost(&self) -> f64 {
        LOST * self.best.min(self.seen).max(PREDICTED * self.best)
    }

    fn plan(&self, choice: &Choice, most: f64, why: Why, nth: u64) -> TrialPlan {
        let field = &self.learner.field;
        let until = Until::Steps(most / field.places[choice.place].log_step.exp());
        plan(self.state, field, choice, until, why, nth)
    }

    /// Sizes in play that may be measured again.
    fn untimed(&self) -> Vec<u64> {
        let field = &self.learner.field;
        let sizes =
            in_play(&self.learner.forecast, field.places.len()).map(|place| field.places[place].batch_size);
        let few = |size: &u64| {
            let most = match (self.starts_are_dear(), self.has_steady_steps(*size)) {
                (true, true) => 0,
                (false, false) => MOST_PASSES,
                _ => PASSES,
            };
            self.state.sizes[size].measurements.len() < most
        };
        if self.state.config().objective.is_per_step() { sizes.filter(few).collect() } else { Vec::new() }
    }

    /// Where a start takes longer than its steps, a pass over step times costs as much as a training,
    /// which tells its step time as well.
    fn starts_are_dear(&self) -> bool {
        self.learner.field.start_up > DEAR_START
    }

    /// Those of them whose step times are uncertain: another pass is cheaper than another training. Of a
    /// single size in play it does not matter.
    fn doubtful_step_times(&self) -> Vec<u64> {
        if in_play(&self.learner.forecast, self.learner.field.places.len()).count() < 2 {
            return Vec::new();
        }
        self.untimed().into_iter().filter(|size| !self.has_steady_steps(*size)).collect()
    }

    fn has_steady_steps(&self, size: u64) -> bool {
        let field = &self.learner.field;
        field.place_of(size).is_some_and(|place| field.places[place].log_step_sd <= STEADY)
    }

    /// The runs that are worth most and pay, as many as there are jobs.
    fn worthy(&self) -> Vec<TrialPlan> {
        self.worth_most(|worth| pays(self.state, &self.answer, self.training, worth))
    }

    fn worth_most(&self, wanted: impl Fn(&Worth) -> bool) -> Vec<TrialPlan> {
        let Learner { field, forecast, .. } = self.learner;
        let worths = worth::candidates(field, forecast, self.lost(), &mut stream(self.state, 1 << 20));
        let wanted = worths.into_iter().filter(wanted);
        let run = |(nth, worth): (u64, Worth)| {
            let why = Why::WorthMost { gain: worth.gain, seconds: worth.seconds };
            self.plan(&forecast.choices[worth.choice], self.lost(), why, nth)
        };
        (0..).zip(apart(forecast, wanted, self.state.config().jobs)).map(run).collect()
    }

    /// Whether the verdict would be final. Where no run pays, it is given in spite of doubt.
    fn is_final(&self, nothing_pays: bool) -> bool {
        self.answer.regret <= self.state.config().margin
            && (nothing_pays || self.answer.doubt <= MOST_DOUBT)
            && self.hits() >= WANTED_HITS
    }

    fn hits(&self) -> u64 {
        hits(self.state, &self.learner.field, self.chosen.place, self.chosen.rung, self.goal)
    }

    /// Runs where none pays and the answer is still open: what the budget is for. There are no checks
    /// left: an answer that was confirmed in vain as often as it may be is not confirmed again.
    fn in_spite_of_their_cost(&self) -> Vec<TrialPlan> {
        self.worth_most(|_| true)
    }

    /// The objective that is expected of the answer.
    fn own(&self) -> f64 {
        self.learner.forecast.median_objective(self.answer.choice).exp()
    }

    /// The runs without which no answer is given.
    fn checks(&self) -> Vec<TrialPlan> {
        let Self { state, learner, chosen, .. } = self;
        let own = self.own();
        let missing = WANTED_HITS.saturating_sub(self.hits()).min(state.config().jobs as u64);
        if missing > 0 && confirmations(state, learner, chosen) < 2 * WANTED_HITS as usize {
            let most = LOST_AT_ANSWER * self.best.max(own);
            return (0..missing).map(|nth| self.plan(chosen, most, Why::Confirms, nth)).collect();
        }
        let beside =
            unchecked(state, learner, self.goal, own).or_else(|| unbracketed(state, learner, chosen));
        beside.map(|choice| self.plan(&choice, self.lost(), Why::Compares, 0)).into_iter().collect()
    }
}

/// As long as no size has a step time: short runs that show whether anything runs at all.
fn without_step_times(state: &StudyState, field: &Field) -> Proposal {
    let failed = |o: &TrialOutcome| o.end == TrialEnd::Failed;
    let live = state.live_sizes();
    if state.outcomes.iter().any(|outcome| !failed(outcome)) {
        return Proposal::MeasureSteps(live);
    }
    let size = live[live.len() / 2];
    let Some(place) = field.place_of(size) else { return Proposal::Done };
    let middle = f64::midpoint(field.range.0, field.range.1) - state.outcomes.len() as f64 * RETREAT;
    let rung = field.rung_of(middle);
    let choice = Choice { place, rung, log_rate: field.log_rates[rung] };
    Proposal::Trials(vec![plan(state, field, &choice, Until::Asked(FIRST_LOOK), Why::FindsRange, 0)])
}

/// The runs near a choice so far.
fn runs_near(state: &StudyState, learner: &Learner, choice: &Choice) -> usize {
    let b = learner.field.places[choice.place].b;
    let near = |o: &&TrialOutcome| {
        let place = learner.field.place_of(o.plan.request.batch_size);
        place.is_some_and(|place| (learner.field.places[place].b - b).abs() < NEAR.0)
            && (o.plan.request.learning_rate.ln() - choice.log_rate).abs() < NEAR.1
            && o.plan.why != Some(Why::FindsRange)
    };
    state.outcomes.iter().filter(near).count()
}

fn confirmations(state: &StudyState, learner: &Learner, choice: &Choice) -> usize {
    let size = learner.field.places[choice.place].batch_size;
    let here = |o: &&TrialOutcome| {
        learner.field.rung_of(o.plan.request.learning_rate.ln()).abs_diff(choice.rung) <= 1
    };
    state.trials(size, Phase::Confirm).filter(here).count()
}

/// The probing run: at the middle of where the wall may be.
fn probe(learner: &Learner, place: usize, walls: &[f64]) -> Choice {
    let middle = median(walls.to_vec()).unwrap_or_default();
    let rung = learner.field.rung_of(middle.min(learner.field.places[place].most_log_rate));
    Choice { place, rung, log_rate: learner.field.log_rates[rung] }
}

fn spread(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Seconds of all runs so far, but those that set an automatic target.
fn spent(state: &StudyState, learner: &Learner) -> f64 {
    let of = |o: &TrialOutcome| {
        let place = learner.field.place_of(o.plan.request.batch_size)?;
        Some(o.last.step as f64 * learner.field.places[place].seconds)
    };
    state.outcomes.iter().filter(|o| o.plan.why.is_some()).filter_map(of).sum()
}

/// The best objective that a run has reached.
fn best_seen(state: &StudyState, learner: &Learner, goal: f64) -> f64 {
    let of = |o: &TrialOutcome| {
        let place = learner.field.place_of(o.plan.request.batch_size)?;
        Some(o.curve.crossing(goal)?.step as f64 * learner.field.places[place].log_step.exp())
    };
    state.outcomes.iter().filter_map(of).fold(f64::INFINITY, f64::min)
}

/// Whether a run costs less than it could save at best: the whole regret of the answer, in each of
/// the later trainings that will use it.
fn pays(state: &StudyState, answer: &Answer, training: f64, worth: &Worth) -> bool {
    worth.seconds <= answer.regret * training * state.config().reuse as f64
}

/// The first runs, as many as there are jobs, that differ from each other.
fn apart(forecast: &Forecast, worths: impl Iterator<Item = Worth>, jobs: usize) -> Vec<Worth> {
    let mut chosen: Vec<Worth> = Vec::new();
    for worth in worths {
        let choice = &forecast.choices[worth.choice];
        let differs = |other: &Worth| {
            let other = &forecast.choices[other.choice];
            other.place != choice.place || (other.log_rate - choice.log_rate).abs() >= APART
        };
        if chosen.iter().all(differs) {
            chosen.push(worth);
        }
        if chosen.len() == jobs {
            break;
        }
    }
    chosen
}

/// Places that may well be the best.
fn in_play(forecast: &Forecast, places: usize) -> impl Iterator<Item = usize> {
    let p_best = forecast.p_best(places);
    (0..places).filter(move |&place| p_best[place] >= 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::examples;

    /// Else a study with time left runs one trial at a time whatever its jobs are, or repeats an answer
    /// that is never hit until the budget is used up.
    #[test]
    fn time_that_is_left_is_used_by_all_jobs_and_not_for_a_vain_repetition() {
        let config = crate::ask::StudyConfig { jobs: 2, ..examples::config() };
        let mut state = examples::state(&config, &[32, 128, 512]);
        state.outcomes.push(examples::bed_run(&state, 128, 0.1, 1000));
        let goal = state.goals.goal().unwrap();
        assert!(reached(&state, goal));
        let learner = Learner::new(&state, goal);
        let chosen = Moment::new(&state, goal, &learner).unwrap().chosen;
        let (size, rate) = (learner.field.places[chosen.place].batch_size, chosen.log_rate.exp());
        state.outcomes.clear();
        for _ in 0..2 * WANTED_HITS {
            let mut vain = examples::trial(size, rate, TrialEnd::Lost, &[(10, 0.9)]);
            vain.plan.phase = Phase::Confirm;
            state.outcomes.push(vain);
        }
        let moment = Moment { chosen, ..Moment::new(&state, goal, &learner).unwrap() };
        assert!(moment.hits() == 0 && moment.checks().iter().all(|plan| plan.why != Some(Why::Confirms)));
        let plans = moment.in_spite_of_their_cost();
        assert_eq!(plans.len(), 2);
        assert!(plans.iter().all(|plan| matches!(plan.why, Some(Why::WorthMost { .. }))), "{plans:?}");
        assert_ne!(plans[0].request.seed, plans[1].request.seed);
    }
}
