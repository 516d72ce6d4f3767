//! The race: the strategy that shares what it learns between sizes and learning rates.
//! `docs/RACE.md` describes how it works, what it assumes, and what happens if an assumption fails.
//!
//! In short: a range probe, a first run to the target, then always the run that is worth most for
//! its cost, until the answer is certain enough. Then the answer is repeated on fresh seeds. If the
//! race cannot reach the target, or if runs contradict its law, the plain grid takes over.
//!
//! - this file: the strategy and its decisions
//! - `range_probe`: short runs that find the rates at which training starts
//! - `law`: steps to the target by size and rate; `observation`: what a trial tells about it
//! - `student_t`: the noise of ln steps
//! - `particles`: inference of the law's parameters
//! - `learner`: from trials to a belief
//! - `belief`: answers, regrets and probabilities
//! - `worth`: what a run would contribute
//! - `next_runs`: the runs that are worth most, as trials
//! - `judge`: the answer of the race for the verdict

pub(crate) mod belief;
pub(crate) mod judge;
pub(crate) mod law;
pub(crate) mod learner;
pub(crate) mod next_runs;
pub(crate) mod observation;
pub(crate) mod particles;
pub(crate) mod range_probe;
pub(crate) mod student_t;
pub(crate) mod worth;

use crate::remark::Remark;
use crate::state::StudyState;
use crate::state::size_facts::PASSES;
use crate::strategy::grid::Grid;
use crate::strategy::race::belief::{Answer, Belief};
use crate::strategy::race::judge::{CONFIRMATIONS, MOST_DOUBT, confirmations, judgement};
use crate::strategy::race::learner::{Learner, size_at};
use crate::strategy::race::next_runs::{Candidate, plan, worthy};
use crate::strategy::race::range_probe::Probe;
use crate::strategy::widening::Widening;
use crate::strategy::{Proposal, Strategy};
use crate::trial::plan::{Phase, TrialPlan, Why};
use crate::verdict::judgement::Judgement;

/// After this many runs that do not reach the target the plain grid takes over.
const MOST_RUNS_WITHOUT_TARGET: usize = 12;
/// Most runs that compare the answer with sizes that may be equally good. A tie or a difference
/// that needs more runs does not matter.
const MOST_COMPARISONS: usize = 10;
/// The race ends after this many trials with what it knows. If they did not decide, more will not.
const MOST_TRIALS: usize = 400;
/// The law is abandoned if the trials that contradict it are at least this many, and at least this
/// share of all.
const ODD: (f64, f64) = (3.0, 0.2);

/// The strategy that shares what it learns between sizes and learning rates, see `docs/RACE.md`.
#[derive(Debug, Default)]
pub struct Race {
    probe: Probe,
    learner: Option<Learner>,
    widening: Widening,
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
        if state.live_sizes().is_empty() || state.outcomes.len() >= MOST_TRIALS {
            return Proposal::Done;
        }
        if let Some(plan) = self.probe_range(state) {
            return Proposal::Trials(vec![plan]);
        }
        let belief = self.belief(state);
        if let Some(remark) = self.reason_to_give_up(state) {
            self.grid = Some(Grid::default());
            return Proposal::Remark(remark);
        }
        self.decide(state, &belief)
    }

    fn judge(&mut self, state: &StudyState, goal: f64) -> Option<Judgement> {
        let any = state.outcomes.iter().any(|outcome| outcome.curve.crossing(goal).is_some());
        if self.grid.is_some() || !any || state.live_sizes().is_empty() {
            return None;
        }
        let belief =
            if state.goals.goal() == Some(goal) { self.belief(state) } else { self.belief_at(state, goal) };
        let answer = belief.recommended(state.config().margin)?;
        let most_doubt = if self.nothing_pays { 1.0 } else { MOST_DOUBT };
        Some(Judgement { most_doubt, ..judgement(state, goal, &belief, answer) })
    }
}

impl Race {
    /// The next run of the range probe. It is not needed if a run has reached the target already.
    fn probe_range(&mut self, state: &StudyState) -> Option<TrialPlan> {
        if reached(state) || self.probe.fastest_start().is_some() {
            return None;
        }
        let size = size_at(state, self.belief(state).cheapest_place());
        self.probe.next(state, size)
    }

    /// The belief for the current goal.
    fn belief(&mut self, state: &StudyState) -> Belief {
        if !self.learner.as_ref().is_some_and(|learner| learner.covers(state)) {
            self.learner = None;
        }
        let learner = self.learner.get_or_insert_with(|| Learner::new(state));
        learner.learn(state, state.goals.goal(), self.probe.fastest_start());
        learner.belief(state)
    }

    /// The belief for another goal.
    fn belief_at(&self, state: &StudyState, goal: f64) -> Belief {
        let mut learner = Learner::new(state);
        learner.learn(state, Some(goal), self.probe.fastest_start());
        learner.belief(state)
    }

    /// Why the plain grid should take over, if it should.
    fn reason_to_give_up(&self, state: &StudyState) -> Option<Remark> {
        if !reached(state) {
            let runs = state.outcomes.iter().filter(|o| o.plan.phase == Phase::Tune).count();
            return (runs >= MOST_RUNS_WITHOUT_TARGET).then_some(Remark::RaceInVain { runs: runs as u64 });
        }
        let (odd, of) = self.learner.as_ref()?.outliers();
        let contradicted = odd >= ODD.0.max(ODD.1 * of as f64);
        contradicted.then_some(Remark::LawContradicted { runs: odd.round() as u64, of: of as u64 })
    }

    /// The next runs, or the remaining steps for an answer that is certain.
    fn decide(&mut self, state: &StudyState, belief: &Belief) -> Proposal {
        let margin = state.config().margin;
        let answer = belief.recommended(margin).filter(|_| reached(state));
        let good = answer.filter(|answer| answer.regret <= margin);
        let sure = good.filter(|answer| belief.doubt(answer, 2.0 * margin) <= MOST_DOUBT);
        let trials = if sure.is_some() { Vec::new() } else { worthy(state, belief, answer) };
        self.nothing_pays = trials.is_empty();
        if !trials.is_empty() {
            return Proposal::Trials(trials);
        }
        // If no run is worth its cost, the answer is given in spite of the remaining doubt.
        let Some(answer) = good else { return self.leave_open(state, answer) };
        let leader = belief.safest().map_or(answer.place, |safest| safest.place);
        let (recommended, leader) = (size_at(state, answer.place), size_at(state, leader));
        if let Some(size) = self.widening.size_beyond_end(state, recommended, leader) {
            return Proposal::AddSize(size);
        }
        let untimed = belief.in_play().into_iter().map(|place| size_at(state, place));
        let untimed: Vec<u64> =
            untimed.filter(|size| state.sizes[size].measurements.len() < PASSES).collect();
        if state.config().objective.is_per_step() && !untimed.is_empty() {
            return Proposal::MeasureSteps(untimed);
        }
        let due = CONFIRMATIONS.saturating_sub(confirmations(state, answer));
        let confirmation =
            Candidate { place: answer.place, log_rate: answer.log_rate, score: 0.0, why: Why::Confirms };
        match due {
            0 => self.compare(state, belief, answer),
            _ => Proposal::Trials(
                (0..due).map(|k| plan(state, belief, Some(answer), &confirmation, k)).collect(),
            ),
        }
    }

    /// Ends without an answer that is good enough, with a remark why.
    fn leave_open(&mut self, state: &StudyState, answer: Option<&Answer>) -> Proposal {
        let reuse = state.config().reuse;
        let remark = Remark::NotWorthMore { reuse };
        // Without any answer there was no run to propose.
        if answer.is_none() || state.remarks.contains(&remark) {
            Proposal::Done
        } else {
            Proposal::Remark(remark)
        }
    }

    /// Runs that compare the answer with its most likely rival, up to a limit.
    fn compare(&self, state: &StudyState, belief: &Belief, answer: &Answer) -> Proposal {
        let compared = state.outcomes.iter().filter(|o| o.plan.why == Some(Why::Compares)).count();
        let rivals = belief.rivals(answer, state.config().margin);
        let Some(rival) = rivals.into_iter().min_by(|a, b| a.regret.total_cmp(&b.regret)) else {
            return Proposal::Done;
        };
        if compared >= MOST_COMPARISONS {
            return Proposal::Done;
        }
        let runs = |side: &Answer| state.trials(size_at(state, side.place), Phase::Confirm).count();
        let mut sides = [answer, rival];
        sides.sort_by_key(|side| runs(side));
        let run = |(k, side): (u64, &&Answer)| {
            let candidate =
                Candidate { place: side.place, log_rate: side.log_rate, score: 0.0, why: Why::Compares };
            plan(state, belief, Some(answer), &candidate, k)
        };
        Proposal::Trials((0..).zip(&sides).take(state.config().jobs).map(run).collect())
    }
}

/// Whether any trial has reached the current goal.
fn reached(state: &StudyState) -> bool {
    let goal = state.goals.goal();
    goal.is_some_and(|goal| state.outcomes.iter().any(|outcome| outcome.curve.crossing(goal).is_some()))
}
