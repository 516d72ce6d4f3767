//! A run that is watched and logged.

use crate::shell::failure;
use crate::shell::screen::Screen;
use crate::tracking::log::{LogLost, RunLog};
use crate::train::live::LiveRun;
use batchwright_train::{Observer, RunEvent};
use batchwright_view::Notice;

/// Tells of logs that are given up.
pub(crate) fn tell_lost(lost: &[LogLost], run: &str, screen: &Screen) {
    lost.iter().for_each(|lost| screen.note(&lost_notice(lost, run, screen).text(screen.style.lang)));
}

fn lost_notice(lost: &LogLost, run: &str, screen: &Screen) -> Notice {
    Notice::LogLost {
        place: lost.place.to_string(),
        reason: failure::message(&lost.error, screen.style.lang),
        command: lost.place.export_command(run),
    }
}

/// Passes the events of a run on, and logs its rows.
pub(crate) struct LoggedRun<'a, 'b> {
    pub(crate) live: &'a mut LiveRun<'b>,
    pub(crate) log: &'a mut RunLog,
    pub(crate) run: &'a str,
    pub(crate) screen: &'a Screen,
}

impl Observer for LoggedRun<'_, '_> {
    fn event(&mut self, event: RunEvent) {
        self.live.event(event);
        let lost = match event {
            RunEvent::Resumed(state) => self.log.resumed(state.rows()),
            RunEvent::Row(row) => self.log.row(row),
            _ => return,
        };
        lost.iter().for_each(|lost| self.live.note(&lost_notice(lost, self.run, self.screen)));
    }

    fn should_stop(&self) -> bool {
        self.live.should_stop()
    }
}
