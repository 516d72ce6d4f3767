//! `runs export` in the form of programs in which people look at trainings.

use crate::args::runs::RunsExportArgs;
use crate::find::recorder::journal;
use crate::runs::entry::once;
use crate::shell::screen::Screen;
use crate::tracking::open::{check_places, open};
use crate::tracking::place::{LOG_SETTING, LogPlace, TrackingProgram};
use crate::tracking::run::{TrackedEnd, TrackedPoint, TrackedRun};
use crate::tracking::trials::{WholeRun, trials};
use anyhow::Result;
use batchwright_store::{EntryKind, EntryStatus, Store};
use batchwright_view::{Notice, UsageMessage};
use std::path::Path;

/// Writes runs, and studies as runs of their trials, for `program`.
pub(crate) fn export_tracked(
    store: &Store,
    args: &RunsExportArgs,
    program: TrackingProgram,
    screen: &Screen,
) -> Result<()> {
    let missing = || UsageMessage::LogToStdout { format: program.word() };
    let given = args.output.as_deref().filter(|path| *path != Path::new("-")).ok_or_else(missing)?;
    let place = LogPlace::new(program, given)?;
    // All of them are read before the first one is written.
    let wanted: Vec<Vec<WholeRun>> =
        once(&args.names).into_iter().map(|name| runs_of(store, name)).collect::<Result<_>>()?;
    check_places(std::slice::from_ref(&place))?;
    let mut tracker = open(&place)?;
    let mut written = 0;
    for (run, points, end) in wanted.iter().flatten() {
        tracker.replace(run, points, end)?;
        written += 1;
    }
    let shown = Notice::Tracked {
        runs: written,
        place: place.path.display().to_string(),
        command: place.show_command(),
    };
    screen.warn(&shown.text(screen.style.lang));
    Ok(())
}

/// A run, or the trials of a study.
fn runs_of(store: &Store, name: &str) -> Result<Vec<WholeRun>> {
    let origin = store.origin(name)?;
    if store.kind_of(name)? == EntryKind::Study {
        return Ok(trials(&store.study(name)?, journal(store, name)?.as_ref(), origin.as_ref()));
    }
    let (summary, record) = (store.run_summary(name)?, store.run(name)?);
    if summary.status == EntryStatus::Running
        && record.settings.iter().any(|setting| setting.0 == LOG_SETTING)
    {
        return Err(UsageMessage::LogsItself { run: name.to_owned() }.into());
    }
    let run = TrackedRun::new(&summary, &record.settings, origin.as_ref());
    let points = TrackedPoint::of_rows(&record.rows, run.started);
    Ok(vec![(run, points, TrackedEnd::of_stored(&summary, &record))])
}
