//! Whether the answer of an earlier study still holds: a short check instead of a new study.
//!
//! First the step times of the recommended size and of its rivals (the sizes that may be as good)
//! are measured again, unless the objective does not depend on them. Each must agree with the
//! earlier one, and no rival may now be better by more than the margin. Then the recommended size
//! and rate are run once on a fresh seed. This run must need as many steps as the earlier runs
//! predict for one more run, with 95% probability. So one check in twenty fails by chance. The cost
//! of that is a study that continues from the earlier one.
//!
//! Left out: whether workload and question are the same (the caller knows). Assumption: for energy
//! only the time of a step is measured again, not its power.

use crate::ask::StudyConfig;
use crate::ask::error::FindError;
use crate::result::cost::Cost;
use crate::result::objective::Objective;
use crate::result::reuse::{Change, Reused, Revalidation, RunCheck, StepTimeCheck};
use crate::result::trial_record::{TrialEnd, TrialRecord};
use crate::result::{Estimate, Recommendation, SizeResult, StudyResult};
use crate::state::StudyState;
use crate::state::size_facts::{PASSES, SizeFacts};
use crate::statistics::arm::{Arm, Spread, pooled_spread, t_quantile};
use crate::study::earlier::EarlierStudy;
use crate::study::observer::{StudyEvent, StudyObserver};
use crate::study::pool::{Round, run_all};
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::step_cost::StepTime;
use crate::trial::{SEED_RANGE, TrialError, TrialRequest, Workload};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Step times that differ by less than this share agree, whatever their intervals.
const STEP_TIME_TOLERANCE: f64 = 0.1;
/// Weight of the assumed spread against the spread of the earlier runs, in runs.
const ASSUMED_FREEDOM: f64 = 3.0;
/// Seconds of one pass.
const TIMING_SECONDS: f64 = 0.3;
/// Seeds of checks start here, above those of any strategy.
const FIRST_CHECK_SEED: u64 = 1_000_000;
/// By how much an end of the predicted range may be off, relatively.
const ROUNDING: f64 = 1e-9;

/// Checks the answer of an earlier study of this workload, with settings that ask the same
/// question. `None` if it has no answer that could be checked.
///
/// # Errors
/// As [`crate::run_study`], and [`FindError::OtherTarget`].
pub fn revalidate(
    workload: &dyn Workload,
    config: &StudyConfig,
    earlier: &StudyResult,
    observer: &mut dyn StudyObserver,
) -> Result<Option<Revalidation>, FindError> {
    let (Some(study), Some(choice)) = (EarlierStudy::of(earlier), &earlier.recommended) else {
        return Ok(None);
    };
    study.check(config)?;
    let mut state = StudyState::new(config.check(workload)?, workload.samples());
    study.add_to(&mut state);
    let started = Instant::now();
    let found =
        Revalidation { step_times: Vec::new(), run: None, trial: None, change: None, cost: Cost::default() };
    let mut check = Check { workload, observer, earlier, choice, state, started, found };
    check.found.change = check.measure_steps().or_else(|| check.run());
    check.found.cost.wall_seconds = started.elapsed().as_secs_f64();
    Ok(Some(check.found))
}

impl Revalidation {
    /// The earlier answer as the result of a new study with this name, with the checks. `created`
    /// is when the earlier study was made, in seconds since 1970. `None` if the answer does not
    /// hold.
    pub fn answer(&self, earlier: &StudyResult, created: i64, name: &str) -> Option<StudyResult> {
        let run = self.run.filter(|_| self.change.is_none())?;
        let first = earlier.reused.as_ref();
        let reused = Reused {
            study: first.map_or(&earlier.study, |first| &first.study).clone(),
            created: first.map_or(created, |first| first.created),
            step_times: self.step_times.clone(),
            run,
            cost_before: earlier.cost_in_all(),
        };
        let trials = earlier.trials.iter().chain(&self.trial).cloned().collect();
        let study = name.to_owned();
        Some(StudyResult { study, trials, cost: self.cost, reused: Some(reused), ..earlier.clone() })
    }
}

struct Check<'a> {
    workload: &'a dyn Workload,
    observer: &'a mut dyn StudyObserver,
    earlier: &'a StudyResult,
    choice: &'a Recommendation,
    state: StudyState,
    started: Instant,
    found: Revalidation,
}

impl Check<'_> {
    /// The recommended size and those that may be as good.
    fn rivals(&self) -> Vec<&SizeResult> {
        let named = |size: &u64| {
            *size == self.choice.batch_size
                || self.earlier.best_set.contains(size)
                || self.choice.tied_with.contains(size)
        };
        self.earlier.sizes.iter().filter(|size| named(&size.batch_size)).collect()
    }

    /// Measures the step times again, and compares the order of the sizes that follows from them.
    fn measure_steps(&mut self) -> Option<Change> {
        if !self.earlier.objective.is_per_step() {
            return None;
        }
        let rivals: Vec<(u64, StepTime)> = self
            .rivals()
            .into_iter()
            .filter_map(|size| Some((size.batch_size, size.step_seconds?)))
            .collect();
        for (batch_size, before) in rivals {
            match self.measure(batch_size, before) {
                Ok(now) if agree(before, now) => {
                    self.found.step_times.push(StepTimeCheck { batch_size, before, now });
                }
                Ok(now) => {
                    self.found.step_times.push(StepTimeCheck { batch_size, before, now });
                    return Some(Change::StepTime { batch_size, before: before.median, now: now.median });
                }
                Err(change) => return Some(change),
            }
        }
        self.overtaken()
    }

    /// One pass, and more if it does not agree.
    fn measure(&mut self, batch_size: u64, before: StepTime) -> Result<StepTime, Change> {
        let began = Instant::now();
        let mut facts = SizeFacts::default();
        for _ in 0..PASSES {
            if self.observer.should_stop() {
                return Err(Change::Interrupted);
            }
            let measured = self.workload.measure_steps(batch_size, TIMING_SECONDS);
            let measured = measured.map_err(|error| unmeasured(batch_size, &error))?;
            let step_time = &measured.step_time;
            self.observer.on_event(&StudyEvent::StepTimeMeasured { batch_size, step_time });
            facts.measurements.push(measured);
            if facts.step_time().is_some_and(|now| agree(before, now)) {
                break;
            }
        }
        self.found.cost.seconds += began.elapsed().as_secs_f64();
        let nothing = || Change::DoesNotRun { batch_size, reason: "no step was timed".to_owned() };
        facts.step_time().ok_or_else(nothing)
    }

    /// A rival that is now better by more than the margin, and was not before.
    fn overtaken(&self) -> Option<Change> {
        let recommended = self.choice.batch_size;
        let (before, now) = self.objective(recommended)?;
        let ahead = |rival: f64, of: f64| rival * (1.0 + self.earlier.margin) < of;
        let rivals = self.rivals().into_iter().map(|size| size.batch_size);
        let overtaken = |&size: &u64| {
            let rival = self.objective(size);
            rival.is_some_and(|(then, today)| ahead(today, now) && !ahead(then, before))
        };
        rivals
            .filter(|&size| size != recommended)
            .find(overtaken)
            .map(|better| Change::Order { better, recommended })
    }

    /// The objective of a size with the earlier and with the new step times.
    fn objective(&self, batch_size: u64) -> Option<(f64, f64)> {
        let size = self.earlier.sizes.iter().find(|size| size.batch_size == batch_size)?;
        let to_target = match self.earlier.objective {
            Objective::Energy => size.joules_to_target,
            _ => size.seconds_to_target,
        };
        let check = self.found.step_times.iter().find(|check| check.batch_size == batch_size)?;
        let before = to_target?.median?;
        Some((before, before * check.now.median / check.before.median))
    }

    /// One run on a fresh seed.
    fn run(&mut self) -> Option<Change> {
        let (low, high) = self.predicted();
        let plan = self.plan(high);
        let deadline =
            self.state.config().budget.and_then(|budget: Duration| self.started.checked_add(budget));
        let (plans, goals) = ([plan], &self.state.goals);
        let round = Round { workload: self.workload, plans: &plans, goals, jobs: 1, deadline };
        let outcomes = run_all(&round, &mut |_| true, &mut |_, _| {}, self.observer);
        let Some(outcome) = outcomes.first().and_then(Option::as_ref) else {
            return Some(Change::Interrupted);
        };
        let record = outcome.record(&self.state.goals);
        self.found.cost.trials = 1;
        self.found.cost.steps = outcome.last.step;
        self.found.cost.seconds += outcome.last.seconds;
        let (interrupted, found) = (outcome.interrupted, self.needed(&record));
        self.found.trial = Some(record);
        if interrupted && found.is_none() {
            return Some(Change::Interrupted);
        }
        let run = RunCheck { seed: plan.request.seed, low, high, found };
        self.found.run = Some(run);
        let inside = found.is_some_and(|found| (low..=high).contains(&found));
        (!inside).then_some(Change::Run(run))
    }

    /// The run may end when it needs more than was predicted: the check has then failed.
    fn plan(&self, high: f64) -> TrialPlan {
        let &Recommendation { batch_size, learning_rate, .. } = self.choice;
        let step = self.state.effective(batch_size) as f64;
        let give_up_after = self.state.goals.goal().map(|_| (high * step).ceil() as u64);
        let request = TrialRequest {
            batch_size,
            learning_rate,
            seed: self.fresh_seed(),
            max_samples: self.state.max_samples(batch_size).max(give_up_after.unwrap_or(0)),
            eval_samples: self.state.scale.eval_samples,
        };
        TrialPlan { request, phase: Phase::Check, give_up_after, ask_after: None, why: None }
    }

    fn fresh_seed(&self) -> u64 {
        let used = |seed: &u64| self.earlier.trials.iter().any(|trial| trial.request.seed == *seed);
        let first = self.state.config().seed.wrapping_add(FIRST_CHECK_SEED);
        // There are fewer trials than seeds, so one is free.
        (0..SEED_RANGE).map(|k| first.wrapping_add(k) % SEED_RANGE).find(|seed| !used(seed)).unwrap_or(first)
    }

    /// Steps to the target, or the value that was reached; `None` if the target was missed.
    fn needed(&self, trial: &TrialRecord) -> Option<f64> {
        match self.state.goals.goal() {
            Some(_) => (trial.end == TrialEnd::Target).then_some(trial.step as f64),
            None => trial.best_metric.filter(|_| trial.end != TrialEnd::Diverged),
        }
    }

    /// The range of one more run with 95% probability: around the median of the earlier answer, by
    /// the spread of one run and the uncertainty of the median, and one evaluation interval on both
    /// sides.
    fn predicted(&self) -> (f64, f64) {
        let of_size = |size: &&SizeResult| size.batch_size == self.choice.batch_size;
        let size = self.earlier.sizes.iter().find(of_size);
        let estimate = size.and_then(|size| size.steps_to_target.or(size.quality));
        let Some(Estimate { median: Some(median), low, .. }) = estimate else {
            // Without measurements there is no prediction. A recommendation always has
            // measurements.
            return (0.0, f64::from(u32::MAX));
        };
        // The lower half: the upper one is open if a run missed the target.
        let of_median = low.map_or(0.0, |low| (median / low).ln());
        let spread = self.spread();
        let half = (t_quantile(spread.freedom) * spread.sd).hypot(of_median).exp();
        let look = self.look();
        // A run that needs exactly an end of the range is inside, whatever the rounding.
        ((median / half - look) * (1.0 - ROUNDING), (median * half + look) * (1.0 + ROUNDING))
    }

    /// The spread of one run around others of the same size and rate: of the answer's rates if
    /// there are enough, else of all rates.
    fn spread(&self) -> Spread {
        let chosen = |trial: &TrialRecord| {
            let here = |size: &&SizeResult| size.batch_size == trial.request.batch_size;
            let size = self.earlier.sizes.iter().find(here);
            size.is_some_and(|size| size.learning_rate.best == Some(trial.request.learning_rate))
        };
        let at_chosen = pooled_spread(&self.arms(chosen));
        cautious(if at_chosen.freedom.is_finite() { at_chosen } else { pooled_spread(&self.arms(|_| true)) })
    }

    /// What the trials needed, by size and rate: on fresh seeds, or on all seeds if there were no
    /// fresh ones.
    fn arms(&self, wanted: impl Fn(&TrialRecord) -> bool) -> Vec<Arm> {
        let mut groups: BTreeMap<(u64, u64), [Vec<f64>; 2]> = BTreeMap::new();
        for trial in self.earlier.trials.iter().filter(|trial| trial.phase != Phase::Pilot && wanted(trial)) {
            let TrialRequest { batch_size, learning_rate, .. } = trial.request;
            let [fresh, other] = groups.entry((batch_size, learning_rate.to_bits())).or_default();
            let group = if trial.phase == Phase::Tune { other } else { fresh };
            group.extend(self.needed(trial).filter(|value| *value > 0.0));
        }
        let values = |[fresh, other]: [Vec<f64>; 2]| if fresh.is_empty() { other } else { fresh };
        groups.into_values().map(|group| Arm { values: values(group), ..Arm::default() }).collect()
    }

    /// One evaluation interval in steps; 0 for quality.
    fn look(&self) -> f64 {
        let step = self.state.effective(self.choice.batch_size) as f64;
        let look = (self.state.scale.eval_samples as f64 / step).max(1.0);
        if self.state.goals.goal().is_some() { look } else { 0.0 }
    }
}

/// Mixes the assumed spread into a measured one: two runs that happen to be equal do not show that
/// all are.
fn cautious(found: Spread) -> Spread {
    let assumed = pooled_spread(&[]);
    if found.freedom.is_infinite() {
        return assumed;
    }
    let freedom = found.freedom + ASSUMED_FREEDOM;
    let squares = found.freedom * found.sd.powi(2) + ASSUMED_FREEDOM * assumed.sd.powi(2);
    Spread { sd: (squares / freedom).sqrt(), freedom }
}

/// What it means for the answer that a step time could not be measured: nothing if only the time
/// was over.
fn unmeasured(batch_size: u64, error: &TrialError) -> Change {
    match error {
        TrialError::Interrupted => Change::Interrupted,
        _ => Change::DoesNotRun { batch_size, reason: error.to_string() },
    }
}

/// Whether two measurements of a step time agree: their intervals overlap, or their medians are
/// close.
fn agree(before: StepTime, now: StepTime) -> bool {
    let overlap = before.low <= now.high && now.low <= before.high;
    overlap || (now.median / before.median).ln().abs() <= STEP_TIME_TOLERANCE.ln_1p()
}
