//! A run that is shown, logged, and told to whoever watches it from outside.

use crate::shell::screen::Screen;
use crate::tracking::log::RunLog;
use crate::tracking::texts::lost_text;
use crate::train::live::LiveRun;
use crate::train::teller::RunTeller;
use batchwright_train::{Observer, RunEvent};

/// Passes the events of a run on, logs its rows, and tells its verdicts so far.
pub(crate) struct LoggedRun<'a, 'b> {
    pub(crate) live: &'a mut LiveRun<'b>,
    pub(crate) log: &'a mut RunLog,
    pub(crate) teller: &'a mut RunTeller<'b>,
    pub(crate) run: &'a str,
    pub(crate) screen: &'a Screen,
}

impl Observer for LoggedRun<'_, '_> {
    fn event(&mut self, event: RunEvent) {
        self.live.event(event);
        let lost = match event {
            RunEvent::Resumed(state) => self.log.resumed(state.rows()),
            RunEvent::Row(row) => self.log.row(row),
            RunEvent::VerdictSoFar(verdict) => return self.teller.tell(verdict),
            _ => return,
        };
        lost.iter().for_each(|lost| self.live.note(&lost_text(lost, self.run, self.screen)));
    }

    fn wants_verdicts(&self) -> bool {
        self.teller.wants_verdict()
    }

    fn should_stop(&self) -> bool {
        self.live.should_stop()
    }
}
