//! What a run asks of whoever saves its state. The run knows neither files nor threads.
//!
//! Left out: the one that writes checkpoints (`checkpoint/`).

use crate::error::TrainError;
use crate::state::RunState;
use batchwright_nn::Engine;

/// When a state is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavePoint {
    /// Before the first step of this process. The call returns when the state is saved: a disk that
    /// is too small is known before any training.
    Start,
    /// Between two steps, because [`Saver::is_due`] said so. Training goes on at once.
    Between,
    /// At the end, unless the run diverged: after the last step and before its evaluation, or after
    /// the evaluation that ended the run. The call returns when the state is saved.
    End,
}

/// Saves the state of a run, on the run's own thread: be quick.
pub trait Saver {
    /// Asked after each step: whether the state should be handed over now. Without a finished
    /// [`Saver::save`] in between, it is asked again after the next step.
    fn is_due(&mut self, state: &RunState) -> bool;

    /// Takes the state. `engine` is what its weights belong to.
    ///
    /// # Errors
    /// If it could not be saved. At [`SavePoint::Start`] this ends the run, otherwise it is reported
    /// to the observer, and the run goes on.
    fn save(&mut self, point: SavePoint, state: &RunState, engine: &dyn Engine) -> Result<(), TrainError>;

    /// An error of an earlier save that became known since the last call.
    fn failure(&mut self) -> Option<TrainError>;

    /// Waits until everything that was handed over is saved. Called before the last save and where
    /// there is none, so that no error is lost or taken for that of a later save.
    ///
    /// # Errors
    /// As [`Saver::failure`].
    fn finish(&mut self) -> Result<(), TrainError>;
}

/// Saves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsaved;

impl Saver for Unsaved {
    fn is_due(&mut self, _state: &RunState) -> bool {
        false
    }

    fn save(&mut self, _point: SavePoint, _state: &RunState, _engine: &dyn Engine) -> Result<(), TrainError> {
        Ok(())
    }

    fn failure(&mut self) -> Option<TrainError> {
        None
    }

    fn finish(&mut self) -> Result<(), TrainError> {
        Ok(())
    }
}
