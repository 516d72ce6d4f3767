//! The flags of `runs`.

use crate::args::values::{AxisArg, CurveArg, ExportFormatArg, QueryFormatArg};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands on stored runs and studies.
#[derive(Debug, Args)]
pub(crate) struct RunsCommand {
    #[command(subcommand)]
    pub(crate) command: RunsSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsSubcommand {
    /// List all runs and studies
    #[command(after_help = "Examples:
  batchwright runs list
  batchwright runs list --json")]
    List,
    /// Show everything that is known of one run or study
    #[command(after_help = "Example:
  batchwright runs show digits-mlp64-1")]
    Show {
        /// Name of a run or study
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Compare runs: their validation curves in one chart, and a table
    #[command(
        after_help = "Runs of different batch size are compared over samples or seconds: a step of one is not a step of the other.
Examples:
  batchwright runs compare digits-mlp64-1 digits-mlp64-2
  batchwright runs compare digits-mlp64-1 digits-mlp64-2 --x seconds --metric accuracy
As a page:
  batchwright report digits-mlp64-1 digits-mlp64-2"
    )]
    Compare(CompareArgs),
    /// Remove runs and studies with their files
    #[command(after_help = "Examples:
  batchwright runs rm digits-mlp64-1
  batchwright runs rm digits-mlp64-1 digits-mlp64-2 --yes")]
    Rm(RemoveArgs),
    /// Give a run or study back whose process ended on another host, so that it can be resumed or
    /// removed here
    #[command(after_help = "Example:
  batchwright runs release digits-mlp64-1")]
    Release {
        /// Name of a run or study
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Write runs and studies for another program: a spreadsheet, TensorBoard, MLflow, trackio
    #[command(after_help = "Examples:
  batchwright runs export digits-mlp64-1 > rows.csv
  batchwright runs export digits-mlp64-1 digits-mlp64-2 --output rows.csv
  batchwright runs export digits-mlp64-1 --format json --output run.json
Look at runs in TensorBoard, MLflow or trackio:
  batchwright runs export digits-mlp64-1 digits-mlp64-2 --format tensorboard --output logs
  batchwright runs export digits-mlp64-1 --format mlflow --output mlflow.db
  batchwright runs export digits-mlp64-1 --format trackio --output digits.db")]
    Export(RunsExportArgs),
    /// Ask the database in SQL; nothing can be changed
    #[command(
        after_help = "Tables: runs, rows, studies, study_events. What is kept as JSON is read with json_extract.
Examples:
  batchwright runs query 'SELECT name, status FROM runs ORDER BY created DESC LIMIT 5'
  batchwright runs query \"SELECT name, min(val_loss) FROM rows JOIN runs ON id = run_id GROUP BY id\" --format csv"
    )]
    Query(QueryArgs),
}

impl RunsSubcommand {
    /// The name of the command as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::List => "runs list",
            Self::Show { .. } => "runs show",
            Self::Compare(_) => "runs compare",
            Self::Rm(_) => "runs rm",
            Self::Release { .. } => "runs release",
            Self::Export(_) => "runs export",
            Self::Query(_) => "runs query",
        }
    }
}

/// Flags of `runs compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Names of runs
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Horizontal axis of the chart
    #[arg(long, value_name = "AXIS", default_value = "samples")]
    pub(crate) x: AxisArg,
    /// What the curves show
    #[arg(long, value_name = "METRIC", default_value = "loss")]
    pub(crate) metric: CurveArg,
}

/// Flags of `runs rm`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Names of runs and studies
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Flags of `runs export`.
#[derive(Debug, Args)]
pub(crate) struct RunsExportArgs {
    /// Names of runs, or of one study; for TensorBoard, MLflow and trackio of any runs and studies
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// csv: a line for each row, or for each size of a study; json: everything that is known;
    /// parquet: the rows, in a program that was built with it; tensorboard, mlflow, trackio: runs,
    /// and the trials of studies, as these programs show them
    /// [default: csv, json with --json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExportFormatArg>,
    /// File to write [default: stdout]; for tensorboard a folder, for mlflow its database or the
    /// folder of it, for trackio the name of a project or its .db file
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

/// Flags of `runs query`.
#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// One SELECT; it may begin with WITH
    #[arg(value_name = "SELECT")]
    pub(crate) query: String,
    /// How the result is printed [default: table, json with --json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<QueryFormatArg>,
}
