//! Studies in the middle of their work, for unit tests: sizes with their step times, and trials with
//! whatever rows a test needs.

use crate::ask::StudyConfig;
use crate::ask::rates::Rates;
use crate::ask::target::TargetSpec;
use crate::beds::quadratic::Quadratic;
use crate::result::objective::Direction;
use crate::result::trial_record::{TrialEnd, TrialPosition};
use crate::state::StudyState;
use crate::state::execute::{Follower, execute};
use crate::state::outcome::{TrialCurve, TrialOutcome};
use crate::state::size_facts::SizeFacts;
use crate::trial::TrialRequest;
use crate::trial::plan::{Phase, TrialPlan};
use crate::trial::step_cost::StepTime;
use std::sync::atomic::AtomicBool;

/// Answers by a function whether a trial should go on.
pub(crate) struct Answering<F>(pub(crate) F);

impl<F: FnMut(&TrialOutcome) -> bool> Follower for Answering<F> {
    fn row(&mut self, _outcome: &TrialOutcome) {}

    fn goes_on(&mut self, outcome: &TrialOutcome) -> bool {
        self.0(outcome)
    }
}

/// Loss below 0.1, and rates from 0.001 to 1.
pub(crate) fn config() -> StudyConfig {
    StudyConfig {
        target: TargetSpec::parse("val_loss<0.1").unwrap(),
        rates: Rates::parse("0.001..1").unwrap(),
        eval_samples: Some(64),
        ..StudyConfig::default()
    }
}

/// Nothing was run yet. Steps of B samples were measured three times to take 1 + B / 128 ms.
pub(crate) fn state(config: &StudyConfig, sizes: &[u64]) -> StudyState {
    let mut state = StudyState::new(config.check(&Quadratic::default()).unwrap(), Some(60_000));
    state.scale.eval_samples = config.eval_samples.unwrap_or(1);
    let facts = |size: u64| {
        let median = 1e-3 * (1.0 + size as f64 / 128.0);
        let time = StepTime { median, low: 0.99 * median, high: 1.01 * median };
        let measurements = vec![time.into(); 3];
        SizeFacts { fits: Some(true), starting_rate: 0.1, measurements, ..SizeFacts::default() }
    };
    state.sizes = sizes.iter().map(|&size| (size, facts(size))).collect();
    state
}

pub(crate) fn plan(batch_size: u64, learning_rate: f64) -> TrialPlan {
    let request =
        TrialRequest { batch_size, learning_rate, seed: 7, max_samples: 6_000_000, eval_samples: 64 };
    TrialPlan { request, phase: Phase::Tune, give_up_after: None, ask_after: None, why: None }
}

/// A trial with these (step, loss), which ended after the last of them.
pub(crate) fn trial(batch_size: u64, learning_rate: f64, end: TrialEnd, rows: &[(u64, f64)]) -> TrialOutcome {
    let mut curve = TrialCurve::new(Direction::Below);
    let position =
        |step: u64| TrialPosition { step, samples: step * batch_size, seconds: step as f64 * 1e-3 };
    for &(step, loss) in rows {
        curve.observe(loss, position(step));
    }
    let finite = || rows.iter().map(|row| row.1).filter(|loss| loss.is_finite());
    TrialOutcome {
        plan: plan(batch_size, learning_rate),
        end,
        last: rows.last().map_or(TrialPosition::default(), |row| position(row.0)),
        curve,
        first: finite().next(),
        latest: rows.last().map(|row| row.1).filter(|loss| loss.is_finite()),
        error: None,
        interrupted: false,
    }
}

/// A run of the quadratic bed in exact moments: at a rate r below 1 its loss falls as exp(-2 r t) in each
/// direction, and a rate above 2 diverges.
pub(crate) fn bed_run(
    state: &StudyState,
    batch_size: u64,
    learning_rate: f64,
    most_steps: u64,
) -> TrialOutcome {
    let most = Some(most_steps * batch_size);
    let plan = TrialPlan { give_up_after: most, ..plan(batch_size, learning_rate) };
    execute(
        &Quadratic::default(),
        &plan,
        &state.goals,
        &AtomicBool::new(false),
        &mut Answering(|_: &TrialOutcome| true),
    )
}
