//! This program as the guardian of the children that it starts. It is started by nobody else, so
//! that it is no command of the command line.

use std::ffi::OsString;
use std::process::ExitCode;

/// The first word of a guardian.
#[cfg(target_os = "linux")]
const GUARD: &str = "guard";

/// Runs as a guardian, if this process was started as one.
#[cfg(target_os = "linux")]
pub(crate) fn as_guardian(words: &[OsString]) -> Option<ExitCode> {
    use batchwright_command::process::{guard, is_guardian};
    match words {
        [_, first, words @ ..] if first == GUARD && is_guardian() => Some(guard(words)),
        _ => None,
    }
}

/// From now on all children get a guardian. Without `/proc` there is none, as their processes could
/// not be found either.
#[cfg(target_os = "linux")]
pub(crate) fn guard_children() {
    // Not the path of the program: it may be replaced by a newer one while we run.
    const OURSELVES: &str = "/proc/self/exe";
    if std::fs::exists(OURSELVES).unwrap_or(false) {
        batchwright_command::process::guard_children(vec![OURSELVES.into(), GUARD.into()]);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn as_guardian(_words: &[OsString]) -> Option<ExitCode> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn guard_children() {}
