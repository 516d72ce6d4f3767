//! Complete example values of the types that a study leaves behind, for the tests of other crates.
//!
//! Each type with many fields is written out once, here; a test states only the fields that it is
//! about: `SizeResult { runs: 3, ..testkit::size(32) }`. Only with the feature `testkit`.
//!
//! Left out: workloads with a known answer, which are `beds`.

use crate::result::cost::Cost;
use crate::result::objective::Objective;
use crate::result::trial_record::{Trace, TrialEnd, TrialPosition, TrialRecord};
use crate::result::{
    Estimate, FitRange, RateChoice, STUDY_VERSION, SizeResult, StudyResult, StudyVerdict, VerdictKind,
};
use crate::trial::TrialRequest;
use crate::trial::plan::Phase;

/// A median with an interval from 14% below it to 19% above it.
#[must_use]
pub fn estimate(median: f64) -> Estimate {
    Estimate { median: Some(median), low: Some(median * 0.86), high: Some(median * 1.19), censored: 0 }
}

/// What is known where this many runs missed the target: "more than `low`".
#[must_use]
pub fn more_than(low: f64, censored: u64) -> Estimate {
    Estimate { median: None, low: Some(low), high: None, censored }
}

/// A batch size at which nothing was run or measured.
#[must_use]
pub fn size(batch_size: u64) -> SizeResult {
    SizeResult {
        batch_size,
        fits: None,
        memory_bytes: None,
        card_memory_bytes: None,
        micro_batch_size: None,
        step_seconds: None,
        input_share: None,
        energy_per_step_joules: None,
        learning_rate: RateChoice { best: None, tuned: false },
        runs: 0,
        steps_to_target: None,
        samples_to_target: None,
        seconds_to_target: None,
        money_to_target: None,
        joules_to_target: None,
        quality: None,
        p_best: 0.0,
    }
}

/// A trial of seed 1.
#[must_use]
pub fn request(batch_size: u64, learning_rate: f64) -> TrialRequest {
    TrialRequest { batch_size, learning_rate, seed: 1, max_samples: 60_000, eval_samples: 180 }
}

/// A trial that tuned the rate and ended after these samples, in a time of 2 us for each.
#[must_use]
pub fn trial(request: TrialRequest, end: TrialEnd, samples: u64) -> TrialRecord {
    TrialRecord {
        request,
        phase: Phase::Tune,
        end,
        step: samples / request.batch_size,
        samples,
        seconds: samples as f64 * 2e-6,
        best_metric: None,
        why: None,
        error: None,
        trace: None,
    }
}

/// What a later study would need of a trial that ended there and passed no goal.
#[must_use]
pub fn trace(end: TrialEnd, last: TrialPosition) -> Trace {
    Trace { end, last, first: None, passed: Vec::new(), interrupted: false }
}

/// A verdict without open points.
#[must_use]
pub fn verdict(kind: VerdictKind) -> StudyVerdict {
    StudyVerdict { kind, open: Vec::new() }
}

/// A study of time that found nothing: no sizes, no trials, no recommendation.
#[must_use]
pub fn study(name: &str) -> StudyResult {
    StudyResult {
        version: STUDY_VERSION,
        study: name.to_owned(),
        objective: Objective::Time,
        target: None,
        samples: None,
        within_seconds: None,
        tokens_per_sample: None,
        margin: 0.1,
        price_per_hour: None,
        sizes: Vec::new(),
        law: None,
        step_time_model: None,
        predicted_best: None,
        frontier: Vec::new(),
        fit: FitRange { largest_that_fits: None, smallest_that_failed: None },
        best_set: Vec::new(),
        verdict: verdict(VerdictKind::Unreachable),
        recommended: None,
        cost: Cost::default(),
        remarks: Vec::new(),
        sensitivity: Vec::new(),
        trials: Vec::new(),
        judged_together: false,
        surface: None,
        scale: None,
        automatic_goal: None,
        reused: None,
        continued: None,
        interrupted: false,
        report: None,
    }
}
