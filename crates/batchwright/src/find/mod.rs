//! `find`: decides the batch size, shows why, and remembers the answer.

pub(crate) mod answer;
pub(crate) mod audit_command;
pub(crate) mod check_command;
pub(crate) mod deadline;
pub(crate) mod export;
pub(crate) mod fingerprint;
pub(crate) mod fit_command;
pub(crate) mod fit_network;
pub(crate) mod hooks;
pub(crate) mod live;
pub(crate) mod question;
pub(crate) mod recorder;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod study;
pub(crate) mod unfinished;

use crate::args::Global;
use crate::args::find::FindArgs;
use crate::find::question::Question;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use std::process::ExitCode;
use std::time::Instant;

/// Goes on with a study that this process owns. `args` are those with which it was started.
pub(crate) fn resume(args: FindArgs, study: &str, global: &Global, screen: &Screen) -> Result<ExitCode> {
    answer(args, Some(study), global, screen)
}

pub(crate) fn run(args: FindArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    answer(args, None, global, screen)
}

fn answer(args: FindArgs, study: Option<&str>, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let started = Instant::now();
    let signals = Signals::listen()?;
    match Question::ask(args, started, &signals)? {
        Question::NetworkStudy(asked) => study::of_network(&asked, study, global, screen, &signals),
        Question::CommandStudy(asked) => study::of_command(&asked, study, global, screen, &signals),
        Question::NetworkFit(asked) => fit_network::run(*asked, screen, &signals),
        Question::CommandFit(asked) => fit_command::run(&asked, screen, &signals),
        Question::CommandCheck(asked) => check_command::run(*asked, screen, &signals),
        Question::CommandAudit(asked) => audit_command::run(*asked, screen, &signals),
    }
}
