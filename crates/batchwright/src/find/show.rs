//! Shows the answer of a study on the screen, as JSON and in files, and chooses the exit code.

use crate::find::export::Exports;
use crate::shell::failure::NO_ANSWER;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_find::{StudyResult, VerdictKind};
use batchwright_view::{StudyJson, study_explanation, study_summary};
use std::process::ExitCode;

/// What is shown in addition to an answer's summary.
pub(crate) struct ShowOptions {
    /// Whether each number and each trial is explained.
    pub(crate) explain: bool,
    pub(crate) exports: Exports,
}

/// Shows an answer.
pub(crate) fn show(
    result: &StudyResult,
    options: &ShowOptions,
    screen: &Screen,
    signals: &Signals,
) -> Result<ExitCode> {
    screen.say(&study_summary(result, screen.style));
    if options.explain {
        screen.say(&study_explanation(result, screen.style));
    }
    let shown = screen.object(&StudyJson(result));
    options.exports.write(result, screen.style.lang)?;
    shown?;
    Ok(signals.exit_code().unwrap_or(ExitCode::from(exit_code(result.verdict.kind))))
}

fn exit_code(verdict: VerdictKind) -> u8 {
    match verdict {
        VerdictKind::Best | VerdictKind::Tie => 0,
        VerdictKind::Undecided | VerdictKind::Unreachable => NO_ANSWER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts depend on the exit code: 0 means an answer, 3 means no answer.
    #[test]
    fn the_code_tells_an_answer_from_none() {
        let kinds = [VerdictKind::Best, VerdictKind::Tie, VerdictKind::Undecided, VerdictKind::Unreachable];
        assert_eq!(kinds.map(exit_code), [0, 0, 3, 3]);
    }
}
