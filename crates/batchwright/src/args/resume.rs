//! The flags of `resume`.

use crate::args::headings;
use batchwright_train::Duration;
use clap::Args;

/// Flags of `resume`.
#[derive(Debug, Args)]
#[command(
    after_help = "The data, the model and everything that is not given here are as at the start. A run ends as it would
have without the interruption: the same rows, weights and verdict.
Examples:
  batchwright resume last
  batchwright resume digits-mlp64-1
Longer, or with another batch size from the same sample on:
  batchwright resume digits-mlp64-1 --epochs 40
  batchwright resume digits-mlp64-1 --batch-size 128"
)]
pub(crate) struct ResumeArgs {
    /// Name of a run or study; `last`: the newest one; or the path of a run's folder or of a
    /// checkpoint
    pub(crate) name: String,
    /// A run goes on with this many samples per step, in passes that fit into memory; the changes of
    /// size that were still to come are dropped
    #[arg(long, short, value_name = "N", help_heading = headings::BATCH_SIZE)]
    pub(crate) batch_size: Option<u64>,
    /// A run is to have this many epochs in all
    #[arg(long, value_name = "E", conflicts_with = "duration", help_heading = headings::LENGTH)]
    pub(crate) epochs: Option<f64>,
    /// A run is to have this length in all: 10ep, 500st, 60000sp, 90s, 10min, 2h
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::LENGTH)]
    pub(crate) duration: Option<Duration>,
    /// Fill the terminal with the run or study
    #[arg(long, help_heading = headings::OUTPUT)]
    pub(crate) live: bool,
    /// A run goes on with this learning rate
    #[arg(long, value_name = "F", help_heading = headings::LEARNING_RATE)]
    pub(crate) lr: Option<f64>,
}
