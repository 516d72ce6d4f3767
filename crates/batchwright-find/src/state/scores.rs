//! How good each learning rate of a size is, from the trials at this rate.

use crate::ask::target::{AUTO_SHARE, GoalKind, RELAXED_SHARES};
use crate::remark::Remark;
use crate::result::RateChoice;
use crate::result::trial_record::TrialEnd;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::trial::plan::Phase;
use std::collections::BTreeMap;

/// A censored run counts as if it needed this many times the samples that it used, if most seeds of
/// its rate reached the target.
const MISS: f64 = 2.0;

/// How good a rate is within its size. Smaller is better, and each kind is better than all later
/// kinds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Score {
    /// ln of the samples to the target (for quality: ln of the value reached, lower is better),
    /// mean over seeds.
    Reached(f64),
    /// The target was missed: the best metric, transformed so that lower is better.
    Missed(f64),
    /// Diverged, with this rate: a lower rate is closer to one that trains.
    Diverged(f64),
    /// Did not run.
    Failed,
}

impl StudyState {
    /// Every rate that was tuned at this size with its score and its number of tuning seeds,
    /// ascending. Fresh seeds count in the score: a rate that was chosen because of two lucky seeds
    /// is replaced as soon as other seeds show it. A trial that was interrupted before the target
    /// does not count.
    pub fn scores(&self, batch_size: u64) -> Vec<(f64, Score, usize)> {
        let reached = |outcome: &TrialOutcome| {
            self.goals.goal().is_some_and(|goal| outcome.curve.crossing(goal).is_some())
        };
        let mut by_rate: BTreeMap<u64, Vec<&TrialOutcome>> = BTreeMap::new();
        let trials = [Phase::Tune, Phase::Confirm].map(|phase| self.trials(batch_size, phase));
        for outcome in trials.into_iter().flatten().filter(|o| !o.interrupted || reached(o)) {
            // The bits of positive numbers sort like the numbers.
            by_rate.entry(outcome.plan.request.learning_rate.to_bits()).or_default().push(outcome);
        }
        let tuning =
            |outcomes: &[&TrialOutcome]| outcomes.iter().filter(|o| o.plan.phase == Phase::Tune).count();
        by_rate
            .into_iter()
            .map(|(bits, runs)| (f64::from_bits(bits), self.over_seeds(&runs), tuning(&runs)))
            .collect()
    }

    /// If most seeds reached the target: the mean of the logs, where a censored run counts as
    /// [`MISS`] times the samples that it used. Else the worst seed. A rate that diverges on any
    /// seed is judged by that seed.
    fn over_seeds(&self, outcomes: &[&TrialOutcome]) -> Score {
        let scores: Vec<Score> = outcomes.iter().map(|outcome| self.score(outcome)).collect();
        let worst = scores.iter().copied().fold(Score::Reached(f64::NEG_INFINITY), |worst, score| {
            if score > worst { score } else { worst }
        });
        let reached = scores.iter().filter(|score| matches!(score, Score::Reached(_))).count();
        if matches!(worst, Score::Diverged(_) | Score::Failed) || 2 * reached <= scores.len() {
            return worst;
        }
        let log = |(score, outcome): (&Score, &&TrialOutcome)| match score {
            Score::Reached(log) => *log,
            _ => (MISS * outcome.last.samples as f64).ln(),
        };
        Score::Reached(scores.iter().zip(outcomes).map(log).sum::<f64>() / scores.len() as f64)
    }

    fn score(&self, outcome: &TrialOutcome) -> Score {
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

    /// The best rate of a size and its score; among exact equals the middle one. `None` if nothing
    /// was tuned there.
    pub fn best(&self, batch_size: u64) -> Option<(f64, Score)> {
        let scores = self.scores(batch_size);
        let least = scores
            .iter()
            .map(|rate| rate.1)
            .min_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))?;
        let equals: Vec<f64> = scores.iter().filter(|rate| rate.1 == least).map(|rate| rate.0).collect();
        equals.get(equals.len() / 2).map(|&rate| (rate, least))
    }

    /// The rate of a size for the report.
    pub fn rate_choice(&self, batch_size: u64) -> RateChoice {
        let Some((best, reached @ Score::Reached(_))) = self.best(batch_size) else {
            return RateChoice { best: None, tuned: false };
        };
        let mut worse = self.scores(batch_size);
        worse.retain(|rate| rate.1 > reached && rate.1 != Score::Failed);
        let tuned = worse.iter().any(|rate| rate.0 < best) && worse.iter().any(|rate| rate.0 > best);
        RateChoice { best: Some(best), tuned }
    }

    /// So far the evaluation interval fits the pilot's size. From now on it fits the size that
    /// needs the fewest samples.
    pub(crate) fn refine_evaluations(&mut self) {
        let needed = self.live_sizes().into_iter().filter_map(|size| match self.best(size)?.1 {
            Score::Reached(log) if self.goals.goal().is_some() => Some(log.exp() as u64),
            _ => None,
        });
        if let Some(least) = needed.min() {
            self.scale.eval_samples = self.scale.eval_samples.min(self.eval_samples(least));
        }
    }

    /// Eases an automatic goal to the hardest share that every size has reached. Sizes that have
    /// not even reached the easiest share are ignored.
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
