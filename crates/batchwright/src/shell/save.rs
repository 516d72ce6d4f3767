//! Saves a page, a chart or an answer for the user, completely or not at all.

use anyhow::{Error, Result};
use batchwright_data::write_atomic;
use std::path::Path;

/// Saves a report. If that fails, the existing file at the path is kept.
pub(crate) fn save_report(path: &Path, text: &str) -> Result<()> {
    write_atomic(path, text.as_bytes()).map_err(|error| {
        Error::new(error.source).context(format!("{}: cannot write the report", error.path.display()))
    })
}
