//! Writes checkpoints beside the training: the training thread copies the state into a buffer, a
//! second thread seals and writes it.
//!
//! There is one buffer, used again and again. While it is on its way to the disk, the next
//! checkpoint waits: training does not. With each checkpoint whose run has new best weights, they
//! are saved as a model too, so that a run that is killed leaves a model that can be used.

use crate::checkpoint::file::{CheckpointAbout, fill, prefix, seal};
use crate::checkpoint::folder::CheckpointFolder;
use crate::duration::Duration;
use crate::error::TrainError;
use crate::model_file::SavedModel;
use crate::saver::{SavePoint, Saver};
use crate::state::RunState;
use crate::verdict::best_row;
use batchwright_data::{Disk, write_atomic_on};
use batchwright_nn::Engine;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// What is tried when a checkpoint is saved.
const WRITE: &str = "write the checkpoint";

/// Lists as long as the parameters that saving takes beside an engine with so many of them: weights,
/// gradient and moments. It is a copy of the state (all but the gradient), the buffer (the same and
/// the best weights), and two copies of the best weights while a model is made of them.
pub fn copies_of_saving(engine: u128) -> u128 {
    engine.saturating_mul(2).saturating_add(1)
}

/// What is written, where, and how often.
#[derive(Debug)]
pub struct CheckpointPlan {
    /// Where checkpoints go; the folder exists.
    pub folder: CheckpointFolder,
    /// What each of them says about the run.
    pub about: CheckpointAbout,
    /// At most this much training is lost.
    pub every: Duration,
    /// How many are kept; at least one.
    pub keep: usize,
    /// The file of the best weights.
    pub model_path: PathBuf,
    /// What the model is; its weights are those of the run.
    pub model: SavedModel,
    /// What they are written on.
    pub disk: Arc<dyn Disk>,
    /// Samples of an epoch, for an interval in epochs.
    pub samples_per_epoch: u64,
}

/// Writes the checkpoints of one run.
#[derive(Debug)]
pub struct Checkpointer {
    plan: CheckpointPlan,
    prefix: Vec<u8>,
    /// Steps, samples and seconds at the last checkpoint.
    last: (u64, u64, f64),
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the two threads share.
#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot {
    /// Away while it is being written.
    buffer: Vec<u8>,
    job: Option<Job>,
    /// A job waits or is being done.
    busy: bool,
    failed: Option<TrainError>,
    /// The step of the best weights that lie in the file of the model.
    model_of: Option<u64>,
    closed: bool,
}

#[derive(Debug)]
struct Job {
    step: u64,
    /// Step and bytes of a new model.
    model: Option<(u64, Vec<u8>)>,
    /// The first of this process: newer checkpoints are of a course that is not continued.
    others_end: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nothing is to be written.
    fn idle(&self) -> MutexGuard<'_, Slot> {
        let waited = self.changed.wait_while(self.lock(), |slot| slot.busy);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Checkpointer {
    /// Starts the second thread.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for a duration in tokens, [`TrainError::Checkpoint`] for settings
    /// that cannot be written, [`TrainError::File`] if the system starts no thread.
    pub fn new(mut plan: CheckpointPlan) -> Result<Self, TrainError> {
        plan.every.in_samples(None)?;
        // They are those of the start; each model gets its own.
        plan.model.tensors = Vec::new();
        let refuse = |problem| TrainError::Checkpoint { path: plan.folder.path().to_owned(), problem };
        let prefix = prefix(&plan.about).map_err(refuse)?;
        let shared = Arc::new(Shared::default());
        let target = Target {
            folder: plan.folder.clone(),
            keep: plan.keep,
            model_path: plan.model_path.clone(),
            disk: Arc::clone(&plan.disk),
        };
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || target.work(&theirs))
            .map_err(|source| TrainError::File {
                path: plan.folder.path().to_owned(),
                action: "start the writer of checkpoints",
                source,
            })?;
        Ok(Self { plan, prefix, last: (0, 0, 0.0), shared, thread: Some(thread) })
    }

    /// Whether enough was trained since the last checkpoint.
    fn enough(&self, state: &RunState) -> bool {
        let (steps, samples, seconds) = self.last;
        match self.plan.every {
            Duration::Steps(every) => state.steps() - steps >= every,
            // Refused where it begins.
            Duration::Samples(every) | Duration::Tokens(every) => state.samples() - samples >= every,
            Duration::Epochs(every) => {
                (state.samples() - samples) as f64 >= every * self.plan.samples_per_epoch as f64
            }
            Duration::Seconds(every) => state.seconds() - seconds >= every,
        }
    }

    /// The best weights as a model, if they are not in its file.
    fn new_model(
        &self,
        state: &RunState,
        engine: &dyn Engine,
        saved: Option<u64>,
    ) -> Result<Option<(u64, Vec<u8>)>, TrainError> {
        let best = best_row(state.rows()).map(|row| row.step).filter(|&step| Some(step) != saved);
        let Some(step) = best.filter(|_| !state.best_weights().is_empty()) else { return Ok(None) };
        let tensors = engine.tensors_of(state.best_weights())?;
        let model = SavedModel { tensors, ..self.plan.model.clone() };
        Ok(Some((step, model.into_bytes(&self.plan.model_path)?)))
    }
}

impl Saver for Checkpointer {
    fn is_due(&mut self, state: &RunState) -> bool {
        self.enough(state) && !self.shared.lock().busy
    }

    fn save(&mut self, point: SavePoint, state: &RunState, engine: &dyn Engine) -> Result<(), TrainError> {
        self.last = (state.steps(), state.samples(), state.seconds());
        let mut slot = self.shared.idle();
        fill(&mut slot.buffer, &self.prefix, state);
        let model = self.new_model(state, engine, slot.model_of);
        let (model, refused) = match model {
            Ok(model) => (model, None),
            // The checkpoint must not be lost with it.
            Err(error) => (None, Some(error)),
        };
        slot.job = Some(Job { step: state.steps(), model, others_end: point == SavePoint::Start });
        slot.busy = true;
        drop(slot);
        self.shared.changed.notify_all();
        let failed = match point {
            SavePoint::Between => Ok(()),
            SavePoint::Start | SavePoint::End => self.finish(),
        };
        failed.and(refused.map_or(Ok(()), Err))
    }

    fn failure(&mut self) -> Option<TrainError> {
        self.shared.lock().failed.take()
    }

    fn finish(&mut self) -> Result<(), TrainError> {
        self.shared.idle().failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It panics only where the standard library does, and has said so then.
            let _ = thread.join();
        }
    }
}

/// What the second thread needs.
struct Target {
    folder: CheckpointFolder,
    keep: usize,
    model_path: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Target {
    /// Writes until the other thread has closed the slot.
    fn work(&self, shared: &Shared) {
        let idle = |slot: &mut Slot| slot.job.is_none() && !slot.closed;
        loop {
            let waited = shared.changed.wait_while(shared.lock(), idle);
            let mut slot = waited.unwrap_or_else(PoisonError::into_inner);
            let Some(job) = slot.job.take() else { return };
            let mut bytes = std::mem::take(&mut slot.buffer);
            drop(slot);
            // The training waits for the answer, whatever happens here.
            let saved = catch_unwind(AssertUnwindSafe(|| {
                seal(&mut bytes);
                self.write(&job, &bytes)
            }));
            let saved = saved.unwrap_or_else(|_| Err(self.panicked(&job)));
            let mut slot = shared.lock();
            slot.buffer = bytes;
            match saved {
                Ok(()) => slot.model_of = job.model.map(|model| model.0).or(slot.model_of),
                Err(error) => slot.failed = Some(error),
            }
            slot.busy = false;
            drop(slot);
            shared.changed.notify_all();
        }
    }

    /// The panic itself was told where it came.
    fn panicked(&self, job: &Job) -> TrainError {
        TrainError::File {
            path: self.folder.file(job.step),
            action: WRITE,
            source: io::Error::other("its writer panicked"),
        }
    }

    /// Old checkpoints go only when the new one is there.
    fn write(&self, job: &Job, bytes: &[u8]) -> Result<(), TrainError> {
        if job.others_end {
            self.folder.clear_scratch(self.disk.as_ref())?;
        }
        self.put(&self.folder.file(job.step), WRITE, bytes)?;
        if let Some((_, model)) = &job.model {
            self.put(&self.model_path, "write the model", model)?;
        }
        self.folder.prune(self.disk.as_ref(), job.step, self.keep, job.others_end)
    }

    fn put(&self, path: &std::path::Path, action: &'static str, bytes: &[u8]) -> Result<(), TrainError> {
        write_atomic_on(self.disk.as_ref(), path, bytes).map_err(|error| TrainError::File {
            path: error.path,
            action,
            source: error.source,
        })
    }
}
