//! What clap answers in place of a command: help, the version, or what is wrong with the command
//! line.

use crate::args::japanese::refusal::refusal;
use crate::shell::failure;
use crate::shell::screen::{colour, error_style, write_note};
use crate::shell::stdout;
use batchwright_view::{Lang, error_message, harmless_lines};
use clap::error::ErrorKind;
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

/// Shows it, and returns the exit code. `typed` is the command as far as it is known.
pub(crate) fn show(error: &clap::Error, typed: String, lang: Lang) -> ExitCode {
    let is_help =
        error.exit_code() == 0 || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || lang == Lang::En {
        as_clap_says(error);
    } else {
        let refusal = refusal(error, typed.clone());
        let text = error_message(&refusal.text, Some(&refusal.next), error_style(lang));
        write_note(&harmless_lines(&text));
    }
    match stdout::written() {
        Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
        Err(error) => failure::report(&error, &typed, error_style(lang)),
    }
}

fn as_clap_says(error: &clap::Error) {
    let text = error.render();
    let shown = |terminal| if colour(terminal) { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        write_note(&harmless_lines(&shown(stderr().is_terminal())));
    } else {
        stdout::print(&shown(std::io::stdout().is_terminal()));
    }
}
