//! `find --check -- COMMAND`: one short trial, and what would be read of it. Nothing is remembered.

use crate::args::find::FindArgs;
use crate::find::command_settings::study_config;
use crate::find::hooks::Hooks;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::{Checked, CommandWorkload};
use batchwright_view::{check_line, check_summary};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;

/// Between two turns of the live line.
const TURN: Duration = Duration::from_millis(125);

/// Checks the command at its smallest size; what it writes into `{out}` is in `scratch`.
pub(crate) fn run(
    args: &FindArgs,
    workload: &CommandWorkload,
    scratch: TempDir,
    hooks: &Hooks,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let config = study_config(args)?;
    config.check(workload)?;
    let smallest = config.sizes.sizes().iter().copied().min().unwrap_or(1);
    hooks.set_up()?;
    let bar = live_line(args, screen);
    let checked = workload.check(&workload.check_request(smallest, config.seed));
    bar.finish_and_clear();
    // It runs whatever came of the check, whose error counts for more.
    let cleaned = hooks.clean_up();
    let checked = checked?;
    cleaned?;
    if args.command.keep_outputs {
        // Where that is, the command line shows that took it.
        let _ = scratch.keep();
    }
    screen.say(&check_summary(&checked, screen.style));
    screen.object(&checked)?;
    Ok(signals.exit_code().unwrap_or(exit_code(&checked)))
}

fn live_line(args: &FindArgs, screen: &Screen) -> ProgressBar {
    if args.command.show_output {
        return ProgressBar::hidden();
    }
    let bar = screen.progress(None);
    bar.set_message(check_line(screen.style));
    bar.enable_steady_tick(TURN);
    bar
}

fn exit_code(checked: &Checked) -> ExitCode {
    match checked.could_run {
        _ if checked.failed() => ExitCode::FAILURE,
        true => ExitCode::SUCCESS,
        false => ExitCode::from(NO_ANSWER),
    }
}
