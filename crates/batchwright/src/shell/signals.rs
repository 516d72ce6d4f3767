//! Ctrl-C, SIGTERM and SIGHUP: the first asks the work to stop where its state is whole, the second ends the process at once.
//!
//! A terminal that closes (SIGHUP) ends nothing where it is ignored, as `nohup` makes it. Whether it is, only Linux says; elsewhere SIGHUP is left as it is.

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Which signal came, if any.
#[derive(Debug, Clone)]
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let came = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        let hangup = ends_at_hangup().then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM].into_iter().chain(hangup) {
            // In this order: at the first signal the flag is still down when the first action looks at it.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&again)))
                .and_then(|_| signal_hook::flag::register_usize(signal, Arc::clone(&came), signal as usize))
                .context("cannot listen for signals")?;
        }
        Ok(Self(came))
    }

    /// Whether a signal came.
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// 128 + the signal, or nothing if none came.
    pub(crate) fn code(&self) -> Option<u8> {
        let signal = self.0.load(Ordering::Relaxed) as u8;
        (signal != 0).then(|| 128 + signal)
    }

    /// The same, to exit with.
    pub(crate) fn exit_code(&self) -> Option<ExitCode> {
        self.code().map(ExitCode::from)
    }
}

/// Whether SIGHUP is not ignored; `false` where that is not known.
fn ends_at_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status).is_some_and(|mask| mask & 1 << (SIGHUP - 1) == 0)
}

/// The signals that are ignored, a bit each, by `/proc/self/status`.
fn ignored(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A study under `nohup` would end with the terminal that it was made to outlive.
    #[test]
    fn what_is_ignored_is_read_off() {
        assert_eq!(ignored("SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"), Some(0x1001));
        assert_eq!(ignored("Name:\tSigIgn:\n"), None);
    }
}
