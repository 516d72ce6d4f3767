//! TODO

use crate::args::find::FindArgs;
use crate::find::export;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_find::{StudyResult, VerdictKind};
use batchwright_view::{StudyJson, study_explanation, study_summary};
use std::process::ExitCode;

/// Shows an answer.
pub(crate) fn show(
    result: &StudyResult,
    args: &FindArgs,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    screen.say(&study_summary(result, screen.style));
    if args.explain {
        screen.say(&study_explanation(result, screen.style));
    }
    screen.object(&StudyJson(result))?;
    export::write(&args.export, result, screen.style.lang)?;
    Ok(signals.exit_code().unwrap_or(match result.verdict.kind {
        VerdictKind::Best | VerdictKind::Tie => ExitCode::SUCCESS,
        VerdictKind::Undecided | VerdictKind::Unreachable => ExitCode::from(NO_ANSWER),
    }))
}
