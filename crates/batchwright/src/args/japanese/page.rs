//! The Japanese help of a command, from clap's definition of it and from the tables.
//!
//! What has no Japanese stays English, so that a new flag is at least explained; a test refuses it.

use crate::args::japanese::commands::COMMANDS;
use crate::args::japanese::flags;
use crate::args::japanese::words;
use crate::args::japanese::words::{ARGUMENTS, HEADINGS, OPTIONS, VALUE_NAMES};
use batchwright_view::{HelpEntry, HelpPage, HelpSection};
use clap::builder::PossibleValue;
use clap::{Arg, Command};

/// The help of the command at `path` (its words without the name of the program).
pub(super) fn page(command: &mut Command, path: &str) -> HelpPage {
    let text = COMMANDS.iter().find(|text| text.path == path);
    let english = || command.get_about().map(ToString::to_string).unwrap_or_default();
    let about = text.map_or_else(english, |text| text.about.to_owned());
    let typed = usage(&command.render_usage().to_string());
    let sections = subcommands(command, path).into_iter().chain(groups(command, path)).collect();
    HelpPage {
        about,
        usage: ("使い方:".to_owned(), typed),
        sections,
        after: text.map(|text| text.after.to_owned()).unwrap_or_default(),
    }
}

/// clap's `Usage: batchwright find [OPTIONS] [-- <COMMAND>...]` in Japanese, without its first word.
pub(super) fn usage(english: &str) -> String {
    let typed = english.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[オプション]");
    value_names(&typed)
}

/// Replaces the names of values, which stand in `<>` or `[]`.
pub(super) fn value_names(text: &str) -> String {
    VALUE_NAMES.iter().fold(text.to_owned(), |text, (english, japanese)| {
        text.replace(&format!("<{english}>"), &format!("<{japanese}>"))
            .replace(&format!("[{english}]"), &format!("[{japanese}]"))
    })
}

fn subcommands(command: &Command, path: &str) -> Option<HelpSection> {
    // Below `help` clap repeats the commands.
    if path.ends_with("help") {
        return None;
    }
    let mut shown: Vec<&Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).collect();
    // clap does not tell in which order it shows them.
    let row = |sub: &Command| COMMANDS.iter().position(|text| text.path == join(path, sub.get_name()));
    shown.sort_by_key(|sub| row(sub));
    let entry = |sub: &Command| {
        let path = join(path, sub.get_name());
        let text = COMMANDS.iter().find(|text| text.path == path).map(|text| text.about.to_owned());
        let english = || sub.get_about().map(ToString::to_string).unwrap_or_default();
        HelpEntry {
            term: sub.get_name().to_owned(),
            text: text.unwrap_or_else(english).trim_end_matches('。').to_owned(),
            values: Vec::new(),
        }
    };
    let entries: Vec<HelpEntry> = shown.into_iter().map(entry).collect();
    (!entries.is_empty()).then(|| HelpSection { heading: "コマンド:".to_owned(), entries })
}

/// The words of a subcommand of the command at `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}

/// The English heading of a flag or argument.
pub(super) fn heading(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or(if arg.is_positional() { ARGUMENTS } else { OPTIONS })
}

/// The flags and arguments that are not hidden, by heading, in the order of their first appearance.
fn groups(command: &Command, path: &str) -> Vec<HelpSection> {
    let mut sections: Vec<HelpSection> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let english = heading(arg);
        let heading = format!("{}:", words::japanese(HEADINGS, english).unwrap_or(english));
        let entry = entry(arg, path);
        match sections.iter_mut().find(|section| section.heading == heading) {
            Some(section) => section.entries.push(entry),
            None => sections.push(HelpSection { heading, entries: vec![entry] }),
        }
    }
    sections
}

fn entry(arg: &Arg, path: &str) -> HelpEntry {
    let id = arg.get_id().as_str();
    let english = || arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut text = flags::help(path, id).map_or_else(english, ToOwned::to_owned);
    let takes_value = arg.get_action().takes_values();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() {
        text += &format!(" [既定値: {}]", defaults.join(", "));
    }
    let values = if takes_value { arg.get_possible_values() } else { Vec::new() };
    HelpEntry { term: term(arg), text, values: values.iter().map(|it| value(id, it)).collect() }
}

fn value(flag: &str, value: &PossibleValue) -> (String, String) {
    let english = || value.get_help().map(ToString::to_string).unwrap_or_default();
    let name = value.get_name();
    (name.to_owned(), words::meaning(flag, name).map_or_else(english, ToOwned::to_owned))
}

/// A flag or argument as it is typed, with Japanese names of values.
fn term(arg: &Arg) -> String {
    let Some(long) = arg.get_long() else { return value_names(&arg.to_string()) };
    let short = arg.get_short().map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let names = if arg.get_action().takes_values() { arg.get_value_names() } else { None };
    let values: String = names.unwrap_or_default().iter().map(|name| format!(" <{name}>")).collect();
    format!("{short}--{long}{}", value_names(&values))
}
