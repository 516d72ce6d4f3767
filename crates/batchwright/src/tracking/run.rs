//! A run as other programs know it: an identity, parameters, points in time with named numbers, an
//! end.
//!
//! Left out: the forms in which these programs keep it.

use crate::tracking::place::LOG_SETTING;
use batchwright_store::{EntryStatus, Origin, RunSummary};
use batchwright_train::{RunRecord, RunResult, RunRow, StoppedBy};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;

/// A run, without its points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackedRun {
    /// 32 hexadecimal digits, the same in every export and log of the run.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The study of a trial.
    pub(crate) study: Option<String>,
    /// Seconds since 1970.
    pub(crate) started: f64,
    /// What was asked, in the words of the command line, each word once.
    pub(crate) parameters: Vec<(String, String)>,
}

/// Named numbers of one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackedPoint {
    /// Parameter updates so far.
    pub(crate) step: u64,
    /// Seconds since 1970.
    pub(crate) time: f64,
    pub(crate) values: Vec<(String, f64)>,
}

/// How a run ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrackedState {
    Running,
    Finished,
    /// Something ended it before its end: a signal, or the loss of its process. It may go on.
    Stopped,
    Failed,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackedEnd {
    pub(crate) state: TrackedState,
    /// In a word: `duration`, `target`, `diverged`; absent where it has no end.
    pub(crate) outcome: Option<&'static str>,
    /// Seconds since 1970.
    pub(crate) time: f64,
    /// What is known only at the end.
    pub(crate) last: Option<TrackedPoint>,
}

impl TrackedRun {
    /// A stored run; `settings` are those in force now.
    pub(crate) fn new(run: &RunSummary, settings: &[(String, String)], origin: Option<&Origin>) -> Self {
        Self {
            id: identity("run", &run.name, run.created, origin),
            name: run.name.clone(),
            study: None,
            started: run.created as f64,
            parameters: parameters(settings).into_iter().filter(|(key, _)| key != LOG_SETTING).collect(),
        }
    }

    /// Its name below that of its study, if it has one.
    pub(crate) fn full_name(&self) -> String {
        match &self.study {
            Some(study) => format!("{study}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// An identity that another run has only by accident (FNV-1a with 128 bits,
/// <http://www.isthe.com/chongo/tech/comp/fnv/>): what it is, its name, when, where and how it was
/// started.
pub(crate) fn identity(kind: &str, name: &str, created: i64, origin: Option<&Origin>) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = BASIS;
    let mut part = |bytes: &[u8]| {
        for &byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    };
    part(kind.as_bytes());
    part(name.as_bytes());
    part(&created.to_le_bytes());
    if let Some(origin) = origin {
        part(origin.folder.as_os_str().as_bytes());
        origin.arguments.iter().for_each(|word| part(word.as_bytes()));
    }
    format!("{hash:032x}")
}

/// Settings with each key once, in their order: the values of one that is there several times stand
/// in one, since the programs have one value for a parameter.
pub(crate) fn parameters(settings: &[(String, String)]) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (key, value) in settings {
        match joined.iter_mut().find(|known| known.0 == *key) {
            Some((_, values)) => *values = format!("{values}, {value}"),
            None => joined.push((key.clone(), value.clone())),
        }
    }
    joined
}

impl TrackedPoint {
    /// A row of a run, at `time`.
    pub(crate) fn of_row(row: &RunRow, time: f64) -> Self {
        let values = [
            ("loss/train", Some(row.train.loss)),
            ("accuracy/train", row.train.accuracy),
            ("loss/train_steps", row.step_loss),
            ("loss/val", Some(row.validation.loss)),
            ("accuracy/val", row.validation.accuracy),
            ("learning_rate", Some(row.learning_rate)),
            ("progress/epoch", Some(row.epoch)),
            ("progress/samples", Some(row.samples as f64)),
            ("progress/seconds", Some(row.seconds)),
        ];
        let known = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self { step: row.step, time, values: known.collect() }
    }

    /// The rows of a run whose clock is not known: as if it had trained without a pause, evaluation
    /// left out, since it was created.
    pub(crate) fn of_rows(rows: &[RunRow], started: f64) -> Vec<Self> {
        rows.iter().map(|row| Self::of_row(row, started + row.seconds)).collect()
    }
}

impl TrackedEnd {
    /// The end of a run with a result.
    pub(crate) fn of_result(result: &RunResult, time: f64) -> Self {
        let (state, outcome) = match result.stopped_by {
            StoppedBy::Duration => (TrackedState::Finished, "duration"),
            StoppedBy::Target => (TrackedState::Finished, "target"),
            StoppedBy::Patience => (TrackedState::Finished, "patience"),
            StoppedBy::Signal => (TrackedState::Stopped, "signal"),
            StoppedBy::Diverged => (TrackedState::Failed, "diverged"),
        };
        let values = [
            ("loss/test", (result.test.samples > 0).then_some(result.test.loss)),
            ("accuracy/test", result.test.accuracy),
            ("best/val_loss", Some(result.validation.best_loss)),
        ];
        let known = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let last = TrackedPoint { step: result.steps, time, values: known.collect() };
        Self { state, outcome: Some(outcome), time, last: Some(last) }
    }

    /// The end of a run without a result.
    pub(crate) fn without_result(status: EntryStatus, time: f64) -> Self {
        let state = match status {
            EntryStatus::Running => TrackedState::Running,
            EntryStatus::Lost | EntryStatus::Stopped => TrackedState::Stopped,
            EntryStatus::Done => TrackedState::Finished,
            EntryStatus::Failed => TrackedState::Failed,
        };
        Self { state, outcome: None, time, last: None }
    }

    /// Of a stored run, after its rows.
    pub(crate) fn of_stored(run: &RunSummary, record: &RunRecord) -> Self {
        let seconds = record.rows.last().map_or(0.0, |row| row.seconds);
        let time = run.created as f64 + seconds;
        match &record.result {
            Some(result) => Self::of_result(result, time),
            None => Self::without_result(run.status, time),
        }
    }
}

/// A parameter as a number, where it is one.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The latest value of each name, by the step, then by the order of the points.
pub(crate) fn latest(points: &[TrackedPoint]) -> BTreeMap<&str, (&TrackedPoint, f64)> {
    let mut latest: BTreeMap<&str, (&TrackedPoint, f64)> = BTreeMap::new();
    for point in points {
        for (name, value) in &point.values {
            if latest.get(name.as_str()).is_none_or(|(known, _)| known.step <= point.step) {
                latest.insert(name, (point, *value));
            }
        }
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::testkit;

    /// Test vectors of the function's authors would be of single texts; what counts here is that no
    /// part can take the place of another.
    #[test]
    fn an_identity_is_of_everything() {
        let origin = |folder: &str, words: &[&str]| Origin {
            folder: folder.into(),
            arguments: words.iter().map(Into::into).collect(),
        };
        let one = identity("run", "a", 1, Some(&origin("/x", &["train"])));
        assert_eq!(one, identity("run", "a", 1, Some(&origin("/x", &["train"]))));
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        for other in [
            identity("study", "a", 1, Some(&origin("/x", &["train"]))),
            identity("run", "b", 1, Some(&origin("/x", &["train"]))),
            identity("run", "a", 2, Some(&origin("/x", &["train"]))),
            identity("run", "a", 1, Some(&origin("/y", &["train"]))),
            identity("run", "a", 1, Some(&origin("/x", &["tr", "ain"]))),
            identity("run", "a", 1, None),
        ] {
            assert_ne!(one, other);
        }
    }

    /// Two parameters of one name are an error in MLflow.
    #[test]
    fn a_key_that_is_there_twice_has_both_values() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let settings = [pair("env", "A=1"), pair("lr", "0.1"), pair("env", "B=2")];
        assert_eq!(parameters(&settings), [pair("env", "A=1, B=2"), pair("lr", "0.1")]);
    }

    #[test]
    fn a_value_that_was_not_measured_is_not_there() {
        let mut row = testkit::row(0, 0.5);
        (row.step_loss, row.train.accuracy, row.validation.accuracy) = (None, None, None);
        let point = TrackedPoint::of_row(&row, 7.0);
        let names: Vec<&str> = point.values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "loss/train",
                "loss/val",
                "learning_rate",
                "progress/epoch",
                "progress/samples",
                "progress/seconds"
            ]
        );
    }
}
