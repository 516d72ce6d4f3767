//! The flags of the small commands: `probe`, `eval`, `predict`, `export`, `generate`, `data`,
//! `report` and `lesson`.

use crate::args::groups::{DataArgs, NetworkArgs, SavedModelArgs, ThreadsArgs};
use crate::args::headings;
use crate::args::memory_size::MemorySize;
use crate::args::values::{FormatArg, ModelFormatArg, ProbeLengthArg, SplitArg};
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    pub(crate) network: NetworkArgs,
}

/// Flags of `eval`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  batchwright eval digits-mlp64-1
  batchwright eval runs/digits-mlp64-1/model.safetensors --data other.csv",
    mut_arg("data", |arg| arg.help("Folder of images in class folders, of IDX or of CIFAR files, or a table (.csv, .tsv, both also .gz, or - for standard input), with labels; or a text (.txt) [default: the embedded digits]"))
)]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    pub(crate) saved: SavedModelArgs,
    /// Which samples [default: the test split of the embedded digits, of data with test files of its
    /// own, and of the table or text that the model was trained on; else all]
    #[arg(long, value_name = "SPLIT")]
    pub(crate) split: Option<SplitArg>,
    /// Fixes which sample goes to which split [default: that of the model's training]
    #[arg(long, value_name = "N")]
    pub(crate) split_seed: Option<u64>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

/// Flags of `predict`.
#[derive(Debug, Args)]
#[command(
    after_help = "Prints CSV: row (from 1), for files of images the file, prediction, and for classes the probability of it. The label column may be absent.
Example:
  batchwright predict houses-mlp64-1 --data new-houses.csv > predicted.csv"
)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    pub(crate) saved: SavedModelArgs,
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

/// Flags of `export`.
#[derive(Debug, Args)]
#[command(
    after_help = "The file takes what the data have: pixels, the numbers of a table's columns, or token ids. It puts out `logits`, or the `value` in the unit of the label. The number of samples may be any.
Example:
  batchwright export digits-cnn-1 --format onnx --output digits.onnx"
)]
pub(crate) struct ExportArgs {
    /// Name of a run, or path of a model.safetensors
    pub(crate) model: String,
    /// onnx: a network for other programs, which scales its input itself
    #[arg(long, value_name = "FORMAT", default_value = "onnx")]
    pub(crate) format: ModelFormatArg,
    /// File to write
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: PathBuf,
}

/// Flags of `generate`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  batchwright generate shakespeare-gpt-1 --prompt 'ROMEO:' --tokens 300 --temperature 0.8")]
pub(crate) struct GenerateArgs {
    /// Name of a run, or path of a model.safetensors
    pub(crate) model: String,
    /// What the text begins with, at least one token [default: a line end, or the first character that
    /// the model knows]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) prompt: Option<String>,
    /// Tokens to write: bytes or characters, as the model was trained on
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) tokens: usize,
    /// Below 1, likely tokens become likelier; 0 always takes the likeliest
    #[arg(long, value_name = "F", default_value_t = 1.0)]
    pub(crate) temperature: f64,
    /// Only so many of the likeliest tokens can come next [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) top_k: Option<usize>,
    /// Fixes the text
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

/// Commands on data.
#[derive(Debug, Args)]
pub(crate) struct DataCommand {
    #[command(subcommand)]
    pub(crate) command: DataSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataSubcommand {
    /// Samples, shapes, classes, balance, missing values; of a table also without --label
    #[command(after_help = "Examples:
  batchwright data describe --data mnist --report mnist.html
  batchwright data describe --data houses.csv")]
    Describe {
        #[command(flatten)]
        data: DataArgs,
        /// Write an HTML page, for images with a contact sheet
        #[arg(long, value_name = "FILE", help_heading = headings::OUTPUT)]
        report: Option<PathBuf>,
    },
}

/// Flags of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright report digits-mlp64-1
  batchwright report digits-mlp64-1 --format json
  batchwright report digits-mlp64-1 --format png --output charts/
  batchwright report digits-mlp64-1 --format md
Several runs in one chart:
  batchwright report digits-mlp64-1 digits-mlp64-2 --output compared.html")]
pub(crate) struct ReportArgs {
    /// Name of a run or study; names of several runs compare them in one chart
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// html: one page; json: all that is known, on stdout; md: Markdown for an issue or a chat, on
    /// stdout; svg, png: a file a chart [default: html, json with --json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatArg>,
    /// File (html, json, md) or folder (svg, png) to write [default: in the folder of the run or study;
    /// json, md: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Only this chart, with --format svg or png
    #[arg(long, value_name = "NAME")]
    pub(crate) chart: Option<String>,
    /// Pixels for each unit of a chart, which is 480 units wide, with --format png [default: 2]
    #[arg(long, value_name = "F")]
    pub(crate) scale: Option<f64>,
}

/// Flags of `watch`.
#[derive(Debug, Args)]
#[command(
    after_help = "It only reads, and ends with q or Ctrl-C; what it watches goes on. Without a terminal it prints a line for each evaluation or trial, until the run or study ends.
Examples:
  batchwright watch
  batchwright watch digits-mlp64-1"
)]
pub(crate) struct WatchArgs {
    /// Name of a run or study; `last`: the newest one [default: the newest that runs, else the newest]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Flags of `lesson`.
#[derive(Debug, Args)]
#[command(
    after_help = "One page for a browser, in both languages, that needs no network; --lang is the language that it opens in.
Example:
  batchwright lesson --lang ja --output lesson.html"
)]
pub(crate) struct LessonArgs {
    /// File to write
    #[arg(long, short, value_name = "PATH", default_value = "batchwright-lesson.html")]
    pub(crate) output: PathBuf,
}
