//! The headings of the help: flags are grouped by what one wants to do.

/// What `find` is asked.
pub(crate) const QUESTION: &str = "The question";
/// What one lets `find` spend, and for how much certainty.
pub(crate) const EFFORT: &str = "Time and certainty";
/// What is kept of earlier studies.
pub(crate) const MEMORY_OF_STUDIES: &str = "What is remembered";
/// Memory of a training, and how a batch is divided.
pub(crate) const FITS: &str = "What fits into memory";
/// A training command of the user's.
pub(crate) const COMMAND: &str = "Any training command";
/// What is shown, and which files are written.
pub(crate) const OUTPUT: &str = "Output";
/// Samples per step.
pub(crate) const BATCH_SIZE: &str = "Batch size";
/// When a run ends.
pub(crate) const LENGTH: &str = "Length, and when to stop";
/// How far a step goes.
pub(crate) const LEARNING_RATE: &str = "Learning rate";
/// What decides that a run comes out alike, and what it is called.
pub(crate) const RUN: &str = "The run";
/// What is read.
pub(crate) const DATA: &str = "Data";
/// What is trained.
pub(crate) const MODEL: &str = "Model";
/// How parameters are updated.
pub(crate) const OPTIMIZER: &str = "Optimizer";
/// Flags of all commands.
pub(crate) const GLOBAL: &str = "For every command";
