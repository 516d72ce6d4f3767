//! Every command and flag. Names follow what users of other trainers expect.

use crate::command_args::CommandArgs;
use crate::memory_size::MemorySize;
use batchwright_data::TaskKind;
use batchwright_find::{BatchSizes, Objective, POWERCAP, ProbeLength, Rates, StrategyKind, TargetSpec};
use batchwright_nn::{Activation, Architecture};
use batchwright_train::{Decay, Duration};
use batchwright_view::Lang;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Trains deep networks by mini-batch and decides the batch size by experiment.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 target not reached or no verdict, 129/130/143 stopped by a signal (state saved).

A first look:
  batchwright plan --samples 10000 --batch-size 100 --epochs 1
  batchwright train
  batchwright find"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line; ends the program where it makes no sense.
    pub(crate) fn read() -> Self {
        let matches = negative_values(Self::command()).get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let (Command::Find(find), Some((_, matches))) = (&mut cli.command, matches.subcommand()) {
            let typed = |flag: &&str| matches.value_source(flag) == Some(ValueSource::CommandLine);
            find.typed = OF_A_COMPARISON.into_iter().filter(typed).collect();
        }
        cli
    }
}

/// Flags of `find` that have a default, and no meaning where nothing is compared.
const OF_A_COMPARISON: [&str; 4] = ["strategy", "margin", "seeds", "reuse"];

/// Lets flags take negative numbers, so that `--lr -1` is refused for its value and not as an unknown flag `-1`.
fn negative_values(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| {
            let takes_value = arg.get_action().takes_values() && !arg.is_positional();
            arg.allow_negative_numbers(takes_value)
        })
        .mut_subcommands(negative_values)
}

/// Flags of all commands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder of runs and studies
    #[arg(long, global = true, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Print one JSON object on stdout, everything else on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Language of what is printed and of reports [default: from the locale]
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<LangArg>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Arithmetic only: batch size <-> steps <-> epochs <-> samples, and memory
    Plan(PlanArgs),
    /// Train one network, with its learning curve, verdict and report
    Train(TrainArgs),
    /// Decide the batch size by experiment
    Find(Box<FindArgs>),
    /// Evaluate a trained model on data with labels
    Eval(EvalArgs),
    /// Predict with a trained model
    Predict(PredictArgs),
    /// Look at a data set
    Data(DataCommand),
    /// Make the report of a run or a study again
    Report(ReportArgs),
    /// Runs one micro-batch size within a limit: the child of `find --objective fit`, not for people
    #[command(hide = true)]
    Probe(ProbeArgs),
}

/// What to read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub(crate) struct DataArgs {
    /// Folder of IDX files (MNIST, plain or .gz) or a .csv table [default: the embedded digits]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// A table's column to predict
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,
    /// Predict a class or a number [default: told by the label's values]
    #[arg(long, value_name = "TASK")]
    pub(crate) task: Option<TaskArg>,
    /// Columns of a table that are not read
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) ignore_columns: Vec<String>,
    /// Use at most this many training samples (stratified; the other splits stay)
    #[arg(long, value_name = "N")]
    pub(crate) limit_samples: Option<u32>,
    /// Replace this share of the training labels by wrong ones, to see overfitting on purpose
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    pub(crate) label_noise: f64,
    /// Fixes which sample goes to which split
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) split_seed: u64,
}

/// What to train.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// `mlp:WIDTH,...` (hidden layers) or `linear`
    #[arg(long, value_name = "MODEL", default_value = "mlp:64")]
    pub(crate) model: Architecture,
    /// Function between the layers
    #[arg(long, value_name = "NAME", default_value = "relu")]
    pub(crate) activation: ActivationArg,
    /// Probability of dropping a hidden unit in training
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    pub(crate) dropout: f64,
}

/// How parameters are updated.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Optimizer")]
pub(crate) struct OptimizerArgs {
    /// SGD with momentum, or AdamW
    #[arg(long, value_name = "NAME", default_value = "sgd")]
    pub(crate) optimizer: OptimizerArg,
    /// SGD: share of the last update that is kept [default: 0.9]
    #[arg(long, value_name = "F")]
    pub(crate) momentum: Option<f64>,
    /// SGD: look ahead along the momentum
    #[arg(long)]
    pub(crate) nesterov: bool,
    /// AdamW: decay of the first moment [default: 0.9]
    #[arg(long, value_name = "F")]
    pub(crate) beta1: Option<f64>,
    /// AdamW: decay of the second moment, meant at batch size 32 and held as a half-life in samples [default: 0.999]
    #[arg(long, value_name = "F")]
    pub(crate) beta2: Option<f64>,
    /// AdamW: keeps the division finite [default: 1e-8]
    #[arg(long, value_name = "F")]
    pub(crate) epsilon: Option<f64>,
    /// SGD: L2 added to the gradient; AdamW: decoupled
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    pub(crate) weight_decay: f64,
    /// Scale gradients longer than this down to it
    #[arg(long, value_name = "F")]
    pub(crate) clip_norm: Option<f64>,
}

/// Batch size, and how it is divided.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Batch size")]
pub(crate) struct BatchArgs {
    /// Samples per step (parameter update): the effective size; for `train` also `auto`: what a study recommends [default: 32]
    #[arg(long, short, value_name = "N|auto", value_parser = BatchSize::parse)]
    pub(crate) batch_size: Option<BatchSize>,
    /// Samples per forward/backward pass, or `auto`: what fits into memory
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = MicroBatch::parse)]
    pub(crate) micro_batch_size: MicroBatch,
    /// Passes per step, instead of --micro-batch-size
    #[arg(long, value_name = "N")]
    pub(crate) grad_accum: Option<u64>,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
    /// Leave out the short last batch of an epoch
    #[arg(long)]
    pub(crate) drop_last: bool,
}

/// Memory of a training.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Batch size")]
pub(crate) struct MemoryArgs {
    /// What a training may take beside its data: 2GiB, 500MB, or bytes [default: what is available]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<MemorySize>,
}

/// How long.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Duration")]
pub(crate) struct LengthArgs {
    /// A number with a unit: 10ep, 500st, 60000sp, 90s, 10min, 2h [default: 20ep, fewer for large data: whole epochs within 200,000 samples, at least 3]
    #[arg(long, value_name = "D", conflicts_with = "epochs", allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Passes over the training samples, fractions allowed
    #[arg(long, value_name = "E")]
    pub(crate) epochs: Option<f64>,
    /// Steps; wins over the other two
    #[arg(long, value_name = "N")]
    pub(crate) max_steps: Option<u64>,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Example: how many steps are 3 epochs of 1,000 samples?
  batchwright plan --samples 1000 --batch-size 64 --epochs 3
A table over batch sizes, for a data set and a model:
  batchwright plan --data mnist --model mlp:512,256 --batch-sizes 8..1024")]
pub(crate) struct PlanArgs {
    /// Training samples [default: those of the data, less validation and test]
    #[arg(long, value_name = "N", conflicts_with = "data")]
    pub(crate) samples: Option<u64>,
    /// A table over these sizes: 8..512 means doublings, 8,12,16 exactly these
    #[arg(long, value_name = "SIZES", conflicts_with_all = ["batch_size", "grad_accum"], value_parser = BatchSizes::parse)]
    pub(crate) batch_sizes: Option<BatchSizes>,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    #[command(flatten)]
    pub(crate) length: LengthArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,
}

/// Flags of `train`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  batchwright train
  batchwright train --data mnist --model mlp:512,256 --batch-size 128 --epochs 5
  batchwright train --data mnist --model mlp:512,256 --batch-size auto
  batchwright train --data houses.csv --label price --model mlp:64,64 --optimizer adamw --patience 5ep
See overfitting on purpose:
  batchwright train --limit-samples 200 --label-noise 0.2 --epochs 200")]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    /// With --batch-size auto: wall-clock time of the study, where one has to be run [default: as in `find`]
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) budget: Option<Duration>,
    #[command(flatten)]
    pub(crate) length: LengthArgs,
    /// Learning rate [default: a sensible start for optimizer and batch size; `find` decides it]
    #[arg(long, value_name = "F")]
    pub(crate) lr: Option<f64>,
    /// What the learning rate does over the run
    #[arg(long, value_name = "NAME", default_value = "constant")]
    pub(crate) schedule: ScheduleArg,
    /// The rate rises from 0 over this duration
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) warmup: Option<Duration>,
    /// Evaluate this often [default: each epoch, and at least 20 times in a run whose length is not given in time]
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) eval_every: Option<Duration>,
    /// Stop when the validation loss has not improved for this long, e.g. 5ep
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) patience: Option<Duration>,
    /// What counts as an improvement for --patience: more than this
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    pub(crate) min_delta: f64,
    /// Stop when reached, e.g. val_accuracy=0.97 or val_loss<0.1; not reached is exit code 3
    #[arg(long, value_name = "NAME=VALUE", value_parser = TargetSpec::parse)]
    pub(crate) target: Option<TargetSpec>,
    /// Fixes initial weights, sample order and dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Name of the run [default: made from data and model]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,
}

/// Flags of `find`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright find
  batchwright find --data mnist --model mlp:128 --target val_accuracy=0.96 --batch-sizes 16..1024 --budget 5min
For a training command in any language (see also --check; placeholders are listed below):
  batchwright find --batch-sizes 8..1024 --lr 1e-4..1 --target 'val_loss<0.3' -- python train.py --batch-size {batch_size} --lr {lr}
The largest micro-batch (of a command: batch size) that runs, and nothing else:
  batchwright find --objective fit --data mnist --model mlp:512,256 --memory-limit 300MiB
  batchwright find --objective fit --batch-sizes 8..1024 -- python train.py --batch-size {batch_size}

The learning rate is tuned anew for each size, steps to the target are counted, and the step time is measured alone; time to the target is their product.
An answer that an earlier study gave to the same question is checked and given again; a study that did not decide is gone on from.
Ctrl-C ends the study with the verdict so far.")]
pub(crate) struct FindArgs {
    /// 8..512 means doublings with both ends (widened where the best is at an end), 8,12,16 exactly these
    #[arg(long, value_name = "SIZES", default_value = "8..512", value_parser = BatchSizes::parse)]
    pub(crate) batch_sizes: BatchSizes,
    /// Learning rates to start from: LO..HI or a list; widened where the best is at an edge [default: around a sensible start for each size]
    #[arg(long, value_name = "RATES", value_parser = Rates::parse)]
    pub(crate) lr: Option<Rates>,
    /// Do not widen the rates of --lr
    #[arg(long, requires = "lr")]
    pub(crate) lr_fixed: bool,
    /// No batch size above this is tried, whatever the range [default: the training samples]
    #[arg(long, value_name = "N")]
    pub(crate) max_batch_size: Option<u64>,
    /// How the runs are chosen
    #[arg(long, value_name = "NAME", default_value = "race")]
    pub(crate) strategy: StrategyArg,
    /// What "best" means
    #[arg(long, value_name = "NAME", default_value = "time")]
    pub(crate) objective: ObjectiveArg,
    /// Price of an hour of this machine, in any currency: shows what each size costs, for --objective money
    #[arg(long, value_name = "F")]
    pub(crate) price_per_hour: Option<f64>,
    /// Folder of the machine's energy counters, for --objective energy
    #[arg(long, value_name = "DIR", default_value = POWERCAP, hide = true)]
    pub(crate) powercap: PathBuf,
    /// What a trial must reach: val_accuracy=0.96, val_loss<0.1, or auto
    #[arg(long, value_name = "NAME=VALUE", default_value = "auto", value_parser = TargetSpec::parse)]
    pub(crate) target: TargetSpec,
    /// Wall-clock time of the study: 60s, 5min [default: 45s on the embedded data, else 10min]
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) budget: Option<Duration>,
    /// Sizes within this expected regret of the best are tied
    #[arg(long, value_name = "F", default_value_t = 0.05)]
    pub(crate) margin: f64,
    /// First fresh seeds at each size; more where the verdict needs them
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) seeds: u64,
    /// Most samples of one trial; with --objective quality, what each trial trains
    #[arg(long, value_name = "N")]
    pub(crate) max_samples: Option<u64>,
    /// Trainings that will use the answer: how much more certainty may cost
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) reuse: u64,
    /// Begin anew, whatever earlier studies of the same workload say
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Say where each number comes from, and what each trial was for
    #[arg(long)]
    pub(crate) explain: bool,
    /// Everything random in the study follows from it
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Trials at a time, for counting steps [default: one a core; of a command 1, or the number of --devices]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Threads of the training whose step time is measured [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Samples per forward/backward pass; larger batches accumulate [default: the batch, or what fits of it]
    #[arg(long, value_name = "N")]
    pub(crate) micro_batch_size: Option<u64>,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
    /// Leave out the short last batch of an epoch
    #[arg(long)]
    pub(crate) drop_last: bool,
    /// Name of the study [default: made from data and model]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,
    #[command(flatten)]
    pub(crate) export: ExportArgs,
    #[command(flatten)]
    pub(crate) command: CommandArgs,
    /// Those of [`OF_A_COMPARISON`] that were typed
    #[arg(skip)]
    pub(crate) typed: Vec<&'static str>,
}

/// Files that the answer of a study is written into. What they held is replaced.
#[derive(Debug, Clone, Default, Args)]
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
    /// The flags as if these words had been typed.
    pub(crate) fn from_words<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            find: FindArgs,
        }
        Line::try_parse_from(std::iter::once("find").chain(words)).map(|line| line.find)
    }
}

/// Flags of `probe`. Everything that decides about memory is given, nothing has a default.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    #[arg(long)]
    pub(crate) micro_batch_size: u64,
    #[arg(long)]
    pub(crate) memory_limit: MemorySize,
    #[arg(long)]
    pub(crate) length: ProbeLengthArg,
    #[arg(long)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,
}

/// Flags of `eval`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  batchwright eval digits-mlp64-1
  batchwright eval runs/digits-mlp64-1/model.safetensors --data other.csv")]
pub(crate) struct EvalArgs {
    /// Name of a run, or path of a model.safetensors
    pub(crate) model: String,
    /// Folder of IDX files or a .csv table, with labels [default: the embedded digits]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Which samples [default: the test split of the embedded digits and of data with test files of its own, else all]
    #[arg(long, value_name = "SPLIT")]
    pub(crate) split: Option<SplitArg>,
    /// Fixes which sample goes to which split [default: that of the model's training]
    #[arg(long, value_name = "N")]
    pub(crate) split_seed: Option<u64>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// Flags of `predict`.
#[derive(Debug, Args)]
#[command(
    after_help = "Prints CSV: row (from 1), prediction, and for classes the probability of it. The label column may be absent.
Example:
  batchwright predict houses-mlp64-1 --data new-houses.csv > predicted.csv"
)]
pub(crate) struct PredictArgs {
    /// Name of a run, or path of a model.safetensors
    pub(crate) model: String,
    /// Folder of IDX files or a .csv table [default: the embedded digits]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// Commands on data.
#[derive(Debug, Args)]
pub(crate) struct DataCommand {
    #[command(subcommand)]
    pub(crate) command: DataSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataSubcommand {
    /// Samples, shapes, classes, balance, missing values
    #[command(after_help = "Example:
  batchwright data describe --data mnist --report mnist.html")]
    Describe {
        #[command(flatten)]
        data: DataArgs,
        /// Write an HTML page, for images with a contact sheet
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
}

/// Flags of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright report digits-mlp64-1
  batchwright report digits-mlp64-1 --format json
  batchwright report digits-mlp64-1 --format svg --output charts/")]
pub(crate) struct ReportArgs {
    /// Name of a run or study
    pub(crate) name: String,
    /// html: one page; json: all that is known, on stdout; svg: a file a chart [default: html, json with --json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// File (html, json) or folder (svg) to write [default: in the folder of the run or study; json: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Only this chart, with --format svg
    #[arg(long, value_name = "NAME")]
    pub(crate) chart: Option<String>,
}

/// A batch size as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchSize {
    Auto,
    Samples(u64),
}

impl BatchSize {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text
                .parse()
                .map(Self::Samples)
                .map_err(|error| format!("{error}; expected a number of samples or `auto`")),
        }
    }
}

/// A micro-batch size as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MicroBatch {
    Auto,
    Samples(u64),
}

impl MicroBatch {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text
                .parse()
                .map(Self::Samples)
                .map_err(|error| format!("{error}; expected a number of samples or `auto`")),
        }
    }
}

/// Declares an enum of the command line with what it stands for.
macro_rules! value_enum {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($(#[$value_doc:meta])* $value:ident => $to:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { $($(#[$value_doc])* $value),+ }

        impl From<$name> for $target {
            fn from(value: $name) -> Self {
                match value { $($name::$value => $to),+ }
            }
        }
    };
}

value_enum!(LangArg => Lang { En => Lang::En, Ja => Lang::Ja });
value_enum!(TaskArg => TaskKind { Classify => TaskKind::Classify, Regress => TaskKind::Regress });
value_enum!(ActivationArg => Activation { Relu => Activation::Relu, Gelu => Activation::Gelu, Tanh => Activation::Tanh });
value_enum!(
    /// How `find` chooses its runs.
    StrategyArg => StrategyKind {
        /// Shares what it learns over sizes and rates, and always takes the run that is worth most. Quality has no target to race to: there it is the grid
        Race => StrategyKind::Race,
        /// Every size at every rate, on several seeds: dear, and assumes least
        Grid => StrategyKind::Grid,
    }
);
value_enum!(ScheduleArg => Decay { Constant => Decay::Constant, Linear => Decay::Linear, Cosine => Decay::Cosine });
value_enum!(ProbeLengthArg => ProbeLength { Short => ProbeLength::Short, Long => ProbeLength::Long });

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
    /// Best validation metric within --max-samples
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptimizerArg {
    Sgd,
    Adamw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    All,
    Train,
    Validation,
    Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    Html,
    Json,
    Svg,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clashing flags and impossible defaults panic only when their command is used.
    #[test]
    fn the_definition_of_all_commands_is_consistent() {
        negative_values(Cli::command()).debug_assert();
    }
}
