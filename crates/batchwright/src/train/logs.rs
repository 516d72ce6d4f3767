//! The logs of a run (`--log-to`), opened before its first step.
//!
//! Left out: writing rows to them (`logged`).

use crate::shell::screen::Screen;
use crate::tracking::log::{LogLost, RunLog};
use crate::tracking::run::TrackedRun;
use crate::tracking::texts::{lost_text, place_text};
use crate::train::record::StoredRun;
use anyhow::Result;

/// The logs of a run, each with what shows it. One that cannot be written any more, where a run goes on,
/// is told.
pub(crate) fn open_log(stored: &StoredRun, screen: &Screen) -> Result<RunLog> {
    let StoredRun { job, name, store, .. } = *stored;
    let run = TrackedRun::new(&store.run_summary(name)?, &job.settings, store.origin(name)?.as_ref());
    let (log, lost) = RunLog::open(&job.log_places, run);
    tell_lost(&lost, name, screen);
    log.places().for_each(|place| screen.tell(&place_text(place, screen)));
    Ok(log)
}

/// Tells of logs that are given up.
pub(crate) fn tell_lost(lost: &[LogLost], run: &str, screen: &Screen) {
    lost.iter().for_each(|lost| screen.note(&lost_text(lost, run, screen)));
}
