//! `watch`: a run or a study that another process works on, in the terminal while it goes on. It only reads.
//!
//! Without a terminal its rows or trials are printed as lines until it ends.

mod run;
mod study;
mod watched;

use crate::args::Global;
use crate::args::others::WatchArgs;
use crate::runs::entry::{LAST, StoredEntry, entries};
use crate::shell::explain::Explain;
use crate::shell::full_screen::{FullScreen, has_terminal};
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::watch::watched::Watched;
use anyhow::Result;
use batchwright_store::{EntryKind, EntryStatus, Store, StoreChanges};
use batchwright_view::{FailureMessage, UsageMessage, WatchedFrom};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

/// Time between two looks at whether something was stored.
const INTERVAL: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &WatchArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let store = Store::open_existing(&global.runs)?;
    let name = chosen(args.name.as_deref(), &store, screen)?;
    let signals = Signals::listen()?;
    let status = match store.kind_of(&name)? {
        EntryKind::Run => follow(run::WatchedRun::new(store, &name, screen)?, screen, &signals),
        EntryKind::Study => follow(study::WatchedStudy::new(store, &name, screen)?, screen, &signals),
    }?;
    screen.object(&json!({ "name": name, "status": status }))?;
    // Not to watch any longer is no failure of what is watched, nor of watching.
    Ok(ExitCode::SUCCESS)
}

/// The run or study that was named; otherwise the newest that runs, or the newest of all.
fn chosen(named: Option<&str>, store: &Store, screen: &Screen) -> Result<String> {
    match named {
        Some(name) if name != LAST || store.kind_of(name).is_ok() => return Ok(name.to_owned()),
        _ => {}
    }
    let rank = |entry: &StoredEntry| (named.is_none() && entry.status == EntryStatus::Running, entry.created);
    let newest = entries(store, screen)?.into_iter().max_by_key(rank);
    newest.map(|entry| entry.name).ok_or_else(|| UsageMessage::NothingToWatch.into())
}

/// Shows it until it is left, or, as lines, until it ends. Returns its last state.
fn follow(mut watched: impl Watched, screen: &Screen, signals: &Signals) -> Result<EntryStatus> {
    let mut changes = StoreChanges::default();
    changes.came(Some(watched.store()));
    let mut status = watched.look()?;
    if !has_terminal() {
        loop {
            watched.print(screen);
            if status != EntryStatus::Running || signals.came() {
                return Ok(status);
            }
            while !changes.came(Some(watched.store())) && !signals.came() {
                std::thread::sleep(INTERVAL);
            }
            status = watched.look()?;
        }
    }
    let opened = FullScreen::open(watched.picture(), WatchedFrom::Outside, signals);
    let mut full = opened.explain(|| FailureMessage::OpenScreen)?;
    while full.is_open() {
        if changes.came(Some(watched.store())) {
            status = watched.look()?;
            full.change(|picture| watched.paint(picture));
        }
        std::thread::park_timeout(INTERVAL);
    }
    full.close();
    watched.print(screen);
    Ok(status)
}
