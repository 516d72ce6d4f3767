//! The result of a study at its end: the answer, the models beside it, the cost and the remarks.
//!
//! Left out: the answer itself (`verdict`), and the models (`models`).

use crate::ask::target::SENSITIVITY_SHARES;
use crate::models::frontier::{frontier, time_against_samples};
use crate::models::predicted_best::predicted_best;
use crate::models::step_time::model_or_remark;
use crate::remark::Remark;
use crate::result::cost::Cost;
use crate::result::{FitRange, STUDY_VERSION, Sensitivity, StudyResult};
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::strategy::Strategy;
use crate::study::earlier::EarlierStudy;
use crate::study::{Study, assess_by};
use crate::verdict::{Assessment, assess};

impl Study<'_> {
    pub(super) fn result(self, interrupted: bool, strategy: &mut dyn Strategy) -> StudyResult {
        let wall_seconds = self.clock.elapsed().as_secs_f64();
        let goal = self.state.goals.goal();
        let judgement = goal.and_then(|goal| strategy.judge(&self.state, goal));
        let Assessment { sizes, law, best_set, verdict, recommended, remarks, .. } =
            assess(&self.state, goal, judgement.as_ref());
        let surface =
            goal.filter(|_| judgement.is_some()).and_then(|goal| strategy.surface(&self.state, goal));
        let cost = self.cost(wall_seconds);
        let config = self.state.config();
        let step_times = self.state.step_times_without_cliffs();
        let (step_time_model, no_model) = model_or_remark(&step_times);
        StudyResult {
            version: STUDY_VERSION,
            study: config.name.clone(),
            objective: config.objective,
            target: self.state.goals.target(),
            samples: self.state.samples,
            within_seconds: config
                .within
                .filter(|_| config.compares_equal_times())
                .map(|time| time.as_secs_f64()),
            tokens_per_sample: self.workload.tokens_per_sample(),
            margin: config.margin,
            price_per_hour: config.price_per_hour,
            frontier: frontier(&time_against_samples(&sizes)),
            sizes,
            predicted_best: predicted_best(law.as_ref(), step_time_model.as_ref(), &step_times),
            law,
            step_time_model,
            fit: fit(&self.state),
            best_set,
            verdict,
            recommended,
            continued: self.earlier.map(|earlier| earlier.continued(cost)),
            cost,
            remarks: self.remarks(remarks.into_iter().chain(no_model)),
            sensitivity: sensitivity(strategy, &self.state),
            trials: self.state.outcomes.iter().map(|outcome| outcome.record(&self.state.goals)).collect(),
            judged_together: judgement.is_some(),
            surface,
            scale: Some(self.state.scale),
            automatic_goal: self.state.goals.automatic(),
            reused: None,
            report: None,
            interrupted,
        }
    }

    /// First the remarks of the study, then those of the answer, then those of the workload.
    fn remarks(&self, of_answer: impl Iterator<Item = Remark>) -> Vec<Remark> {
        let own = self.workload.remarks();
        self.state.remarks.iter().cloned().chain(of_answer).chain(own).collect()
    }

    /// The cost of this study alone, and of the check that made it necessary.
    fn cost(&self, wall_seconds: f64) -> Cost {
        let taken_over = self.earlier.map_or(0, |earlier| earlier.trials().count());
        let own = cost(
            self.state.outcomes.get(taken_over..).unwrap_or_default(),
            self.timing_seconds,
            wall_seconds,
        );
        own.plus(self.earlier.map(EarlierStudy::check_cost).unwrap_or_default())
    }
}

fn fit(state: &StudyState) -> FitRange {
    let of =
        |fits: bool| state.sizes.iter().filter(move |size| size.1.fits == Some(fits)).map(|size| *size.0);
    FitRange { largest_that_fits: of(true).max(), smallest_that_failed: of(false).min() }
}

/// The cost of all trials up to their last row, which may be after the target.
fn cost(outcomes: &[TrialOutcome], timing_seconds: f64, wall_seconds: f64) -> Cost {
    Cost {
        trials: outcomes.len() as u64,
        steps: outcomes.iter().map(|outcome| outcome.last.step).sum(),
        seconds: outcomes.iter().map(|outcome| outcome.last.seconds).sum::<f64>() + timing_seconds,
        wall_seconds,
    }
}

/// The recommendation at other shares of the pilot's decrease in loss, from the same trials.
fn sensitivity(strategy: &mut dyn Strategy, state: &StudyState) -> Vec<Sensitivity> {
    let mut at = |share| {
        let goal = state.goals.goal_at(share)?;
        let recommended = assess_by(strategy, state, Some(goal)).recommended;
        let tied_with = recommended.as_ref().map(|r| r.tied_with.clone()).unwrap_or_default();
        Some(Sensitivity { share, goal, recommended: recommended.map(|r| r.batch_size), tied_with })
    };
    SENSITIVITY_SHARES.into_iter().filter_map(&mut at).collect()
}
