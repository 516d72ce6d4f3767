//! The process of a child as we see it: our own child, or the child of a guardian that we started.
//!
//! Left out: what the guardian does (`guardian`), when a child is made to end (`supervise`).

use crate::process::card_memory::CardMemory;
use crate::process::end::Death;
#[cfg(target_os = "linux")]
use crate::process::guardian::guardian;
use crate::process::tree::ProcessTree;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::ffi::OsString;
use std::io::{self, Read};
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A child that runs.
pub(crate) struct Running {
    /// What we wait for: the guardian where there is one, else the child itself.
    process: Child,
    /// The child, and its group.
    leader: Pid,
    /// The socket to the guardian. Closing it makes the guardian kill everything.
    link: Option<UnixStream>,
}

impl Running {
    /// Starts a program in a group of its own and without input. `prepare` gives the command its
    /// folder, variables and outputs.
    ///
    /// # Errors
    /// Those of the start of the program.
    pub(crate) fn start(words: &[OsString], prepare: impl FnOnce(&mut Command)) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(guardian) = guardian() {
            return Self::start_guarded(guardian, words, prepare);
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).process_group(0).stdin(Stdio::null());
        prepare(&mut command);
        let process = command.spawn()?;
        Ok(Self { leader: Pid::from_child(&process), process, link: None })
    }

    #[cfg(target_os = "linux")]
    fn start_guarded(
        guardian: &[OsString],
        words: &[OsString],
        prepare: impl FnOnce(&mut Command),
    ) -> io::Result<Self> {
        let (mut link, theirs) = UnixStream::pair()?;
        let mut command = Command::new(&guardian[0]);
        // A group of its own: Ctrl-C must not end the guardian before the child.
        command.args(&guardian[1..]).args(words).process_group(0).stdin(OwnedFd::from(theirs));
        prepare(&mut command);
        let mut process = command.spawn().map_err(no_guardian)?;
        // Else the socket would not close with the guardian.
        drop(command);
        match leader(&mut link) {
            Ok(leader) => Ok(Self { process, leader, link: Some(link) }),
            Err(error) => {
                let _ = process.wait();
                Err(error)
            }
        }
    }

    /// The process id of the child, which is also that of its group.
    pub(crate) fn leader(&self) -> Pid {
        self.leader
    }

    /// Its processes: those of its group, their descendants, and whatever the guardian has adopted.
    pub(crate) fn tree(&self, cards: CardMemory) -> ProcessTree {
        let guardian = self.link.is_some().then(|| Pid::from_child(&self.process).as_raw_pid());
        ProcessTree::new(self.leader.as_raw_pid(), guardian, cards)
    }

    /// Whether it has ended. It is not reaped by this.
    pub(crate) fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(Pid::from_child(&self.process)), options) {
            Ok(status) => status.is_some(),
            // Any other error means that there is no such child: something else has reaped it.
            Err(error) => error != Errno::INTR,
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // All of them may have ended, or run as another user: then nothing more can be done.
        let _ = kill_process_group(self.leader, signal);
    }

    /// Kills the rest of its processes, then reaps it. A guardian has done so, unless something has
    /// killed the guardian itself.
    pub(crate) fn reap(mut self, tree: &mut ProcessTree) -> Reaped {
        let told = self.link.take().and_then(reaped);
        if told.is_none() {
            tree.scan();
            self.signal(Signal::KILL);
            tree.kill_descendants();
        }
        let death = self.process.wait().map_or(Death::Unknown, Death::from);
        told.unwrap_or(Reaped { death, largest: None })
    }

    /// Ends it at once.
    pub(crate) fn kill(mut self) {
        if self.link.take().is_none() {
            // It may already have ended. It is reaped in any case.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// What is known once nothing of a child is left.
pub(crate) struct Reaped {
    pub(crate) death: Death,
    /// The most memory that one of its processes ever held, in bytes, where a guardian knows it.
    pub(crate) largest: Option<u64>,
}

/// The error of a guardian is none of the program: its kind would be taken for "not found".
#[cfg(target_os = "linux")]
fn no_guardian(error: io::Error) -> io::Error {
    io::Error::other(format!("its guardian process: {error}"))
}

/// The child's process id, once the guardian has started it; else why it was refused.
#[cfg(target_os = "linux")]
fn leader(link: &mut UnixStream) -> io::Result<Pid> {
    let line = line(link)?;
    let number = |number| i32::try_from(number).unwrap_or_default();
    match told(&line) {
        Some(("started", id)) => Pid::from_raw(number(id)).ok_or_else(|| no_guardian(io::Error::other(line))),
        Some(("refused", code)) if code != 0 => Err(io::Error::from_raw_os_error(number(code))),
        _ => Err(no_guardian(io::Error::other(format!("it said {line:?}")))),
    }
}

/// How the child died, from what the guardian says at its own end.
fn reaped(mut link: UnixStream) -> Option<Reaped> {
    let mut said = String::new();
    link.read_to_string(&mut said).ok()?;
    let number = |word: &str| said.lines().filter_map(told).find(|told| told.0 == word).map(|told| told.1);
    let code = number("code").and_then(|code| i32::try_from(code).ok()).map(Death::Code);
    let signal = number("signal").and_then(|signal| i32::try_from(signal).ok()).map(Death::Signal);
    let largest = number("peak").and_then(|bytes| u64::try_from(bytes).ok());
    Some(Reaped { death: code.or(signal)?, largest })
}

/// A word and a number.
fn told(line: &str) -> Option<(&str, i64)> {
    let (word, number) = line.trim_end().split_once(' ')?;
    Some((word, number.parse().ok()?))
}

/// One line, and not a byte more: what comes after it is read at the end.
#[cfg(target_os = "linux")]
fn line(link: &mut UnixStream) -> io::Result<String> {
    let (mut line, mut byte) = (String::new(), [0]);
    while !line.ends_with('\n') && link.read(&mut byte)? > 0 {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}
