//! The logs of a run (`--log-to`): checked before anything is trained, opened before the first step.
//!
//! Left out: writing rows to them (`logged`).

use crate::shell::screen::Screen;
use crate::tracking::log::RunLog;
use crate::tracking::open::open;
use crate::tracking::place::LogPlace;
use crate::tracking::run::TrackedRun;
use crate::train::logged::tell_lost;
use crate::train::record::StoredRun;
use anyhow::Result;
use batchwright_view::Notice;

/// Refuses places that cannot be written, before anything is trained.
///
/// # Errors
/// Of the first such place.
pub(crate) fn check_places(places: &[LogPlace]) -> Result<()> {
    places.iter().try_for_each(|place| open(place).map(drop))
}

/// The logs of a run, each with what shows it. One that cannot be written any more, where a run goes on,
/// is told.
pub(crate) fn open_log(stored: &StoredRun, screen: &Screen) -> Result<RunLog> {
    let StoredRun { job, name, store, .. } = *stored;
    let run = TrackedRun::new(&store.run_summary(name)?, &job.settings, store.origin(name)?.as_ref());
    let (log, lost) = RunLog::open(&job.log_places, run);
    tell_lost(&lost, name, screen);
    for place in log.places() {
        let notice = Notice::LogsTo { place: place.to_string(), command: place.show_command() };
        screen.tell(&notice.text(screen.style.lang));
    }
    Ok(log)
}
