//! TODO

use crate::process::log::LogError;
use rustix::process::Signal;
use std::fmt;
use std::fmt::{Display, Formatter};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// All that is known of a child after its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// How it ended.
    pub end: ChildEnd,
    /// From its start to its end.
    pub elapsed: Duration,
    /// From its start to its first output; `None` where it printed nothing. Start-up and compilation are in it.
    pub first_output: Option<Duration>,
    /// The most that all its processes held in memory at one look, in bytes: the sum of their high-water marks, an upper bound where they share pages.
    /// `None` where the system does not say. Memory of graphics cards is not in it.
    pub peak_memory_bytes: Option<u64>,
    /// The last lines of its standard output, oldest first.
    pub last_stdout: Vec<String>,
    /// The last lines of its standard error, oldest first.
    pub last_stderr: Vec<String>,
    /// Lines that nobody took in time.
    pub lost_lines: u64,
    /// Why its log is not whole.
    pub log_error: Option<LogError>,
}

impl Ended {
    /// Lines of each stream that are kept.
    pub const LAST_LINES: usize = 20;
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildEnd {
    /// By itself, and well.
    Finished,
    /// It was stopped because it was no longer wanted.
    Stopped,
    /// It came to its deadline.
    Deadline {
        /// The time that it had.
        limit: Duration,
    },
    /// It was silent for too long: it hangs.
    Silent {
        /// The silence that was allowed.
        limit: Duration,
        /// Whether it had ever printed.
        started: bool,
    },
    /// Memory ran out.
    OutOfMemory {
        /// Whose.
        place: MemoryPlace,
        /// The line, the signal or the counter that shows it.
        evidence: String,
    },
    /// It does not know a flag, or does not take its value.
    BadFlag {
        /// The line that shows it.
        evidence: String,
    },
    /// Anything else.
    Crashed {
        /// How its process died.
        death: Death,
        /// Its last words: the last lines of standard error, else of standard output.
        last_lines: Vec<String>,
    },
}

/// Whose memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryPlace {
    /// That of an accelerator. JAX says the same on a CPU.
    Gpu,
    /// That of the machine, a control group, or a limit of the process.
    Host,
}

/// How a process died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// Unknown: somebody else has waited for it.
    Unknown,
}

impl From<ExitStatus> for Death {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Unknown,
        }
    }
}

impl Death {
    /// Whether a signal ended it, or the program that it was a shell's wrapper of (128 + the signal).
    pub(crate) fn by(self, signal: Signal) -> bool {
        let signal = signal.as_raw();
        self == Self::Signal(signal) || self == Self::Code(128 + signal)
    }
}

impl Display for Death {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Unknown => f.write_str("an unknown status"),
        }
    }
}

impl Display for ChildEnd {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("it finished"),
            Self::Stopped => f.write_str("it was stopped"),
            Self::Deadline { limit } => write!(f, "it had not ended after {limit:?}, and was stopped"),
            Self::Silent { limit, started: true } => {
                write!(f, "it printed nothing for {limit:?}, and was stopped")
            }
            Self::Silent { limit, started: false } => {
                write!(f, "it printed nothing within {limit:?} of its start, and was stopped")
            }
            Self::OutOfMemory { place: MemoryPlace::Gpu, evidence } => {
                write!(f, "out of accelerator memory: {evidence}")
            }
            Self::OutOfMemory { place: MemoryPlace::Host, evidence } => {
                write!(f, "out of memory: {evidence}")
            }
            Self::BadFlag { evidence } => write!(f, "it does not take its flags: {evidence}"),
            Self::Crashed { death, last_lines } if last_lines.is_empty() => {
                write!(f, "it ended with {death}, without a word")
            }
            Self::Crashed { death, last_lines } => {
                write!(f, "it ended with {death}: {}", last_lines.join(" / "))
            }
        }
    }
}
