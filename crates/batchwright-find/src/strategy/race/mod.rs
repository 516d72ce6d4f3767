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
//! - `particles`: inference of the law's parameters
//! - `learner`: from trials to a belief
//! - `belief`: answers, regrets and probabilities
//! - `worth`: what a run would contribute
//! - `plan`: the next runs as trials
//! - `judge`: the answer of the race for the verdict

pub(crate) mod belief;
pub(crate) mod law;
pub(crate) mod learner;
pub(crate) mod particles;
pub(crate) mod range_probe;
pub(crate) mod worth;

use crate::remark::Remark;
use crate::result::{Interval, Recommendation};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::PASSES;
use crate::statistics::decision::best_set;
use crate::strategy::grid::Grid;
use crate::strategy::race::belief::{Answer, Belief};
use crate::strategy::race::learner::Learner;
use crate::strategy::race::range_probe::Probe;
use crate::strategy::widening::Widening;
use crate::strategy::{Proposal, Strategy, pilot};
use crate::trial::plan::{Patience, Phase, TrialPlan, Why};
use crate::trial::{SEED_RANGE, TrialRequest};
use crate::verdict::judgement::{Judgement, SizeJudgement};
use batchwright_data::{Domain, RandomStream};

/// A run is stopped when its objective is this many times that of the best answer so far.
const CUT: f64 = 1.4;
/// The same for a run that repeats the answer itself: it must be able to show that the answer is
/// worse than expected.
const CUT_OF_CONFIRMATION: f64 = 2.8;
/// As long as no run has reached the target: the first run may be extrapolated to this many times
/// the samples it has used, and every further run to twice as many as the one before.
const PATIENCE: f64 = 10.0;
/// After this many runs that do not reach the target the plain grid takes over.
const MOST_IN_VAIN: usize = 12;
/// The answer is certain if the probability that its regret is above twice the margin is at most
/// this (and its expected regret is within the margin).
const MOST_DOUBT: f64 = 0.08;
/// Runs of the answer on fresh seeds before it is final.
const CONFIRMATIONS: u64 = 2;
/// Standard deviation of the difference between the steps of a single size and the law, which is
/// smooth, in ln of the steps. It widens the set of sizes that contains the best one. The decisions
/// of the race ignore it, because that would cost more runs.
const DISCREPANCY: f64 = 0.06;
/// Standard deviation of the ln of the steps of one run near the best rate, for the same purpose.
const SPREAD: f64 = 0.12;
/// Most runs that compare the answer with sizes that may be equally good. A tie or a difference
/// that needs more runs does not matter.
const MOST_COMPARISONS: usize = 10;
/// The race ends after this many trials with what it knows. If they did not decide, more will not.
const MOST_TRIALS: usize = 400;
/// A run repeats an answer if ln of their rates differ by at most this: two steps of the grid of
/// rates.
const SAME_RATE: f64 = 0.09;
/// Runs of one round differ in size, or in ln of the rate by this.
const APART: f64 = 0.2;
/// The law is abandoned if the trials that contradict it are at least this many, and at least this
/// share of all.
const ODD: (f64, f64) = (3.0, 0.2);
/// The latest end of a plateau, as a share of a training.
const LATEST_PLATEAU: f64 = 0.85;
/// Steps that a run may take whatever the size of the data, if no limit is known: small data sets
/// are trained for many epochs.
const MOST_STEPS: u64 = 2000;

/// The strategy that shares what it learns between sizes and learning rates, see `docs/RACE.md`.
#[derive(Debug, Default)]
pub struct Race {
    probe: Probe,
    learner: Option<Learner>,
    widening: Widening,
    /// Whether no run was worth its cost at the last decision.
    pays_no_more: bool,
    /// The grid, once it has taken over.
    grid: Option<Grid>,
}

/// A possible next run.
struct Candidate {
    place: usize,
    log_rate: f64,
    /// Larger is better.
    score: f64,
    why: Why,
}

impl Strategy for Race {
    fn scouts(&self) -> bool {
        true
    }

    fn next(&mut self, known: &StudyState) -> Proposal {
        if let Some(grid) = &mut self.grid {
            return grid.next(known);
        }
        if known.live_sizes().is_empty() || known.outcomes.len() >= MOST_TRIALS {
            return Proposal::Done;
        }
        if let Some(plan) = self.scout(known) {
            return Proposal::Trials(vec![plan]);
        }
        let belief = self.belief(known);
        if let Some(remark) = self.reason_to_give_up(known) {
            self.grid = Some(Grid::default());
            return Proposal::Say(remark);
        }
        self.decide(known, &belief)
    }

    fn judge(&mut self, known: &StudyState, goal: f64) -> Option<Judgement> {
        let any = known.outcomes.iter().any(|outcome| outcome.curve.crossing(goal).is_some());
        if self.grid.is_some() || !any || known.live_sizes().is_empty() {
            return None;
        }
        let belief =
            if known.goals.goal() == Some(goal) { self.belief(known) } else { self.belief_at(known, goal) };
        let answer = belief.recommended(known.config().margin)?;
        let most_doubt = if self.pays_no_more { 1.0 } else { MOST_DOUBT };
        Some(Judgement { most_doubt, ..judgement(known, goal, &belief, answer) })
    }
}

impl Race {
    /// The next run of the range probe. It is not needed if a run has reached the target already.
    fn scout(&mut self, known: &StudyState) -> Option<TrialPlan> {
        if reached(known) || self.probe.fastest_start().is_some() {
            return None;
        }
        let size = known_size(known, self.belief(known).cheapest_place());
        self.probe.next(known, size)
    }

    /// The belief for the current goal.
    fn belief(&mut self, known: &StudyState) -> Belief {
        if !self.learner.as_ref().is_some_and(|learner| learner.covers(known)) {
            self.learner = None;
        }
        let learner = self.learner.get_or_insert_with(|| Learner::new(known));
        learner.learn(known, known.goals.goal(), self.probe.fastest_start());
        learner.belief(known)
    }

    /// The belief for another goal.
    fn belief_at(&self, known: &StudyState, goal: f64) -> Belief {
        let mut learner = Learner::new(known);
        learner.learn(known, Some(goal), self.probe.fastest_start());
        learner.belief(known)
    }

    /// Why the plain grid should take over, if it should.
    fn reason_to_give_up(&self, known: &StudyState) -> Option<Remark> {
        if !reached(known) {
            let runs = known.outcomes.iter().filter(|o| o.plan.phase == Phase::Tune).count();
            return (runs >= MOST_IN_VAIN).then_some(Remark::RaceInVain { runs: runs as u64 });
        }
        let (odd, of) = self.learner.as_ref()?.oddness();
        let contradicted = odd >= ODD.0.max(ODD.1 * of as f64);
        contradicted.then_some(Remark::LawContradicted { runs: odd.round() as u64, of: of as u64 })
    }

    /// The next runs, or the remaining steps for an answer that is certain.
    fn decide(&mut self, known: &StudyState, belief: &Belief) -> Proposal {
        let margin = known.config().margin;
        let answer = belief.recommended(margin).filter(|_| reached(known));
        let good = answer.filter(|answer| answer.regret <= margin);
        let sure = good.filter(|answer| belief.doubt(answer, 2.0 * margin) <= MOST_DOUBT);
        let trials = if sure.is_some() { Vec::new() } else { worthy(known, belief, answer) };
        self.pays_no_more = trials.is_empty();
        if !trials.is_empty() {
            return Proposal::Trials(trials);
        }
        // If no run is worth its cost, the answer is given in spite of the remaining doubt.
        let Some(answer) = good else { return self.leave_open(known, answer) };
        let leader = belief.safest().map_or(answer.place, |safest| safest.place);
        let (recommended, leader) = (known_size(known, answer.place), known_size(known, leader));
        if let Some(size) = self.widening.size_beyond_end(known, recommended, leader) {
            return Proposal::AddSize(size);
        }
        let unpaced = belief.in_play().into_iter().map(|place| known_size(known, place));
        let unpaced: Vec<u64> = unpaced.filter(|size| known.sizes[size].paces.len() < PASSES).collect();
        if known.config().objective.is_per_step() && !unpaced.is_empty() {
            return Proposal::Pace(unpaced);
        }
        let due = CONFIRMATIONS.saturating_sub(confirmations(known, answer));
        let confirmation =
            Candidate { place: answer.place, log_rate: answer.log_rate, score: 0.0, why: Why::Confirms };
        match due {
            0 => self.compare(known, belief, answer),
            _ => Proposal::Trials(
                (0..due).map(|k| plan(known, belief, Some(answer), &confirmation, k)).collect(),
            ),
        }
    }

    /// Ends without an answer that is good enough, with a remark why.
    fn leave_open(&mut self, known: &StudyState, answer: Option<&Answer>) -> Proposal {
        let reuse = known.config().reuse;
        let remark = Remark::NotWorthMore { reuse };
        // Without any answer there was no run to propose.
        if answer.is_none() || known.remarks.contains(&remark) {
            Proposal::Done
        } else {
            Proposal::Say(remark)
        }
    }

    /// Runs that compare the answer with its most likely rival, up to a limit.
    fn compare(&self, known: &StudyState, belief: &Belief, answer: &Answer) -> Proposal {
        let compared = known.outcomes.iter().filter(|o| o.plan.why == Some(Why::Compares)).count();
        let rivals = belief.rivals(answer, known.config().margin);
        let Some(rival) = rivals.into_iter().min_by(|a, b| a.regret.total_cmp(&b.regret)) else {
            return Proposal::Done;
        };
        if compared >= MOST_COMPARISONS {
            return Proposal::Done;
        }
        let runs = |side: &Answer| known.trials(known_size(known, side.place), Phase::Confirm).count();
        let mut sides = [answer, rival];
        sides.sort_by_key(|side| runs(side));
        let run = |(k, side): (u64, &&Answer)| {
            let candidate =
                Candidate { place: side.place, log_rate: side.log_rate, score: 0.0, why: Why::Compares };
            plan(known, belief, Some(answer), &candidate, k)
        };
        Proposal::Trials((0..).zip(&sides).take(known.config().jobs).map(run).collect())
    }
}

/// The runs that are worth most, as many as there are jobs; none if even perfect knowledge would
/// not pay for a run.
fn worthy(known: &StudyState, belief: &Belief, answer: Option<&Answer>) -> Vec<TrialPlan> {
    let mut random = RandomStream::new(known.config().seed, Domain::Search, 1, known.outcomes.len() as u64);
    let mut candidates = match answer {
        Some(answer) => most_worth(belief, answer, &mut random),
        None => soonest(belief),
    };
    candidates.retain(|candidate| pays(known, belief, answer, candidate));
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let apart = |other: &Candidate| {
            other.place != candidate.place || (other.log_rate - candidate.log_rate).abs() >= APART
        };
        if chosen.len() < known.config().jobs && chosen.iter().all(apart) {
            chosen.push(candidate);
        }
    }
    (0..).zip(&chosen).map(|(k, candidate)| plan(known, belief, answer, candidate, k)).collect()
}

/// Whether a run costs less than it could save at best: the whole regret of the answer, in each of
/// the later trainings that will use it.
fn pays(known: &StudyState, belief: &Belief, answer: Option<&Answer>, candidate: &Candidate) -> bool {
    let (Some(answer), Why::WorthMost { seconds, .. }) = (answer, candidate.why) else {
        return true;
    };
    let training = belief.steps(answer).1 * belief.units[answer.place].log_seconds.exp();
    seconds <= answer.regret * training * known.config().reuse as f64
}

/// As long as no run has reached the target: the runs that are expected to reach it first.
fn soonest(belief: &Belief) -> Vec<Candidate> {
    let candidate = |(place, log_rate)| {
        let score = -belief.mean_log_wait(place, log_rate);
        Candidate { place, log_rate, score, why: Why::ReachesFirst }
    };
    belief.trials().into_iter().map(candidate).collect()
}

/// After that: the runs that are expected to reduce the regret of the answer most for their cost.
fn most_worth(belief: &Belief, answer: &Answer, random: &mut RandomStream) -> Vec<Candidate> {
    let mut candidate = |(place, log_rate)| {
        let log_most = log_most_steps(belief, answer, place, CUT);
        let (gain, seconds) = belief.worth(place, log_rate, log_most, random);
        Candidate { place, log_rate, score: gain / seconds, why: Why::WorthMost { gain, seconds } }
    };
    belief.trials().into_iter().map(&mut candidate).collect()
}

/// ln of the steps after which a run of this size is lost.
fn log_most_steps(belief: &Belief, answer: &Answer, place: usize, cut: f64) -> f64 {
    answer.median_log_objective() + cut.ln() - belief.units[place].log_step
}

fn plan(
    known: &StudyState,
    belief: &Belief,
    answer: Option<&Answer>,
    candidate: &Candidate,
    nth: u64,
) -> TrialPlan {
    let Candidate { place, log_rate, why, .. } = *candidate;
    let batch_size = known_size(known, place);
    let samples_per_step = known.effective(batch_size);
    let confirms = matches!(why, Why::Confirms | Why::Compares);
    let cut = if confirms { CUT_OF_CONFIRMATION } else { CUT };
    let most_steps = answer.map(|answer| log_most_steps(belief, answer, place, cut).exp());
    let request = TrialRequest {
        batch_size,
        learning_rate: log_rate.exp(),
        // Every run has a seed of its own, so that none is paired with the runs that chose its
        // rate.
        seed: (first_unused_seed(known) + nth) % SEED_RANGE,
        max_samples: most_samples(known, samples_per_step),
        eval_samples: known.scale.eval_samples,
    };
    TrialPlan {
        request,
        phase: if confirms { Phase::Confirm } else { Phase::Tune },
        give_up_after: most_steps.map(|steps| (steps as u64).saturating_mul(samples_per_step)),
        patience: Some(Patience {
            times: PATIENCE * 2f64.powi(known.outcomes.len().min(30) as i32),
            blind_until: most_steps
                .map_or(0, |most| (most / cut * misjudged(known) * samples_per_step as f64) as u64),
        }),
        why: Some(why),
    }
}

/// The share of a training after which the extrapolation of a curve is reliable. It is the largest
/// share at which the extrapolation of a trial that reached the target was too pessimistic. A trial
/// for which this happened even later was carried over the target by noise, and gives no
/// information about plateaus.
fn misjudged(known: &StudyState) -> f64 {
    let Some(goal) = known.goals.goal() else { return 0.0 };
    let share = |outcome: &TrialOutcome| {
        let crossed = outcome.curve.crossing(goal)?;
        Some(outcome.misjudged_until as f64 / crossed.samples as f64)
    };
    known.outcomes.iter().filter_map(share).filter(|share| *share <= LATEST_PLATEAU).fold(0.0, f64::max)
}

/// The user's limit, else an assumption about epochs, or about steps for a small data set.
fn most_samples(known: &StudyState, samples_per_step: u64) -> u64 {
    let assumed = || pilot::most_samples(known).max(MOST_STEPS.saturating_mul(samples_per_step));
    known.config().max_samples.unwrap_or_else(assumed)
}

/// Above all seeds of trials so far, including those of an earlier study that is continued.
fn first_unused_seed(known: &StudyState) -> u64 {
    let first = known.config().seed % SEED_RANGE;
    let after = |o: &TrialOutcome| (o.plan.request.seed + SEED_RANGE - first) % SEED_RANGE;
    first + 1 + known.outcomes.iter().map(after).max().unwrap_or(0)
}

/// Whether any trial has reached the current goal.
fn reached(known: &StudyState) -> bool {
    let goal = known.goals.goal();
    goal.is_some_and(|goal| known.outcomes.iter().any(|outcome| outcome.curve.crossing(goal).is_some()))
}

fn known_size(known: &StudyState, place: usize) -> u64 {
    known.sizes.keys().copied().nth(place).unwrap_or(1)
}

/// Runs of this answer on fresh seeds.
fn confirmations(known: &StudyState, answer: &Answer) -> u64 {
    let same = |o: &&TrialOutcome| (o.plan.request.learning_rate.ln() - answer.log_rate).abs() <= SAME_RATE;
    let trials = known.trials(known_size(known, answer.place), Phase::Confirm);
    trials.filter(|o| !o.interrupted).filter(same).count() as u64
}

/// Standard deviation of the difference between the ln steps of a size and the law: the assumed
/// value, reduced by the size's own runs that reached the goal.
fn discrepancy(known: &StudyState, size: u64, goal: f64) -> f64 {
    let reached = known.outcomes.iter().filter(|o| o.plan.request.batch_size == size);
    let runs = reached.filter(|o| o.curve.crossing(goal).is_some()).count();
    (DISCREPANCY.powi(-2) + runs as f64 * SPREAD.powi(-2)).sqrt().recip()
}

fn judgement(known: &StudyState, goal: f64, belief: &Belief, answer: &Answer) -> Judgement {
    let margin = known.config().margin;
    let sizes: Vec<u64> = known.sizes.keys().copied().collect();
    let own: Vec<f64> = sizes.iter().map(|&size| discrepancy(known, size, goal)).collect();
    let mut random = RandomStream::new(known.config().seed, Domain::Search, 3, known.outcomes.len() as u64);
    let p_best = belief.p_best_allowing(&own, &mut random);
    let size = |place: usize| {
        let own = belief.safest_at(place)?;
        let runs = known.outcomes.iter().filter(|o| o.plan.request.batch_size == sizes[place]);
        let reached = runs.filter(|o| o.curve.crossing(goal).is_some()).count() as u64;
        let (low, median, high) = belief.steps(own);
        Some(SizeJudgement {
            batch_size: sizes[place],
            learning_rate: own.log_rate.exp(),
            tuned: belief.tuning_regret(own) <= 2.0 * margin,
            steps: Interval { value: median, low: Some(low), high: Some(high) },
            reached,
            p_best: p_best[place],
        })
    };
    let as_good = |other: &Answer| belief.regret_against(other, answer) <= margin;
    let tied = (answer.place + 1..sizes.len()).filter(|&place| belief.safest_at(place).is_some_and(as_good));
    Judgement {
        sizes: (0..sizes.len()).filter_map(size).collect(),
        recommended: Recommendation {
            batch_size: sizes[answer.place],
            learning_rate: answer.log_rate.exp(),
            expected_regret: answer.regret,
            tied_with: tied.map(|place| sizes[place]).collect(),
        },
        unresolved: belief.rivals(answer, margin).iter().map(|rival| sizes[rival.place]).collect(),
        doubt: belief.doubt(answer, 2.0 * margin),
        most_doubt: MOST_DOUBT,
        confirmations: confirmations(known, answer),
        wanted_confirmations: CONFIRMATIONS,
        curves: belief.curves(&sizes.iter().map(|&size| known.effective(size)).collect::<Vec<_>>()),
        best_set: best_set(&p_best).into_iter().map(|place| sizes[place]).collect(),
    }
}
