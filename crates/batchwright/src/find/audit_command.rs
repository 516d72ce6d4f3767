//! `find --audit -- COMMAND`: a few short trials that show what the command itself does. Nothing is
//! stored.

use crate::find::check_command::live_line;
use crate::find::question::about_command::CommandAudit;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::{AuditJudgement, Audited};
use batchwright_view::{audit_line, audit_summary};
use std::process::ExitCode;

/// Audits the command within its range of sizes.
pub(crate) fn run(asked: CommandAudit, screen: &Screen, signals: &Signals) -> Result<ExitCode> {
    let CommandAudit { mut command, sizes, seed, keep_outputs, show_output } = asked;
    command.hooks.set_up()?;
    let bar = live_line(show_output, audit_line(1, screen.style), screen);
    let next_run = |number| bar.set_message(audit_line(number, screen.style));
    let audited = command.workload.audit(sizes, seed, &next_run);
    bar.finish_and_clear();
    // Cleaning up runs whatever the result of the audit. An error of the audit has priority.
    let cleaned = command.hooks.clean_up();
    let audited = audited?;
    cleaned?;
    if keep_outputs {
        // Keep the folder: its path is in the command lines, which the JSON has.
        let _ = command.scratch.keep();
    }
    screen.say(&audit_summary(&audited, screen.style));
    screen.object(&audited)?;
    Ok(signals.exit_code().unwrap_or(exit_code(&audited)))
}

fn exit_code(audited: &Audited) -> ExitCode {
    match audited.count(AuditJudgement::Wrong) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(NO_ANSWER),
    }
}
