//! The guardian of a child: a small process between us and the child, so that no process of the
//! child is left, however we end.
//!
//! The guardian starts the child and is the subreaper of everything below it: a descendant that
//! loses its parent, even one that detached itself (`setsid`, a double fork), becomes the
//! guardian's own child instead of that of init. Its standard input is a socket to us. The guardian
//! kills everything below it
//!
//! - when the child has ended, before the child is reaped and its end is told;
//! - when the socket closes: we have ended, be it by SIGKILL or at a second Ctrl-C.
//!
//! It passes on to us what is sent to it by SIGINT, SIGTERM or SIGHUP: a child that signals its
//! parent (`kill -INT $PPID`) means us.
//!
//! What it tells through the socket: `started PID` or `refused ERRNO`, and in the end `peak BYTES`,
//! where it knows it, and `code N` or `signal N`.
//!
//! Linux only, and only where the program has named the words that start a guardian
//! ([`guard_children`]); else a child is our own child and a descendant that detached itself may be
//! left. Left out: our side (`running`).

use crate::process::end::Death;
use crate::process::tree::{descendants, kill};
use crate::system::{ProcessStat, ignored_signals, peak_memory};
use nix::sys::resource::{UsageWho, getrusage};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getppid, kill_process, set_child_subreaper, waitid,
    waitpid,
};
use signal_hook::low_level::pipe;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{io, process, thread};

/// The words that start a guardian, before those of the child.
static GUARDIAN: OnceLock<Vec<OsString>> = OnceLock::new();

/// How long the guardian tries to kill what is below it once the child has ended: a process of
/// another user (setuid) cannot be killed, and must not delay the end for ever.
const SWEEP: Duration = Duration::from_secs(5);
/// Time between two sweeps, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// From now on each child of this process gets a guardian, which these words start; the words of
/// the child are added to them, and the program that they start calls [`guard`]. Only the first call
/// counts.
pub fn guard_children(words: Vec<OsString>) {
    let _ = GUARDIAN.set(words);
}

/// The words that start a guardian, if children get one.
pub(crate) fn guardian() -> Option<&'static [OsString]> {
    GUARDIAN.get().map(Vec::as_slice)
}

/// Whether this process was started as a guardian: its standard input is a socket.
pub fn is_guardian() -> bool {
    link().is_ok_and(|link| link.peer_addr().is_ok())
}

/// Standard input as the socket to whoever started the guardian.
fn link() -> io::Result<UnixStream> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// What a guardian does: it starts the program that the words name, and ends when nothing is left of
/// it. Its exit code tells only whether it could do so.
pub fn guard(words: &[OsString]) -> ExitCode {
    let (Some((program, arguments)), Ok(mut link)) = (words.split_first(), link()) else {
        return ExitCode::FAILURE;
    };
    let started = watch().and_then(|()| {
        set_child_subreaper(Some(rustix::process::getpid()))?;
        let mut command = Command::new(program);
        command.args(arguments).process_group(0).stdin(Stdio::null()).spawn()
    });
    let told = match &started {
        Ok(child) => writeln!(link, "started {}", child.id()),
        Err(error) => writeln!(link, "refused {}", error.raw_os_error().unwrap_or_default()),
    };
    let Ok(child) = started else { return ExitCode::FAILURE };
    // If nobody listens any more, the thread that watches has seen it too.
    told.and(tell(reap(child))).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// Watches the socket and the signals from another thread, from before the child's start on.
fn watch() -> io::Result<()> {
    let (link, signals) = (link()?, Signals::listen()?);
    thread::Builder::new().spawn(move || end_with(&link, &signals)).map(drop)
}

/// The signals that are passed on: each writes a byte into its pipe.
struct Signals {
    parent: Option<Pid>,
    pipes: Vec<(Signal, UnixStream)>,
}

impl Signals {
    /// A signal that is ignored, as `nohup` arranges, stays ignored, here and in the child. A handler
    /// is none of the child's: it ends when the child's program starts.
    fn listen() -> io::Result<Self> {
        let ignored = ignored_signals().unwrap_or_default();
        let mut pipes = Vec::new();
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            if ignored & 1 << (signal.as_raw() - 1) == 0 {
                let (ours, theirs) = UnixStream::pair()?;
                pipe::register(signal.as_raw(), theirs)?;
                pipes.push((signal, ours));
            }
        }
        Ok(Self { parent: getppid(), pipes })
    }

    fn pass_on(&self, signal: Signal) {
        // Once we have ended, somebody else is the guardian's parent.
        if let Some(parent) = self.parent.filter(|_| getppid() == self.parent) {
            let _ = kill_process(parent, signal);
        }
    }
}

/// Passes signals on until the socket closes, then kills everything below. The child's end then
/// ends the guardian.
fn end_with(link: &UnixStream, signals: &Signals) {
    loop {
        let mut wanted = vec![PollFd::new(link, PollFlags::IN)];
        wanted.extend(signals.pipes.iter().map(|(_, pipe)| PollFd::new(pipe, PollFlags::IN)));
        // Nothing is ever sent to a guardian: what can be read of the socket is its end.
        match poll(&mut wanted, None) {
            Err(Errno::INTR) => continue,
            Ok(_) if wanted[0].revents().is_empty() => {}
            _ => break,
        }
        for ((signal, pipe), wanted) in signals.pipes.iter().zip(&wanted[1..]) {
            if !wanted.revents().is_empty() {
                // Its bytes only say that it came.
                let _ = (&*pipe).read(&mut [0; 64]);
                signals.pass_on(*signal);
            }
        }
    }
    let mut pause = PAUSE.0;
    loop {
        kill_all(&below());
        thread::sleep(pause);
        pause = PAUSE.1.min(2 * pause);
    }
}

/// Waits for the child, kills what it has left, and reaps it last: until then the system gives its
/// process id, which is also that of its group, to nobody else.
fn reap(mut child: Child) -> Death {
    let leader = Pid::from_child(&child);
    wait(leader);
    let (end, mut pause) = (Instant::now() + SWEEP, PAUSE.0);
    loop {
        let left = below_but(leader);
        if left.is_empty() || Instant::now() >= end {
            break;
        }
        kill_all(&left);
        thread::sleep(pause);
        pause = PAUSE.1.min(2 * pause);
        reap_all(&left);
    }
    child.wait().map_or(Death::Unknown, Death::from)
}

/// Waits until the child has ended, and meanwhile reaps what the guardian has adopted.
fn wait(leader: Pid) {
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::All, ended) {
            Ok(_) if is_reapable(leader) => return,
            Ok(_) => {
                reap_all(&below_but(leader));
                // One that cannot be seen in /proc stays, and would be told of again at once.
                std::thread::sleep(PAUSE.0);
            }
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn is_reapable(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(child), options).is_ok_and(|status| status.is_some())
}

/// Only our own children can be reaped: those whose parents have ended.
fn reap_all(processes: &[ProcessStat]) {
    for id in processes.iter().filter_map(|stat| Pid::from_raw(stat.id)) {
        let _ = waitpid(Some(id), WaitOptions::NOHANG);
    }
}

fn tell(death: Death) -> io::Result<()> {
    let mut link = link()?;
    if let Some(peak) = largest_process() {
        writeln!(link, "peak {peak}")?;
    }
    match death {
        Death::Code(code) => writeln!(link, "code {code}"),
        Death::Signal(signal) => writeln!(link, "signal {signal}"),
        Death::Unknown => Ok(()),
    }
}

/// The most memory that one process below ever held, in bytes. The system's number counts from what
/// the guardian held when it started the child: only a larger one says something.
fn largest_process() -> Option<u64> {
    let kilobytes = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN).ok()?.max_rss()).ok()?;
    let own = peak_memory(process::id() as i32)?;
    kilobytes.checked_mul(1024).filter(|&bytes| bytes > own)
}

/// Everything below this process.
fn below() -> Vec<ProcessStat> {
    descendants(process::id() as i32)
}

fn below_but(leader: Pid) -> Vec<ProcessStat> {
    let mut below = below();
    below.retain(|stat| stat.id != leader.as_raw_pid());
    below
}

fn kill_all(processes: &[ProcessStat]) {
    processes.iter().for_each(|stat| kill(stat.id, stat.start));
}
