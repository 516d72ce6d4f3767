//! Complete example values of the types that a run leaves behind, for the tests of other crates.
//!
//! Each type with many fields is written out once, here; a test states only the fields that it is
//! about: `RunRow { seconds: 0.5, ..testkit::row(16, 0.3) }`. Only with the feature `testkit`.
//!
//! Left out: curves with a shape. A test draws the one that it needs.

use crate::plan::{Batching, Plan};
use crate::record::{RunRecord, RunResult, RunRow, SplitMetrics, SplitOutcome, StoppedBy, ValidationOutcome};
use crate::verdict::evidence::{CurveEvidence, RunVerdictKind, Verdict};

/// 30 epochs of 1,000 samples at batch size 64, each batch in two micro-batches.
#[must_use]
pub fn plan() -> Plan {
    Plan {
        batching: Batching { samples: 1000, batch_size: 64, micro_batch_size: 32, drop_last: false },
        accumulation: 2,
        steps_per_epoch: 16,
        last_batch: 40,
        epochs: 30.0,
        steps: 480,
        samples_seen: 30_000,
    }
}

/// An evaluation of the run of [`plan`] after `step` steps, with this loss in every place and
/// without accuracy.
#[must_use]
pub fn row(step: u64, loss: f64) -> RunRow {
    RunRow {
        step,
        epoch: step as f64 / 16.0,
        samples: step * 64,
        seconds: 0.1 * step as f64,
        learning_rate: 0.1,
        step_loss: (step > 0).then_some(loss),
        train: metrics(loss),
        validation: metrics(loss),
    }
}

/// A loss without accuracy.
#[must_use]
pub fn metrics(loss: f64) -> SplitMetrics {
    SplitMetrics { loss, accuracy: None }
}

/// A verdict whose evidence is all zero.
#[must_use]
pub fn verdict(kind: RunVerdictKind) -> Verdict {
    Verdict { kind, since_step: None, cause: None, doubt: None, evidence: CurveEvidence::default() }
}

/// This loss over 100 samples, without accuracy.
#[must_use]
pub fn split(loss: f64) -> SplitOutcome {
    SplitOutcome { samples: 100, tokens: None, loss, accuracy: None, values: None }
}

/// The outcome of the run of [`plan`], with this loss in every place.
#[must_use]
pub fn result(run: &str, loss: f64) -> RunResult {
    let plan = plan();
    RunResult {
        run: run.to_owned(),
        samples: plan.batching.samples,
        parameters: 6_570,
        batch_size: plan.batching.batch_size,
        micro_batch_size: plan.batching.micro_batch_size,
        batch_sizes: Vec::new(),
        steps_per_epoch: plan.steps_per_epoch,
        steps: plan.steps,
        epochs: plan.epochs,
        samples_seen: plan.samples_seen,
        tokens_seen: None,
        seconds: 48.0,
        memory_bytes: 331_776,
        stopped_by: StoppedBy::Duration,
        train: metrics(loss),
        validation: ValidationOutcome { last: split(loss), best_loss: loss, best_step: 480 },
        test: split(loss),
        verdict: verdict(RunVerdictKind::Converged),
        model: None,
        report: None,
    }
}

/// The run of [`plan`] with these rows, without settings and without a result.
#[must_use]
pub fn record(name: &str, rows: Vec<RunRow>) -> RunRecord {
    RunRecord { name: name.to_owned(), settings: Vec::new(), plan: plan(), rows, result: None }
}
