//! From trials to beliefs: what each trial tells about the law, and the population of laws that has
//! learnt from it.

use crate::result::objective::Objective;
use crate::result::trial_record::{Outlook, TrialEnd};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::race::belief::{Belief, Unit};
use crate::strategy::race::law::RaceLaw;
use crate::strategy::race::observation::{Observation, Observed};
use crate::strategy::race::particles::Particles;
use crate::verdict::evidence::log_step_cost;
use batchwright_data::{Domain, RandomStream};

/// However slow a curve is, its trial counts as needing at least this many times the steps that it
/// used, not more.
const MOST_FORESEEN: f64 = 30.0;

/// After this many trials of a size that all failed, the size is no longer tried.
const MOST_FAILURES: usize = 3;

/// If a size crashed at every rate so far, the next rate is the lowest of them divided by this.
const RETREAT: f64 = 4.0;
/// Number of crashes, all at rates above those that ran, that show a limit of the rate. A single
/// crash may have other reasons.
const CRASHES: usize = 2;
/// If ln of the lowest rate that crashes and of the highest rate that runs differ by less, no rate
/// between them is run.
const CLOSE: f64 = 0.2;

/// The size at a place of the law: the sizes of the study, ascending.
pub(crate) fn size_at(state: &StudyState, place: usize) -> u64 {
    state.sizes.keys().copied().nth(place).unwrap_or(1)
}

/// What was learnt in one study about one goal.
#[derive(Debug)]
pub(crate) struct Learner {
    sizes: Vec<u64>,
    model: RaceLaw,
    particles: Particles,
    observations: Vec<Observation>,
    /// Number of outcomes that were used.
    seen: usize,
    knows_fastest_start: bool,
}

impl Learner {
    pub(crate) fn new(state: &StudyState) -> Self {
        let sizes: Vec<u64> = state.sizes.keys().copied().collect();
        let effective: Vec<u64> = sizes.iter().map(|&size| state.effective(size)).collect();
        let middle = sizes[sizes.len() / 2];
        let (centre, spread) = state.config().rates.belief(state.sizes[&middle].starting_rate);
        let model = RaceLaw::new(&effective, centre, spread);
        let particles = Particles::new(&model, state.config().seed);
        Self { sizes, model, particles, observations: Vec::new(), seen: 0, knows_fastest_start: false }
    }

    /// Whether it is about the present sizes of the study.
    pub(crate) fn covers(&self, state: &StudyState) -> bool {
        state.sizes.keys().eq(&self.sizes)
    }

    /// Learns from new trials. `fastest_start`: size and rate at which short runs made the most
    /// progress.
    pub(crate) fn learn(&mut self, state: &StudyState, goal: Option<f64>, fastest_start: Option<(u64, f64)>) {
        let looked_ahead = goal == state.goals.goal();
        let new = state.outcomes[self.seen..].iter().filter_map(|outcome| {
            let place = self.place(outcome.plan.request.batch_size)?;
            let log_rate = outcome.plan.request.learning_rate.ln();
            Some(Observation { place, log_rate, observed: observed(outcome, goal, looked_ahead)? })
        });
        let new: Vec<Observation> = new.collect();
        self.observations.extend(new);
        self.seen = state.outcomes.len();
        if let Some((size, rate)) = fastest_start.filter(|_| !self.knows_fastest_start) {
            let start = |place| Observation { place, log_rate: rate.ln(), observed: Observed::FastestStart };
            self.observations.extend(self.place(size).map(start));
            self.knows_fastest_start = true;
        }
        self.particles.learn(&self.model, &self.observations);
    }

    fn place(&self, batch_size: u64) -> Option<usize> {
        self.sizes.iter().position(|&size| size == batch_size)
    }

    pub(crate) fn belief(&self, state: &StudyState) -> Belief {
        let units: Vec<Unit> = self.sizes.iter().map(|&size| unit(state, size)).collect();
        let mut random =
            RandomStream::new(state.config().seed, Domain::Search, 2, state.outcomes.len() as u64);
        Belief::new(&self.model, &self.particles, &units, state.config().rates.bounds(), &mut random)
    }

    /// The expected number of observations that are outliers of the law, and the number of all
    /// observations.
    pub(crate) fn outliers(&self) -> (f64, usize) {
        (self.particles.outliers(&self.model, &self.observations), self.observations.len())
    }
}

fn unit(state: &StudyState, size: u64) -> Unit {
    let facts = &state.sizes[&size];
    let objective = state.config().objective;
    let cost = log_step_cost(state.config(), facts);
    let samples = (state.effective(size) as f64).ln();
    let (log_step, log_step_sd) = match objective {
        Objective::Samples => (samples, 0.0),
        _ => cost.unwrap_or_default(),
    };
    Unit {
        log_step,
        log_step_sd,
        // Without a step time, the cost of a run is measured in samples.
        log_seconds: facts.step_time().map_or(samples, |time| time.median.ln()),
        start_up: state.start_up_seconds,
        live: state.live_sizes().contains(&size)
            && (cost.is_some() || !objective.is_per_step())
            && !only_fails(state, size),
        most_log_rate: most_log_rate(state, size),
    }
}

/// ln of the highest rate that may be run, for a program that crashes above some rate at this size.
/// It lies between the highest rate that ran and the lowest rate that crashed. Infinite if nothing
/// shows a limit.
fn most_log_rate(state: &StudyState, size: u64) -> f64 {
    let ended = state.outcomes.iter().filter(|o| o.plan.request.batch_size == size && !o.interrupted);
    let (crashed, ran): (Vec<&TrialOutcome>, Vec<&TrialOutcome>) =
        ended.partition(|o| o.end == TrialEnd::Failed);
    let log_rate = |o: &&TrialOutcome| o.plan.request.learning_rate.ln();
    let highest = ran.iter().map(log_rate).fold(f64::NEG_INFINITY, f64::max);
    let above: Vec<f64> = crashed.iter().map(log_rate).filter(|rate| *rate > highest).collect();
    let lowest = above.iter().copied().fold(f64::INFINITY, f64::min);
    match above.len() {
        _ if ran.is_empty() => lowest - RETREAT.ln(),
        CRASHES.. if lowest - highest <= CLOSE => highest,
        CRASHES.. => (lowest + highest) / 2.0,
        _ => f64::INFINITY,
    }
}

/// Whether all trials of a size failed with errors. Errors give no information about the law, so
/// without this test the size would be tried for ever.
fn only_fails(state: &StudyState, size: u64) -> bool {
    let mut ended = state.outcomes.iter().filter(|o| o.plan.request.batch_size == size && !o.interrupted);
    ended.clone().count() >= MOST_FAILURES && ended.all(|o| o.end == TrialEnd::Failed)
}

/// What a trial tells about a goal; `None` if it failed for another reason than training.
///
/// `looked_ahead`: its curve was extrapolated to exactly this goal. If another goal is easier, the
/// lower bound would be too high for it.
fn observed(outcome: &TrialOutcome, goal: Option<f64>, looked_ahead: bool) -> Option<Observed> {
    if let Some(at) = goal.and_then(|goal| outcome.curve.crossing(goal)) {
        return Some(Observed::Reached((at.step as f64).ln()));
    }
    let steps = outcome.last.step.max(1) as f64;
    let outlook = if looked_ahead { outcome.outlook } else { Outlook::Open };
    match (outcome.end, outlook) {
        (TrialEnd::Failed | TrialEnd::DoesNotFit, _) => None,
        (TrialEnd::Diverged, _) => Some(Observed::Diverged),
        (TrialEnd::Lost, Outlook::Stuck) => Some(Observed::Stuck),
        (TrialEnd::Lost, Outlook::AtLeast(times)) => {
            Some(Observed::MoreThan((steps * times.clamp(1.0, MOST_FORESEEN)).ln()))
        }
        _ => Some(Observed::MoreThan(steps.ln())),
    }
}
