//! stdout, and what became of it.
//!
//! The first write that fails is the last one. If the reader has closed the pipe (`| head -1`),
//! that is not an error: the work continues without output. Anything else (a full disk) is an
//! error of the whole program, also where the work itself has succeeded.

use crate::shell::explain::Explain;
use batchwright_view::FailureMessage;
use std::io;
use std::io::Write;
use std::sync::OnceLock;

/// Why the first write failed.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Writes a line.
pub(crate) fn print(text: &str) {
    if FAILED.get().is_some() {
        return;
    }
    let mut out = io::stdout().lock();
    if let Err(error) = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        FAILED.get_or_init(|| error);
    }
}

/// Whether everything was written, or its reader left.
pub(crate) fn written() -> anyhow::Result<()> {
    match FAILED.get() {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).explain(|| FailureMessage::WriteStdout)
        }
        _ => Ok(()),
    }
}
