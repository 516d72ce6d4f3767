//! The settings of a study, and the check that they must pass.
//!
//! - this file: [`StudyConfig`] and its check
//! - `sizes`: the batch sizes to try
//! - `rates`: the learning rates to start from
//! - `target`: the target and the goals of the trials
//! - `error`, `problem`: why settings are refused

pub(crate) mod error;
pub(crate) mod problem;
pub(crate) mod rates;
pub(crate) mod sizes;
pub(crate) mod target;

use crate::ask::error::FindError;
use crate::ask::problem::AcceptedRange;
use crate::ask::rates::Rates;
use crate::ask::sizes::BatchSizes;
use crate::ask::target::TargetSpec;
use crate::result::objective::Objective;
use crate::trial::Workload;
use std::time::Duration;

/// The settings of a study.
///
/// | field | default | purpose | range |
/// |---|---|---|---|
/// | `name` | `study` | names the result | any |
/// | `objective` | time | what "best" means | |
/// | `price_per_hour` | none | price of the machine, for the objective money | 1e-12 to 1e12 |
/// | `sizes` | `8..512` | batch sizes to try | at least 1 |
/// | `rates` | around the workload's own | learning rates to start from | positive |
/// | `target` | auto | what a trial must pass | a metric of the workload |
/// | `seeds` | 3 | first fresh seeds at each size; below 3 no verdict is final | 1 to 1000 |
/// | `max_seeds` | 32 | most fresh seeds at a size | `seeds` to 1000 |
/// | `seed` | 0 | everything random follows from it | any |
/// | `margin` | 0.1 | how much more than the best a size may cost to be tied with it | above 0, below 1 |
/// | `budget` | none | wall-clock time of the study | above 0 |
/// | `jobs` | 1 | trials at a time | at least 1 |
/// | `max_samples` | none | most samples of one trial; for the objective quality, what each trial trains | at least 1 |
/// | `within` | none | for the objective quality: training time of each trial, in place of its samples | above 0 |
/// | `reuse` | 100 | later trainings that will use the answer: what a further run may cost | at least 1 |
/// | `eval_samples` | 1/64 of what the pilot needs | samples between evaluations | at least 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct StudyConfig {
    /// Names the result.
    pub name: String,
    /// What "best" means.
    pub objective: Objective,
    /// Price of an hour of the machine, in any currency.
    pub price_per_hour: Option<f64>,
    /// Batch sizes to try.
    pub sizes: BatchSizes,
    /// Learning rates to start from.
    pub rates: Rates,
    /// What a trial must pass.
    pub target: TargetSpec,
    /// First fresh seeds at each size.
    pub seeds: u64,
    /// Most fresh seeds at a size.
    pub max_seeds: u64,
    /// Every random number of the study is derived from it.
    pub seed: u64,
    /// Expected regret within which sizes tie, as a share.
    pub margin: f64,
    /// Wall-clock time of the study. If the budget ends the study early, its result depends on the
    /// speed of the machine.
    pub budget: Option<Duration>,
    /// Trials that run at the same time. The result of the grid does not depend on it. The race
    /// chooses this many trials together, so its result does.
    pub jobs: usize,
    /// Most samples of one trial.
    pub max_samples: Option<u64>,
    /// For the objective quality: the time that each trial trains, so that a size with faster samples trains
    /// more of them. Other objectives have no use for it.
    pub within: Option<Duration>,
    /// Number of later trainings that will use the answer. A strategy may end when another run
    /// costs more than it saves in them.
    pub reuse: u64,
    /// Samples between evaluations.
    pub eval_samples: Option<u64>,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self {
            name: "study".to_owned(),
            objective: Objective::Time,
            price_per_hour: None,
            sizes: BatchSizes::doublings_8_to_512(),
            rates: Rates::around_start(),
            target: TargetSpec::Auto,
            seeds: 3,
            max_seeds: 32,
            seed: 0,
            margin: 0.1,
            budget: None,
            jobs: 1,
            max_samples: None,
            within: None,
            reuse: 100,
            eval_samples: None,
        }
    }
}

/// Settings that passed [`StudyConfig::check`]. A study runs only with these.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedConfig(StudyConfig);

impl CheckedConfig {
    pub(crate) fn get(&self) -> &StudyConfig {
        &self.0
    }
}

impl StudyConfig {
    /// Whether the answer depends on how long a step takes.
    pub(crate) fn needs_step_times(&self) -> bool {
        self.objective.is_per_step() || self.compares_equal_times()
    }

    /// Whether trials of equal time are compared, whatever they reach.
    pub(crate) fn compares_equal_times(&self) -> bool {
        self.objective == Objective::Quality && self.within.is_some()
    }

    /// Checks the settings by themselves and against a workload.
    ///
    /// # Errors
    /// [`FindError::Setting`] names the field that is out of range, [`FindError::UnknownMetric`] a
    /// metric that the workload does not report.
    pub fn check(&self, workload: &dyn Workload) -> Result<CheckedConfig, FindError> {
        let range = |setting, found: String, expected, fine| {
            if fine { Ok(()) } else { Err(FindError::Setting { setting, found, expected }) }
        };
        let Self { seeds, max_seeds, margin, jobs, .. } = self;
        range("--seeds", seeds.to_string(), AcceptedRange::ToThousand, (1..=1000).contains(seeds))?;
        range(
            "max_seeds",
            max_seeds.to_string(),
            AcceptedRange::FromSeeds,
            (*seeds..=1000).contains(max_seeds),
        )?;
        range("--margin", margin.to_string(), AcceptedRange::Fraction, *margin > 0.0 && *margin < 1.0)?;
        range("--jobs", jobs.to_string(), AcceptedRange::AtLeastOne, *jobs >= 1)?;
        range(
            "--budget",
            format!("{:?}", self.budget),
            AcceptedRange::Positive,
            self.budget != Some(Duration::ZERO),
        )?;
        range("--max-samples", "0".to_owned(), AcceptedRange::AtLeastOne, self.max_samples != Some(0))?;
        let within = self.within;
        range("--within", format!("{within:?}"), AcceptedRange::Positive, within != Some(Duration::ZERO))?;
        range("--reuse", "0".to_owned(), AcceptedRange::AtLeastOne, self.reuse >= 1)?;
        range("eval_samples", "0".to_owned(), AcceptedRange::AtLeastOne, self.eval_samples != Some(0))?;
        let price = self.price_per_hour.unwrap_or(1.0);
        range("--price-per-hour", price.to_string(), AcceptedRange::Price, (1e-12..=1e12).contains(&price))?;
        range(
            "samples of the workload",
            "0".to_owned(),
            AcceptedRange::AtLeastOne,
            workload.samples() != Some(0),
        )?;
        match self.objective {
            Objective::Money if self.price_per_hour.is_none() => return Err(FindError::NoPrice),
            Objective::Energy => workload.measures_energy().map_err(FindError::NoEnergy)?,
            _ => {}
        }
        let reported = workload.metrics();
        if !reported.iter().any(|metric| metric == self.target.metric()) {
            return Err(FindError::UnknownMetric { metric: self.target.metric().to_owned(), reported });
        }
        Ok(CheckedConfig(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beds::quadratic::Quadratic;

    /// Without the check, a setting out of range would only show later, as a strange result.
    #[test]
    fn settings_out_of_range_are_named() {
        let default = StudyConfig::default;
        for (config, name) in [
            (StudyConfig { seeds: 0, ..default() }, "--seeds"),
            (StudyConfig { max_seeds: 2, ..default() }, "max_seeds"),
            (StudyConfig { margin: 0.0, ..default() }, "--margin"),
            (StudyConfig { margin: f64::NAN, ..default() }, "--margin"),
            (StudyConfig { jobs: 0, ..default() }, "--jobs"),
            (StudyConfig { budget: Some(Duration::ZERO), ..default() }, "--budget"),
            (StudyConfig { max_samples: Some(0), ..default() }, "--max-samples"),
            (StudyConfig { within: Some(Duration::ZERO), ..default() }, "--within"),
            (StudyConfig { reuse: 0, ..default() }, "--reuse"),
            (StudyConfig { eval_samples: Some(0), ..default() }, "eval_samples"),
            (StudyConfig { price_per_hour: Some(0.0), ..default() }, "--price-per-hour"),
            (StudyConfig { price_per_hour: Some(f64::NAN), ..default() }, "--price-per-hour"),
        ] {
            match config.check(&Quadratic::default()) {
                Err(FindError::Setting { setting, .. }) => assert_eq!(setting, name),
                other => panic!("{name}: {other:?}"),
            }
        }
        let unknown = StudyConfig { target: TargetSpec::parse("val_f1=0.9").unwrap(), ..default() };
        let error = unknown.check(&Quadratic::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the target's metric \"val_f1\" is not reported; reported are: val_loss"
        );
        assert!(default().check(&Quadratic::default()).is_ok());
    }

    /// Without a price or a counter, such a study would run all its trials and then have no answer.
    #[test]
    fn objectives_are_refused_where_their_unit_is_unknown() {
        let refused = |objective| {
            let config = StudyConfig { objective, ..StudyConfig::default() };
            config.check(&Quadratic::default()).unwrap_err().to_string()
        };
        assert!(refused(Objective::Money).contains("--price-per-hour"));
        let energy = refused(Objective::Energy);
        assert!(energy.contains("measures no energy") && energy.contains("time, money, samples"), "{energy}");
    }
}
