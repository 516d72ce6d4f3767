//! Groups of flags that several commands share.

use crate::args::headings;
use crate::args::loss::{ClassWeights, LossArg, parse_loss};
use crate::args::memory_size::MemorySize;
use crate::args::table_format::{parse_delimiter, parse_encoding};
use crate::args::values::{
    ActivationArg, BatchSize, MicroBatch, OptimizerArg, PrecisionArg, TaskArg, TokensArg,
};
use batchwright_data::{Augmentation, Delimiter, ImageSize, TextEncoding};
use batchwright_nn::Architecture;
use batchwright_train::Duration;
use clap::Args;
use std::path::PathBuf;

/// What is trained: data, network and optimizer.
#[derive(Debug, Clone, Args)]
pub(crate) struct NetworkArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) optimizer: OptimizerArgs,
}

/// What to read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::DATA)]
pub(crate) struct DataArgs {
    /// Folder of images (PNG or JPEG files in a folder for each class, also in train/, val/ and test/;
    /// IDX files as of MNIST; binary CIFAR files), a table: .csv, .tsv, both also .gz, or - for
    /// standard input; or a text: .txt or a folder of them [default: the embedded digits]
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: TableFormatArgs,
    /// What a language model reads a text as [default: characters]
    #[arg(long, value_name = "KIND")]
    pub(crate) tokens: Option<TokensArg>,
    /// A table's column to predict
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,
    /// Predict a class or a number [default: told by the label's values]
    #[arg(long, value_name = "TASK")]
    pub(crate) task: Option<TaskArg>,
    /// Columns of a table that are not read; ids and columns with one value in all rows are left out
    /// anyway
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) ignore_columns: Vec<String>,
    /// Resize every image of a folder of PNG or JPEG files to this size, for they must all have one:
    /// 32x48 (height x width), 32 for both; a saved model does it too
    #[arg(long, value_name = "HxW")]
    pub(crate) image_size: Option<ImageSize>,
    /// Change training images at random each time they are drawn: `flip` (left and right), `shift:2`
    /// (up to 2 pixels each way; the mean colour moves in), or `flip,shift:2`
    #[arg(long, value_name = "CHANGES")]
    pub(crate) augment: Option<Augmentation>,
    /// Use at most this many training samples (stratified; the other splits stay)
    #[arg(long, value_name = "N")]
    pub(crate) limit_samples: Option<u32>,
    /// Replace this share of the training labels by wrong ones, to see overfitting on purpose
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    pub(crate) label_noise: f64,
    /// Fixes which sample goes to which split; of a text, where its windows begin in each epoch
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) split_seed: u64,
}

/// How a table's file is written, where that is not to be found out.
#[derive(Debug, Clone, Args)]
pub(crate) struct TableFormatArgs {
    /// What separates a table's fields: `,` `;` `tab` `|` [default: found in the first lines]
    #[arg(long, value_name = "SIGN", value_parser = parse_delimiter)]
    pub(crate) delimiter: Option<Delimiter>,
    /// Encoding of a table's text, or of a text: utf-8, utf-16, shift_jis, windows-1252 or any other name of the
    /// web [default: found in the bytes]
    #[arg(long, value_name = "NAME", value_parser = parse_encoding)]
    pub(crate) encoding: Option<TextEncoding>,
    /// The first row of a table is data; its columns are column1, column2, ...
    #[arg(long)]
    pub(crate) no_header: bool,
}

/// What to train.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::MODEL)]
pub(crate) struct ModelArgs {
    /// `mlp:WIDTH,...` (hidden layers), `linear`, for images `lenet`, `cnn` (two 5x5 convolutions)
    /// or `resnet:DEPTH` (8, 14, 20, ...; batch norm is over the micro-batch), or for texts `gpt`
    /// (`gpt:layers=4,heads=4,width=128,context=64,positions=rotary,tied=true`; what is left out is
    /// 4, 4, 128, 64, learned, false); layer by layer in `[model]` of a --config file
    #[arg(long, value_name = "MODEL", default_value = "mlp:64")]
    pub(crate) model: Architecture,
    /// Function between the layers, as PyTorch names it; `gpt` always has gelu
    #[arg(long, value_name = "NAME", default_value = "relu")]
    pub(crate) activation: ActivationArg,
    /// Probability of dropping a hidden unit in training
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    pub(crate) dropout: f64,
    #[command(flatten)]
    pub(crate) loss: LossArgs,
}

/// What is trained on, where it is not what evaluations show.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::MODEL)]
pub(crate) struct LossArgs {
    /// What an error of a number costs in training: mse, l1, or huber:DELTA, which is l1 beyond DELTA
    /// standard deviations; evaluations always show mse. Or binary_cross_entropy: one output for two
    /// classes instead of two
    #[arg(long, value_name = "LOSS", default_value = "mse", value_parser = parse_loss)]
    pub(crate) loss: LossArg,
    /// Share of each target that is spread over all classes or tokens in training; evaluations show
    /// the loss without
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    pub(crate) label_smoothing: f64,
    /// What a class counts in training, in the order of the classes: `balanced` (all the same), or
    /// factors, scaled so that samples count 1 on average; evaluations show the loss without
    #[arg(long, value_name = "balanced|F,F,...", value_parser = ClassWeights::parse)]
    pub(crate) class_weights: Option<ClassWeights>,
}

/// How parameters are updated.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::OPTIMIZER)]
pub(crate) struct OptimizerArgs {
    /// SGD with momentum, or AdamW [default: sgd, for texts adamw]
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Option<OptimizerArg>,
    /// SGD: share of the last update that is kept [default: 0.9]
    #[arg(long, value_name = "F")]
    pub(crate) momentum: Option<f64>,
    /// SGD: look ahead along the momentum
    #[arg(long)]
    pub(crate) nesterov: bool,
    /// AdamW: decay of the first moment [default: 0.9]
    #[arg(long, value_name = "F")]
    pub(crate) beta1: Option<f64>,
    /// AdamW: decay of the second moment, meant at batch size 32 and held as a half-life in samples
    /// [default: 0.999]
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
    /// What numbers are rounded to before they are multiplied with each other in training; weights,
    /// sums, evaluations and what is saved are f32 with both
    #[arg(long, value_name = "FORMAT", default_value = "f32")]
    pub(crate) precision: PrecisionArg,
}

/// Batch size, and how it is divided.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::BATCH_SIZE)]
pub(crate) struct BatchArgs {
    /// Samples per step (parameter update): the effective size; sizes that change in the run:
    /// 0:64,20000sp:256; for `train` also `auto`: what a study recommends [default: 32]
    #[arg(long, short, value_name = "N|FROM:N,...|auto", value_parser = BatchSize::parse)]
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
#[command(next_help_heading = headings::BATCH_SIZE)]
pub(crate) struct MemoryArgs {
    /// What a training may take beside its data: 2GiB, 500MB, or bytes [default: what is available]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<MemorySize>,
}

impl MemoryArgs {
    /// The limit in bytes, where one was given.
    pub(crate) fn bytes(self) -> Option<u64> {
        self.memory_limit.map(MemorySize::bytes)
    }
}

/// Threads of the engine. Commands for which they mean more than this say so in their own help.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ThreadsArgs {
    /// Threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// A saved model and the data that it is run on.
#[derive(Debug, Args)]
pub(crate) struct SavedModelArgs {
    /// Name of a run, or path of a model.safetensors
    pub(crate) model: String,
    /// Folder of images, in class folders or not, of IDX or of CIFAR files, a table: .csv, .tsv, both
    /// also .gz, or - for standard input; or a text: .txt or a folder of them [default: the embedded
    /// digits]
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: TableFormatArgs,
}

/// How long.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = headings::LENGTH)]
pub(crate) struct LengthArgs {
    /// A number with a unit: 10ep, 500st, 60000sp, 90s, 10min, 2h, of a text 1e6tok [default: 20ep, fewer for large
    /// data: whole epochs within 200,000 samples, at least 3]
    #[arg(long, value_name = "D", conflicts_with = "epochs", allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Passes over the training samples, fractions allowed
    #[arg(long, value_name = "E")]
    pub(crate) epochs: Option<f64>,
    /// Steps; wins over the other two
    #[arg(long, value_name = "N")]
    pub(crate) max_steps: Option<u64>,
}
