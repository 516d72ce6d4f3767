//! `find --check -- COMMAND`: one or two short trials that show what a study could read, and whether
//! the batch size has an effect. Nothing is stored.

use crate::find::question::about_command::CommandCheck;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::Checked;
use batchwright_view::{check_line, check_summary};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Duration;

/// Time between two frames of the live line.
const TURN: Duration = Duration::from_millis(125);

/// Checks the command at its smallest size, and for a moment at a larger one.
pub(crate) fn run(asked: CommandCheck, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    let CommandCheck { command, sizes, seed, keep_outputs, show_output } = asked;
    command.hooks.set_up()?;
    let bar = live_line(show_output, check_line(screen.style), screen);
    let smallest = sizes.iter().copied().min().unwrap_or(1);
    let request = command.workload.check_request(smallest, seed);
    let checked =
        command.workload.check(&request, command.workload.second_request(&request, &sizes).as_ref());
    bar.finish_and_clear();
    // Cleaning up runs whatever the result of the check. An error of the check has priority.
    let cleaned = command.hooks.clean_up();
    let checked = checked?;
    cleaned?;
    if keep_outputs {
        // Keep the folder: its path is in the command line, which is shown.
        let _ = command.scratch.keep();
    }
    screen.say(&check_summary(&checked, screen.style));
    screen.object(&checked)?;
    Ok(signals.exit_code().unwrap_or(exit_code(&checked)))
}

/// A line that shows that something runs, unless the command's own output is shown.
pub(crate) fn live_line(show_output: bool, message: String, screen: &Screen) -> ProgressBar {
    if show_output {
        return ProgressBar::hidden();
    }
    let bar = screen.progress(None);
    bar.set_message(message);
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
