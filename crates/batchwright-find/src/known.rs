//! All that a study knows at a moment: its sizes, their step times, and every trial that has ended. Strategies read it, the verdict is
//! computed from it.

use crate::cliff::{Cliff, cliffs};
use crate::config::{CheckedConfig, StudyConfig};
use crate::outcome::Outcome;
use crate::remark::Remark;
use crate::study::{Direction, Objective, Phase, RateChoice, TrialEnd};
use crate::target::{AUTO_SHARE, GoalKind, Goals, RELAXED_SHARES, TargetSpec};
use crate::trial::{Pace, Power, StepEnergy, StepTime};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Evaluations within the samples that the pilot needs: the first one past the goal is on average half an interval late, under 1%.
const EVALUATIONS: u64 = 64;
/// A trial may use this many times the samples that the pilot's size needed.
const SLACK: f64 = 3.0;
/// A run that missed the target is taken to need this many times the samples that it used, where most seeds of its rate reached it.
const MISS: f64 = 2.0;
/// As [`SLACK`], for the hardest goal, which only the trials that confirm go on to.
const SLACK_HARDEST: f64 = 1.5;

/// One batch size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SizeFacts {
    /// Whether it ran; `None` when not tried.
    pub fits: Option<bool>,
    /// Bytes that it needs, where known.
    pub memory_bytes: Option<u64>,
    /// Samples of its forward/backward passes, where it does not fit as a whole.
    pub micro_batch_size: Option<u64>,
    /// Where a search for its rate may begin.
    pub starting_rate: f64,
    /// What was measured of its steps, one a pass.
    pub paces: Vec<Pace>,
}

impl SizeFacts {
    /// From the passes that agree best, more than half of all: their middle, with an interval that holds theirs. Of two passes that is both, so that
    /// drift widens it; of three, one that somebody else's work disturbed is outvoted.
    pub fn step_time(&self) -> Option<StepTime> {
        let agreeing = self.agreeing();
        if agreeing.is_empty() {
            return None;
        }
        let times = || agreeing.iter().map(|pace| pace.step_time);
        Some(StepTime {
            median: middle(times().map(|time| time.median).collect())?,
            low: times().map(|time| time.low).fold(f64::INFINITY, f64::min),
            high: times().map(|time| time.high).fold(0.0, f64::max),
        })
    }

    /// Power times step time, from the same passes; `None` where no pass measured power.
    pub fn step_energy(&self) -> Option<StepEnergy> {
        let time = self.step_time()?;
        let powers: Vec<Power> = self.agreeing().iter().filter_map(|pace| pace.power).collect();
        Some(StepEnergy {
            median: time.median * middle(powers.iter().map(|power| power.median).collect())?,
            low: time.low * powers.iter().map(|power| power.low).fold(f64::INFINITY, f64::min),
            high: time.high * powers.iter().map(|power| power.high).fold(0.0, f64::max),
        })
    }

    /// Share of the step time that goes into gathering batches, from the same passes.
    pub fn input_share(&self) -> Option<f64> {
        middle(self.agreeing().iter().filter_map(|pace| pace.input_share).collect())
    }

    /// Largest over smallest median of the passes that agree best: 1 without drift.
    pub(crate) fn drift(&self) -> f64 {
        drift(&self.agreeing())
    }

    fn agreeing(&self) -> Vec<Pace> {
        let mut passes = self.paces.clone();
        passes.sort_by(|a, b| a.step_time.median.total_cmp(&b.step_time.median));
        let windows = passes.windows(passes.len() / 2 + 1);
        windows.min_by(|a, b| drift(a).total_cmp(&drift(b))).map(<[_]>::to_vec).unwrap_or_default()
    }
}

fn excluded(cliffs: &[Cliff], batch_size: u64) -> bool {
    cliffs.iter().any(|cliff| cliff.batch_size == batch_size && cliff.excludes())
}

/// Largest over smallest of ascending medians.
fn drift(ascending: &[Pace]) -> f64 {
    match ascending {
        [first, .., last] => last.step_time.median / first.step_time.median,
        _ => 1.0,
    }
}

/// The median; of an even number the mean of both middle ones. `None` of nothing.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(f64::midpoint(values[(values.len() - 1) / 2], upper))
}

/// The scale of things, from the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Batch size of the pilot.
    pub batch_size: u64,
    /// Its best rate.
    pub learning_rate: f64,
    /// Most samples a trial at the pilot's size or below may use. Larger sizes need at most as many *steps*, so their limit grows with the size.
    pub most_samples: u64,
    /// How often all trials are evaluated, in samples.
    pub eval_samples: u64,
}

/// How good a rate is within its size; smaller is better, and any kind beats all later kinds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Score {
    /// ln of the samples to the target (for quality: ln of what was reached, lower better), mean over seeds.
    Reached(f64),
    /// The target was missed: the best metric, turned so that lower is better.
    Missed(f64),
    /// Diverged, at this rate: the lower one came nearer.
    Diverged(f64),
    /// Did not run.
    Failed,
}

/// Everything known so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub(crate) config: CheckedConfig,
    /// Samples in the training split.
    pub samples: Option<u64>,
    /// Seconds that every trial costs beside its training.
    pub start_up_seconds: f64,
    /// By batch size.
    pub sizes: BTreeMap<u64, SizeFacts>,
    /// Every trial that has ended, in the order of the rounds.
    pub outcomes: Vec<Outcome>,
    /// From the pilot.
    pub scale: Scale,
    pub(crate) goals: Goals,
    pub(crate) remarks: Vec<Remark>,
}

impl Known {
    /// Nothing yet. Before a pilot an automatic target has no goal.
    pub(crate) fn new(config: CheckedConfig, samples: Option<u64>) -> Self {
        let spec = &config.get().target;
        let kind = match (spec, config.get().objective) {
            (TargetSpec::Auto, _) | (_, Objective::Quality) => GoalKind::None,
            (TargetSpec::Given { goal, .. }, _) => GoalKind::Given(*goal),
        };
        let goals = Goals { metric: spec.metric().to_owned(), direction: spec.direction(), kind };
        let scale = Scale {
            batch_size: 1,
            learning_rate: 0.1,
            most_samples: samples.unwrap_or(u64::MAX),
            eval_samples: 1,
        };
        Self {
            config,
            samples,
            start_up_seconds: 0.0,
            sizes: BTreeMap::new(),
            outcomes: Vec::new(),
            scale,
            goals,
            remarks: Vec::new(),
        }
    }

    /// The settings of the study.
    pub fn config(&self) -> &StudyConfig {
        self.config.get()
    }

    /// No size above this is worth trying, or allowed: all samples in one batch, or the cap.
    pub fn largest_size(&self) -> u64 {
        self.effective(self.config().sizes.cap())
    }

    /// Sizes that are not known to fail and not so far beyond a cliff that they are no candidates, ascending.
    pub fn live_sizes(&self) -> Vec<u64> {
        let cliffs = self.cliffs();
        let live = |size: &u64| !self.is_too_large(*size) && !excluded(&cliffs, *size);
        self.sizes.keys().copied().filter(live).collect()
    }

    /// Whether this size or a smaller one did not fit: larger ones need more memory still, and are not tried.
    pub(crate) fn is_too_large(&self, batch_size: u64) -> bool {
        self.sizes.range(..=batch_size).any(|(_, facts)| facts.fits == Some(false))
    }

    /// Whether the steps of a size take so much longer than those of smaller ones that it is no candidate.
    pub(crate) fn is_beyond_cliff(&self, batch_size: u64) -> bool {
        excluded(&self.cliffs(), batch_size)
    }

    /// Most samples a trial of this size may use.
    pub fn max_samples(&self, batch_size: u64) -> u64 {
        let config = self.config();
        let growth = self.effective(batch_size) as f64 / self.effective(self.scale.batch_size) as f64;
        let growth = growth.max(1.0);
        let growth = if config.objective == Objective::Quality { 1.0 } else { growth };
        let most = (self.scale.most_samples as f64 * growth) as u64;
        most.min(config.max_samples.unwrap_or(u64::MAX)).max(1)
    }

    /// Sets the scale: `needed` samples to the goal and `hardest` to the hardest one at the pilot's size. Without `needed` a trial may use as much
    /// as the pilot was `given`.
    pub(crate) fn set_scale(
        &mut self,
        batch_size: u64,
        learning_rate: f64,
        needed: Option<(u64, u64)>,
        given: u64,
    ) {
        let most =
            |(needed, hardest): (u64, u64)| (SLACK * needed as f64).max(SLACK_HARDEST * hardest as f64);
        let most_samples = needed.map_or(given, |needed| most(needed) as u64);
        let eval_samples = self.eval_samples(needed.map_or(given, |needed| needed.0));
        self.scale = Scale { batch_size, learning_rate, most_samples, eval_samples };
    }

    fn eval_samples(&self, needed: u64) -> u64 {
        self.config().eval_samples.unwrap_or((needed / EVALUATIONS).max(1))
    }

    /// Evaluations so far were fine enough for the pilot's size; from now on for the size that needs the fewest samples.
    pub(crate) fn refine_evaluations(&mut self) {
        let needed = self.live_sizes().into_iter().filter_map(|size| match self.best(size)?.1 {
            Score::Reached(log) if self.goals.goal().is_some() => Some(log.exp() as u64),
            _ => None,
        });
        if let Some(least) = needed.min() {
            self.scale.eval_samples = self.scale.eval_samples.min(self.eval_samples(least));
        }
    }

    /// Sizes beyond a cliff in the step time.
    pub(crate) fn cliffs(&self) -> Vec<Cliff> {
        cliffs(self.step_times().map(|(size, seconds)| (size, self.effective(size), seconds)))
    }

    /// (samples of a full step, seconds of a step) of every size that is on this side of a cliff.
    pub(crate) fn step_times_without_cliffs(&self) -> Vec<(u64, f64)> {
        let cliffs = self.cliffs();
        let ordinary = |size| cliffs.iter().all(|cliff| cliff.batch_size != size);
        self.step_times()
            .filter(|&(size, _)| ordinary(size))
            .map(|(size, seconds)| (self.effective(size), seconds))
            .collect()
    }

    fn step_times(&self) -> impl Iterator<Item = (u64, f64)> {
        self.sizes.iter().filter_map(|(&size, facts)| Some((size, facts.step_time()?.median)))
    }

    /// Samples of a full step: a batch larger than the data is the data.
    pub(crate) fn effective(&self, batch_size: u64) -> u64 {
        batch_size.min(self.samples.unwrap_or(u64::MAX))
    }

    /// Trials of one phase and size.
    pub(crate) fn trials(&self, batch_size: u64, phase: Phase) -> impl Iterator<Item = &Outcome> {
        let request = move |outcome: &&Outcome| outcome.plan.request.batch_size == batch_size;
        self.outcomes.iter().filter(move |outcome| outcome.plan.phase == phase).filter(request)
    }

    /// Says something once, however often it happens.
    pub(crate) fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// Every rate that was tuned at this size with its score and tuning seeds, ascending. Fresh seeds count in the score: a rate that two lucky
    /// seeds chose is left as soon as others show it. A trial that was cut off before the target says nothing.
    pub fn scores(&self, batch_size: u64) -> Vec<(f64, Score, usize)> {
        let reached =
            |outcome: &Outcome| self.goals.goal().is_some_and(|goal| outcome.curve.crossing(goal).is_some());
        let mut by_rate: BTreeMap<u64, Vec<&Outcome>> = BTreeMap::new();
        let trials = [Phase::Tune, Phase::Confirm].map(|phase| self.trials(batch_size, phase));
        for outcome in trials.into_iter().flatten().filter(|o| !o.interrupted || reached(o)) {
            // Bits of positive numbers sort as the numbers do.
            by_rate.entry(outcome.plan.request.learning_rate.to_bits()).or_default().push(outcome);
        }
        let tuning = |outcomes: &[&Outcome]| outcomes.iter().filter(|o| o.plan.phase == Phase::Tune).count();
        by_rate
            .into_iter()
            .map(|(bits, runs)| (f64::from_bits(bits), self.over_seeds(&runs), tuning(&runs)))
            .collect()
    }

    /// Mean of the logs where most seeds reached the target, a miss counted as [`MISS`] times the samples that it used; else the worst seed. A
    /// rate that diverges on any seed is judged by that.
    fn over_seeds(&self, outcomes: &[&Outcome]) -> Score {
        let scores: Vec<Score> = outcomes.iter().map(|outcome| self.score(outcome)).collect();
        let worst = scores.iter().copied().fold(Score::Reached(f64::NEG_INFINITY), |worst, score| {
            if score > worst { score } else { worst }
        });
        let reached = scores.iter().filter(|score| matches!(score, Score::Reached(_))).count();
        if matches!(worst, Score::Diverged(_) | Score::Failed) || 2 * reached <= scores.len() {
            return worst;
        }
        let log = |(score, outcome): (&Score, &&Outcome)| match score {
            Score::Reached(log) => *log,
            _ => (MISS * outcome.last.samples as f64).ln(),
        };
        Score::Reached(scores.iter().zip(outcomes).map(log).sum::<f64>() / scores.len() as f64)
    }

    fn score(&self, outcome: &Outcome) -> Score {
        let best = outcome.curve.best();
        match (outcome.end, self.goals.goal()) {
            (_, Some(goal)) if outcome.curve.crossing(goal).is_some() => Score::Reached(
                outcome.curve.crossing(goal).map_or(f64::INFINITY, |at| (at.samples as f64).ln()),
            ),
            (TrialEnd::Failed | TrialEnd::DoesNotFit, _) => Score::Failed,
            (TrialEnd::Diverged, _) => Score::Diverged(outcome.plan.request.learning_rate),
            (_, Some(_)) => Score::Missed(best.map_or(f64::INFINITY, |value| self.lower_better(value))),
            (_, None) => best.map_or(Score::Failed, |value| Score::Reached(self.log_quality(value))),
        }
    }

    pub(crate) fn lower_better(&self, value: f64) -> f64 {
        if self.goals.direction == Direction::Below { value } else { -value }
    }

    /// ln of a metric, turned so that lower is better. A regret is a ratio, so a metric must be positive to have one; others count as 1e-12.
    pub(crate) fn log_quality(&self, value: f64) -> f64 {
        self.lower_better(1.0) * value.max(1e-12).ln()
    }

    /// The best rate of a size and its score; among exact equals the middle one. `None` when nothing was tuned there.
    pub fn best(&self, batch_size: u64) -> Option<(f64, Score)> {
        let scores = self.scores(batch_size);
        let least = scores
            .iter()
            .map(|rate| rate.1)
            .min_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))?;
        let equals: Vec<f64> = scores.iter().filter(|rate| rate.1 == least).map(|rate| rate.0).collect();
        equals.get(equals.len() / 2).map(|&rate| (rate, least))
    }

    /// The rate of a size as it is reported.
    pub fn rate_choice(&self, batch_size: u64) -> RateChoice {
        let Some((best, reached @ Score::Reached(_))) = self.best(batch_size) else {
            return RateChoice { best: None, tuned: false };
        };
        let mut worse = self.scores(batch_size);
        worse.retain(|rate| rate.1 > reached && rate.1 != Score::Failed);
        let tuned = worse.iter().any(|rate| rate.0 < best) && worse.iter().any(|rate| rate.0 > best);
        RateChoice { best: Some(best), tuned }
    }

    /// Eases an automatic goal to the hardest share that every size which can be judged at all has reached.
    pub(crate) fn relax_goal(&mut self) {
        let GoalKind::Auto { best, fall, .. } = self.goals.kind else {
            return;
        };
        let reached = |size: u64| {
            let values = self.trials(size, Phase::Tune).filter_map(|outcome| outcome.curve.best());
            values.fold(f64::INFINITY, f64::min)
        };
        let bests: Vec<f64> = self.live_sizes().into_iter().map(reached).collect();
        let passes = |value: f64, share: f64| value < best + share * fall;
        let easiest = RELAXED_SHARES[RELAXED_SHARES.len() - 1];
        let able: Vec<f64> = bests.into_iter().filter(|&value| passes(value, easiest)).collect();
        let share = RELAXED_SHARES.into_iter().find(|&share| able.iter().all(|&value| passes(value, share)));
        let share = share.unwrap_or(AUTO_SHARE);
        if share > AUTO_SHARE {
            self.remark(Remark::TargetRelaxed { wanted: AUTO_SHARE, share });
        }
        self.goals.kind = GoalKind::Auto { best, fall, share };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_time(medians: &[f64]) -> Option<(f64, f64, f64)> {
        let pace = |&median: &f64| StepTime { median, low: 0.9 * median, high: 1.1 * median }.into();
        let facts = SizeFacts { paces: medians.iter().map(pace).collect(), ..SizeFacts::default() };
        facts.step_time().map(|time| (time.low, time.median, time.high))
    }

    /// One disturbed pass of three would make the fastest size look slow; drift between two must widen the interval.
    #[test]
    fn passes_that_agree_outvote_one_that_does_not() {
        assert_eq!(step_time(&[]), None);
        assert_eq!(step_time(&[10.0]), Some((9.0, 10.0, 11.0)));
        assert_eq!(step_time(&[20.0, 10.0]), Some((9.0, 15.0, 22.0)));
        assert_eq!(step_time(&[10.0, 500.0, 20.0]), Some((9.0, 15.0, 22.0)));
        assert_eq!(step_time(&[30.0, 10.0, 20.0]), Some((18.0, 25.0, 33.0)));
    }
}
