//! One replay: a whole study of a bed, and whether its answer is correct, expensive and honest.

use std::error::Error;
use std::time::Duration;

use batchwright_find::{
    BatchSizes, Grid, Objective, Race, Rates, Recommendation, Strategy, StudyConfig, StudyEvent,
    StudyObserver, StudyResult, TargetSpec, VerdictKind, run_study_with,
};
use serde::Serialize;

use crate::called::CalledTied;
use crate::case::{Case, Question};
use crate::family::Family;
use crate::truth::WORST_REGRET;
use crate::workload::Meter;

/// The costs, in best trainings, at which the answer so far is judged.
pub(crate) const CURVE_COSTS: [f64; 9] = [2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0];
/// Runs that judge an answer, and those that judge a point of the curve.
const RUNS: usize = 1024;
const CURVE_RUNS: usize = 257;
/// Distance between the seeds of two replays, so that all their trials are different.
const SEED_STRIDE: u64 = 7919;
/// Sizes this close to the best count as equally good.
const CLOSE: f64 = 0.02;

/// The strategy with this name. A new one must be added only here.
pub(crate) fn strategy(name: &str) -> Result<Box<dyn Strategy>, Box<dyn Error>> {
    match name {
        "race" => Ok(Box::new(Race::default())),
        "grid" => Ok(Box::new(Grid::default())),
        _ => Err(format!("--strategy {name:?} is not known; there are: race, grid").into()),
    }
}

/// The result of one study. Costs are in trainings at the best size and rate.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Replay {
    pub bed: String,
    pub family: Family,
    pub seed: u64,
    pub kind: VerdictKind,
    pub recommended: Option<Recommendation>,
    pub best_set: Vec<u64>,
    pub regret: f64,
    pub cost: f64,
    /// Of the cost, that of step times.
    pub step_times_cost: f64,
    pub trials: u64,
    /// Whether it was ended because of its cost.
    pub stopped: bool,
    /// Whether `best_set` contains the best size, and one that is as good.
    pub holds_best: bool,
    pub holds_close: bool,
    pub called_tied: CalledTied,
    /// Regret of the answer so far, at each of [`CURVE_COSTS`].
    pub curve: Vec<f64>,
}

/// A budget of the wall's clock that no replay uses up. Costs are in virtual seconds.
const ENDLESS: Duration = Duration::from_secs(1 << 30);

/// When a study ends that has not ended by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Whether it has a budget, [`ENDLESS`].
    pub with_budget: bool,
    /// Best trainings.
    pub max_cost: f64,
}

pub(crate) fn replay(
    case: &dyn Case,
    name: &str,
    seed: u64,
    limits: Limits,
) -> Result<Replay, Box<dyn Error>> {
    let meter = Meter::default();
    let best_seconds = case.truth().best_seconds;
    let mut watch = Watch { meter: &meter, most: limits.max_cost * best_seconds, answers: Vec::new() };
    let workload = case.workload(&meter, seed);
    let result = run_study_with(
        workload.as_ref(),
        &config(case, seed, limits)?,
        &mut *strategy(name)?,
        None,
        &mut watch,
    )?;
    let (stopped, mut answers) = (watch.should_stop(), watch.answers);
    answers.push((meter.seconds(), choice(result.recommended.as_ref())));
    let at = |cost: f64| {
        let so_far = answers.iter().take_while(|answer| answer.0 <= cost * best_seconds).last();
        regret(case, so_far.and_then(|answer| answer.1), CURVE_RUNS)
    };
    Ok(Replay {
        curve: CURVE_COSTS.into_iter().map(at).collect(),
        cost: meter.seconds() / best_seconds,
        step_times_cost: meter.of_step_times() / best_seconds,
        stopped,
        ..judged(case, result, seed)
    })
}

fn config(case: &dyn Case, seed: u64, limits: Limits) -> Result<StudyConfig, Box<dyn Error>> {
    let Question { name, sizes, rates: [low, high], target, eval_samples } = case.question();
    Ok(StudyConfig {
        name: name.to_owned(),
        objective: Objective::Time,
        sizes: BatchSizes::exactly(sizes)?,
        rates: Rates::parse(&format!("{low}..{high}"))?,
        target: TargetSpec::parse(&target)?,
        seed: seed * SEED_STRIDE,
        eval_samples: Some(eval_samples),
        budget: limits.with_budget.then_some(ENDLESS),
        ..StudyConfig::default()
    })
}

/// Everything but the costs and the curve.
fn judged(case: &dyn Case, result: StudyResult, seed: u64) -> Replay {
    let holds = |size: u64| result.best_set.contains(&size);
    Replay {
        bed: result.study,
        family: case.family(),
        seed,
        kind: result.verdict.kind,
        regret: regret(case, choice(result.recommended.as_ref()), RUNS),
        trials: result.cost.trials,
        holds_best: holds(case.truth().best_size),
        holds_close: case.truth().within(CLOSE).any(holds),
        called_tied: CalledTied::new(case, result.recommended.as_ref()),
        recommended: result.recommended,
        best_set: result.best_set,
        cost: 0.0,
        step_times_cost: 0.0,
        stopped: false,
        curve: Vec::new(),
    }
}

/// Size and rate.
type Choice = Option<(u64, f64)>;

fn choice(recommended: Option<&Recommendation>) -> Choice {
    recommended.map(|it| (it.batch_size, it.learning_rate))
}

fn regret(case: &dyn Case, choice: Choice, runs: usize) -> f64 {
    choice.map_or(WORST_REGRET, |(size, rate)| case.regret(size, rate, runs))
}

/// Records every answer so far with the seconds spent on it, and ends a study that has become too
/// expensive.
struct Watch<'a> {
    meter: &'a Meter,
    most: f64,
    answers: Vec<(f64, Choice)>,
}

impl StudyObserver for Watch<'_> {
    fn on_event(&mut self, event: &StudyEvent) {
        if let StudyEvent::BestSoFar(best) = event {
            self.answers.push((self.meter.seconds(), choice(*best)));
        }
    }

    fn should_stop(&self) -> bool {
        self.meter.seconds() > self.most
    }
}
