//! Answers the question which batch size is best, and shows the answer. `resumed` is the study to go on
//! with, if it was named; this process owns it.

use crate::args::Global;
use crate::find::question::about_command::CommandStudy;
use crate::find::question::about_network::NetworkStudy;
use crate::find::question::study_question::StudyQuestion;
use crate::find::session::{Session, Trained};
use crate::find::show::show;
use crate::prepare::data::tell_remarks;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use crate::tracking::open::check_places;
use anyhow::Result;
use batchwright_store::Store;
use std::process::ExitCode;

pub(crate) fn of_network(
    asked: &NetworkStudy,
    resumed: Option<&str>,
    global: &Global,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    tell_remarks(&asked.network.data.source, screen);
    check_logs(&asked.study, resumed)?;
    let store = Store::open(&global.runs)?;
    let network = asked.trials.network(&asked.network);
    let (question, trained) = (&asked.study, Trained::Network(&network));
    let origin = &global.origin()?;
    let answer = Session { question, trained, resumed, origin, store: &store, screen, signals }.answer()?;
    let code = show(&answer.result, &asked.show, screen, signals)?;
    answer.saved.map(|()| code)
}

/// Refuses places of logs that cannot be written; a study that goes on goes on without them.
fn check_logs(question: &StudyQuestion, resumed: Option<&str>) -> Result<()> {
    if resumed.is_some() { Ok(()) } else { check_places(&question.log_places) }
}

pub(crate) fn of_command(
    asked: &CommandStudy,
    resumed: Option<&str>,
    global: &Global,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    let (question, trained) = (&asked.study, Trained::Command(&asked.command.workload));
    check_logs(&asked.study, resumed)?;
    // The program may be made by `--setup`.
    asked.command.hooks.set_up()?;
    let answer = asked.command.check_program().and_then(|()| {
        let store = Store::open(&global.runs)?;
        let origin = &global.origin()?;
        Session { question, trained, resumed, origin, store: &store, screen, signals }.answer()
    });
    // Cleaning up runs whatever the result of the study. An error of the study has priority. If
    // cleaning up fails, the answer is still shown.
    let cleaned = asked.command.hooks.clean_up();
    let answer = answer?;
    let code = show(&answer.result, &asked.show, screen, signals)?;
    answer.saved.and(cleaned).map(|()| code)
}
