//! The interface between the decision what to try next and everything else. A strategy reads the
//! state of the study and makes a proposal. The study runs it, and forms the verdict from the
//! records of the trials, or from the strategy's own judgement if it gives one.
//!
//! - this file: [`Strategy`] and [`Proposal`]
//! - `grid`: sizes x rates x seeds
//! - `race`: always the run that is worth most
//! - `kind`: the strategies by name
//! - `pilot`: limits, evaluation interval and automatic target, before the strategy begins
//! - `widening`: sizes beyond the ends of a range, for both strategies
//!
//! Left out: running trials (`study`) and judging them (`verdict`).

pub(crate) mod grid;
pub(crate) mod kind;
pub(crate) mod pilot;
pub(crate) mod race;
pub(crate) mod widening;

use crate::remark::Remark;
use crate::result::surface::LawSurface;
use crate::state::StudyState;
use crate::state::outcome::TrialOutcome;
use crate::trial::plan::TrialPlan;
use crate::verdict::judgement::Judgement;

/// What a strategy proposes to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    /// Run these trials, in any order, and ask again when all have ended. The next proposal may
    /// depend on their outcomes, but not on their timing.
    Trials(Vec<TrialPlan>),
    /// The rates are tuned: ease an automatic target until every size reaches it.
    RelaxTarget,
    /// Measure the step times of these sizes once more, while nothing else runs.
    MeasureSteps(Vec<u64>),
    /// Add one more batch size: find out whether it runs, and its step time.
    AddSize(u64),
    /// Add a remark to the result.
    Remark(Remark),
    /// No further run is worth its cost.
    Done,
}

/// Decides what to run next. It must end: after finitely many calls it returns [`Proposal::Done`].
///
/// A strategy of your own needs only [`next`](Strategy::next). This one runs every size at its
/// starting rate on two seeds. The trial of phase [`Phase::Tune`](crate::Phase::Tune) chooses the
/// rate of the size, the trial of phase [`Phase::Confirm`](crate::Phase::Confirm) counts for the
/// verdict.
///
/// ```
/// use batchwright_find::beds::Quadratic;
/// use batchwright_find::{
///     BatchSizes, Phase, Proposal, Strategy, StudyConfig, StudyState, TargetSpec, TrialPlan, TrialRequest,
///     run_study_with,
/// };
///
/// #[derive(Default)]
/// struct TwoSeeds {
///     done: bool,
/// }
///
/// impl Strategy for TwoSeeds {
///     fn next(&mut self, state: &StudyState) -> Proposal {
///         if std::mem::replace(&mut self.done, true) {
///             return Proposal::Done;
///         }
///         let plan = |batch_size: u64, phase: Phase, seed: u64| TrialPlan {
///             request: TrialRequest {
///                 batch_size,
///                 learning_rate: state.sizes[&batch_size].starting_rate,
///                 seed,
///                 max_samples: state.max_samples(batch_size),
///                 eval_samples: state.scale.eval_samples,
///             },
///             phase,
///             give_up_after: None,
///             ask_after: None,
///             why: None,
///         };
///         let both = |size: u64| [plan(size, Phase::Tune, 0), plan(size, Phase::Confirm, 1)];
///         Proposal::Trials(state.live_sizes().into_iter().flat_map(both).collect())
///     }
/// }
///
/// let config = StudyConfig {
///     sizes: BatchSizes::parse("64,128,256")?,
///     target: TargetSpec::parse("val_loss<0.01")?,
///     ..StudyConfig::default()
/// };
/// let mut strategy = TwoSeeds::default();
/// let result = run_study_with(&Quadratic::default(), &config, &mut strategy, None, &mut ())?;
/// assert!(result.sizes.iter().all(|size| size.steps_to_target.is_some()));
/// // At their starting rates; at their best rates 256 is better.
/// assert_eq!(result.recommended.map(|choice| choice.batch_size), Some(128));
/// # Ok::<(), batchwright_find::FindError>(())
/// ```
pub trait Strategy {
    /// Whether the strategy finds limits and evaluation interval by itself if the target is given.
    /// Then no pilot is run.
    fn needs_no_pilot(&self) -> bool {
        false
    }

    /// The strategy's own answer for a goal. `None` if the answer should be formed from the trials
    /// of each size alone.
    fn judge(&mut self, _state: &StudyState, _goal: f64) -> Option<Judgement> {
        None
    }

    /// What the law behind that answer expects of every size and rate. Asked once, at the end.
    fn surface(&mut self, _state: &StudyState, _goal: f64) -> Option<LawSurface> {
        None
    }

    /// Whether a running trial should go on. Asked where its plan says so.
    fn goes_on(&mut self, _state: &StudyState, _run: &TrialOutcome) -> bool {
        true
    }

    /// The next proposal, from the state of the study.
    fn next(&mut self, state: &StudyState) -> Proposal;
}
