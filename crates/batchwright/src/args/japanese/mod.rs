//! The help and the refusals of the command line in Japanese. The English one is clap's own, from the doc comments of the flags; clap has
//! no other language, so that this one is made here, from clap's definition and from tables.
//!
//! - `commands`: what each command does, and its examples
//! - `flags`: what each flag means
//! - `words`: headings, names of values, and what values mean
//! - `page`: puts them together
//! - `refusal`: why clap refuses a command line

mod commands;
mod flags;
mod page;
pub(crate) mod refusal;
#[cfg(test)]
mod tests;
mod words;

use crate::args::japanese::page::{join, page};
use batchwright_view::{Style, help_page};
use clap::Command;

/// Widest help. Longer lines are hard to read.
const WIDEST: usize = 100;

/// The command with Japanese help, its subcommands too.
pub(crate) fn with_japanese_help(mut command: Command, style: Style) -> Command {
    command.build();
    let style = Style { width: style.width.min(WIDEST), ..style };
    override_help(command, "", style)
}

fn override_help(mut command: Command, path: &str, style: Style) -> Command {
    let help = help_page(&page(&mut command, path), style);
    // What is below `help` repeats the commands, for the completions of shells only.
    let below = |sub: Command| {
        let path = join(path, sub.get_name());
        override_help(sub, &path, style)
    };
    match path.ends_with("help") {
        true => command.override_help(help),
        false => command.mut_subcommands(below).override_help(help),
    }
}
