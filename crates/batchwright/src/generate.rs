//! `completions` and `man`: files for the shell and for `man`, made from the definition of the
//! command line.

use crate::args::Cli;
use crate::args::generate::{CompletionsArgs, ManArgs};
use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use crate::shell::stdout;
use anyhow::Result;
use batchwright_data::write_atomic;
use batchwright_view::FailureMessage;
use clap::Command;
use clap_mangen::Man;
use std::process::ExitCode;

/// Prints what the shell reads to complete our commands and flags.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitCode> {
    let mut script = Vec::new();
    // Into memory, because this function panics where it cannot write.
    clap_complete::generate(args.shell, &mut for_people(&Cli::definition()), "batchwright", &mut script);
    stdout::print(&String::from_utf8(script).explain(|| FailureMessage::NoText)?);
    Ok(ExitCode::SUCCESS)
}

/// Writes one manual page for the program, and one for each command.
pub(crate) fn man(args: &ManArgs, screen: &Screen) -> Result<ExitCode> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder)
        .explain(|| FailureMessage::MakeFolder { path: folder.display().to_string() })?;
    let mut program = for_people(&Cli::definition());
    program.build();
    for command in with_subcommands(&program) {
        let page = Man::new(command.clone());
        let mut text = Vec::new();
        page.render(&mut text)?;
        let path = folder.join(page.get_filename());
        write_atomic(&path, &text)?;
        screen.say(&path.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// The program without its hidden commands, which would be completed too.
fn for_people(program: &Command) -> Command {
    let shown = program.get_subcommands().filter(|command| !command.is_hide_set());
    let same = Command::new("batchwright").disable_help_subcommand(true).args(program.get_arguments());
    let same = same.about(program.get_about().cloned().unwrap_or_default());
    // The definition has flags of its own for both.
    let same = same.disable_help_flag(true).disable_version_flag(true);
    let same = same.version(env!("CARGO_PKG_VERSION")).propagate_version(true);
    same.after_help(program.get_after_help().cloned().unwrap_or_default()).subcommands(shown)
}

/// The command and all below it.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().flat_map(with_subcommands);
    [command].into_iter().chain(below).collect()
}
