//! How a child ended, as values; their display is English.
//!
//! Left out: how it is found out (`diagnose`).

use crate::process::log::LogError;
use rustix::process::Signal;
use std::fmt;
use std::fmt::{Display, Formatter};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// Everything that is known of a child after its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// How it ended.
    pub end: ChildEnd,
    /// From its start to its end.
    pub elapsed: Duration,
    /// From its start to its first output, start-up and compilation included; `None` where it
    /// printed nothing.
    pub first_output: Option<Duration>,
    /// Peak memory of all its processes, in bytes: the sum of their high-water marks, which is an
    /// upper bound where they share pages. `None` where the system does not tell. Memory of
    /// graphics cards is not included.
    pub peak_memory_bytes: Option<u64>,
    /// The most that they were seen to hold on NVIDIA's graphics cards, in bytes. In a container that
    /// has process ids of its own it is the growth of what is in use on the cards, by whomever. `None`
    /// without a card, and where none was used.
    pub peak_card_memory_bytes: Option<u64>,
    /// The most memory that one of its processes ever held, in bytes, pages that it shares included.
    /// Exact where there is a guardian; else as far as a scan has seen it.
    pub largest_process_bytes: Option<u64>,
    /// The last lines of its standard output, oldest first.
    pub last_stdout: Vec<String>,
    /// The last lines of its standard error, oldest first.
    pub last_stderr: Vec<String>,
    /// Lines that were dropped because nobody took them in time.
    pub lost_lines: u64,
    /// Why its log is not complete.
    pub log_error: Option<LogError>,
}

impl Ended {
    /// How many of the last lines of each stream are kept.
    pub const LAST_LINES: usize = 20;
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildEnd {
    /// By itself, with success.
    Finished,
    /// It was stopped because its result was no longer needed.
    Stopped,
    /// It reached its deadline and was stopped.
    Deadline {
        /// The time that it had.
        limit: Duration,
    },
    /// It was silent for too long and was stopped: it hangs.
    Silent {
        /// The silence that was allowed.
        limit: Duration,
        /// Whether it had ever printed.
        started: bool,
    },
    /// Memory ran out.
    OutOfMemory {
        /// Whose memory.
        place: MemoryPlace,
        /// The line, the signal or the counter that shows it.
        evidence: String,
    },
    /// It does not know a flag, or refuses its value.
    BadFlag {
        /// The line that shows it.
        evidence: String,
    },
    /// Anything else.
    Crashed {
        /// How its process died.
        death: Death,
        /// The last lines of standard error; where that is empty, of standard output.
        last_lines: Vec<String>,
    },
}

/// Whose memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryPlace {
    /// Memory of an accelerator. JAX reports the same on a CPU.
    Gpu,
    /// Memory of the machine, of a control group, or up to a limit of the process.
    Host,
}

/// How a process died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// Unknown: something else has reaped it.
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
    /// Whether this signal ended it, or ended the program that it ran as a shell (code 128 +
    /// signal).
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
