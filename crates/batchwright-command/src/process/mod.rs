//! A training program as a child process: its command line, its output line by line, its end and what became of it.
//!
//! ```
//! use batchwright_command::process::{ChildSpec, CommandTemplate, ChildEnd, ChildEvent, Values};
//! use std::time::Duration;
//!
//! let words = ["echo", "batch size {batch_size}, rate {lr}"].map(Into::into);
//! let template = CommandTemplate::parse(&words)?;
//! let command = template.fill(&Values { batch_size: 64, learning_rate: 1e-4, ..Values::default() });
//! let mut child = ChildSpec::new(command).start()?;
//! let mut lines = Vec::new();
//! let ended = loop {
//!     match child.next(Duration::from_secs(1)) {
//!         ChildEvent::Line(line) => lines.push(line.text),
//!         ChildEvent::Quiet { .. } => {}
//!         ChildEvent::Ended(ended) => break ended,
//!     }
//! };
//! assert_eq!((lines, ended.end), (vec!["batch size 64, rate 0.0001".to_owned()], ChildEnd::Finished));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **What holds whatever the program does.** It runs without a shell, one argument a word. It ends at its deadline, or when its handle is dropped: first
//! it is asked (SIGTERM), then killed, with all processes of its group and all others that were seen to descend from it. It is reaped. Its output is always
//! read: neither a gigabyte of it nor a reader who is slow fills memory or stalls it for long. How it ended is told with what shows it.
//!
//! **Not promised.** A descendant that leaves the group *and* loses its parent between two looks (50 ms) is not found; it cannot hold up the end. If this
//! process itself is killed by SIGKILL, or exits without dropping its handles (at a second Ctrl-C), its children live on until they print.
//!
//! **Left out:** what the lines say (metrics), memory of graphics cards (their drivers' libraries are heavy; their messages are understood), Windows.
//!
//! ```text
//! template   the command line, with values in it    spec     what is started, and how it is refused
//! child      the handle: lines until the end        supervise  limits kept, the end brought about
//! limits     when to ask and when to kill: pure     shared   what the threads share: lines, wishes, the end
//! output     bytes to lines, read without pause     log      the start and the end of all output on disk
//! tree       processes of the child, their memory   kernel   counters of kills for want of memory
//! pty        a terminal for the child               ending   how it ended; signs: words that show it
//! quoting    a command line, shown                  shell    a shell line, run to its end
//! ```

pub(crate) mod channel;
pub(crate) mod child;
pub(crate) mod diagnose;
pub(crate) mod end;
pub(crate) mod limits;
pub(crate) mod line;
pub(crate) mod log;
pub(crate) mod messages;
pub(crate) mod oom_kills;
pub(crate) mod pty;
pub(crate) mod quoting;
pub(crate) mod reader;
pub(crate) mod shell;
pub(crate) mod spec;
pub(crate) mod supervise;
pub(crate) mod template;
pub(crate) mod tree;

pub use crate::process::child::{Child, ChildEvent};
pub use crate::process::end::{ChildEnd, Death, Ended, MemoryPlace};
pub use crate::process::limits::Limits;
pub use crate::process::line::{OutputLine, OutputStream};
pub use crate::process::log::LogError;
pub use crate::process::quoting::shell_line;
pub use crate::process::shell::{HookError, run_shell};
pub use crate::process::spec::{ChildSpec, StartError};
pub use crate::process::template::{CommandTemplate, Placeholder, TemplateError, Values};
