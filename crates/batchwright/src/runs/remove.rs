//! `runs rm` and `runs release`.

use crate::args::Global;
use crate::args::runs::RemoveArgs;
use crate::runs::entry::{files, once};
use crate::shell::ask::confirmed;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_store::Store;
use batchwright_view::Notice;
use serde::Serialize;
use std::process::ExitCode;

/// Removes all of them, or none where one cannot be removed.
pub(crate) fn run(args: RemoveArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = open(global)?;
    let names = once(&args.names);
    for name in &names {
        store.check_removable(name)?;
    }
    if !args.yes && !confirmed(&question(&store, &names, screen)?, screen)? {
        screen.note(&Notice::NothingRemoved.text(screen.style.lang));
        return Ok(ExitCode::FAILURE);
    }
    for name in &names {
        store.remove(name)?;
        screen.tell(&Notice::Removed { name: (*name).clone() }.text(screen.style.lang));
    }
    screen.object(&Removed { removed: &names })?;
    Ok(ExitCode::SUCCESS)
}

/// Ends the ownership of a process that the user knows to be gone.
pub(crate) fn release(name: &str, global: &Global, screen: &Screen) -> Result<ExitCode> {
    open(global)?.release(name)?;
    screen.tell(&Notice::Released { name: name.to_owned() }.text(screen.style.lang));
    screen.object(&Released { released: name })?;
    Ok(ExitCode::SUCCESS)
}

/// Opens an existing store for writing.
fn open(global: &Global) -> Result<Store> {
    // A mistyped folder is an error, and not made.
    drop(Store::open_existing(&global.runs)?);
    Ok(Store::open(&global.runs)?)
}

fn question(store: &Store, names: &[&String], screen: &Screen) -> Result<String> {
    let mut bytes = 0;
    for name in names {
        bytes += files(&store.place(name)?).iter().map(|(_, bytes)| bytes).sum::<u64>();
    }
    let list = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    Ok(Notice::AskToRemove { names: list, bytes }.text(screen.style.lang))
}

#[derive(Serialize)]
struct Removed<'a> {
    removed: &'a [&'a String],
}

#[derive(Serialize)]
struct Released<'a> {
    released: &'a str,
}
