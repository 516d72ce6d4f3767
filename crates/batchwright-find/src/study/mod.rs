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
//! - `passes`: the passes over the step times
//! - `rounds`: one pass over a size, in several rounds
//! - `summary`: the result at the end
//! - `pool`: the trials of one round, on threads
//! - `earlier`: continuing an earlier study
//! - `journal`: what a study writes down to go on after an interruption; `replay`: the answers in
//!   it, given again; `resumed`: going on from them; `clock`: the time used, over all processes
//! - `revalidate`: whether an earlier answer still holds
//! - `observer`: the events of a running study

pub(crate) mod clock;
pub(crate) mod earlier;
pub(crate) mod journal;
pub(crate) mod observer;
pub(crate) mod passes;
pub(crate) mod pool;
pub(crate) mod replay;
pub(crate) mod resumed;
pub(crate) mod revalidate;
pub(crate) mod rounds;
pub(crate) mod summary;

use crate::ask::StudyConfig;
use crate::ask::error::FindError;
use crate::remark::Remark;
use crate::result::StudyResult;
use crate::result::objective::Objective;
use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::SizeFacts;
use crate::strategy::kind::StrategyKind;
use crate::strategy::{Proposal, Strategy, pilot};
use crate::study::clock::StudyClock;
use crate::study::earlier::EarlierStudy;
use crate::study::journal::{Journal, JournalEntry};
use crate::study::observer::{Stage, StudyEvent, StudyObserver};
use crate::study::pool::{Round, run_all};
use crate::study::replay::Replay;
use crate::trial::Workload;
use crate::trial::plan::TrialPlan;
use crate::verdict::{Assessment, assess};
use std::time::Duration;

/// Share of the budget after which the pilot is stopped.
const PILOT_SHARE: f64 = 0.3;

/// A study ends after this many trials if all of them failed with errors: more trials would fail
/// too.
const MOST_ERRORS: usize = 6;

/// A study needs about this many runs at least; most need more.
pub const RUNS_OF_A_STUDY: u64 = 12;

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
    Study::new(workload, config, earlier, observer)?.run(strategy)
}

/// Goes on with a study that was interrupted, where it was: what its journal knows is not run or
/// measured again. With the same settings and a strategy whose proposals follow from the states that
/// it has seen, the result is that of the uninterrupted study, but for its seconds. If the strategy
/// asks for something else than before, the rest of what is known becomes evidence
/// ([`Remark::WentOnOtherwise`]).
///
/// The budget is that of the whole study. The time that was used counts, up to the last entry.
///
/// # Errors
/// As [`run_study_with`], and [`FindError::Journal`].
pub fn resume_study(
    workload: &dyn Workload,
    config: &StudyConfig,
    strategy: &mut dyn Strategy,
    journal: &Journal,
    observer: &mut dyn StudyObserver,
) -> Result<StudyResult, FindError> {
    let mut study = Study::new(workload, config, journal.earlier(), observer)?;
    journal.check(workload).map_err(FindError::Journal)?;
    study.replay = Replay::new(journal, config.budget != journal.budget());
    study.used_before = journal.used();
    study.run(strategy)
}

struct Study<'a> {
    workload: &'a dyn Workload,
    observer: &'a mut dyn StudyObserver,
    state: StudyState,
    /// The earlier study that this one continues.
    earlier: Option<&'a EarlierStudy>,
    clock: StudyClock,
    /// What is known from before an interruption.
    replay: Replay,
    /// Time that the study had used when it was interrupted.
    used_before: Duration,
    /// Rounds of trials so far, and proposals to end.
    rounds: u64,
    /// Passes that measured step times.
    passes: usize,
    /// Wall-clock seconds spent on measuring step times.
    timing_seconds: f64,
}

impl<'a> Study<'a> {
    fn new(
        workload: &'a dyn Workload,
        config: &StudyConfig,
        earlier: Option<&'a EarlierStudy>,
        observer: &'a mut dyn StudyObserver,
    ) -> Result<Self, FindError> {
        let state = StudyState::new(config.check(workload)?, workload.samples());
        earlier.map_or(Ok(()), |earlier| earlier.check(config))?;
        let (clock, replay, used_before) = Default::default();
        let (rounds, passes, timing_seconds) = Default::default();
        Ok(Self {
            workload,
            observer,
            state,
            earlier,
            clock,
            replay,
            used_before,
            rounds,
            passes,
            timing_seconds,
        })
    }

    fn run(mut self, strategy: &mut dyn Strategy) -> Result<StudyResult, FindError> {
        if self.replay.is_empty() {
            self.go_live();
        }
        self.measure_all_sizes();
        match self.earlier {
            None => self.pilot(strategy),
            Some(earlier) => self.continue_from(earlier),
        }
        let finished = self.search(strategy);
        let interrupted = !finished && self.observer.should_stop();
        if !finished {
            // Else an answer at the second interruption would rest on less than that at the first.
            let (_, known) = self.replay.rest();
            self.add(known);
        }
        Ok(self.result(interrupted, strategy))
    }
}

impl Study<'_> {
    fn measure_all_sizes(&mut self) {
        self.observer.on_event(&StudyEvent::Stage(Stage::StepTimes));
        let sizes = self.state.config().sizes.clone();
        let (sizes, repeats) = sizes.distinct(self.state.samples.unwrap_or(u64::MAX));
        let largest = self.state.largest_size();
        let asked = &self.state.config().sizes;
        let widened = self.earlier.map(|earlier| earlier.widened(asked, largest)).unwrap_or_default();
        for &size in sizes.iter().chain(&widened) {
            self.state.sizes.insert(size, self.facts(size));
        }
        if let (Some(samples), [.., whole], [_, ..]) = (self.state.samples, sizes, repeats) {
            self.state.remark(Remark::LeftOut { samples, same_as: *whole, sizes: repeats.to_vec() });
        }
        self.remark_micro_batches();
        self.first_pass();
        self.confirm_cliffs();
    }

    /// Takes over the state of the earlier study.
    fn continue_from(&mut self, earlier: &EarlierStudy) {
        earlier.add_to(&mut self.state);
        self.announce_target();
    }

    /// Sizes that need several micro-batches have other step times than their neighbours. A remark
    /// explains it.
    fn remark_micro_batches(&mut self) {
        let micro = |(&size, facts): (&u64, &SizeFacts)| Some((facts.micro_batch_size?, size));
        let divided: Vec<(u64, u64)> = self.state.sizes.iter().filter_map(micro).collect();
        for same in divided.chunk_by(|a, b| a.0 == b.0) {
            let sizes = same.iter().map(|&(_, size)| size).collect();
            self.state.remark(Remark::Accumulated { micro_batch_size: same[0].0, sizes });
        }
    }

    fn facts(&self, size: u64) -> SizeFacts {
        SizeFacts {
            memory_bytes: self.workload.memory_bytes(size),
            card_memory_bytes: self.workload.card_memory_bytes(size),
            micro_batch_size: self.workload.micro_batch_size(size),
            starting_rate: self.workload.starting_learning_rate(self.state.effective(size)),
            ..SizeFacts::default()
        }
    }

    fn pilot(&mut self, strategy: &mut dyn Strategy) {
        if strategy.needs_no_pilot() && self.state.goals.goal().is_some() {
            self.state.scale.eval_samples = pilot::eval_samples(&self.state);
            return;
        }
        let live = self.state.live_sizes();
        let Some(&size) = live.get(live.len().saturating_sub(1) / 2) else {
            return;
        };
        if self.state.config().objective != Objective::Quality {
            self.observer.on_event(&StudyEvent::Stage(Stage::Pilot));
            loop {
                let plans = pilot::plans(&self.state, size);
                if plans.is_empty() || self.stopped_by(PILOT_SHARE) {
                    break;
                }
                self.round(&plans, PILOT_SHARE, strategy);
            }
        }
        pilot::conclude(&mut self.state, size);
        self.announce_target();
    }

    /// Whether the strategy came to its end.
    fn search(&mut self, strategy: &mut dyn Strategy) -> bool {
        self.observer.on_event(&StudyEvent::Stage(Stage::Search));
        // An automatic target without a completed pilot is not a goal to search for.
        if self.state.goals.goal().is_none() && self.state.config().objective != Objective::Quality {
            return false;
        }
        while !self.stopped() {
            self.state.start_up_seconds = self.workload.start_up_seconds();
            match strategy.next(&self.state) {
                Proposal::Trials(plans) => self.round(&plans, 1.0, strategy),
                Proposal::RelaxTarget => self.settle(),
                Proposal::MeasureSteps(sizes) => self.measure_steps(&sizes),
                Proposal::AddSize(size) => self.add_size(size),
                Proposal::Remark(remark) => self.state.remark(remark),
                Proposal::Done if self.had_wanted_more() => {}
                Proposal::Done => return true,
            }
            if self.nothing_but_errors() {
                return true;
            }
            if strategy.needs_no_pilot() {
                self.state.refine_evaluations();
            }
            let best = assess_by(strategy, &self.state, self.state.goals.goal()).recommended;
            self.observer.on_event(&StudyEvent::BestSoFar(best.as_ref()));
        }
        self.state.remark(Remark::StoppedEarly);
        self.remark_dear_looks();
        false
    }

    /// A budget that is too small for a study of this workload, however the study goes.
    fn remark_dear_looks(&mut self) {
        let (Some(budget), Some(look_seconds)) = (self.state.config().budget, self.workload.look_seconds())
        else {
            return;
        };
        let seconds = RUNS_OF_A_STUDY as f64 * look_seconds;
        if seconds > budget.as_secs_f64() {
            self.state.remark(Remark::LooksAreDear { look_seconds, runs: RUNS_OF_A_STUDY, seconds });
        }
    }

    fn settle(&mut self) {
        let before = self.state.goals.goal();
        self.state.relax_goal();
        self.state.refine_evaluations();
        if self.state.goals.goal() != before {
            self.announce_target();
        }
    }

    fn add_size(&mut self, size: u64) {
        // The cap holds for every strategy.
        let size = size.min(self.state.config().sizes.cap());
        let facts = self.facts(size);
        self.state.sizes.entry(size).or_insert(facts);
        self.measure_steps(&[size]);
        self.confirm_cliffs();
        self.state.remark(Remark::RangeExtended { batch_size: size });
    }

    fn announce_target(&mut self) {
        if let Some(target) = self.state.goals.target() {
            self.observer.on_event(&StudyEvent::TargetChosen(&target));
        }
    }

    /// Runs trials, `jobs` at a time, until all have ended or the given share of the budget is
    /// used.
    fn round(&mut self, plans: &[TrialPlan], share: f64, strategy: &mut dyn Strategy) {
        self.rounds += 1;
        let known = self.known(plans);
        let unknown: Vec<TrialPlan> =
            plans.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(plan, _)| *plan).collect();
        if unknown.is_empty() || self.stopped_by(share) {
            self.add(known.into_iter().flatten());
            self.step_times_of_trials(plans);
            let evidence = self.same_evidence();
            self.count_as_evidence(evidence);
            return;
        }
        self.go_live();
        let evidence = self.rest_as_evidence();
        let mut fresh = self.run_trials(&unknown, share, strategy).into_iter();
        if !self.stopped() {
            fresh.as_slice().iter().flatten().filter(|run| run.interrupted).for_each(|run| self.note(run));
        }
        let in_order = known.into_iter().filter_map(|known| known.or_else(|| fresh.next().flatten()));
        let outcomes: Vec<TrialOutcome> = in_order.collect();
        self.add(outcomes);
        self.step_times_of_trials(plans);
        self.count_as_evidence(evidence);
    }

    fn run_trials(
        &mut self,
        plans: &[TrialPlan],
        share: f64,
        strategy: &mut dyn Strategy,
    ) -> Vec<Option<TrialOutcome>> {
        let budget = self.state.config().budget;
        let deadline = budget.and_then(|budget| self.clock.when(budget.mul_f64(share)));
        let (state, workload, clock) = (&self.state, self.workload, &self.clock);
        let round = Round { workload, plans, goals: &state.goals, jobs: state.config().jobs, deadline };
        let mut goes_on = |run: &TrialOutcome| strategy.goes_on(state, run);
        let mut ended = |run: &TrialOutcome, observer: &mut dyn StudyObserver| {
            // How an interrupted one would have ended is not known. One that fails while the study is ended
            // may have got the same signal: a machine that shuts down sends it to every process.
            let shared = run.end == TrialEnd::Failed && observer.should_stop();
            if !run.interrupted && !shared {
                let entry = JournalEntry::Ended { outcome: run.clone().into(), at: clock.moment(workload) };
                observer.on_event(&StudyEvent::Learnt(&entry));
            }
        };
        run_all(&round, &mut goes_on, &mut ended, self.observer)
    }

    /// Adds trials that have ended.
    fn add(&mut self, outcomes: impl IntoIterator<Item = TrialOutcome>) {
        for outcome in outcomes {
            if outcome.end == TrialEnd::DoesNotFit {
                self.state.sizes.entry(outcome.plan.request.batch_size).or_default().fits = Some(false);
            }
            self.state.outcomes.push(outcome);
        }
    }

    fn nothing_but_errors(&self) -> bool {
        let outcomes = &self.state.outcomes;
        outcomes.len() >= MOST_ERRORS && outcomes.iter().all(|outcome| outcome.end == TrialEnd::Failed)
    }

    fn stopped(&self) -> bool {
        self.stopped_by(1.0)
    }

    fn stopped_by(&self, share: f64) -> bool {
        let over = |budget: Duration| self.clock.elapsed() >= budget.mul_f64(share);
        self.observer.should_stop() || self.state.config().budget.is_some_and(over)
    }
}

/// The answer for a goal, with the strategy's own judgement if it gives one.
fn assess_by(strategy: &mut dyn Strategy, state: &StudyState, goal: Option<f64>) -> Assessment {
    let judgement = goal.and_then(|goal| strategy.judge(state, goal));
    assess(state, goal, judgement.as_ref())
}
