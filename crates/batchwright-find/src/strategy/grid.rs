//! The plain strategy: sizes x rates x seeds. It is the reference for any other strategy.
//!
//! At each size it tries the rates of a ladder, from the best so far outwards on both sides, and
//! adds rates around the best. It repeats the rates that are close to the best on a second seed,
//! and then runs the chosen rate on fresh seeds. If the verdict is open, it repeats the close rates
//! on more seeds and adds fresh seeds. If the verdict depends on step times, it has them measured
//! again. Step times are measured before, between and after the first rounds, so that drift shows.
//! A rate is only dropped against a better rate of the same size, never one size against another on
//! unfinished curves.
//!
//! Assumption: over the log of the rate, samples-to-target have a single minimum, up to noise. So a
//! side of the ladder is closed after two hopeless rates in a row.

use crate::ask::rates::Rates;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::state::scores::Score;
use crate::state::size_facts::PASSES;
use crate::strategy::widening::Widening;
use crate::strategy::{Proposal, Strategy};
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::{SEED_RANGE, TrialRequest};
use crate::verdict::assess;
use std::collections::BTreeMap;

/// A rate that needs this many times the samples of a better one is hopeless, and its trial is
/// stopped there.
const HOPELESS: f64 = 1.75;
/// Number of hopeless rates in a row that close a side.
const CLOSING: usize = 2;
/// Rates within this factor of the best are compared on more seeds.
const CONTENDER: f64 = 1.3;
/// Seeds on which close rates are compared at every size.
const TUNE_SEEDS: usize = 2;
/// Seeds on which close rates are compared at a size that keeps the verdict open: at least this
/// many, and half as many as its fresh seeds, so that neither error stays larger than the other.
const RETUNE_SEEDS: usize = 8;
/// More rates are added between the best rate and its neighbours until they are closer than this
/// factor.
const FINE: f64 = 1.5;
/// Most rates added at each end of a ladder: a factor of 4096.
const MOST_WIDENED: usize = 12;
/// Fresh seeds that are added to an open size at a time: at least this many, and a quarter of those
/// it has.
const MORE_SEEDS: u64 = 2;
/// Most passes over the step times that the strategy asks for.
const MOST_PASSES: usize = 12;
/// Seeds of the fresh trials start here, so that none of them was used to choose a rate.
const FIRST_FRESH_SEED: u64 = 1000;

/// The plain strategy: sizes x rates x seeds. Its rules are at the top of its file,
/// `strategy/grid.rs`.
#[derive(Debug, Default)]
pub struct Grid {
    ladders: BTreeMap<u64, Ladder>,
    settled: bool,
    widening: Widening,
    passes: usize,
}

/// The rates of one size, ascending.
#[derive(Debug, Default)]
struct Ladder {
    rates: Vec<f64>,
    widened_below: usize,
    widened_above: usize,
}

impl Strategy for Grid {
    fn next(&mut self, state: &StudyState) -> Proposal {
        let tune: Vec<TrialPlan> =
            state.live_sizes().into_iter().flat_map(|size| self.tune(state, size)).collect();
        if !tune.is_empty() {
            return Proposal::Trials(tune);
        }
        // If the study continues an earlier one that already ran fresh seeds, the goal was relaxed
        // there.
        let confirming = state.outcomes.iter().any(|outcome| outcome.plan.phase == Phase::Confirm);
        if !self.settled && !confirming {
            self.settled = true;
            return Proposal::RelaxTarget;
        }
        if let Some(step) = self.measure_steps(state, passes_below(state, PASSES - 1)) {
            return step;
        }
        let confirm = first_seeds(state);
        if !confirm.is_empty() {
            return Proposal::Trials(confirm);
        }
        if let Some(step) = self.measure_steps(state, passes_below(state, PASSES)) {
            return step;
        }
        self.decide(state)
    }
}

impl Grid {
    /// The next trials that compare rates of a size; none if its tuning is complete.
    fn tune(&mut self, state: &StudyState, size: u64) -> Vec<TrialPlan> {
        let scores = state.scores(size);
        let ladder = self.ladders.entry(size).or_insert_with(|| Ladder {
            rates: with_tried(state.config().rates.ladder(state.sizes[&size].starting_rate), &scores),
            ..Ladder::default()
        });
        let rates = match state.best(size) {
            None => ladder.nearest(guess(state, size)).into_iter().collect(),
            Some(best) => ladder.outwards(&scores, best, state.config().rates.is_fixed()),
        };
        let plan = |rate, seed| plan(state, size, rate, Phase::Tune, seed);
        if !rates.is_empty() {
            return rates.into_iter().map(|rate| plan(rate, 0)).collect();
        }
        let close = contenders(&scores, state.best(size), TUNE_SEEDS);
        close.into_iter().map(|(rate, seeds)| plan(rate, seeds as u64)).collect()
    }

    /// The next proposal after the first seeds, if the verdict is open.
    fn decide(&mut self, state: &StudyState) -> Proposal {
        let assessment = assess(state, state.goals.goal(), None);
        if let (Some(recommended), Some(leader)) = (&assessment.recommended, assessment.leader)
            && let Some(size) = self.widening.size_beyond_end(state, recommended.batch_size, leader)
        {
            return Proposal::AddSize(size);
        }
        if !assessment.open {
            return Proposal::Done;
        }
        let untimed_sizes =
            if assessment.hangs_on_step_times { assessment.contenders.clone() } else { Vec::new() };
        if let Some(step) = self.measure_steps(state, untimed_sizes) {
            return step;
        }
        let retune = retune(state, &assessment.contenders);
        let plans = if retune.is_empty() { more_seeds(state, &assessment.contenders) } else { retune };
        if plans.is_empty() { Proposal::Done } else { Proposal::Trials(plans) }
    }

    /// One more pass over the step times of these sizes; `None` if there are none, none is needed,
    /// or there were enough passes.
    fn measure_steps(&mut self, state: &StudyState, sizes: Vec<u64>) -> Option<Proposal> {
        let timed = state.config().needs_step_times();
        if !timed || sizes.is_empty() || self.passes >= MOST_PASSES {
            return None;
        }
        self.passes += 1;
        Some(Proposal::MeasureSteps(sizes))
    }
}

impl Ladder {
    fn nearest(&self, guess: f64) -> Option<f64> {
        let distance = |rate: f64| (rate.ln() - guess.ln()).abs();
        self.rates.iter().copied().min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
    }

    /// The next untried rate on each side of the best, unless the side is closed. An end at which
    /// the best rate lies is extended.
    fn outwards(&mut self, scores: &[(f64, Score, usize)], best: (f64, Score), fixed: bool) -> Vec<f64> {
        if let (true, Some(side)) = (!fixed, self.open_end(scores, best)) {
            self.widen(side);
        }
        if !fixed && matches!(best.1, Score::Reached(_)) {
            self.refine(scores, best.0);
        }
        let of = |rate: f64| scores.iter().find(|tried| tried.0 == rate).map(|tried| tried.1);
        let below = self.rates.iter().rev().copied().filter(|&rate| rate < best.0);
        let above = self.rates.iter().copied().filter(|&rate| rate > best.0);
        [first_untried(below, of, best.1), first_untried(above, of, best.1)].into_iter().flatten().collect()
    }

    /// The end at which the best rate lies, if that end was tried, or whose score equals the best;
    /// `true` is the upper end.
    fn open_end(&self, scores: &[(f64, Score, usize)], best: (f64, Score)) -> Option<bool> {
        // Crashes give no information about rates.
        if matches!(best.1, Score::Failed) {
            return None;
        }
        let as_good = |end: f64| {
            let reached = matches!(best.1, Score::Reached(_));
            let equal = |tried: &&(f64, Score, usize)| reached && tried.1 == best.1;
            scores.iter().find(|tried| tried.0 == end).is_some_and(|tried| end == best.0 || equal(&tried))
        };
        let (&low, &high) = (self.rates.first()?, self.rates.last()?);
        if as_good(low) { Some(false) } else { as_good(high).then_some(true) }
    }

    /// If both neighbours of the best rate were tried, adds a rate halfway (in log) to each that is
    /// too far away.
    fn refine(&mut self, scores: &[(f64, Score, usize)], best: f64) {
        let Some(at) = self.rates.iter().position(|&rate| rate == best) else {
            return;
        };
        let tried = |rate: f64| scores.iter().any(|score| score.0 == rate);
        let neighbours: Vec<f64> = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|k| self.rates.get(k).copied())
            .collect();
        if neighbours.iter().all(|&rate| tried(rate)) {
            let far = neighbours.into_iter().filter(|rate| (rate / best).max(best / rate) > FINE);
            self.rates.extend(far.map(|rate| (rate * best).sqrt()).collect::<Vec<_>>());
            self.rates.sort_by(f64::total_cmp);
        }
    }

    fn widen(&mut self, upwards: bool) {
        let count = if upwards { &mut self.widened_above } else { &mut self.widened_below };
        let end = if upwards { self.rates.last() } else { self.rates.first() };
        let beyond = end.and_then(|&end| Rates::beyond(end, upwards)).filter(|_| *count < MOST_WIDENED);
        let Some(rate) = beyond else { return };
        *count += 1;
        self.rates.insert(if upwards { self.rates.len() } else { 0 }, rate);
    }
}

/// The rungs of the ladder and all rates that were tried already, also in an earlier study that is
/// continued.
fn with_tried(mut rates: Vec<f64>, scores: &[(f64, Score, usize)]) -> Vec<f64> {
    rates.extend(scores.iter().map(|tried| tried.0));
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    rates
}

/// The first untried rate in the direction of the iterator, unless [`CLOSING`] hopeless rates in a
/// row come before it.
fn first_untried(
    rates: impl Iterator<Item = f64>,
    of: impl Fn(f64) -> Option<Score>,
    best: Score,
) -> Option<f64> {
    let mut hopeless = 0;
    for rate in rates {
        match of(rate) {
            None => return (hopeless < CLOSING).then_some(rate),
            Some(score) if is_hopeless(score, best) => hopeless += 1,
            Some(_) => hopeless = 0,
        }
    }
    None
}

fn is_hopeless(score: Score, best: Score) -> bool {
    match (score, best) {
        (Score::Reached(log), Score::Reached(best)) => log > best + HOPELESS.ln(),
        // Values of an unbounded metric have no scale by which one could be called hopeless.
        (Score::Missed(_), Score::Missed(_)) => false,
        (Score::Diverged(_), Score::Diverged(_)) | (Score::Failed, Score::Failed) => false,
        _ => score > best,
    }
}

/// Rates so close to the best that their seeds do not separate them, and that have fewer seeds than
/// `wanted`; each with its number of seeds.
fn contenders(
    scores: &[(f64, Score, usize)],
    best: Option<(f64, Score)>,
    wanted: usize,
) -> Vec<(f64, usize)> {
    let Some((_, Score::Reached(least))) = best else {
        return Vec::new();
    };
    let close = |score: &Score| matches!(score, Score::Reached(log) if *log <= least + CONTENDER.ln());
    let close: Vec<_> = scores.iter().filter(|rate| close(&rate.1)).collect();
    if close.len() < 2 {
        return Vec::new();
    }
    close.into_iter().filter(|rate| rate.2 < wanted).map(|rate| (rate.0, rate.2)).collect()
}

/// One more seed for the close rates of the sizes that keep the verdict open: a size whose rate was
/// chosen by luck would be judged wrongly.
fn retune(state: &StudyState, sizes: &[u64]) -> Vec<TrialPlan> {
    let of = |&size: &u64| {
        let wanted = RETUNE_SEEDS.max(fresh_seeds(state, size) as usize / 2);
        let close = contenders(&state.scores(size), state.best(size), wanted);
        close.into_iter().map(move |(rate, seeds)| plan(state, size, rate, Phase::Tune, seeds as u64))
    };
    sizes.iter().flat_map(of).collect()
}

/// Live sizes with fewer passes over their step time.
fn passes_below(state: &StudyState, wanted: usize) -> Vec<u64> {
    let few = |size: &u64| state.sizes[size].measurements.len() < wanted;
    state.live_sizes().into_iter().filter(few).collect()
}

/// A guess of a size's best rate: the best rate of the nearest size that has one (at first the
/// pilot's), multiplied by the ratio of the workload's own starting rates.
fn guess(state: &StudyState, size: u64) -> f64 {
    let distance = |other: u64| (other as f64 / size as f64).ln().abs();
    let tuned =
        state.sizes.keys().filter_map(|&other| state.rate_choice(other).best.map(|rate| (other, rate)));
    let nearest = tuned.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
    let (other, rate) = nearest.unwrap_or((state.scale.batch_size, state.scale.learning_rate));
    let start = |size| state.sizes.get(&size).map_or(1.0, |facts| facts.starting_rate);
    let moved = rate * start(size) / start(other);
    if moved.is_normal() && moved > 0.0 { moved } else { rate }
}

fn plan(state: &StudyState, size: u64, learning_rate: f64, phase: Phase, seed: u64) -> TrialPlan {
    // Only against the same seed: another seed may need twice the steps at every rate.
    let first_tuning = phase == Phase::Tune && seed == 0 && state.goals.goal().is_some();
    let give_up_after = match state.best(size).filter(|_| first_tuning) {
        Some((_, Score::Reached(log))) => Some((log.exp() * HOPELESS) as u64),
        _ => None,
    };
    let request = TrialRequest {
        batch_size: size,
        learning_rate,
        seed: state.config().seed.wrapping_add(seed) % SEED_RANGE,
        max_samples: state.max_samples(size),
        eval_samples: state.scale.eval_samples,
    };
    TrialPlan { request, phase, give_up_after, ask_after: None, why: None }
}

/// Number of fresh seeds of a size at its chosen rate.
fn fresh_seeds(state: &StudyState, size: u64) -> u64 {
    let chosen = state.rate_choice(size).best;
    let at_chosen = |trial: &&TrialOutcome| Some(trial.plan.request.learning_rate) == chosen;
    state.trials(size, Phase::Confirm).filter(at_chosen).count() as u64
}

/// More fresh seeds of a size at its chosen rate, until there are `to` of them.
fn fresh(state: &StudyState, size: u64, to: u64) -> Vec<TrialPlan> {
    let Some(rate) = state.rate_choice(size).best else {
        return Vec::new();
    };
    let wanted = to.saturating_sub(fresh_seeds(state, size));
    let plans = (FIRST_FRESH_SEED..).map(|seed| plan(state, size, rate, Phase::Confirm, seed));
    // Seeds cannot be numbered by their count: an earlier study that was interrupted leaves gaps.
    let unused = |plan: &TrialPlan| {
        let TrialRequest { learning_rate, seed, .. } = plan.request;
        let same =
            |o: &TrialOutcome| o.plan.request.learning_rate == learning_rate && o.plan.request.seed == seed;
        !state.trials(size, Phase::Confirm).any(same)
    };
    plans.filter(unused).take(wanted as usize).collect()
}

/// The first fresh seeds: first of the sizes that may be best, then of all others, so that a budget
/// that ends early leaves out the latter.
fn first_seeds(state: &StudyState) -> Vec<TrialPlan> {
    let wanted = state.config().seeds;
    let mut due = state.live_sizes();
    due.retain(|&size| state.rate_choice(size).best.is_some() && fresh_seeds(state, size) < wanted);
    if due.is_empty() {
        return Vec::new();
    }
    let likely = assess(state, state.goals.goal(), None).contenders;
    if due.iter().any(|size| likely.contains(size)) {
        due.retain(|size| likely.contains(size));
    }
    due.into_iter().flat_map(|size| fresh(state, size, wanted)).collect()
}

/// More fresh seeds for the sizes that keep the verdict open.
fn more_seeds(state: &StudyState, sizes: &[u64]) -> Vec<TrialPlan> {
    let most = state.config().max_seeds;
    let more = |&size: &u64| {
        let have = fresh_seeds(state, size);
        fresh(state, size, most.min(have + MORE_SEEDS.max(have / 4)))
    };
    sizes.iter().flat_map(more).collect()
}
