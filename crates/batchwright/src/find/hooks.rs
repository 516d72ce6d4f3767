//! `--setup` and `--cleanup`: the user's shell lines before and after everything that `find` runs.

use crate::find::deadline::Deadline;
use crate::shell::explain::Failed;
use crate::shell::failure::Interrupted;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::process::{ChildSpec, HookError, run_shell};
use batchwright_view::FailureMessage;

/// The shell lines, and what may interrupt them.
pub(crate) struct Hooks {
    pub(crate) setup: Option<String>,
    pub(crate) cleanup: Option<String>,
    pub(crate) signals: Signals,
    pub(crate) deadline: Deadline,
}

impl Hooks {
    /// Runs `--setup`. A signal or the end of the budget interrupts it.
    pub(crate) fn set_up(&self) -> Result<()> {
        let interrupted = || self.signals.came() || self.deadline.is_over();
        self.run("--setup", self.setup.as_deref(), &interrupted)
    }

    /// Runs `--cleanup`. It runs however the rest ended, so only a signal that comes during
    /// `--cleanup` interrupts it.
    pub(crate) fn clean_up(&self) -> Result<()> {
        let before = self.signals.came();
        self.run("--cleanup", self.cleanup.as_deref(), &|| self.signals.came() && !before)
    }

    fn run(&self, flag: &'static str, line: Option<&str>, interrupted: &dyn Fn() -> bool) -> Result<()> {
        let Some(line) = line else { return Ok(()) };
        let done = run_shell(line, &ChildSpec::new(Vec::new()), interrupted);
        done.map_err(|error| match (&error, self.signals.code()) {
            (HookError::Interrupted { .. }, Some(code)) => {
                Interrupted::new(FailureMessage::Hook { flag }, error, code).into()
            }
            (HookError::Interrupted { .. }, None) => {
                FailureMessage::HookTimedOut { flag, line: line.to_owned() }.into()
            }
            _ => Failed::new(FailureMessage::Hook { flag }, error).into(),
        })
    }
}
