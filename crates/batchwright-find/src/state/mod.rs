//! The state of a study: its sizes, their step times, and every trial that has ended. Strategies
//! read it, and the verdict is computed from it.
//!
//! - this file: [`StudyState`]
//! - `size_facts`: what is known of one size before it is trained
//! - `step_costs`: what a step costs, also at sizes that were not timed
//! - `cliff`: sizes whose steps take many times too long
//! - `outcome`: one trial that has ended, with its curve
//! - `execute`: runs one trial to its end
//! - `levels`: levels of the metric on the way to a goal
//! - `quality`: how good a value of the metric is
//! - `reports`: what the reports of trials leave in doubt
//! - `scores`: how good each learning rate of a size is
//! - `examples`: states for unit tests

pub(crate) mod cliff;
#[cfg(test)]
pub(crate) mod examples;
pub(crate) mod execute;
pub(crate) mod levels;
pub(crate) mod outcome;
pub(crate) mod quality;
pub(crate) mod reports;
pub(crate) mod scores;
pub(crate) mod size_facts;
pub(crate) mod step_costs;

use crate::ask::target::{GoalKind, Goals, TargetSpec};
use crate::ask::{CheckedConfig, StudyConfig};
use crate::remark::Remark;
use crate::result::objective::{Direction, Objective};
use crate::result::trial_record::StudyScale;
use crate::state::cliff::{Cliff, cliffs, is_known_to_tell};
use crate::state::outcome::TrialOutcome;
use crate::state::size_facts::SizeFacts;
use crate::trial::plan::Phase;
use std::collections::BTreeMap;

/// Evaluations within the samples that the pilot needs. The first evaluation past the goal is late
/// by half an interval on average: less than 1%.
const EVALUATIONS: u64 = 64;
/// A trial may use this many times the samples that the pilot's size needed.
const SLACK: f64 = 3.0;
/// Like [`SLACK`], but for the hardest goal, which only confirming trials train on to.
const SLACK_HARDEST: f64 = 1.5;

fn excluded(cliffs: &[Cliff], batch_size: u64) -> bool {
    cliffs.iter().any(|cliff| cliff.batch_size == batch_size && cliff.excludes())
}

/// Everything that is known so far.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyState {
    pub(crate) config: CheckedConfig,
    /// Samples in the training split.
    pub samples: Option<u64>,
    /// Seconds that every trial costs in addition to its training.
    pub start_up_seconds: f64,
    /// By batch size.
    pub sizes: BTreeMap<u64, SizeFacts>,
    /// Every trial that has ended, in the order of the rounds.
    pub outcomes: Vec<TrialOutcome>,
    /// Limits and evaluation interval, from the pilot.
    pub scale: StudyScale,
    pub(crate) goals: Goals,
    pub(crate) remarks: Vec<Remark>,
}

impl StudyState {
    /// The empty state. Before the pilot an automatic target has no goal.
    pub(crate) fn new(config: CheckedConfig, samples: Option<u64>) -> Self {
        let spec = &config.get().target;
        let kind = match (spec, config.get().objective) {
            (TargetSpec::Auto, _) | (_, Objective::Quality) => GoalKind::None,
            (TargetSpec::Given { goal, .. }, _) => GoalKind::Given(*goal),
        };
        let goals = Goals { metric: spec.metric().to_owned(), direction: spec.direction(), kind };
        let scale = StudyScale {
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

    /// The largest size that may be tried: all samples in one batch, or the cap.
    pub fn largest_size(&self) -> u64 {
        self.effective(self.config().sizes.cap())
    }

    /// Sizes that are not known to fail and not excluded by a cliff, ascending.
    pub fn live_sizes(&self) -> Vec<u64> {
        let cliffs = self.cliffs();
        // How many steps go into a time is not known of a size without a step time.
        let planned =
            |size: &u64| !self.config().compares_equal_times() || self.step_seconds(*size).is_some();
        let live = |size: &u64| !self.is_too_large(*size) && !excluded(&cliffs, *size) && planned(size);
        self.sizes.keys().copied().filter(live).collect()
    }

    /// Whether this size or a smaller one did not fit. Larger sizes need even more memory and are
    /// not tried.
    pub(crate) fn is_too_large(&self, batch_size: u64) -> bool {
        self.sizes.range(..=batch_size).any(|(_, facts)| facts.fits == Some(false))
    }

    /// Whether the steps of a size take so much longer than those of smaller sizes that it cannot
    /// be recommended.
    pub(crate) fn is_beyond_cliff(&self, batch_size: u64) -> bool {
        excluded(&self.cliffs(), batch_size)
    }

    /// Most samples that a trial of this size may use.
    pub fn max_samples(&self, batch_size: u64) -> u64 {
        if let Some(samples) = self.samples_within(batch_size) {
            return samples;
        }
        let config = self.config();
        let growth = self.effective(batch_size) as f64 / self.effective(self.scale.batch_size) as f64;
        let growth = growth.max(1.0);
        let growth = if config.objective == Objective::Quality { 1.0 } else { growth };
        let most = (self.scale.most_samples as f64 * growth) as u64;
        most.min(config.max_samples.unwrap_or(u64::MAX)).max(1)
    }

    /// Samples that a trial of this size trains in the time that all have: whole steps, at least one.
    pub(crate) fn samples_within(&self, batch_size: u64) -> Option<u64> {
        let within = self.config().within.filter(|_| self.config().compares_equal_times())?;
        let steps = (within.as_secs_f64() / self.step_seconds(batch_size)?).floor().max(1.0);
        Some((steps * self.effective(batch_size) as f64) as u64)
    }

    fn step_seconds(&self, batch_size: u64) -> Option<f64> {
        Some(self.sizes.get(&batch_size)?.step_time()?.median)
    }

    /// Sets limits and evaluation interval from the pilot's size: `needed` are the samples to the
    /// goal and to the hardest goal. Without `needed` a trial may use as many samples as the pilot
    /// was `given`.
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
        self.scale = StudyScale { batch_size, learning_rate, most_samples, eval_samples };
    }

    pub(super) fn eval_samples(&self, needed: u64) -> u64 {
        self.config().eval_samples.unwrap_or((needed / EVALUATIONS).max(1))
    }

    /// Sizes beyond a cliff in the step time.
    pub(crate) fn cliffs(&self) -> Vec<Cliff> {
        let known =
            |size: &u64| self.sizes.get(size).and_then(SizeFacts::step_time).is_some_and(is_known_to_tell);
        let times = self.step_times().filter(|(size, _)| known(size));
        cliffs(times.map(|(size, seconds)| (size, self.effective(size), seconds)))
    }

    /// (samples of a full step, seconds of a step) of every size without a cliff.
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

    /// Samples of a full step: a batch is never larger than the training data.
    pub(crate) fn effective(&self, batch_size: u64) -> u64 {
        batch_size.min(self.samples.unwrap_or(u64::MAX))
    }

    /// Trials of one phase and size.
    pub(crate) fn trials(&self, batch_size: u64, phase: Phase) -> impl Iterator<Item = &TrialOutcome> {
        let request = move |outcome: &&TrialOutcome| outcome.plan.request.batch_size == batch_size;
        self.outcomes.iter().filter(move |outcome| outcome.plan.phase == phase).filter(request)
    }

    /// Adds a remark, once only.
    pub(crate) fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    pub(crate) fn lower_better(&self, value: f64) -> f64 {
        if self.goals.direction == Direction::Below { value } else { -value }
    }
}
