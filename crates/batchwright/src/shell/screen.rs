//! Where text goes: results to stdout, everything else to stderr. With `--json` one object goes to
//! stdout and nothing else.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::args::Global;
use anyhow::Context;
use batchwright_view::{Lang, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};

/// The terminal, or a file or pipe in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) style: Style,
    json: bool,
    quiet: bool,
}

impl Screen {
    pub(crate) fn new(global: &Global) -> Self {
        let lang = global.lang.map_or_else(
            || sys_locale::get_locale().map_or(Lang::En, |locale| Lang::from_locale(&locale)),
            Into::into,
        );
        let width = console_width().unwrap_or(100);
        let colour = colour(std::io::stdout().is_terminal(), std::env::var_os("NO_COLOR").as_deref());
        Self { style: Style { colour, width, lang }, json: global.json, quiet: global.quiet }
    }

    /// Text for people that is part of the result: to stdout; not printed with `--json`.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// Text for people about progress: to stdout; to stderr with `--json`; not printed with
    /// `--quiet`.
    pub(crate) fn tell(&self, text: &str) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => self.note(text),
            (false, false) => print(text),
        }
    }

    /// Text for people beside a result that another program reads: to stderr; not printed with
    /// `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            self.note(text);
        }
    }

    /// Always prints to stderr.
    pub(crate) fn note(&self, text: &str) {
        // If stderr is closed, the text cannot be shown anywhere.
        let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
    }

    /// The result as JSON on stdout, if it was asked for.
    pub(crate) fn object(&self, value: &impl Serialize) -> anyhow::Result<()> {
        if self.json { self.print_object(value) } else { Ok(()) }
    }

    /// Prints a value as JSON on stdout.
    pub(crate) fn print_object(&self, value: &impl Serialize) -> anyhow::Result<()> {
        print(&serde_json::to_string_pretty(value).context("cannot write the result as JSON")?);
        Ok(())
    }

    /// A progress bar on stderr that counts `steps`, or a spinner without `steps`. It is hidden if
    /// stderr is not a terminal, or with `--quiet`.
    pub(crate) fn progress(&self, steps: Option<u64>) -> ProgressBar {
        let target =
            if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(8) };
        let bar = ProgressBar::with_draw_target(steps, target);
        let template = match steps {
            Some(_) => "{wide_bar:.cyan/dim} {human_pos}/{human_len} steps  {msg}  {eta_precise}",
            None => "{spinner:.cyan} {elapsed_precise}  {wide_msg}",
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }

    /// Prints a message above `bar` without damaging the bar on the terminal.
    pub(crate) fn tell_above(&self, bar: &ProgressBar, text: &str) {
        bar.suspend(|| self.tell(text));
    }
}

/// Whether to use colours: on a terminal, unless `NO_COLOR` is set to any text (no-color.org).
fn colour(terminal: bool, no_color: Option<&OsStr>) -> bool {
    terminal && no_color.is_none_or(OsStr::is_empty)
}

/// Writes a line to stdout. If the reader has closed the pipe (`| head -1`), that is not an error:
/// the work continues without output.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
}

/// Prints a line from another program to stderr.
pub(crate) fn echo(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Number of columns of the terminal on stdout.
fn console_width() -> Option<usize> {
    std::io::stdout().is_terminal().then(|| console::Term::stdout().size().1 as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There must be no colour codes in a log file, and no colours for a user who does not want
    /// them.
    #[test]
    fn colour_is_for_terminals_without_no_color() {
        assert!(colour(true, None) && colour(true, Some(OsStr::new(""))));
        assert!(!colour(true, Some(OsStr::new("1"))) && !colour(false, None));
    }
}
