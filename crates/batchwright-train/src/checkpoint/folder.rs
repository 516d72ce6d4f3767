//! The checkpoints of one run: files `step-0000001234.checkpoint` in a folder of their own. The one
//! with the highest step is the newest.
//!
//! What a killed save has left behind is never read, and removed when the run goes on. Anything else
//! in the folder is left alone.

use crate::checkpoint::file::Checkpoint;
use crate::error::TrainError;
use batchwright_data::{Disk, create_folder, is_scratch};
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

/// What is tried when a file goes.
const REMOVE: &str = "remove the old checkpoint";

/// The folder of the checkpoints of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFolder(PathBuf);

/// The newest checkpoint that is whole.
#[derive(Debug)]
pub struct Newest {
    /// Its file.
    pub path: PathBuf,
    /// Its content.
    pub checkpoint: Checkpoint,
    /// Newer ones that are damaged, and how.
    pub passed_over: Vec<TrainError>,
}

impl CheckpointFolder {
    /// The checkpoints of the run whose files lie in `run`.
    pub fn of_run(run: &Path) -> Self {
        Self(run.join("checkpoints"))
    }

    /// Where they lie.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the folder where it does not exist.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn create(&self) -> Result<(), TrainError> {
        create_folder(&self.0).map_err(|source| self.failed("make the folder", source))
    }

    /// The file of a step.
    pub(crate) fn file(&self, step: u64) -> PathBuf {
        self.0.join(format!("step-{step:010}.checkpoint"))
    }

    /// Steps and files of all checkpoints, the newest first. Empty where the folder does not exist.
    ///
    /// # Errors
    /// [`TrainError::File`].
    pub fn list(&self) -> Result<Vec<(u64, PathBuf)>, TrainError> {
        let step = |path: PathBuf| Some((path.file_name().and_then(step_of)?, path));
        let mut found: Vec<(u64, PathBuf)> = self.paths()?.into_iter().filter_map(step).collect();
        found.sort_by(|a, b| b.cmp(a));
        Ok(found)
    }

    /// Everything in the folder.
    fn paths(&self) -> Result<Vec<PathBuf>, TrainError> {
        let failed = |source| self.failed("look for checkpoints", source);
        match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => {
                let path = |entry: io::Result<DirEntry>| entry.map(|entry| entry.path()).map_err(failed);
                entries.map_err(failed)?.map(path).collect()
            }
        }
    }

    /// The newest checkpoint that is whole. Only damaged ones are passed over: the run that goes on
    /// removes them.
    ///
    /// # Errors
    /// [`TrainError::NoCheckpoint`] where there is none; where all are damaged, the error of the
    /// newest. The error of one that is newer than all that are whole and may be whole itself: it
    /// could not be read, or another version wrote it.
    pub fn newest(&self) -> Result<Newest, TrainError> {
        self.newest_within(None)
    }

    /// [`CheckpointFolder::newest`] within so many bytes of memory, where that is known.
    ///
    /// # Errors
    /// As [`CheckpointFolder::newest`]; also where the newest does not fit.
    pub fn newest_within(&self, memory: Option<u64>) -> Result<Newest, TrainError> {
        let mut passed_over = Vec::new();
        for (_, path) in self.list()? {
            match Checkpoint::read_within(&path, memory) {
                Ok(checkpoint) => return Ok(Newest { path, checkpoint, passed_over }),
                Err(error) if is_damage(&error) => passed_over.push(error),
                Err(error) => return Err(error),
            }
        }
        let first = passed_over.into_iter().next();
        Err(first.unwrap_or_else(|| TrainError::NoCheckpoint { folder: self.0.clone() }))
    }

    /// Removes what killed saves have left behind, here and beside the model in the folder of the
    /// run. Nobody is saving.
    pub(crate) fn clear_scratch(&self, disk: &dyn Disk) -> Result<(), TrainError> {
        let beside = self.0.parent().map_or(Ok(Vec::new()), |run| Self(run.to_owned()).paths())?;
        let all = self.paths()?.into_iter().chain(beside);
        for path in all.filter(|path| path.file_name().is_some_and(is_scratch)) {
            disk.remove(&path).map_err(|source| TrainError::File { path, action: REMOVE, source })?;
        }
        Ok(())
    }

    /// Removes all but the `keep` newest up to `step`. With `others_end`, newer ones too: they belong
    /// to a course of the run that is not continued.
    pub(crate) fn prune(
        &self,
        disk: &dyn Disk,
        step: u64,
        keep: usize,
        others_end: bool,
    ) -> Result<(), TrainError> {
        let (newer, up_to): (Vec<_>, Vec<_>) = self.list()?.into_iter().partition(|file| file.0 > step);
        let newer = newer.into_iter().filter(|_| others_end);
        for (_, path) in newer.chain(up_to.into_iter().skip(keep.max(1))) {
            disk.remove(&path).map_err(|source| TrainError::File { path, action: REMOVE, source })?;
        }
        Ok(())
    }

    fn failed(&self, action: &'static str, source: io::Error) -> TrainError {
        TrainError::File { path: self.0.clone(), action, source }
    }
}

fn is_damage(error: &TrainError) -> bool {
    matches!(error, TrainError::Checkpoint { problem, .. } if problem.is_damage())
}

/// The step in the name of a checkpoint.
fn step_of(name: &OsStr) -> Option<u64> {
    let digits = name.to_str()?.strip_prefix("step-")?.strip_suffix(".checkpoint")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}
