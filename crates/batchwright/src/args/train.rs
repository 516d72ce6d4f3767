//! The flags of `train` and of `plan`, which plans a `train`.

use crate::args::groups::{BatchArgs, LengthArgs, NetworkArgs, ThreadsArgs};
use crate::args::headings;
use crate::args::values::ScheduleArg;
use crate::tracking::place::LogPlace;
use batchwright_find::{BatchSizes, TargetSpec};
use batchwright_train::Duration;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

/// Flags of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Example: how many steps are 3 epochs of 1,000 samples?
  batchwright plan --samples 1000 --batch-size 64 --epochs 3
A table over batch sizes, for a data set and a model:
  batchwright plan --data mnist --model mlp:512,256 --batch-sizes 8..1024")]
pub(crate) struct PlanArgs {
    /// Training samples [default: those of the data, less validation and test]
    #[arg(long, value_name = "N", conflicts_with = "data", help_heading = headings::DATA)]
    pub(crate) samples: Option<u64>,
    /// A table over these sizes: 8..512 means doublings, 8,12,16 exactly these
    #[arg(long, value_name = "SIZES", conflicts_with_all = ["batch_size", "grad_accum"], value_parser = BatchSizes::parse, help_heading = headings::BATCH_SIZE)]
    pub(crate) batch_sizes: Option<BatchSizes>,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    #[command(flatten)]
    pub(crate) length: LengthArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// Flags of `train`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright train
  batchwright train --data mnist --model mlp:512,256 --batch-size 128 --epochs 5
  batchwright train --data mnist --model mlp:512,256 --batch-size auto
  batchwright train --data houses.csv --label price --model mlp:64,64 --optimizer adamw --patience 5ep
Look at it in TensorBoard while it trains:
  batchwright train --log-to tensorboard:logs
See overfitting on purpose:
  batchwright train --limit-samples 200 --label-noise 0.2 --epochs 200",
    mut_arg("threads", |arg| arg.help("Threads; results do not depend on it [default: all cores]").help_heading(headings::RUN))
)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    /// With --batch-size auto: wall-clock time of the study, where one has to be run [default: as
    /// in `find`]
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::BATCH_SIZE)]
    pub(crate) budget: Option<Duration>,
    #[command(flatten)]
    pub(crate) length: LengthArgs,
    /// Learning rate [default: a sensible start for optimizer and batch size; `find` decides it]
    #[arg(long, value_name = "F", help_heading = headings::LEARNING_RATE)]
    pub(crate) lr: Option<f64>,
    /// What the learning rate does over the run
    #[arg(long, value_name = "NAME", default_value = "constant", help_heading = headings::LEARNING_RATE)]
    pub(crate) schedule: ScheduleArg,
    /// The rate rises from 0 over this duration
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::LEARNING_RATE)]
    pub(crate) warmup: Option<Duration>,
    /// Evaluate this often [default: each epoch, and at least 20 times in a run whose length is not
    /// given in time, or 10 times where evaluations of large data would take long]
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::LENGTH)]
    pub(crate) eval_every: Option<Duration>,
    /// Stop when the validation loss has not improved for this long, e.g. 5ep
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::LENGTH)]
    pub(crate) patience: Option<Duration>,
    /// What counts as an improvement for --patience: more than this
    #[arg(long, value_name = "F", default_value_t = 0.0, help_heading = headings::LENGTH)]
    pub(crate) min_delta: f64,
    /// Stop when reached, e.g. val_accuracy=0.97 or val_loss<0.1; not reached is exit code 3
    #[arg(long, value_name = "NAME=VALUE", value_parser = TargetSpec::parse, help_heading = headings::LENGTH)]
    pub(crate) target: Option<TargetSpec>,
    /// Save the state this often, besides before the first step and at the end: 30s, 10min, 2ep,
    /// 500st, 60000sp
    #[arg(long, value_name = "D", default_value = "30s", allow_hyphen_values = true, help_heading = headings::RUN)]
    pub(crate) checkpoint_every: Duration,
    /// Keep this many checkpoints
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = headings::RUN)]
    pub(crate) keep: usize,
    /// After a loss or gradient that is not finite: go back to the best weights with half the
    /// learning rate, at most this often
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = headings::LEARNING_RATE)]
    pub(crate) retries: u64,
    /// Fixes initial weights, sample order and dropout
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = headings::RUN)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
    /// Fill the terminal with the run: curves, ledger, time left, verdict so far
    #[arg(long, help_heading = headings::OUTPUT)]
    pub(crate) live: bool,
    /// Save the model in this file too, for example on another disk
    #[arg(long, value_name = "FILE", help_heading = headings::RUN)]
    pub(crate) save_model: Option<PathBuf>,
    /// Log the run there while it trains: tensorboard:DIR, mlflow:DIR, or trackio:PROJECT (or its
    /// .db file); can be given several times
    #[arg(long, value_name = "PROGRAM:PLACE", value_parser = LogPlace::from_str, help_heading = headings::RUN)]
    pub(crate) log_to: Vec<LogPlace>,
    /// Name of the run [default: made from data and model]
    #[arg(long, value_name = "NAME", help_heading = headings::RUN)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}
