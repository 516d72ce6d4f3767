//! What is told of a log: where it is, and that it is given up.

use crate::shell::failure;
use crate::shell::screen::Screen;
use crate::tracking::log::LogLost;
use crate::tracking::place::LogPlace;
use batchwright_view::Notice;

/// A log that is written, with what shows it.
pub(crate) fn place_text(place: &LogPlace, screen: &Screen) -> String {
    let notice = Notice::LogsTo { place: place.to_string(), command: place.show_command() };
    notice.text(screen.style.lang)
}

/// A log that is given up, of a run or study.
pub(crate) fn lost_text(lost: &LogLost, of: &str, screen: &Screen) -> String {
    let (place, command) = (lost.place.to_string(), lost.place.export_command(of));
    let reason = failure::message(&lost.error, screen.style.lang);
    Notice::LogLost { place, reason, command }.text(screen.style.lang)
}
