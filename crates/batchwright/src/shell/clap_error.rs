//! What clap answers in place of a command: help, the version, or what is wrong with the command
//! line.

use crate::shell::failure;
use crate::shell::screen::{colour, write_note};
use crate::shell::stdout;
use batchwright_view::harmless_lines;
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

/// Shows it, and returns the exit code.
pub(crate) fn show(error: &clap::Error) -> ExitCode {
    let text = error.render();
    let shown = |terminal| if colour(terminal) { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        write_note(&harmless_lines(&shown(stderr().is_terminal())));
    } else {
        stdout::print(&shown(std::io::stdout().is_terminal()));
    }
    match stdout::written() {
        Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
        Err(error) => failure::report(&error.into()),
    }
}
