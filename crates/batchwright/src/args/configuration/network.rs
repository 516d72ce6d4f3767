//! `[model]`: a network layer by layer, for every command that takes `--model`.
//!
//! The layers become the value of that flag, so that a run that is resumed and a child that is started
//! know them too. Left out: whether they suit the data, which only the command knows.

use crate::args::configuration::file::{Entry, Held, LAYERS, NETWORK};
use crate::shell::explain::Explain;
use anyhow::Result;
use batchwright_nn::{Architecture, NnError};
use batchwright_view::FailureMessage;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde_json::{Value, json};

/// Tokens of a sample of a text.
const CONTEXT: &str = "context";
/// The flag whose value it is.
const FLAG: &str = "model";
/// The keys that are about the network; other keys of its table are flags of commands.
pub(super) const KEYS: [&str; 2] = [LAYERS, CONTEXT];

/// Takes the entries of the network out of those of the file, and makes one of them: its value is what
/// `--model` takes.
///
/// # Errors
/// A layer that could not be read, with its line.
pub(super) fn network_of(entries: &mut Vec<Entry>) -> Result<Option<Entry>> {
    let of = |key: &str| entries.iter().find(|entry| entry.table == NETWORK && entry.key == key).cloned();
    let Some((entry, Some(Held::Layers(layers, lines)))) =
        of(LAYERS).map(|entry| (entry.clone(), entry.held))
    else {
        return Ok(None);
    };
    let context = of(CONTEXT).and_then(|entry| entry.held);
    entries.retain(|entry| entry.table != NETWORK || !KEYS.contains(&entry.key.as_str()));
    let list = match context {
        Some(Held::Word(tokens)) => {
            let tokens = tokens.parse::<u64>().map_or_else(|_| tokens.into(), Value::from);
            json!({ CONTEXT: tokens, LAYERS: layers })
        }
        Some(other) => json!({ CONTEXT: other.kind(), LAYERS: layers }),
        None => layers,
    };
    let value = format!("layers:{list}");
    let read = value.parse::<Architecture>();
    let line = match &read {
        Err(NnError::LayerList(problem)) => problem.entry().and_then(|index| lines.get(index)),
        _ => None,
    };
    let place = line.map_or_else(|| entry.place(), |&line| entry.place_of(line));
    read.explain(|| FailureMessage::ConfigLayers { place })?;
    Ok(Some(entry.at_the_top(FLAG, Held::Word(value))))
}

/// Whether the command that was typed takes a network: it has the flag, and nothing was typed that
/// excludes it (a saved model, a training command).
pub(super) fn is_taken(command: &Command, typed: &ArgMatches) -> bool {
    let Some(flag) = command.get_opts().find(|arg| arg.get_long() == Some(FLAG)) else { return false };
    let excludes = |arg: &clap::Arg| {
        typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
            && command.get_arg_conflicts_with(arg).iter().any(|other| other.get_id() == flag.get_id())
    };
    !command.get_arguments().any(excludes)
}
