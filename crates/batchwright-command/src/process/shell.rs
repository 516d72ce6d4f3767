//! Runs a shell line of the user's to its end: a hook before, between or after trainings.
//!
//! Unlike a training it may be silent for any time: fetching data prints nothing. Left out: when a
//! hook runs (the caller decides).

use crate::process::channel::ChildEvent;
use crate::process::end::ChildEnd;
use crate::process::limits::Limits;
use crate::process::spec::{ChildSpec, StartError};
use std::time::Duration;

/// Time between two checks whether everything should end.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Why a shell line failed.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The shell could not be started.
    #[error("`{line}`: {source}")]
    Start {
        /// The line.
        line: String,
        /// Why.
        source: StartError,
    },
    /// It failed, or reached its deadline.
    #[error("`{line}`: {end}")]
    Failed {
        /// The line.
        line: String,
        /// How it ended.
        end: ChildEnd,
    },
    /// It was interrupted.
    #[error("`{line}`: it was interrupted")]
    Interrupted {
        /// The line.
        line: String,
    },
}

/// Runs `line` with `sh -c` until it ends or `interrupted` returns true. Folder, variables, memory
/// limit and deadline are those of `surroundings`, whose words are not used. Its output is used
/// only for the error.
///
/// # Errors
/// [`HookError`]. Then none of its processes is left.
pub fn run_shell(
    line: &str,
    surroundings: &ChildSpec,
    interrupted: &dyn Fn() -> bool,
) -> Result<(), HookError> {
    let words = ["sh", "-c", line].map(Into::into).to_vec();
    let limits = Limits { start_timeout: None, silence: None, ..surroundings.limits.clone() };
    let spec = ChildSpec { words, log: None, pty: false, limits, ..surroundings.clone() };
    let line = line.to_owned();
    let mut child = match spec.start() {
        Ok(child) => child,
        Err(source) => return Err(HookError::Start { line, source }),
    };
    loop {
        match child.next(POLL_INTERVAL) {
            ChildEvent::Ended(ended) if ended.end == ChildEnd::Finished => return Ok(()),
            ChildEvent::Ended(ended) => return Err(HookError::Failed { line, end: ended.end }),
            // This drops the child, which stops it.
            _ if interrupted() => return Err(HookError::Interrupted { line }),
            ChildEvent::Line(_) | ChildEvent::Quiet { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str, surroundings: &ChildSpec, interrupted: bool) -> Result<(), String> {
        run_shell(line, surroundings, &|| interrupted).map_err(|error| error.to_string())
    }

    /// A preparation that fails unnoticed, or runs in another folder than the trainings, spoils all
    /// trainings after it.
    #[test]
    fn it_runs_where_it_should_and_tells_how_it_failed() {
        let mut spec = ChildSpec::new(Vec::new());
        spec.environment.push(("NUMBER".into(), "7".into()));
        spec.folder = Some(std::env::temp_dir());
        assert_eq!(run("[ $NUMBER = 7 ] && cd \"$PWD\"", &spec, false), Ok(()));
        let failed = run("echo no disk >&2; exit 3", &spec, false).unwrap_err();
        assert_eq!(failed, "`echo no disk >&2; exit 3`: it ended with exit code 3: no disk");
    }

    /// Ctrl-C would wait for a download of an hour. Fetching data may be silent for longer than a
    /// training.
    #[test]
    fn it_ends_when_it_is_asked_to_and_may_be_silent() {
        let mut spec = ChildSpec::new(Vec::new());
        spec.limits.start_timeout = Some(Duration::ZERO);
        spec.limits.silence = Some(Duration::ZERO);
        assert_eq!(run("sleep 0.05", &spec, false), Ok(()));
        assert_eq!(run("sleep 600", &spec, true), Err("`sleep 600`: it was interrupted".to_owned()));
        let noise = "while :; do echo noise; done";
        assert_eq!(run(noise, &spec, true), Err(format!("`{noise}`: it was interrupted")));
    }
}
