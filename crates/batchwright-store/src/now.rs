//! What a study is doing now: its stage and the trials that run, for whoever watches it. A journal holds
//! answers only.
//!
//! It is a file beside the study and no part of what is stored: it may be old, and it is lost with the
//! process that wrote it. So nothing depends on it, and it is neither sealed nor synced.

use std::io;
use std::io::Read;
use std::path::PathBuf;

use batchwright_find::{Stage, StudyEvent, Target, TrialRequest};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::store::Store;

/// The name of the file.
const FILE: &str = "now.json";

/// Most bytes of it that are read: some 500 trials at a time.
const MOST_BYTES: u64 = 1 << 17;

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
    pub running: Vec<TrialRequest>,
}

impl StudyNow {
    /// Notes an event of the study. Returns whether it changed what the study is doing.
    pub fn note(&mut self, event: &StudyEvent) -> bool {
        match event {
            StudyEvent::Stage(stage) => self.stage = Some(*stage),
            StudyEvent::TargetChosen(target) => self.target = Some((*target).clone()),
            StudyEvent::BestSoFar(best) => self.best = best.map(|best| best.batch_size),
            StudyEvent::TrialStarted { request, .. } => self.running.push(**request),
            StudyEvent::TrialEnded(trial) => {
                let ended = self.running.iter().position(|running| *running == trial.request);
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
    /// Tells what a study is doing now. The file is replaced whole.
    ///
    /// # Errors
    /// Of the disk. Whoever watches then sees less; the study itself lacks nothing.
    pub fn tell_now(&self, study: &str, now: &StudyNow) -> io::Result<()> {
        let path = self.now_path(study).map_err(io::Error::other)?;
        let part = path.with_extension("part");
        std::fs::write(&part, serde_json::to_vec(now)?)?;
        std::fs::rename(&part, &path)
    }

    /// What a study was doing when it told it last; `None` where nothing is known. Only of a study that
    /// runs is it what it does now.
    #[must_use]
    pub fn now_of(&self, study: &str) -> Option<StudyNow> {
        let file = std::fs::File::open(self.now_path(study).ok()?).ok()?;
        let mut text = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Removes what was told of a study: it does nothing any more.
    pub fn forget_now(&self, study: &str) {
        if let Ok(path) = self.now_path(study) {
            // Where it stays it is ignored: the study does not run.
            let _ = std::fs::remove_file(path);
        }
    }

    fn now_path(&self, study: &str) -> Result<PathBuf, StoreError> {
        Ok(self.place(study)?.join(FILE))
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

    #[test]
    fn it_is_told_replaced_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let about = Fingerprint { workload: "w".into(), question: "q".into() };
        store.create_study(&NewName::Exactly("s"), &[], &about, &Origin::default()).unwrap();
        store.folder("s").unwrap();
        assert_eq!(store.now_of("s"), None);
        let request =
            TrialRequest { batch_size: 8, learning_rate: 0.1, seed: 1, max_samples: 100, eval_samples: 10 };
        for running in [vec![request; 2], Vec::new()] {
            let now = StudyNow { stage: Some(Stage::Search), best: Some(8), running, target: None };
            store.tell_now("s", &now).unwrap();
            assert_eq!(store.now_of("s"), Some(now));
        }
        // Half a file, or another one, is nothing and no error.
        std::fs::write(store.now_path("s").unwrap(), "{\"stage\":").unwrap();
        assert_eq!(store.now_of("s"), None);
        store.forget_now("s");
        assert!(!store.now_path("s").unwrap().exists());
        assert!(store.tell_now("other", &StudyNow::default()).is_err());
    }
}
