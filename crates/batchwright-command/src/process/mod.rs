//! A training program as a child process: its command line, its output line by line, and how it
//! ended.
//!
//! ```
//! use batchwright_command::process::{ChildSpec, CommandTemplate, ChildEnd, ChildEvent, Values};
//! use std::time::Duration;
//!
//! let words = ["echo", "batch size {batch_size}, rate {lr}"].map(Into::into);
//! let template = CommandTemplate::parse(&words)?;
//! let values = Values { batch_size: 64, learning_rate: 1e-4, ..Values::default() };
//! let command = template.fill(&values);
//! let mut child = ChildSpec::new(command).start()?;
//! let mut lines = Vec::new();
//! let ended = loop {
//!     match child.next(Duration::from_secs(1)) {
//!         ChildEvent::Line(line) => lines.push(line.text),
//!         ChildEvent::Quiet { .. } => {}
//!         ChildEvent::Ended(ended) => break ended,
//!     }
//! };
//! assert_eq!(lines, ["batch size 64, rate 0.0001"]);
//! assert_eq!(ended.end, ChildEnd::Finished);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **What holds whatever the program does.** It runs without a shell, one argument per word. It
//! ends at its deadline, or when its handle is dropped: first it is asked (SIGTERM), then it is
//! killed, with all processes of its group and all others that were found to descend from it. It is
//! reaped. Its output is always read: neither a gigabyte of output nor a slow reader fills memory
//! or blocks it for long. Its end is reported with the evidence for it.
//!
//! **What holds with a guardian** (Linux, [`guard_children`]; our own program has one): no process
//! is left of a child, also where it detached itself (`setsid`, a double fork), where this process is
//! killed by SIGKILL, or where it exits without dropping its handles (at a second Ctrl-C).
//!
//! **Not promised.** Without a guardian (macOS, a library that names none, no `/proc`) a descendant
//! that leaves the group *and* loses its parent between two scans (50 ms) is not found, and children
//! live on until they print if this process ends without dropping its handles. With one, what
//! another service starts on the child's behalf (a container, a batch system) is none of its
//! processes, and a guardian that is itself killed by SIGKILL leaves what detached itself.
//!
//! **Left out:** the meaning of the lines (metrics); memory of other cards than NVIDIA's (their
//! error messages are understood); Windows.
//!
//! ```text
//! template   a command line with placeholders      quoting    a command line, shown as text
//! spec       what is started, and why it fails      pty        a terminal for the child
//! running    the process, alone or guarded          guardian   the process that leaves nothing behind
//! child      the handle: lines until the end        channel    what the threads of a child share
//! supervise  the threads of a child                 limits     when to ask, when to kill: pure
//! reader     bytes to lines, read without pause     line       a line, the last lines of a stream
//! log        the start and the end of the output    tree       the child's processes, their memory
//! card_memory  what they hold on graphics cards
//! end        how it ended, as values                diagnose   finds out how it ended
//! messages   what programs print when they fail     oom_kills  the kernel's counters of kills
//! lack_of_memory  what they print when they go on
//! shell      a shell line, run to its end
//! ```

pub(crate) mod card_memory;
pub(crate) mod channel;
pub(crate) mod child;
pub(crate) mod diagnose;
pub(crate) mod end;
#[cfg(target_os = "linux")]
pub(crate) mod guardian;
pub(crate) mod lack_of_memory;
pub(crate) mod limits;
pub(crate) mod line;
pub(crate) mod log;
pub(crate) mod messages;
pub(crate) mod oom_kills;
pub(crate) mod pty;
pub(crate) mod quoting;
pub(crate) mod reader;
pub(crate) mod running;
pub(crate) mod shell;
pub(crate) mod spec;
pub(crate) mod supervise;
pub(crate) mod template;
pub(crate) mod tree;

pub use crate::process::channel::ChildEvent;
pub use crate::process::child::Child;
pub use crate::process::end::{ChildEnd, Death, Ended, MemoryPlace};
#[cfg(target_os = "linux")]
pub use crate::process::guardian::{guard, guard_children, is_guardian};
pub use crate::process::limits::Limits;
pub use crate::process::line::{OutputLine, OutputStream};
pub use crate::process::log::LogError;
pub use crate::process::quoting::shell_line;
pub use crate::process::shell::{HookError, run_shell};
pub use crate::process::spec::{ChildSpec, NotFoundHint, StartError};
pub use crate::process::template::{
    CommandTemplate, ConfigTemplate, Placeholder, TemplateError, Values, VariableTemplate,
};
