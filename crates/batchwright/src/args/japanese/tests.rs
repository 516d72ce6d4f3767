//! Every flag has Japanese, and every row of the tables is about a flag that exists.

use crate::args::Cli;
use crate::args::japanese::commands::COMMANDS;
use crate::args::japanese::flags::FLAGS;
use crate::args::japanese::page::{heading, join};
use crate::args::japanese::words::{HEADINGS, VALUE_NAMES, VALUES, japanese, meaning};
use crate::args::japanese::{flags, with_japanese_help};
use batchwright_view::{Lang, Style};
use clap::{Arg, Command};
use std::collections::BTreeSet;

/// Everything that the help can show, as rows of the tables name it.
#[derive(Default)]
struct Shown {
    /// Path, and whether there is a text below the flags.
    commands: Vec<(String, bool)>,
    /// Path and id.
    flags: Vec<(String, String)>,
    headings: BTreeSet<String>,
    value_names: BTreeSet<String>,
    /// Id and value.
    values: BTreeSet<(String, String)>,
}

impl Shown {
    fn all() -> Self {
        let mut definition = Cli::definition();
        definition.build();
        let mut shown = Self::default();
        shown.add(&definition, "");
        shown
    }

    fn add(&mut self, command: &Command, path: &str) {
        self.commands.push((path.to_owned(), command.get_after_help().is_some()));
        command.get_arguments().for_each(|arg| self.add_arg(arg, path));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && !path.ends_with("help")) {
            self.add(sub, &join(path, sub.get_name()));
        }
    }

    fn add_arg(&mut self, arg: &Arg, path: &str) {
        let id = arg.get_id().to_string();
        self.headings.insert(heading(arg).to_owned());
        if arg.get_action().takes_values() {
            let names = arg.get_value_names().unwrap_or_default();
            self.value_names.extend(names.iter().map(ToString::to_string));
            let values = arg.get_possible_values();
            self.values.extend(values.iter().map(|value| (id.clone(), value.get_name().to_owned())));
        }
        self.flags.push((path.to_owned(), id));
    }
}

/// A user would read English in the middle of a Japanese help.
#[test]
fn everything_in_the_help_has_japanese() {
    let shown = Shown::all();
    assert!(shown.flags.len() > 150 && shown.values.len() > 20, "{}", shown.flags.len());
    for (path, has_after) in &shown.commands {
        let text = COMMANDS.iter().find(|text| text.path == path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(!text.after.is_empty(), *has_after, "{path}: examples");
    }
    for (path, id) in &shown.flags {
        assert!(flags::help(path, id).is_some(), "{path}: no Japanese for {id}");
    }
    for english in &shown.headings {
        assert!(japanese(HEADINGS, english).is_some(), "no Japanese for the heading {english}");
    }
    for english in &shown.value_names {
        assert!(japanese(VALUE_NAMES, english).is_some(), "no Japanese for <{english}>");
    }
    for (id, value) in &shown.values {
        assert!(meaning(id, value).is_some(), "no Japanese for --{id} {value}");
    }
}

/// A row whose flag was renamed or removed would be forgotten.
#[test]
fn every_row_is_about_something_that_exists() {
    let shown = Shown::all();
    for text in COMMANDS {
        assert!(shown.commands.iter().any(|(path, _)| path == text.path), "{}", text.path);
    }
    for row in FLAGS {
        let own_row = |path: &str| FLAGS.iter().any(|other| other.command == path && other.id == row.id);
        let used = |path: &str| path == row.command || (row.command.is_empty() && !own_row(path));
        let exists = shown.flags.iter().any(|(path, id)| id == row.id && used(path));
        assert!(exists, "{:?}: there is no {}", row.command, row.id);
        let twice = FLAGS.iter().filter(|other| (other.command, other.id) == (row.command, row.id)).count();
        assert_eq!(twice, 1, "{}", row.id);
    }
    HEADINGS.iter().for_each(|(english, _)| assert!(shown.headings.contains(*english), "{english}"));
    VALUE_NAMES.iter().for_each(|(english, _)| assert!(shown.value_names.contains(*english), "{english}"));
    for (id, value, _) in VALUES {
        assert!(shown.values.contains(&((*id).to_owned(), (*value).to_owned())), "{id} {value}");
    }
}

/// The examples must be the same commands in both languages: they are copied and run.
#[test]
fn the_commands_of_the_examples_are_the_english_ones() {
    let commands = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("  ")).map(ToOwned::to_owned).collect()
    };
    let mut definition = Cli::definition();
    definition.build();
    for text in COMMANDS {
        let find = |command, name: &str| Command::find_subcommand(command, name);
        let command = text.path.split_whitespace().try_fold(&definition, find).unwrap();
        let english = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert_eq!(commands(&english), commands(text.after), "{}", text.path);
    }
}

/// clap must show our text, wherever it is asked for.
#[test]
fn each_way_to_ask_for_help_is_answered_in_japanese() {
    let style = Style { lang: Lang::Ja, ..Style::default() };
    for line in
        ["x -h", "x --help", "x help", "x find --help", "x help find", "x data help describe", "x help help"]
    {
        let error = with_japanese_help(Cli::definition(), style)
            .try_get_matches_from(line.split_whitespace())
            .unwrap_err();
        let help = error.to_string();
        assert_eq!(error.exit_code(), 0, "{line}");
        assert!(help.contains("使い方: batchwright"), "{line}: {help}");
        assert!(!help.contains("Print") && !help.contains("default"), "{line}: {help}");
    }
}
