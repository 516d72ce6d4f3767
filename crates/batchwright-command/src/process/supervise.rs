//! The threads of a child: two read its output, one keeps it within its limits, makes it end, and
//! reports how it ended.
//!
//! The child is not reaped before its group is killed (`running`). As long as it is there, dead or
//! alive, the system gives its process id, which is also the group's, to nobody else.

use crate::process::card_memory::CardMemory;
use crate::process::channel::ChildChannel;
use crate::process::diagnose::{Facts, diagnose};
use crate::process::end::Ended;
use crate::process::limits::{Limits, StopCause, Watchdog};
use crate::process::line::{OutputStream, Tail};
use crate::process::log::CappedLog;
use crate::process::oom_kills::OomKills;
use crate::process::reader::drain;
use crate::process::running::Running;
use crate::process::tree::ProcessTree;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

/// Time between two checks of a child.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Our ends of the child's output streams, and the log that keeps their bytes.
pub(crate) struct Streams {
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) log: CappedLog,
}

/// Supervises one child.
pub(crate) struct Supervisor {
    channel: Arc<ChildChannel>,
    limits: Limits,
    log: Arc<Mutex<CappedLog>>,
    stdout: JoinHandle<Tail>,
    stderr: JoinHandle<Tail>,
    /// The kernel's counters before the child's start.
    oom_kills: OomKills,
}

impl Supervisor {
    /// Starts the two threads that read.
    pub(crate) fn new(streams: Streams, limits: Limits, channel: &Arc<ChildChannel>) -> io::Result<Self> {
        let log = Arc::new(Mutex::new(streams.log));
        let read = |pipe, stream| {
            let (channel, log) = (Arc::clone(channel), Arc::clone(&log));
            thread::Builder::new().spawn(move || drain(pipe, stream, &channel, &log))
        };
        let (stdout, stderr) =
            (read(streams.stdout, OutputStream::Stdout)?, read(streams.stderr, OutputStream::Stderr)?);
        Ok(Self { channel: Arc::clone(channel), limits, log, stdout, stderr, oom_kills: OomKills::read() })
    }

    /// Runs from the child's start to its end. `cards` are as they were before the start.
    pub(crate) fn run(self, child: Running, cards: CardMemory) {
        let mut tree = child.tree(cards);
        let stopped = self.watch(&child, &mut tree);
        let elapsed = self.channel.now();
        let reaped = child.reap(&mut tree);
        let largest = tree.largest().max(reaped.largest);
        self.channel.process_ends();
        // A reader that panicked kept no lines.
        let [stdout, stderr] = [self.stdout, self.stderr].map(|reader| reader.join().unwrap_or_default());
        let oom_kill = OomKills::read().since(self.oom_kills);
        let facts = Facts { stopped, death: reaped.death, stdout: &stdout, stderr: &stderr, oom_kill };
        let (first_output, lost_lines) = self.channel.output();
        self.channel.end(Ended {
            end: diagnose(&facts),
            elapsed,
            first_output,
            peak_memory_bytes: tree.peak().max(largest),
            peak_card_memory_bytes: tree.card_peak(),
            largest_process_bytes: largest,
            last_stdout: stdout.last(Ended::LAST_LINES),
            last_stderr: stderr.last(Ended::LAST_LINES),
            lost_lines,
            log_error: self.log.lock().unwrap_or_else(PoisonError::into_inner).finish().err(),
        });
    }

    /// Waits until the child has ended, by itself or by our signals.
    fn watch(&self, child: &Running, tree: &mut ProcessTree) -> Option<StopCause> {
        let mut watchdog = Watchdog::new(self.limits.clone());
        while !child.has_ended() {
            tree.scan_if_due(self.channel.now());
            if let Some(signal) = watchdog.due_signal(self.channel.snapshot()) {
                // The signal may end a parent. Its children are found now, while it is still there.
                tree.scan();
                child.signal(signal);
            }
            thread::park_timeout(POLL_INTERVAL);
        }
        watchdog.cause()
    }
}
