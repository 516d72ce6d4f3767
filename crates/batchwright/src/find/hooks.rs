//! `--setup` and `--cleanup`: shell lines of the user's around everything that `find` runs.

use crate::args::find::FindArgs;
use crate::find;
use crate::shell::failure::Interrupted;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_command::process::{ChildSpec, HookError, run_shell};
use std::time::{Duration, Instant};

/// The lines, and what may cut them short.
pub(crate) struct Hooks<'a> {
    args: &'a FindArgs,
    signals: &'a Signals,
    started: Instant,
    /// Wall-clock time of the whole command.
    budget: Duration,
}

impl<'a> Hooks<'a> {
    pub(super) fn new(args: &'a FindArgs, started: Instant, signals: &'a Signals) -> Result<Self> {
        Ok(Self { args, signals, started, budget: find::budget(args)? })
    }

    /// Runs `--setup`, until a signal comes or the budget ends.
    pub(super) fn set_up(&self) -> Result<()> {
        let out_of_time = || self.started.elapsed() >= self.budget;
        self.run("--setup", self.args.command.setup.as_deref(), &|| self.signals.came() || out_of_time())
    }

    /// Runs `--cleanup`. It is due whatever ended the rest, so only a signal that comes meanwhile cuts it short.
    pub(super) fn clean_up(&self) -> Result<()> {
        let before = self.signals.came();
        self.run("--cleanup", self.args.command.cleanup.as_deref(), &|| self.signals.came() && !before)
    }

    fn run(&self, flag: &str, line: Option<&str>, interrupted: &dyn Fn() -> bool) -> Result<()> {
        let Some(line) = line else { return Ok(()) };
        let done = run_shell(line, &ChildSpec::new(Vec::new()), interrupted);
        done.map_err(|error| match (&error, self.signals.code()) {
            (HookError::Interrupted { .. }, Some(code)) => {
                Interrupted { what: format!("{flag} {error}"), code }.into()
            }
            (HookError::Interrupted { .. }, None) => anyhow::anyhow!(
                "{flag} `{line}`: it had not ended when the time was over (--budget), and was stopped"
            ),
            _ => anyhow::anyhow!("{flag} {error}"),
        })
    }
}
