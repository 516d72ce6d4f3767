//! The flags of `find`.
//!
//! Left out: the flags that only a training command has (`command`), and what each flag means for
//! each question (`meaning`).

use crate::args::command::CommandArgs;
use crate::args::groups::{MemoryArgs, NetworkArgs, ThreadsArgs};
use crate::args::headings;
use crate::args::meaning::{declare, typed};
use crate::args::values::{StrategyArg, parse_samples};
use crate::tracking::place::LogPlace;
use batchwright_find::{BatchSizes, Objective, POWERCAP, Rates, TargetSpec};
use batchwright_train::Duration;
use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// Flags of `find`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright find
  batchwright find --data mnist --model mlp:128 --target val_accuracy=0.96 --batch-sizes 16..1024 --budget 5min
For a training command in any language (see also --check; placeholders are listed below):
  batchwright find --batch-sizes 8..1024 --lr 1e-4..1 --target 'val_loss<0.3' -- python train.py --batch-size {batch_size} --lr {lr}
What that command itself does with micro-batches, epochs, evaluation, schedule and seed:
  batchwright find --audit --samples 50000 -- python train.py --batch-size {micro_batch_size} --accum {grad_accum} --epochs {epochs} --seed {seed}
The largest micro-batch (of a command: batch size) that runs, and nothing else:
  batchwright find --objective fit --data mnist --model mlp:512,256 --memory-limit 300MiB
  batchwright find --objective fit --batch-sizes 8..1024 -- python train.py --batch-size {batch_size}

The learning rate is tuned anew for each size, steps to the target are counted, and the step time is measured alone; time to the target is their product.
An answer that an earlier study gave to the same question is checked and given again; a study that did not decide is gone on from.
Ctrl-C ends the study with the verdict so far.",
    mut_arg("threads", |arg| arg.help("Threads of the training whose step time is measured [default: all cores]").help_heading(headings::EFFORT)),
    mut_arg("memory_limit", |arg| arg.help_heading(headings::FITS))
)]
pub(crate) struct FindArgs {
    #[command(flatten)]
    pub(crate) study: StudyArgs,
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
    /// Name of the study [default: made from data and model]
    #[arg(long, value_name = "NAME", help_heading = headings::MEMORY_OF_STUDIES)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
    /// Samples per forward/backward pass; larger batches accumulate [default: the batch, or what
    /// fits of it]
    #[arg(long, value_name = "N", help_heading = headings::FITS)]
    pub(crate) micro_batch_size: Option<u64>,
    #[command(flatten)]
    pub(crate) command: CommandArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// Leave out the short last batch of an epoch
    #[arg(long, help_heading = headings::DATA)]
    pub(crate) drop_last: bool,
    /// Say where each number comes from, and what each trial was for
    #[arg(long, help_heading = headings::OUTPUT)]
    pub(crate) explain: bool,
    /// Fill the terminal with the study: sizes with their probabilities, the map of sizes and learning
    /// rates, trials, time left
    #[arg(long, conflicts_with = "show_output", help_heading = headings::OUTPUT)]
    pub(crate) live: bool,
    #[command(flatten)]
    pub(crate) export: ExportArgs,
    /// Log each trial there as it ends: tensorboard:DIR, mlflow:DIR, or trackio:PROJECT (or its .db
    /// file); can be given several times
    #[arg(long, value_name = "PROGRAM:PLACE", value_parser = LogPlace::from_str, help_heading = headings::OUTPUT)]
    pub(crate) log_to: Vec<LogPlace>,
    /// The flags that were typed, as opposed to those that have their default.
    #[arg(skip)]
    pub(crate) typed: Vec<&'static str>,
}

/// What is compared, how, and for how long.
#[derive(Debug, Args)]
#[command(next_help_heading = headings::QUESTION)]
pub(crate) struct StudyArgs {
    /// What "best" means
    #[arg(long, value_name = "NAME", default_value = "time")]
    pub(crate) objective: ObjectiveArg,
    /// What a trial must reach: val_accuracy=0.96, val_loss<0.1, or auto
    #[arg(long, value_name = "NAME=VALUE", default_value = "auto", value_parser = TargetSpec::parse)]
    pub(crate) target: TargetSpec,
    /// 8..512 means doublings with both ends (widened where the best is at an end), 8,12,16 exactly
    /// these
    #[arg(long, value_name = "SIZES", default_value = "8..512", value_parser = BatchSizes::parse)]
    pub(crate) batch_sizes: BatchSizes,
    /// No batch size above this is tried, whatever the range [default: the training samples]
    #[arg(long, value_name = "N")]
    pub(crate) max_batch_size: Option<u64>,
    /// Learning rates to start from: LO..HI or a list; widened where the best is at an edge
    /// [default: around a sensible start for each size]
    #[arg(long, value_name = "RATES", value_parser = Rates::parse)]
    pub(crate) lr: Option<Rates>,
    /// Do not widen the rates of --lr
    #[arg(long, requires = "lr")]
    pub(crate) lr_fixed: bool,
    /// Sizes within this expected regret of the best are tied
    #[arg(long, value_name = "F", default_value_t = 0.1)]
    pub(crate) margin: f64,
    /// Price of an hour of this machine, in any currency: shows what each size costs, for
    /// --objective money
    #[arg(long, value_name = "F")]
    pub(crate) price_per_hour: Option<f64>,
    /// Folder of the machine's energy counters, for --objective energy
    #[arg(long, value_name = "DIR", default_value = POWERCAP, hide = true)]
    pub(crate) powercap: PathBuf,
    /// Wall-clock time of the study: 60s, 5min [default: 45s on the embedded data, else 10min]
    #[arg(long, value_name = "D", allow_hyphen_values = true, help_heading = headings::EFFORT)]
    pub(crate) budget: Option<Duration>,
    /// Trainings that will use the answer: how much more certainty may cost
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = headings::EFFORT)]
    pub(crate) reuse: u64,
    /// Most samples of one trial: a number, 60000sp, or of a text 1e6tok; with --objective quality, what
    /// each trial trains
    #[arg(long, value_name = "N", value_parser = parse_samples, help_heading = headings::EFFORT)]
    pub(crate) max_samples: Option<Duration>,
    /// With --objective quality: how long each trial trains, 60s or 5min of training, or 5ep
    #[arg(long, value_name = "D", allow_hyphen_values = true, conflicts_with = "max_samples", help_heading = headings::EFFORT)]
    pub(crate) within: Option<Duration>,
    /// First fresh seeds at each size; more where the verdict needs them
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = headings::EFFORT)]
    pub(crate) seeds: u64,
    /// Everything random in the study follows from it
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = headings::EFFORT)]
    pub(crate) seed: u64,
    /// How the runs are chosen
    #[arg(long, value_name = "NAME", default_value = "race", help_heading = headings::EFFORT)]
    pub(crate) strategy: StrategyArg,
    /// Trials at a time, for counting steps [default: one a core; of a command 1, or the number of
    /// --devices]
    #[arg(long, value_name = "N", help_heading = headings::EFFORT)]
    pub(crate) jobs: Option<usize>,
    /// Begin anew, whatever earlier studies of the same workload say
    #[arg(long, help_heading = headings::MEMORY_OF_STUDIES)]
    pub(crate) fresh: bool,
}

/// Files that the answer of a study is written into. What they held is replaced.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = headings::OUTPUT)]
pub(crate) struct ExportArgs {
    /// Write the object of --json into a file
    #[arg(long, value_name = "FILE")]
    pub(crate) export_json: Option<PathBuf>,
    /// Write the table of sizes as CSV, with plain numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) export_csv: Option<PathBuf>,
    /// Write the verdict and the table for a README or a pull request
    #[arg(long, value_name = "FILE")]
    pub(crate) export_markdown: Option<PathBuf>,
}

impl FindArgs {
    /// Parses the flags as if these words had been typed.
    pub(crate) fn from_words<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            find: FindArgs,
        }
        let words = std::iter::once("find").chain(words);
        let matches = declare(Line::command()).try_get_matches_from(words)?;
        let mut find = Line::from_arg_matches(&matches)?.find;
        find.typed = typed(&matches);
        Ok(find)
    }
}

/// What `find` looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ObjectiveArg {
    /// Fewest seconds to the target
    Time,
    /// Least money to the target: time times --price-per-hour
    Money,
    /// Fewest joules to the target, where the processor's counters (RAPL) can be read
    Energy,
    /// Fewest samples to the target (compute)
    Samples,
    /// Fewest steps to the target
    Steps,
    /// Best validation metric of trainings of one length: --within a time, or --max-samples
    Quality,
    /// The largest micro-batch that runs; nothing is compared
    Fit,
}

impl ObjectiveArg {
    /// The objective of a study; `None` where only memory is asked about.
    pub(crate) fn of_study(self) -> Option<Objective> {
        match self {
            Self::Time => Some(Objective::Time),
            Self::Money => Some(Objective::Money),
            Self::Energy => Some(Objective::Energy),
            Self::Samples => Some(Objective::Samples),
            Self::Steps => Some(Objective::Steps),
            Self::Quality => Some(Objective::Quality),
            Self::Fit => None,
        }
    }
}
