//! The flags of the commands on networks.

use crate::args::groups::{DataArgs, ModelArgs, NetworkArgs};
use crate::args::headings;
use batchwright_find::BatchSizes;
use clap::{Args, Command, Subcommand};

/// Commands on networks.
#[derive(Debug, Args)]
pub(crate) struct ModelCommand {
    #[command(subcommand)]
    pub(crate) command: ModelSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelSubcommand {
    /// Layers, shapes, parameters, FLOP and bytes of a sample, memory by batch size
    Describe(Box<DescribeArgs>),
}

/// Flags of `model describe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright model describe --model cnn
  batchwright model describe --data play.txt --model gpt:context=128 --batch-sizes 8,16,32
  batchwright model describe digits-mlp64-1")]
pub(crate) struct DescribeArgs {
    /// Name of a run, or path of a model.safetensors, in the place of --model and --data
    #[arg(value_name = "MODEL")]
    pub(crate) saved: Option<String>,
    /// Sizes whose memory is shown: 8..512 means doublings, 8,12,16 exactly these
    #[arg(long, value_name = "SIZES", default_value = "1,8,32,128,512", value_parser = BatchSizes::parse, help_heading = headings::BATCH_SIZE)]
    pub(crate) batch_sizes: BatchSizes,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// Tells clap that a saved model has its own network and needs no data.
pub(crate) fn declare(model: Command) -> Command {
    let described = ModelArgs::augment_args(DataArgs::augment_args(Command::new("described")));
    let flags: Vec<_> = described.get_arguments().map(|arg| arg.get_id().clone()).collect();
    let refuse = |describe: Command| describe.mut_arg("saved", |arg| arg.conflicts_with_all(flags));
    model.mut_subcommand("describe", refuse)
}
