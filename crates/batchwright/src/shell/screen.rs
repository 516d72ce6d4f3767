//! Where text goes: results to stdout, everything else to stderr. With `--json` one object goes to
//! stdout and nothing else.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::args::Global;
use crate::shell::explain::Explain;
use crate::shell::stdout;
use batchwright_view::{FailureMessage, Lang, Style, UsageMessage, harmless_lines};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};

/// The terminal, or a file or pipe in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) style: Style,
    /// Whether stdout is a terminal.
    terminal: bool,
    json: bool,
    quiet: bool,
    live: bool,
}

impl Screen {
    pub(crate) fn new(style: Style, global: &Global) -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self { style, terminal, json: global.json, quiet: global.quiet, live: false }
    }

    /// Where what goes on fills the terminal, if `live`.
    ///
    /// # Errors
    /// With `--quiet`, which shows results only.
    pub(crate) fn filled(self, live: bool) -> anyhow::Result<Self> {
        if live && self.quiet { Err(UsageMessage::LiveIsNotQuiet.into()) } else { Ok(Self { live, ..self }) }
    }

    /// Whether what goes on is to fill the terminal.
    pub(crate) fn live(&self) -> bool {
        self.live
    }

    /// Text for people that is part of the result: to stdout; not printed with `--json`.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            self.print(text);
        }
    }

    /// Prints a result to stdout, whatever the flags are. A terminal must not act on names and data; a
    /// file or a pipe gets them as they are.
    pub(crate) fn print(&self, text: &str) {
        if self.terminal { stdout::print(&harmless_lines(text)) } else { stdout::print(text) }
    }

    /// Text for people about progress: to stdout; to stderr with `--json`; not printed with
    /// `--quiet`.
    pub(crate) fn tell(&self, text: &str) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => self.note(text),
            (false, false) => self.print(text),
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
        write_note(&harmless_lines(text));
    }

    /// The result as JSON on stdout, if it was asked for.
    pub(crate) fn object(&self, value: &impl Serialize) -> anyhow::Result<()> {
        if self.json { self.print_object(value) } else { Ok(()) }
    }

    /// Prints a value as JSON on stdout.
    pub(crate) fn print_object(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.print(&serde_json::to_string_pretty(value).explain(|| FailureMessage::WriteJson)?);
        Ok(())
    }

    /// A line on stderr that is overwritten again and again: a bar of this length where it is known
    /// and there is room, and a message. It is hidden if stderr is not a terminal that can do it, or
    /// with `--quiet`.
    pub(crate) fn progress(&self, length: Option<u64>) -> ProgressBar {
        let hidden = self.quiet || is_dumb(std::env::var_os("TERM").as_deref());
        let target =
            if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(8) };
        let bar = ProgressBar::with_draw_target(length, target);
        let template = match length {
            Some(_) if self.style.width >= ROOM_FOR_BAR => "{bar:16.cyan/dim} {wide_msg}",
            Some(_) => "{wide_msg}",
            None => "{spinner:.cyan} {elapsed_precise}  {wide_msg}",
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }

    /// As [`Screen::progress`] without a length, with room for lines above, the prefix.
    pub(crate) fn study_progress(&self) -> ProgressBar {
        let bar = self.progress(None);
        let template = "{prefix}{spinner:.cyan} {elapsed_precise}  {wide_msg}";
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

/// Columns from which on a line has room for a bar.
const ROOM_FOR_BAR: usize = 90;

/// How text for stdout is formatted.
pub(crate) fn style(lang: Lang) -> Style {
    let width = console_width().unwrap_or(100);
    Style { colour: colour(std::io::stdout().is_terminal()), width, lang }
}

/// How text for stderr is formatted.
pub(crate) fn error_style(lang: Lang) -> Style {
    Style { colour: colour(std::io::stderr().is_terminal()), ..style(lang) }
}

/// Whether to use colours in what goes to a terminal, or to something else.
pub(crate) fn colour(terminal: bool) -> bool {
    let variable = |name| std::env::var_os(name);
    terminal && colour_wanted(variable("NO_COLOR").as_deref(), variable("TERM").as_deref())
}

/// A terminal that cannot move its cursor.
pub(crate) fn is_dumb(term: Option<&OsStr>) -> bool {
    term.is_none_or(|term| term == "dumb")
}

/// Not if `NO_COLOR` is set to any text (no-color.org), nor on a terminal that cannot show them.
fn colour_wanted(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && !is_dumb(term)
}

/// Writes a line to stderr.
pub(crate) fn write_note(text: &str) {
    // If stderr is closed or full, the text cannot be shown anywhere.
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Prints a line from another program to stderr.
pub(crate) fn echo(text: &str) {
    write_note(&harmless_lines(&console::strip_ansi_codes(text)));
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
    fn colour_is_for_terminals_that_show_it_without_no_color() {
        let text = |text: &'static str| Some(OsStr::new(text));
        assert!(colour_wanted(None, text("xterm")) && colour_wanted(text(""), text("xterm")));
        assert!(!colour_wanted(text("1"), text("xterm")));
        assert!(!colour_wanted(None, text("dumb")) && !colour_wanted(None, None));
        assert!(!colour(false));
    }
}
