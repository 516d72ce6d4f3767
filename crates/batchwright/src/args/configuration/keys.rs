//! Which keys a configuration may have, and the words that they become: read from clap's
//! definition.

use crate::args::configuration::file::{Entry, Held, NETWORK};
use crate::args::configuration::network;
use crate::args::configuration::network::network_of;
use anyhow::Result;
use batchwright_view::UsageMessage;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// How alike a key and a flag must be for the flag to be suggested (Jaro-Winkler).
const LIKE: f64 = 0.8;

/// Flags that make no sense in a file: it cannot name another one, nor ask for help.
const NOT_IN_A_FILE: [&str; 3] = ["config", "help", "version"];

/// The entries that are about `command`, each with the id of its flag and its words. An entry of the
/// command's own table hides one of the same key at the top.
///
/// # Errors
/// An entry of any table that is no flag, or holds what its flag does not take.
pub(super) fn words_of(
    definition: &Command,
    mut entries: Vec<Entry>,
    (command, typed): (&[&str], &ArgMatches),
) -> Result<Vec<(Entry, String, Vec<String>)>> {
    let mut found: Vec<(Entry, String, Vec<String>)> = Vec::new();
    let below = command.iter().try_fold(definition, |above, name| above.find_subcommand(name));
    if let (Some(entry), Some(below)) = (network_of(&mut entries)?, below)
        && network::is_taken(below, typed)
        && let Some((_, arg)) = flags(below).find(|(long, _)| *long == entry.key)
        && let Some(held) = &entry.held
    {
        let words = words(&entry, held, arg)?;
        found.push((entry.clone(), arg.get_id().to_string(), words));
    }
    for entry in entries {
        let Some(held) = &entry.held else {
            table_of(definition, &entry)?;
            continue;
        };
        let arg = flag_of(definition, &entry)?;
        let words = words(&entry, held, arg)?;
        if entry.table.is_empty() || entry.table == command {
            found.push((entry.clone(), arg.get_id().to_string(), words));
        }
    }
    let own: Vec<String> =
        found.iter().filter(|(entry, ..)| !entry.table.is_empty()).map(|(_, id, _)| id.clone()).collect();
    found.retain(|(entry, id, _)| !entry.table.is_empty() || !own.contains(id));
    Ok(found)
}

/// The command that a table is about.
fn table_of<'a>(definition: &'a Command, entry: &Entry) -> Result<&'a Command> {
    let above = command_at(definition, &entry.table, entry)?;
    command_at(above, std::slice::from_ref(&entry.key), entry)
}

/// The command that these names lead to.
fn command_at<'a>(from: &'a Command, names: &[String], entry: &Entry) -> Result<&'a Command> {
    names.iter().try_fold(from, |command, name| {
        let below = || command.get_subcommands().filter(|below| !below.is_hide_set());
        below().find(|below| below.get_name() == name).ok_or_else(|| {
            let near = nearest(name, below().map(Command::get_name));
            let (place, table) = (entry.place(), name.clone());
            match near {
                Some(near) => UsageMessage::ConfigTableNear { place, table, near }.into(),
                None => UsageMessage::ConfigTable { place, table }.into(),
            }
        })
    })
}

/// The flag that an entry sets.
fn flag_of<'a>(definition: &'a Command, entry: &Entry) -> Result<&'a Arg> {
    let command = command_at(definition, &entry.table, entry)?;
    let flags = || flags(command).chain(flags(definition).filter(|_| !entry.table.is_empty()));
    if let Some((_, arg)) = flags().find(|(long, _)| *long == entry.key) {
        return Ok(arg);
    }
    let (place, key) = (entry.place(), entry.key.clone());
    let tables = tables_with(definition, &key);
    let of_network: &[&str] = if entry.table == NETWORK { &network::KEYS } else { &[] };
    Err(match nearest(&key, flags().map(|(long, _)| long).chain(of_network.iter().copied())) {
        _ if !tables.is_empty() => UsageMessage::ConfigOtherTable { place, key, tables: tables.join(" ") },
        Some(near) => UsageMessage::ConfigKeyNear { place, key, near },
        None => UsageMessage::ConfigKey { place, key },
    }
    .into())
}

/// The long flags of a command that a file may set.
fn flags(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let long = |arg: &'_ Arg| !NOT_IN_A_FILE.contains(&arg.get_id().as_str());
    command.get_arguments().filter(move |arg| long(arg)).filter_map(|arg| Some((arg.get_long()?, arg)))
}

/// The tables in which a key would be a flag: `[train]`.
fn tables_with(definition: &Command, key: &str) -> Vec<String> {
    let mut tables = Vec::new();
    let mut commands: Vec<(String, &Command)> = vec![(String::new(), definition)];
    while let Some((path, command)) = commands.pop() {
        if !path.is_empty() && flags(command).any(|(long, _)| long == key) {
            tables.push(format!("[{path}]"));
        }
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            let dot = if path.is_empty() { "" } else { "." };
            commands.push((format!("{path}{dot}{}", below.get_name()), below));
        }
    }
    tables.sort();
    tables
}

/// The name that is nearest to what was written, if any is near.
fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let written = written.to_lowercase().replace('_', "-");
    names
        .map(|name| (strsim::jaro_winkler(&written, name), name))
        .filter(|(alike, _)| *alike >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

/// The words that an entry becomes.
fn words(entry: &Entry, held: &Held, arg: &Arg) -> Result<Vec<String>> {
    let key = &entry.key;
    let flag = |value: &String| format!("--{key}={value}");
    let (place, found) = (entry.place(), held.kind());
    let wrong = match (arg.get_action(), held) {
        (ArgAction::SetTrue, Held::Switch(on)) => {
            return Ok(on.then(|| format!("--{key}")).into_iter().collect());
        }
        (ArgAction::Set | ArgAction::Append, Held::Word(value)) => return Ok(vec![flag(value)]),
        (ArgAction::Append, Held::Words(values)) => return Ok(values.iter().map(flag).collect()),
        (ArgAction::SetTrue, _) => UsageMessage::ConfigSwitch { place, key: key.clone(), found },
        (ArgAction::Append, _) => UsageMessage::ConfigValues { place, key: key.clone(), found },
        _ => UsageMessage::ConfigValue { place, key: key.clone(), found },
    };
    Err(wrong.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;

    /// What a flag takes is known by its action; a new action would be taken for one that takes a
    /// value.
    #[test]
    fn every_flag_of_every_command_has_an_action_that_is_known() {
        let definition = Cli::definition();
        let mut commands = vec![&definition];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for (long, arg) in flags(command) {
                let known =
                    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::Set | ArgAction::Append);
                assert!(known, "{long}: {:?}", arg.get_action());
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn a_name_is_suggested_only_where_it_is_near() {
        let names = ["batch-size", "epochs", "lr"];
        let near = |written| nearest(written, names.into_iter());
        assert_eq!(near("batch_size").as_deref(), Some("batch-size"));
        assert_eq!(near("epoch").as_deref(), Some("epochs"));
        assert_eq!(near("quantum"), None);
    }
}
