//! A question to the user, before something that cannot be undone.

use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_view::{FailureMessage, UsageMessage};
use std::io::{IsTerminal, stderr, stdin};

/// Whether the user says yes. Without a terminal nobody can be asked.
///
/// # Errors
/// [`UsageMessage::NobodyToAsk`]; the answer cannot be read.
pub(crate) fn confirmed(question: &str, screen: &Screen) -> Result<bool> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(UsageMessage::NobodyToAsk.into());
    }
    screen.note(question);
    let mut answer = String::new();
    stdin().read_line(&mut answer).explain(|| FailureMessage::ReadAnswer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "はい"))
}
