//! Every command and flag. Names follow what users of other trainers expect.

pub(crate) mod alert_target;
pub(crate) mod command;
pub(crate) mod configuration;
pub(crate) mod find;
pub(crate) mod generate;
pub(crate) mod groups;
pub(crate) mod headings;
pub(crate) mod japanese;
pub(crate) mod language;
pub(crate) mod loss;
pub(crate) mod meaning;
pub(crate) mod memory_size;
pub(crate) mod model;
pub(crate) mod others;
pub(crate) mod resume;
pub(crate) mod runs;
pub(crate) mod serve;
pub(crate) mod table_format;
pub(crate) mod train;
pub(crate) mod values;
pub(crate) mod words;

use crate::args::find::FindArgs;
use crate::args::generate::{CompletionsArgs, ManArgs};
use crate::args::japanese::with_japanese_help;
use crate::args::language::without_language_of_help;
use crate::args::meaning::{declare, typed};
use crate::args::model::ModelCommand;
use crate::args::others::{
    DataCommand, EvalArgs, ExportArgs, GenerateArgs, LessonArgs, PredictArgs, ProbeArgs, ReportArgs,
    WatchArgs,
};
use crate::args::resume::ResumeArgs;
use crate::args::runs::RunsCommand;
use crate::args::serve::ServeArgs;
use crate::args::train::{PlanArgs, TrainArgs};
use crate::args::values::LangArg;
use crate::shell::explain::Explain;
use batchwright_store::Origin;
use batchwright_view::{FailureMessage, Lang, Style};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Trains deep networks by mini-batch and decides the batch size by experiment.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    disable_help_flag = true,
    disable_version_flag = true,
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
    /// Reads the command line.
    ///
    /// # Errors
    /// A command line that is not valid; also a help that was asked for.
    pub(crate) fn read(words: Vec<OsString>, style: Style) -> Result<Self, clap::Error> {
        let typed_words = words.iter().skip(1).cloned().collect();
        let matches = Self::definition_in(style).try_get_matches_from(without_language_of_help(words))?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.global.words = typed_words;
        if let (Command::Find(find), Some((_, matches))) = (&mut cli.command, matches.subcommand()) {
            find.typed = typed(matches);
        }
        Ok(cli)
    }

    /// The command that these words begin with, as far as it is one: `batchwright find`.
    pub(crate) fn command_of(words: &[OsString]) -> String {
        let definition = Self::definition();
        let named = words.iter().skip(1).find_map(|word| definition.find_subcommand(word));
        named
            .map_or_else(|| "batchwright".to_owned(), |command| format!("batchwright {}", command.get_name()))
    }

    /// The definition with help in the language of the style.
    fn definition_in(style: Style) -> clap::Command {
        match style.lang {
            Lang::En => Self::definition(),
            Lang::Ja => with_japanese_help(Self::definition(), style),
        }
    }

    pub(crate) fn definition() -> clap::Command {
        negative_values(Self::command())
            .mut_subcommand("find", declare)
            .mut_subcommand("model", model::declare)
    }
}

/// Lets flags take negative numbers, so that `--lr -1` is refused for its value and not as an
/// unknown flag `-1`.
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
#[command(next_help_heading = headings::GLOBAL)]
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
    /// Flags from a TOML file: those of a command in a table of its name; a flag that is typed wins
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print version
    #[arg(long, short = 'V', global = true, action = ArgAction::Version)]
    version: Option<bool>,
    /// The words of the command line after the name of the program.
    #[arg(skip)]
    pub(crate) words: Vec<OsString>,
}

impl Global {
    /// How a run or study of this command line is started.
    ///
    /// # Errors
    /// The working folder is not known.
    pub(crate) fn origin(&self) -> anyhow::Result<Origin> {
        let folder = std::env::current_dir().explain(|| FailureMessage::WhereWeAre)?;
        Ok(Origin { arguments: self.words.clone(), folder })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Arithmetic only: batch size <-> steps <-> epochs <-> samples, and memory
    Plan(PlanArgs),
    /// Train one network, with its learning curve, verdict and report
    Train(Box<TrainArgs>),
    /// Go on with a run or a study that was interrupted, or make a run longer
    Resume(ResumeArgs),
    /// Decide the batch size by experiment
    Find(Box<FindArgs>),
    /// Watch a run or a study in the terminal while it goes on
    Watch(WatchArgs),
    /// Evaluate a trained model on data with labels
    Eval(EvalArgs),
    /// Predict with a trained model
    Predict(PredictArgs),
    /// Write a trained model for other programs, as ONNX
    Export(ExportArgs),
    /// Go on with a text, by a trained language model
    Generate(GenerateArgs),
    /// Look at a data set
    Data(DataCommand),
    /// Look at a network
    Model(ModelCommand),
    /// Make the report of a run or a study again
    Report(ReportArgs),
    /// Write the lesson on epoch, step and batch size, a page to play with
    Lesson(LessonArgs),
    /// Show runs and studies in the browser, while they go on
    Serve(ServeArgs),
    /// Stored runs and studies: list, show, compare, remove, export, query
    Runs(RunsCommand),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder
    Man(ManArgs),
    /// Runs one micro-batch size within a limit: the child of `find --objective fit`, not for
    /// people
    #[command(hide = true)]
    Probe(ProbeArgs),
}

impl Command {
    /// The name of the command as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Train(_) => "train",
            Self::Resume(_) => "resume",
            Self::Find(_) => "find",
            Self::Watch(_) => "watch",
            Self::Eval(_) => "eval",
            Self::Predict(_) => "predict",
            Self::Export(_) => "export",
            Self::Generate(_) => "generate",
            Self::Data(_) => "data describe",
            Self::Model(_) => "model describe",
            Self::Report(_) => "report",
            Self::Lesson(_) => "lesson",
            Self::Serve(_) => "serve",
            Self::Runs(runs) => runs.command.name(),
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Probe(_) => "probe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// clap panics about conflicting flags and impossible defaults only when their command is used.
    #[test]
    fn the_definition_of_all_commands_is_consistent() {
        Cli::definition().debug_assert();
    }
}
