//! What a run or a study is doing now, for whoever watches it: what the curve of the run says so far; the
//! stage of the study and the trials that run. Rows and a journal hold answers only.
//!
//! It is a file beside the entry and no part of what is stored: it may be old, and it is lost with the
//! process that wrote it. So nothing depends on it, and it is neither sealed nor synced.

use std::io;
use std::io::Read;
use std::path::PathBuf;

use batchwright_find::{Stage, StudyEvent, Target, TrialPosition, TrialRequest};
use batchwright_train::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::store::Store;

/// The name of the file.
const FILE: &str = "now.json";

/// Most bytes of it that are read: some 500 trials at a time.
const MOST_BYTES: u64 = 1 << 20;

/// Most rows of a trial that runs. Beyond it those go that lie close to others.
const MOST_ROWS: usize = 32;

/// What a run is doing now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunNow {
    /// What its curve would say if it ended with its last row, without what takes long to find out.
    pub verdict: Verdict,
}

/// What a study is doing now.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StudyNow {
    /// Its stage, once it has begun.
    pub stage: Option<Stage>,
    /// What its trials must reach, once that is known.
    pub target: Option<Target>,
    /// The size that it would recommend now.
    pub best: Option<u64>,
    /// The trials that run.
    pub running: Vec<RunningTrial>,
}

/// A trial that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunningTrial {
    /// What it trains.
    pub request: TrialRequest,
    /// Some of its evaluations so far, the last one among them: where it was, and the best value up to there.
    pub rows: Vec<(TrialPosition, f64)>,
}

impl RunningTrial {
    /// A trial that has begun.
    #[must_use]
    pub fn new(request: TrialRequest) -> Self {
        Self { request, rows: Vec::new() }
    }

    fn row(&mut self, at: TrialPosition, best: f64) {
        if self.rows.len() >= MOST_ROWS {
            let gap = at.step / (MOST_ROWS as u64 / 2);
            let mut next = 0;
            self.rows.retain(|(kept, _)| {
                let keeps = kept.step >= next;
                next = if keeps { kept.step + gap } else { next };
                keeps
            });
        }
        self.rows.push((at, best));
    }
}

impl StudyNow {
    /// Notes an event of the study. Returns whether it changed what the study is doing.
    pub fn note(&mut self, event: &StudyEvent) -> bool {
        match event {
            StudyEvent::Stage(stage) => self.stage = Some(*stage),
            StudyEvent::TargetChosen(target) => self.target = Some((*target).clone()),
            StudyEvent::BestSoFar(best) => self.best = best.map(|best| best.batch_size),
            StudyEvent::TrialStarted { request, .. } => self.running.push(RunningTrial::new(**request)),
            StudyEvent::TrialRow { request, at, best } => {
                let trial = self.running.iter_mut().find(|running| running.request == **request);
                trial.into_iter().for_each(|trial| trial.row(*at, *best));
            }
            StudyEvent::TrialEnded(trial) => {
                let ended = self.running.iter().position(|running| running.request == trial.request);
                ended.map(|place| self.running.remove(place));
            }
            StudyEvent::Learnt(_)
            | StudyEvent::TrialKnown(_)
            | StudyEvent::StepTimeMeasured { .. }
            | StudyEvent::DoesNotFit { .. } => return false,
        }
        true
    }
}

impl Store {
    /// Tells what a run ([`RunNow`]) or a study ([`StudyNow`]) is doing now. The file is replaced whole.
    ///
    /// # Errors
    /// Of the disk. Whoever watches then sees less; the run or study itself lacks nothing.
    pub fn tell_now(&self, name: &str, now: &impl Serialize) -> io::Result<()> {
        // The folder of a study is there only once it has files.
        let path = self.folder(name).map_err(io::Error::other)?.join(FILE);
        let part = path.with_extension("part");
        std::fs::write(&part, serde_json::to_vec(now)?)?;
        std::fs::rename(&part, &path)
    }

    /// What a run or a study was doing when it told it last; `None` where nothing is known. Only of one that
    /// runs is it what it does now.
    #[must_use]
    pub fn now_of<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let file = std::fs::File::open(self.now_path(name).ok()?).ok()?;
        let mut text = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Removes what was told of a run or a study: it does nothing any more.
    pub fn forget_now(&self, name: &str) {
        if let Ok(path) = self.now_path(name) {
            // Where it stays it is ignored: the run or study does not run.
            let _ = std::fs::remove_file(&path);
            // A folder with nothing else in it was made for this file.
            let _ = path.parent().map(std::fs::remove_dir);
        }
    }

    fn now_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        Ok(self.place(name)?.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_find::{Phase, TrialEnd};

    use crate::claim::Origin;
    use crate::name::NewName;
    use crate::studies::Fingerprint;

    /// Else a trial that has ended runs for ever, or two of one request end together.
    #[test]
    fn trials_come_and_go() {
        let request = batchwright_find::testkit::request(8, 0.1);
        let mut now = StudyNow::default();
        let started = StudyEvent::TrialStarted { request: &request, phase: Phase::Tune };
        assert!(now.note(&StudyEvent::Stage(Stage::Search)) && now.note(&started) && now.note(&started));
        let trial = batchwright_find::testkit::trial(request, TrialEnd::Target, 64);
        assert!(!now.note(&StudyEvent::TrialKnown(&trial)));
        assert!(now.note(&StudyEvent::TrialEnded(&trial)));
        assert_eq!((now.stage, now.running.len()), (Some(Stage::Search), 1));
    }

    /// Else a long trial grows a file that is written four times a second, or loses its beginning or where it
    /// is.
    #[test]
    fn a_trial_keeps_few_rows_with_both_ends() {
        let request = batchwright_find::testkit::request(8, 0.1);
        let mut now = StudyNow { running: vec![RunningTrial::new(request)], ..StudyNow::default() };
        for step in 1..=10_000 {
            let at = TrialPosition { step, samples: 8 * step, seconds: step as f64 };
            assert!(now.note(&StudyEvent::TrialRow { request: &request, at, best: 1.0 / step as f64 }));
            let steps: Vec<u64> = now.running[0].rows.iter().map(|(at, _)| at.step).collect();
            assert!(steps.len() <= MOST_ROWS && steps.first() == Some(&1) && steps.last() == Some(&step));
        }
        let steps = now.running[0].rows.iter().map(|(at, _)| at.step);
        assert!(steps.filter(|&step| step < 5_000).count() > 2, "all of its course is there");
    }

    #[test]
    fn it_is_told_replaced_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let about = Fingerprint { workload: "w".into(), question: "q".into() };
        store.create_study(&NewName::Exactly("s"), &[], &about, &Origin::default()).unwrap();
        assert_eq!(store.now_of::<StudyNow>("s"), None);
        let request =
            TrialRequest { batch_size: 8, learning_rate: 0.1, seed: 1, max_samples: 100, eval_samples: 10 };
        let at = TrialPosition { step: 1, samples: 8, seconds: 0.5 };
        let trial = RunningTrial { rows: vec![(at, 0.25)], ..RunningTrial::new(request) };
        for running in [vec![trial; 2], Vec::new()] {
            let now = StudyNow { stage: Some(Stage::Search), best: Some(8), running, target: None };
            store.tell_now("s", &now).unwrap();
            assert_eq!(store.now_of("s"), Some(now));
        }
        // Half a file, or another one, is nothing and no error.
        std::fs::write(store.now_path("s").unwrap(), "{\"stage\":").unwrap();
        assert_eq!(store.now_of::<StudyNow>("s"), None);
        store.forget_now("s");
        assert!(!store.place("s").unwrap().exists(), "an empty folder stays");
        store.tell_now("s", &StudyNow::default()).unwrap();
        std::fs::write(store.place("s").unwrap().join("report.html"), "").unwrap();
        store.forget_now("s");
        assert_eq!(std::fs::read_dir(store.place("s").unwrap()).unwrap().count(), 1, "only what was told");
        assert!(store.tell_now("../s", &StudyNow::default()).is_err(), "not outside the store");
    }
}
