//! Saves a page, a chart or an answer for the user, completely or not at all.

use crate::shell::explain::Failed;
use anyhow::Result;
use batchwright_data::write_atomic;
use batchwright_view::FailureMessage;
use std::path::Path;

/// Saves a report. If that fails, the existing file at the path is kept.
pub(crate) fn save_report(path: &Path, text: &str) -> Result<()> {
    write_atomic(path, text.as_bytes()).map_err(|error| {
        let path = error.path.display().to_string();
        Failed::new(FailureMessage::WriteReport { path }, error.source).into()
    })
}
