//! `--config FILE.toml`: what the file says becomes words of the command line, before clap reads it.
//! So a file has the defaults, the checks and the errors of the flags, and no list of keys of its
//! own: the keys are the long flags of clap's definition.
//!
//! - `file`: reads the file as tables of words, each with its place
//! - `keys`: which key is a flag of which command, and what it takes
//! - `network`: `[model]`, a network layer by layer
//!
//! A flag that was typed wins over the file, and a command's own table over the top of the file.
//! Every table of the file is checked, also those of other commands. Left out: positional arguments
//! (a model, a training command), and files that include others.

mod file;
mod keys;
mod network;

use crate::args::Cli;
use crate::args::configuration::file::read;
use crate::args::configuration::keys::words_of;
use anyhow::Result;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::ffi::OsString;
use std::path::PathBuf;

/// The flag that names the file.
const FLAG: &str = "--config";

/// A command line with the words of its configuration file.
#[derive(Debug, Default)]
pub(crate) struct Configured {
    /// The words that clap reads, without the flag of the file.
    pub(crate) words: Vec<OsString>,
    /// Which flags are from the file, and from where: `--lr`, `run.toml:3`.
    pub(crate) places: Vec<(String, String)>,
}

/// Puts what the configuration file says into the command line that names it. Words without one are
/// returned as they are; so are words that clap is going to refuse or to answer with help.
///
/// # Errors
/// A file that cannot be read, is no TOML, or has a key that is no flag, or a value that the flag
/// does not take. Each names the line.
pub(crate) fn configured(words: Vec<OsString>) -> Result<Configured> {
    let definition = Cli::definition();
    let typed = definition.clone().ignore_errors(true).try_get_matches_from(&words);
    let named = typed.as_ref().ok().and_then(|typed| typed.get_one::<PathBuf>("config"));
    let (Ok(typed), Some(path)) = (&typed, named) else {
        return Ok(Configured { words, places: Vec::new() });
    };
    let (command, matches) = command_of(typed);
    if command.is_empty() {
        return Ok(Configured { words, places: Vec::new() });
    }
    let mut places = Vec::new();
    let mut added: Vec<OsString> = Vec::new();
    for (entry, arg, words) in words_of(&definition, read(path)?, (&command, matches))? {
        if matches.value_source(arg.as_str()) != Some(ValueSource::CommandLine) {
            places.push((format!("--{}", entry.key), entry.place()));
            added.extend(words.into_iter().map(Into::into));
        }
    }
    Ok(Configured { words: with(words, added), places })
}

/// The command that was typed, as the names that lead to it, and what was typed of it.
fn command_of(typed: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut matches) = (Vec::new(), typed);
    while let Some((name, below)) = matches.subcommand() {
        path.push(name);
        matches = below;
    }
    (path, matches)
}

/// The words with `added` behind the flags, where those of the user's command begin or at the end,
/// and without the flag of the file.
fn with(words: Vec<OsString>, added: Vec<OsString>) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let mut merged = Vec::with_capacity(words.len() + added.len());
    let mut flags = words[..end].iter();
    while let Some(word) = flags.next() {
        if word == FLAG {
            flags.next();
        } else if !word.to_string_lossy().starts_with("--config=") {
            merged.push(word.clone());
        }
    }
    merged.extend(added);
    merged.extend_from_slice(&words[end..]);
    merged
}
