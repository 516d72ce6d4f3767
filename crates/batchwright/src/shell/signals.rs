//! Ctrl-C, SIGTERM and SIGHUP. The first signal asks the work to stop at a point where its state is
//! complete. The second signal ends the process at once, unless it comes so soon that it is the same: who
//! ends a process and its group (`timeout`, schedulers) sends two within microseconds.
//!
//! SIGHUP (the terminal closes) has no effect if it is ignored, as `nohup` arranges. Only Linux
//! reports whether it is ignored; on other systems SIGHUP keeps its default action.

use crate::shell::explain::Explain;
use batchwright_command::system::ignored_signals;
use batchwright_view::FailureMessage;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Signals within this time are one.
const SAME_SIGNAL: Duration = Duration::from_millis(100);

/// Which signal came, if any.
#[derive(Debug, Clone)]
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Starts to listen for signals.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let came = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        let (first, sender) = UnixStream::pair().explain(|| FailureMessage::Listen)?;
        let hangup = ends_at_hangup().then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM].into_iter().chain(hangup) {
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
                .and_then(|_| signal_hook::flag::register_usize(signal, Arc::clone(&came), signal as usize))
                .and_then(|_| signal_hook::low_level::pipe::register(signal, sender.try_clone()?))
                .explain(|| FailureMessage::Listen)?;
        }
        std::thread::spawn(move || end_at_the_next(first, &again));
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

    /// The same code, as the exit code of the process.
    pub(crate) fn exit_code(&self) -> Option<ExitCode> {
        self.code().map(ExitCode::from)
    }
}

/// Waits for the first signal; after a moment the next one ends the process.
fn end_at_the_next(mut first: UnixStream, again: &AtomicBool) {
    if first.read_exact(&mut [0]).is_ok() {
        std::thread::sleep(SAME_SIGNAL);
        again.store(true, Ordering::Relaxed);
    }
}

/// A write beyond the limit of a file's size (`ulimit -f`) becomes an error: without this, the
/// signal ends the process. Children are not affected.
pub(crate) fn outlive_file_size_limit() -> anyhow::Result<()> {
    let flag = signal_hook::flag::register(SIGXFSZ, Arc::default());
    flag.map(drop).explain(|| FailureMessage::Listen)
}

/// Whether SIGHUP is not ignored; `false` where this is not known.
fn ends_at_hangup() -> bool {
    ignored_signals().is_some_and(|mask| mask & 1 << (SIGHUP - 1) == 0)
}
