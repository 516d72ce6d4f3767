//! The flags of `find` for the user's own training command.
//!
//! Left out: the rule that all of them need a command, and which flags cannot be used with a
//! command (`meaning`).

use crate::args::headings;
use batchwright_command::process::VariableTemplate;
use batchwright_command::read::Metric;
use batchwright_train::Duration;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use std::ffi::OsString;
use std::path::PathBuf;

/// A training command of the user's, instead of a network of ours.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::COMMAND)]
pub(crate) struct CommandArgs {
    /// Training samples of the command: what an epoch is
    #[arg(long, value_name = "N")]
    pub(crate) samples: Option<u64>,
    /// Samples between two evaluations, for {eval_steps} [default: 1/16 of --samples, or the
    /// largest size]
    #[arg(long, value_name = "N")]
    pub(crate) eval_samples: Option<u64>,
    /// How the command prints a metric: `val_loss=validation loss: (\S+)`; also step, epoch,
    /// samples, seconds. May be repeated
    #[arg(long, value_name = "NAME=REGEX", value_parser = Metric::parse)]
    pub(crate) metric: Vec<Metric>,
    /// A folder that the command writes metrics.csv or TensorBoard files into, where it takes no
    /// {out}
    #[arg(long, value_name = "DIR")]
    pub(crate) log_dir: Option<PathBuf>,
    /// A variable of the command: BATCH={batch_size}. May be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = VariableTemplate::parse)]
    pub(crate) env: Vec<VariableTemplate>,
    /// A configuration file with placeholders; each trial gets a copy with their values, whose path
    /// is {config}
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Make one short trial and show what would be read of it
    #[arg(long)]
    pub(crate) check: bool,
    /// Make a few short trials and say what the command does with batch size, micro-batches,
    /// epochs, evaluation, schedule and seed; exit code 3 if something is wrong
    #[arg(long, conflicts_with = "check")]
    pub(crate) audit: bool,
    /// Let the command print to a terminal: for programs that hold their output back otherwise
    #[arg(long)]
    pub(crate) pty: bool,
    /// Show what the command prints
    #[arg(long)]
    pub(crate) show_output: bool,
    /// Keep what each trial wrote into {out}
    #[arg(long)]
    pub(crate) keep_outputs: bool,
    /// A shell line that runs once, before everything
    #[arg(long, value_name = "LINE")]
    pub(crate) setup: Option<String>,
    /// A shell line that runs before each trial
    #[arg(long, value_name = "LINE")]
    pub(crate) prepare: Option<String>,
    /// A shell line that runs once, after everything
    #[arg(long, value_name = "LINE")]
    pub(crate) cleanup: Option<String>,
    /// Accelerators, one a trial: 0,1 [default: the command sees all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) devices: Vec<String>,
    /// Longest way to the first output, and from there to the first row that is understood
    #[arg(long, value_name = "D", default_value = "10min")]
    pub(crate) start_timeout: Duration,
    /// Longest silence after the first output [default: none]
    #[arg(long, value_name = "D")]
    pub(crate) silence_timeout: Option<Duration>,
    /// Longest trial [default: none]
    #[arg(long, value_name = "D")]
    pub(crate) trial_timeout: Option<Duration>,
    /// The command, with {batch_size} and {lr}; also {seed} {steps} {epochs} {samples} {eval_steps}
    /// {micro_batch_size} {grad_accum} {eval_batch_size} {out} {config}
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
