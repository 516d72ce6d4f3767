//! Why a study recommends no batch size, as a value: memory, time, trials that failed, or a target
//! that was not reached.
//!
//! It is derived from the result alone, so that it is also known for a stored study. Left out:
//! words for it (`batchwright-view`).

use crate::remark::Remark;
use crate::result::objective::{Direction, Objective, Target};
use crate::result::trial_record::{TrialEnd, TrialRecord};
use crate::result::{Recommendation, StudyResult, VerdictKind};

/// The cause, with the numbers that show it.
#[derive(Debug, Clone, PartialEq)]
pub enum NoAnswer {
    /// Not even the smallest size fits into memory.
    NothingFits {
        /// The smallest size.
        smallest: u64,
    },
    /// No trial could be used, and at least one reported an error.
    AllFailed {
        /// Trials that ended.
        trials: u64,
        /// The last error.
        error: String,
    },
    /// The loss of every trial stopped being finite.
    AllDiverged {
        /// Trials that ended.
        trials: u64,
    },
    /// Every size was trained until its samples were used up, and none reached the target.
    Missed {
        /// The target.
        target: Target,
        /// The trial that came nearest to the target; `None` where no trial gave a finite value.
        nearest: Option<NearestTrial>,
    },
    /// The objective is energy, and the energy of a step could not be measured at any size.
    NoStepEnergy,
    /// Some trials reached the target, but no size with a known step time reached it in at least
    /// half of its runs.
    ReachedTooRarely {
        /// The target.
        target: Target,
    },
    /// The metric of the target never changed, or was never a number.
    /// A remark of the study says which.
    MetricDoubtful {
        /// Its name.
        metric: String,
    },
    /// The study ended before it could show anything.
    TooEarly {
        /// Trials that ended.
        trials: u64,
        /// The trial that came nearest to the target; `None` where none is known.
        nearest: Option<NearestTrial>,
    },
}

/// The trial that came nearest to a target that no trial reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearestTrial {
    /// Its best value of the target's metric.
    pub value: f64,
    /// Its batch size.
    pub batch_size: u64,
    /// Its learning rate.
    pub learning_rate: f64,
}

impl StudyResult {
    /// What to use, or why nothing is recommended.
    ///
    /// # Errors
    /// The cause, where nothing is recommended.
    pub fn recommendation(&self) -> Result<&Recommendation, NoAnswer> {
        self.recommended.as_ref().ok_or_else(|| self.cause())
    }

    fn cause(&self) -> NoAnswer {
        if let Some(smallest) = self.sizes.first().filter(|size| size.fits == Some(false)) {
            return NoAnswer::NothingFits { smallest: smallest.batch_size };
        }
        let doubtful = |remark: &Remark| match remark {
            Remark::Suspicious { of } => of.spoils_the_metric().map(str::to_owned),
            _ => None,
        };
        if let Some(metric) = self.remarks.iter().find_map(doubtful) {
            return NoAnswer::MetricDoubtful { metric };
        }
        let ended: Vec<&TrialRecord> = self.trials.iter().filter(|trial| !trial.was_interrupted()).collect();
        let trials = ended.len() as u64;
        if !ended.is_empty() && ended.iter().all(|trial| broke(trial)) {
            return all_broke(&ended);
        }
        let nearest = || self.target.as_ref().and_then(|target| nearest(target, &ended));
        self.cause_at_target(&ended).unwrap_or_else(|| NoAnswer::TooEarly { trials, nearest: nearest() })
    }

    /// What the trials show about the target; `None` where they show nothing.
    fn cause_at_target(&self, ended: &[&TrialRecord]) -> Option<NoAnswer> {
        let target = self.target.clone()?;
        if self.verdict.kind == VerdictKind::Unreachable {
            let nearest = nearest(&target, ended);
            return Some(NoAnswer::Missed { target, nearest });
        }
        if self.never_measured_energy() {
            return Some(NoAnswer::NoStepEnergy);
        }
        let reached = ended.iter().any(|trial| trial.end == TrialEnd::Target);
        reached.then_some(NoAnswer::ReachedTooRarely { target })
    }

    /// Whether the objective is energy and energy was never measured, although steps were timed.
    fn never_measured_energy(&self) -> bool {
        self.objective == Objective::Energy
            && self.sizes.iter().any(|size| size.step_seconds.is_some())
            && self.sizes.iter().all(|size| size.energy_per_step_joules.is_none())
    }
}

/// Whether the trial shows only that training fails at its size and rate.
fn broke(trial: &TrialRecord) -> bool {
    matches!(trial.end, TrialEnd::Diverged | TrialEnd::DoesNotFit | TrialEnd::Failed)
}

fn all_broke(ended: &[&TrialRecord]) -> NoAnswer {
    let trials = ended.len() as u64;
    match ended.iter().rev().find_map(|trial| trial.error.clone()) {
        Some(error) => NoAnswer::AllFailed { trials, error },
        None => NoAnswer::AllDiverged { trials },
    }
}

fn nearest(target: &Target, ended: &[&TrialRecord]) -> Option<NearestTrial> {
    let trials = ended.iter().filter_map(|trial| {
        let value = trial.best_metric.filter(|value| value.is_finite())?;
        let (batch_size, learning_rate) = (trial.request.batch_size, trial.request.learning_rate);
        Some(NearestTrial { value, batch_size, learning_rate })
    });
    match target.direction {
        Direction::Below => trials.min_by(|a, b| a.value.total_cmp(&b.value)),
        Direction::Above => trials.max_by(|a, b| a.value.total_cmp(&b.value)),
    }
}
