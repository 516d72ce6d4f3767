//! The threads of a child: two read what it prints, one keeps it within its limits, brings about its end, and tells of it.
//!
//! The child is not reaped before its group is killed: as long as it is there, dead or alive, its process id, which is the group's, belongs to nobody else.

use crate::process::channel::ChildChannel;
use crate::process::diagnose::{Facts, judge};
use crate::process::end::{Death, Ended};
use crate::process::limits::{Limits, StopCause, Watch};
use crate::process::line::{OutputStream, Tail};
use crate::process::log::CappedLog;
use crate::process::oom_kills::MemoryKills;
use crate::process::reader::drain;
use crate::process::tree::Tree;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::fs::File;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Our ends of what a child prints to, and where that is kept.
pub(crate) struct Streams {
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) log: CappedLog,
}

/// Keeps one child.
pub(crate) struct Supervisor {
    shared: Arc<ChildChannel>,
    limits: Limits,
    log: Arc<Mutex<CappedLog>>,
    stdout: JoinHandle<Tail>,
    stderr: JoinHandle<Tail>,
    /// The counters before the child's start.
    kills: MemoryKills,
}

impl Supervisor {
    /// Begins to read.
    pub(crate) fn new(streams: Streams, limits: Limits, shared: &Arc<ChildChannel>) -> io::Result<Self> {
        let log = Arc::new(Mutex::new(streams.log));
        let read = |pipe, stream| {
            let (shared, log) = (Arc::clone(shared), Arc::clone(&log));
            thread::Builder::new().spawn(move || drain(pipe, stream, &shared, &log))
        };
        let (stdout, stderr) =
            (read(streams.stdout, OutputStream::Stdout)?, read(streams.stderr, OutputStream::Stderr)?);
        Ok(Self { shared: Arc::clone(shared), limits, log, stdout, stderr, kills: MemoryKills::now() })
    }

    /// From the child's start to its end.
    pub(crate) fn run(self, mut child: Child) {
        let mut tree = Tree::new(Pid::from_child(&child).as_raw_pid());
        let stopped = self.watch(&child, &mut tree);
        let elapsed = self.shared.now();
        let death = reap(&mut child, &mut tree);
        self.shared.child_ends();
        // A reader that panicked has nothing to tell.
        let [stdout, stderr] = [self.stdout, self.stderr].map(|reader| reader.join().unwrap_or_default());
        let kernel = MemoryKills::now().since(self.kills);
        let facts = Facts { stopped, death, stdout: &stdout, stderr: &stderr, kernel };
        let (first_output, lost_lines) = self.shared.output();
        self.shared.end(Ended {
            end: judge(&facts),
            elapsed,
            first_output,
            peak_memory_bytes: tree.peak(),
            last_stdout: stdout.last(Ended::LAST_LINES),
            last_stderr: stderr.last(Ended::LAST_LINES),
            lost_lines,
            log_error: self.log.lock().unwrap_or_else(PoisonError::into_inner).finish().err(),
        });
    }

    /// Until the child has ended, by itself or because it had to.
    fn watch(&self, child: &Child, tree: &mut Tree) -> Option<StopCause> {
        let (group, mut watch) = (Pid::from_child(child), Watch::new(self.limits.clone()));
        while !has_ended(group) {
            tree.look_if_due(self.shared.now());
            if let Some(signal) = watch.due(self.shared.moment()) {
                // Who loses its parent by this is known from now on.
                tree.look();
                signal_group(group, signal);
            }
            thread::park_timeout(LOOK);
        }
        watch.cause()
    }
}

/// Whether the child has ended; it stays to be reaped.
fn has_ended(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(child), options) {
        Ok(status) => status.is_some(),
        // Any other error says that there is no such child: somebody else has reaped it.
        Err(error) => error != Errno::INTR,
    }
}

fn signal_group(group: Pid, signal: Signal) {
    // All may have ended meanwhile, or run as another user: then there is nothing more that could be done.
    let _ = kill_process_group(group, signal);
}

/// Kills what is left of the child's processes, then reaps it.
fn reap(child: &mut Child, tree: &mut Tree) -> Death {
    tree.look();
    signal_group(Pid::from_child(child), Signal::KILL);
    tree.kill_descendants();
    child.wait().map_or(Death::Unknown, Death::from)
}
