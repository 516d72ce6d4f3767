//! Saves a page, a chart, an answer or an export for the user, completely or not at all.

use crate::shell::explain::Failed;
use anyhow::Result;
use batchwright_data::write_atomic;
use batchwright_view::{FailureMessage, UsageMessage};
use std::path::Path;

/// Saves a report. If that fails, the existing file at the path is kept.
pub(crate) fn save_report(path: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> Result<()> {
    write_atomic(path, content.as_ref()).map_err(|error| {
        let path = error.path.display().to_string();
        Failed::new(FailureMessage::WriteReport { path }, error.source).into()
    })
}

/// Saves what `--output` names. If that fails, the existing file is kept. `on_stdout` is what is said
/// where it names standard output.
pub(crate) fn save_output(path: &Path, content: &[u8], on_stdout: UsageMessage) -> Result<()> {
    if path == Path::new("-") {
        return Err(on_stdout.into());
    }
    write_atomic(path, content).map_err(|error| {
        let path = error.path.display().to_string();
        Failed::new(FailureMessage::WriteExport { flag: "--output", path }, error.source).into()
    })
}
