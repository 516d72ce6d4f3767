//! What the form of each program can do with a run.

use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun};
use anyhow::Result;
use std::time::Duration;

/// The files of one program. What a call wrote that returned `Ok` is there when the process is killed.
pub(crate) trait Tracker {
    /// Takes a run as a whole, in the place of what is there of it. If it fails, what was there stays.
    fn replace(&mut self, run: &TrackedRun, points: &[TrackedPoint], end: &TrackedEnd) -> Result<()>;

    /// Begins a run, or goes on with it: of its points those of `kept` stay, are added where they are
    /// missing, and all others are taken back.
    fn begin(&mut self, run: &TrackedRun, kept: &[TrackedPoint]) -> Result<()>;

    /// Adds points to a run that was begun; waits at most so long for other programs.
    fn append(&mut self, run: &TrackedRun, points: &[TrackedPoint], patience: Duration) -> Result<()>;

    /// Ends a run that was begun.
    fn end(&mut self, run: &TrackedRun, end: &TrackedEnd) -> Result<()>;
}
