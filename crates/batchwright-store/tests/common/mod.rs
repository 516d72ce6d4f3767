//! What several files of tests use.

#![allow(dead_code, reason = "each file of tests uses a part")]

use batchwright_store::{Fingerprint, Origin, RunSummary, Store, StudySummary};
use batchwright_train::testkit::metrics;
use batchwright_train::{RunRow, SplitMetrics, testkit};

/// An evaluation whose losses may be any number, with an accuracy on one split only.
pub(crate) fn row(step: u64, loss: f64) -> RunRow {
    let validation = SplitMetrics { accuracy: Some(0.25), ..metrics(loss) };
    RunRow { validation, ..testkit::row(step, loss) }
}

pub(crate) fn runs(store: &Store) -> Vec<RunSummary> {
    store.runs().expect("readable").into_iter().map(|run| run.expect("whole")).collect()
}

pub(crate) fn studies(store: &Store) -> Vec<StudySummary> {
    store.studies().expect("readable").into_iter().map(|study| study.expect("whole")).collect()
}

pub(crate) fn origin() -> Origin {
    Origin { arguments: vec!["train".into(), "--batch-size=8".into()], folder: "/tmp/here".into() }
}

pub(crate) fn about(workload: &str, question: &str) -> Fingerprint {
    Fingerprint { workload: workload.into(), question: question.into() }
}
