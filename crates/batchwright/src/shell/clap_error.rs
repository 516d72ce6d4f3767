//! What clap answers in place of a command: help, the version, or what is wrong with the command
//! line.

use crate::args::japanese::refusal::refusal;
use crate::shell::failure;
use crate::shell::screen::{colour, error_style, write_note};
use crate::shell::stdout;
use batchwright_view::{Lang, Notice, error_message, harmless_lines};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

/// Shows it, and returns the exit code. `typed` is the command as far as it is known, `places` where
/// the flags of a configuration file are.
pub(crate) fn show(error: &clap::Error, typed: String, places: &[(String, String)], lang: Lang) -> ExitCode {
    let is_help =
        error.exit_code() == 0 || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || lang == Lang::En {
        as_clap_says(error);
    } else {
        let refusal = refusal(error, typed.clone());
        let text = error_message(&refusal.text, Some(&refusal.next), error_style(lang));
        write_note(&harmless_lines(&text));
    }
    for (flag, place) in places.iter().filter(|(flag, _)| is_about(error, flag)) {
        let notice = Notice::FromConfig { flag: flag.clone(), place: place.clone() };
        write_note(&harmless_lines(&notice.text(lang)));
    }
    match stdout::written() {
        Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
        Err(error) => failure::report(&error, &typed, error_style(lang)),
    }
}

/// Whether a flag is one of those that clap refuses.
fn is_about(error: &clap::Error, flag: &str) -> bool {
    // clap shows a flag with the name of its value: `--lr <F>`.
    let names = |shown: &String| shown.split([' ', '=']).next() == Some(flag);
    [ContextKind::InvalidArg, ContextKind::PriorArg].into_iter().any(|kind| match error.get(kind) {
        Some(ContextValue::String(shown)) => names(shown),
        Some(ContextValue::Strings(shown)) => shown.iter().any(names),
        _ => false,
    })
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
