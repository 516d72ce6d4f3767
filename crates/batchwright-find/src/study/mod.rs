//! Runs a study: measures step times, runs the pilot, then runs what the strategy proposes, in
//! rounds.
//!
//! The next runs depend on the outcomes in the order of the requests, never on which thread was
//! faster. So without a budget the same seed gives the same verdict. For the grid this holds for
//! any number of jobs; the race proposes as many runs at a time as there are jobs. For the
//! objectives time, money and energy, which depend on measured steps, it holds on the same
//! measurements; for the others on every machine that computes the same numbers.
//!
//! - this file: the two entry points [`run_study`] and [`run_study_with`], and the course of a
//!   study
//! - `pace`: the passes over the step times
//! - `report`: the result at the end
//! - `pool`: the trials of one round, on threads
//! - `earlier`: continuing an earlier study
//! - `revalidate`: whether an earlier answer still holds
//! - `observer`: the events of a running study

pub(crate) mod earlier;
pub(crate) mod observer;
pub(crate) mod pool;
pub(crate) mod revalidate;

use crate::ask::StudyConfig;
use crate::ask::error::FindError;
use crate::ask::target::SENSITIVITY_SHARES;
use crate::models::frontier::{frontier, time_against_samples};
use crate::models::predicted_best::predicted_best;
use crate::models::step_time::model_or_remark;
use crate::remark::Remark;
use crate::result::cost::Cost;
use crate::result::objective::Objective;
use crate::result::trial_record::TrialEnd;
use crate::result::{FitRange, STUDY_VERSION, Sensitivity, StudyResult};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::{PASSES, SizeFacts};
use crate::strategy::kind::StrategyKind;
use crate::strategy::{Proposal, Strategy, pilot};
use crate::study::earlier::EarlierStudy;
use crate::study::observer::{Stage, StudyEvent, StudyObserver};
use crate::study::pool::run_all;
use crate::trial::plan::TrialPlan;
use crate::trial::step_cost::StepMeasurement;
use crate::trial::{TrialError, Workload};
use crate::verdict::{Assessment, assess};
use std::time::{Duration, Instant};

/// Share of the budget for one pass over the step times of all sizes.
const PACE_SHARE: f64 = 0.04;
/// Share of the budget after which the pilot is stopped.
const PILOT_SHARE: f64 = 0.3;
/// Seconds of one size in one pass, without a budget; with a budget at most this.
const PACE_SECONDS: f64 = 0.4;

/// A study ends after this many trials if all of them failed with errors: more trials would fail
/// too.
const MOST_ERRORS: usize = 6;


/// Runs a study with the strategy that needs the fewest runs: [`crate::Race`], or [`crate::Grid`]
/// if there is no target.
///
/// # Errors
/// [`FindError`] for settings that are not valid. Failures of trials are part of the result.
pub fn run_study(
    workload: &dyn Workload,
    config: &StudyConfig,
    observer: &mut dyn StudyObserver,
) -> Result<StudyResult, FindError> {
    let mut strategy = StrategyKind::default().start(config.objective);
    run_study_with(workload, config, strategy.as_mut(), None, observer)
}

/// Runs a study with the caller's own strategy. With an `earlier` study of the same workload there
/// is no pilot, and the earlier trials count as evidence.
///
/// # Errors
/// As [`run_study`], and [`FindError::OtherTarget`] if the earlier study had another target.
pub fn run_study_with(
    workload: &dyn Workload,
    config: &StudyConfig,
    strategy: &mut dyn Strategy,
    earlier: Option<&EarlierStudy>,
    observer: &mut dyn StudyObserver,
) -> Result<StudyResult, FindError> {
    let known = StudyState::new(config.check(workload)?, workload.samples());
    earlier.map_or(Ok(()), |earlier| earlier.check(config))?;
    let mut study =
        Study { workload, observer, known, earlier, started: Instant::now(), passes: 0, pace_seconds: 0.0 };
    study.measure_all_sizes();
    match earlier {
        None => study.pilot(strategy.scouts()),
        Some(earlier) => study.take_up(earlier),
    }
    study.search(strategy);
    Ok(study.result(strategy))
}

struct Study<'a> {
    workload: &'a dyn Workload,
    observer: &'a mut dyn StudyObserver,
    known: StudyState,
    /// The earlier study that this one continues.
    earlier: Option<&'a EarlierStudy>,
    started: Instant,
    /// Passes that measured step times.
    passes: usize,
    /// Wall-clock seconds spent on measuring step times.
    pace_seconds: f64,
}

impl Study<'_> {
    fn measure_all_sizes(&mut self) {
        self.observer.on_event(&StudyEvent::Stage(Stage::Pace));
        let sizes = self.known.config().sizes.clone();
        let (sizes, repeats) = sizes.distinct(self.known.samples.unwrap_or(u64::MAX));
        let largest = self.known.largest_size();
        let asked = &self.known.config().sizes;
        let widened = self.earlier.map(|earlier| earlier.widened(asked, largest)).unwrap_or_default();
        for &size in sizes.iter().chain(&widened) {
            self.known.sizes.insert(size, self.facts(size));
        }
        if let (Some(samples), [.., whole], [_, ..]) = (self.known.samples, sizes, repeats) {
            self.known.remark(Remark::LeftOut { samples, same_as: *whole, sizes: repeats.to_vec() });
        }
        self.say_micro_batches();
        self.pace(&self.known.sizes.keys().copied().collect::<Vec<_>>());
        self.confirm_cliffs();
    }

    /// Takes over the state of the earlier study.
    fn take_up(&mut self, earlier: &EarlierStudy) {
        earlier.put_into(&mut self.known);
        self.announce_target();
    }

    /// More passes over sizes that seem to be beyond a cliff, because other work on the machine may
    /// have disturbed one.
    fn confirm_cliffs(&mut self) {
        for passes in 1..PASSES {
            let due =
                |size: &u64| self.known.sizes.get(size).is_some_and(|facts| facts.paces.len() <= passes);
            let cliffs = self.known.cliffs();
            let sizes: Vec<u64> = cliffs.iter().map(|cliff| cliff.batch_size).filter(due).collect();
            if !sizes.is_empty() {
                self.pace(&sizes);
            }
        }
    }

    /// Sizes that need several micro-batches have other step times than their neighbours. A remark
    /// explains it.
    fn say_micro_batches(&mut self) {
        let micro = |(&size, facts): (&u64, &SizeFacts)| Some((facts.micro_batch_size?, size));
        let divided: Vec<(u64, u64)> = self.known.sizes.iter().filter_map(micro).collect();
        for same in divided.chunk_by(|a, b| a.0 == b.0) {
            let sizes = same.iter().map(|&(_, size)| size).collect();
            self.known.remark(Remark::Accumulated { micro_batch_size: same[0].0, sizes });
        }
    }

    fn facts(&self, size: u64) -> SizeFacts {
        SizeFacts {
            memory_bytes: self.workload.memory_bytes(size),
            micro_batch_size: self.workload.micro_batch_size(size),
            starting_rate: self.workload.starting_learning_rate(self.known.effective(size)),
            ..SizeFacts::default()
        }
    }

    /// One pass over the step times of some sizes, while nothing else runs. Sizes with the fewest
    /// passes so far come first, alternately from the small end and from the large end, in case the
    /// budget ends during the pass.
    fn pace(&mut self, sizes: &[u64]) {
        let mut sizes = sizes.to_vec();
        if self.passes % 2 == 1 {
            sizes.reverse();
        }
        self.passes += 1;
        sizes.sort_by_key(|size| self.known.sizes.get(size).map_or(0, |facts| facts.paces.len()));
        let share = PACE_SHARE / self.known.sizes.len().max(1) as f64;
        for size in sizes {
            if self.stopped() {
                return;
            }
            if self.known.is_too_large(size) {
                continue;
            }
            let before = Instant::now();
            let seconds = |budget: Duration| budget.mul_f64(share).min(self.left(budget)).as_secs_f64();
            let seconds = self.known.config().budget.map_or(PACE_SECONDS, seconds).min(PACE_SECONDS);
            let measured = self.workload.pace(size, seconds);
            let own_seconds = measured.as_ref().ok().and_then(|pace| pace.own_seconds);
            self.pace_seconds += own_seconds.unwrap_or_else(|| before.elapsed().as_secs_f64());
            self.note_pace(size, measured);
        }
    }

    fn left(&self, budget: Duration) -> Duration {
        budget.saturating_sub(self.started.elapsed())
    }

    fn note_pace(&mut self, size: u64, measured: Result<StepMeasurement, TrialError>) {
        let facts = self.known.sizes.entry(size).or_default();
        match measured {
            Ok(pace) => {
                facts.fits = Some(true);
                facts.memory_bytes = facts.memory_bytes.or_else(|| self.workload.memory_bytes(size));
                facts.paces.push(pace);
                let step_time = pace.step_time;
                self.observer.on_event(&StudyEvent::PaceMeasured { batch_size: size, step_time: &step_time });
            }
            Err(error @ TrialError::DoesNotFit { .. }) => {
                facts.fits = Some(false);
                let reason = error.to_string();
                self.observer.on_event(&StudyEvent::DoesNotFit { batch_size: size, reason: &reason });
            }
            // This gives no information about the size.
            Err(TrialError::Interrupted) => {}
            Err(error) => {
                self.known.remark(Remark::StepTimeFailed { batch_size: size, error: error.to_string() })
            }
        }
    }

    fn pilot(&mut self, scouts: bool) {
        if scouts && self.known.goals.goal().is_some() {
            self.known.scale.eval_samples = pilot::eval_samples(&self.known);
            return;
        }
        let live = self.known.live_sizes();
        let Some(&size) = live.get(live.len().saturating_sub(1) / 2) else {
            return;
        };
        if self.known.config().objective != Objective::Quality {
            self.observer.on_event(&StudyEvent::Stage(Stage::Pilot));
            loop {
                let plans = pilot::plans(&self.known, size);
                if plans.is_empty() || self.stopped_by(PILOT_SHARE) {
                    break;
                }
                self.round(&plans, PILOT_SHARE);
            }
        }
        pilot::conclude(&mut self.known, size);
        self.announce_target();
    }

    fn search(&mut self, strategy: &mut dyn Strategy) {
        self.observer.on_event(&StudyEvent::Stage(Stage::Search));
        // An automatic target without a completed pilot is not a goal to search for.
        if self.known.goals.goal().is_none() && self.known.config().objective != Objective::Quality {
            return;
        }
        while !self.stopped() {
            self.known.start_up_seconds = self.workload.start_up_seconds();
            match strategy.next(&self.known) {
                Proposal::Trials(plans) => self.round(&plans, 1.0),
                Proposal::Settle => self.settle(),
                Proposal::Pace(sizes) => self.pace(&sizes),
                Proposal::AddSize(size) => self.add_size(size),
                Proposal::Say(remark) => self.known.remark(remark),
                Proposal::Done => return,
            }
            if self.nothing_but_errors() {
                return;
            }
            if strategy.scouts() {
                self.known.refine_evaluations();
            }
            let best = assess_by(strategy, &self.known, self.known.goals.goal()).recommended;
            self.observer.on_event(&StudyEvent::BestSoFar(best.as_ref()));
        }
        self.known.remark(Remark::StoppedEarly);
    }

    fn settle(&mut self) {
        let before = self.known.goals.goal();
        self.known.relax_goal();
        self.known.refine_evaluations();
        if self.known.goals.goal() != before {
            self.announce_target();
        }
    }

    fn add_size(&mut self, size: u64) {
        // The cap holds for every strategy.
        let size = size.min(self.known.config().sizes.cap());
        let facts = self.facts(size);
        self.known.sizes.entry(size).or_insert(facts);
        self.pace(&[size]);
        self.confirm_cliffs();
        self.known.remark(Remark::RangeExtended { batch_size: size });
    }

    fn announce_target(&mut self) {
        if let Some(target) = self.known.goals.target() {
            self.observer.on_event(&StudyEvent::TargetChosen(&target));
        }
    }

    /// Runs trials, `jobs` at a time, until all have ended or the given share of the budget is
    /// used.
    fn round(&mut self, plans: &[TrialPlan], share: f64) {
        let end = |budget: Duration| self.started.checked_add(budget.mul_f64(share));
        let deadline = self.known.config().budget.and_then(end);
        let jobs = self.known.config().jobs;
        let outcomes = run_all(self.workload, plans, &self.known.goals, jobs, deadline, self.observer);
        for outcome in &outcomes {
            if outcome.end == TrialEnd::DoesNotFit {
                self.known.sizes.entry(outcome.plan.request.batch_size).or_default().fits = Some(false);
            }
        }
        self.known.outcomes.extend(outcomes);
    }

    fn nothing_but_errors(&self) -> bool {
        let outcomes = &self.known.outcomes;
        outcomes.len() >= MOST_ERRORS && outcomes.iter().all(|outcome| outcome.end == TrialEnd::Failed)
    }

    fn stopped(&self) -> bool {
        self.stopped_by(1.0)
    }

    fn stopped_by(&self, share: f64) -> bool {
        let over = |budget: Duration| self.started.elapsed() >= budget.mul_f64(share);
        self.observer.should_stop() || self.known.config().budget.is_some_and(over)
    }

    fn result(self, strategy: &mut dyn Strategy) -> StudyResult {
        let wall_seconds = self.started.elapsed().as_secs_f64();
        let goal = self.known.goals.goal();
        let judgement = goal.and_then(|goal| strategy.judge(&self.known, goal));
        let Assessment { sizes, law, best_set, verdict, recommended, remarks, .. } =
            assess(&self.known, goal, judgement.as_ref());
        let cost = self.cost(wall_seconds);
        let config = self.known.config();
        let step_times = self.known.step_times_without_cliffs();
        let (step_time_model, no_model) = model_or_remark(&step_times);
        StudyResult {
            version: STUDY_VERSION,
            study: config.name.clone(),
            objective: config.objective,
            target: self.known.goals.target(),
            samples: self.known.samples,
            margin: config.margin,
            price_per_hour: config.price_per_hour,
            frontier: frontier(&time_against_samples(&sizes)),
            sizes,
            predicted_best: predicted_best(law.as_ref(), step_time_model.as_ref(), &step_times),
            law,
            step_time_model,
            fit: fit(&self.known),
            best_set,
            verdict,
            recommended,
            continued: self.earlier.map(|earlier| earlier.continued(cost)),
            cost,
            remarks: self.remarks(remarks.into_iter().chain(no_model)),
            sensitivity: sensitivity(strategy, &self.known),
            trials: self.known.outcomes.iter().map(|outcome| outcome.record(&self.known.goals)).collect(),
            judged_together: judgement.is_some(),
            scale: Some(self.known.scale),
            automatic_goal: self.known.goals.automatic(),
            reused: None,
            report: None,
        }
    }

    /// First the remarks of the study, then those of the answer, then those of the workload.
    fn remarks(&self, of_answer: impl Iterator<Item = Remark>) -> Vec<Remark> {
        let own = self.workload.remarks();
        self.known.remarks.iter().cloned().chain(of_answer).chain(own).collect()
    }

    /// The cost of this study alone, and of the check that made it necessary.
    fn cost(&self, wall_seconds: f64) -> Cost {
        let taken_over = self.earlier.map_or(0, |earlier| earlier.trials().count());
        let own =
            cost(self.known.outcomes.get(taken_over..).unwrap_or_default(), self.pace_seconds, wall_seconds);
        own.plus(self.earlier.map(EarlierStudy::check_cost).unwrap_or_default())
    }
}

/// The answer for a goal, with the strategy's own judgement if it gives one.
fn assess_by(strategy: &mut dyn Strategy, known: &StudyState, goal: Option<f64>) -> Assessment {
    let judgement = goal.and_then(|goal| strategy.judge(known, goal));
    assess(known, goal, judgement.as_ref())
}

fn fit(known: &StudyState) -> FitRange {
    let of =
        |fits: bool| known.sizes.iter().filter(move |size| size.1.fits == Some(fits)).map(|size| *size.0);
    FitRange { largest_that_fits: of(true).max(), smallest_that_failed: of(false).min() }
}

/// The cost of all trials up to their last row, which may be after the target.
fn cost(outcomes: &[TrialOutcome], pace_seconds: f64, wall_seconds: f64) -> Cost {
    Cost {
        trials: outcomes.len() as u64,
        steps: outcomes.iter().map(|outcome| outcome.last.step).sum(),
        seconds: outcomes.iter().map(|outcome| outcome.last.seconds).sum::<f64>() + pace_seconds,
        wall_seconds,
    }
}

/// The recommendation at other shares of the pilot's decrease in loss, from the same trials.
fn sensitivity(strategy: &mut dyn Strategy, known: &StudyState) -> Vec<Sensitivity> {
    let mut at = |share| {
        let goal = known.goals.goal_at(share)?;
        let recommended = assess_by(strategy, known, Some(goal)).recommended;
        let tied_with = recommended.as_ref().map(|r| r.tied_with.clone()).unwrap_or_default();
        Some(Sensitivity { share, goal, recommended: recommended.map(|r| r.batch_size), tied_with })
    };
    SENSITIVITY_SHARES.into_iter().filter_map(&mut at).collect()
}
