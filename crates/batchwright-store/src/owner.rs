//! The process that trains a run or a study, and whether it still lives.
//!
//! A process id alone does not tell: it is given to another process later, after a restart of the
//! machine at the latest. So an owner is the process together with its start time, and with what
//! its id is valid in: the host, its boot and the namespace of process ids (a container has its
//! own). Left out: who may become an owner (`claim`).

use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// A process, told apart from every other one as far as the system allows. What the system does
/// not tell is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The process id.
    pub(crate) process: u32,
    /// When the process started, as the system gives it.
    started: Option<String>,
    /// The boot of the machine.
    boot: Option<String>,
    /// The namespace of process ids.
    namespace: Option<String>,
    /// The name of the machine.
    pub(crate) host: String,
}

/// What is known of an owner from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It runs.
    Lives,
    /// It has ended.
    Gone,
    /// It is on another host or in another container, where this process cannot see it.
    OutOfSight,
}

impl Owner {
    /// This process.
    pub(crate) fn here() -> &'static Self {
        static HERE: OnceLock<Owner> = OnceLock::new();
        HERE.get_or_init(|| {
            let process = std::process::id();
            Self {
                process,
                started: system::look(process).started(),
                boot: system::boot(),
                namespace: system::namespace(),
                host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            }
        })
    }

    /// The owner of the run or study `name`, from the bytes of its column (`CAST(owner AS BLOB)`):
    /// damage may turn the text into anything, also into no text.
    ///
    /// # Errors
    /// [`StoreError::OwnerUnreadable`].
    pub(crate) fn read(name: &str, stored: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(stored)
            .map_err(|error| StoreError::OwnerUnreadable { name: name.to_owned(), reason: error.to_string() })
    }

    /// Whether it lives, as seen from this process.
    pub(crate) fn life(&self) -> Life {
        self.life_seen_from(Self::here())
    }

    fn life_seen_from(&self, here: &Self) -> Life {
        let same_boot = match (&self.boot, &here.boot) {
            (Some(own), Some(other)) => own == other,
            _ => self.host == here.host,
        };
        match (same_boot, self.host == here.host) {
            (true, _) if self.namespace != here.namespace => Life::OutOfSight,
            (true, _) if self.is_in_sight() => Life::Lives,
            // The same host, started again; or another process with the same id.
            (true, _) | (false, true) => Life::Gone,
            (false, false) => Life::OutOfSight,
        }
    }

    /// Whether the process with its id is this one, as far as the system tells.
    fn is_in_sight(&self) -> bool {
        match system::look(self.process) {
            Seen::Started(at) => self.started.as_ref().is_none_or(|started| *started == at),
            Seen::Ended => false,
            Seen::Nothing => exists(self.process),
        }
    }
}

/// What the system tells of a process id.
enum Seen {
    /// A process with this start time has it.
    Started(String),
    /// A process that has ended has it, until its parent asks for its end.
    Ended,
    /// There is no such process, or it is hidden from this user.
    Nothing,
}

impl Seen {
    fn started(self) -> Option<String> {
        match self {
            Self::Started(at) => Some(at),
            Self::Ended | Self::Nothing => None,
        }
    }
}

/// Whether a process has this id, also one of another user.
fn exists(process: u32) -> bool {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    id.is_some_and(|id| !matches!(test_kill_process(id), Err(Errno::SRCH)))
}

/// What Linux tells of processes, in `/proc`.
#[cfg(target_os = "linux")]
mod system {
    use super::Seen;

    /// The start time is in clock ticks since the boot.
    pub(super) fn look(process: u32) -> Seen {
        let stat = std::fs::read(format!("/proc/{process}/stat")).unwrap_or_default();
        let stat = String::from_utf8_lossy(&stat);
        // The second field is the name of the program in parentheses; it may contain anything.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let mut fields = fields.split_whitespace();
        // The state is field 3, the start time field 22.
        match (fields.next(), fields.nth(18)) {
            (Some("Z" | "X"), _) => Seen::Ended,
            (Some(_), Some(at)) => Seen::Started(at.to_owned()),
            _ => Seen::Nothing,
        }
    }

    pub(super) fn boot() -> Option<String> {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().to_owned())
    }

    pub(super) fn namespace() -> Option<String> {
        Some(std::fs::read_link("/proc/self/ns/pid").ok()?.display().to_string())
    }
}

/// What other systems tell.
#[cfg(not(target_os = "linux"))]
mod system {
    use super::Seen;

    /// The start time as `ps` prints it.
    pub(super) fn look(process: u32) -> Seen {
        let process = process.to_string();
        let mut ps = std::process::Command::new("ps");
        let ps = ps.args(["-o", "lstart=", "-p", &process]).env("LC_ALL", "C").output();
        match ps.map(|ps| String::from_utf8_lossy(&ps.stdout).trim().to_owned()) {
            Ok(at) if !at.is_empty() => Seen::Started(at),
            _ => Seen::Nothing,
        }
    }

    pub(super) fn boot() -> Option<String> {
        None
    }

    pub(super) fn namespace() -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a second process trains the same run, or a run that was cut off can never be resumed.
    #[test]
    fn an_owner_is_more_than_a_process_id() {
        let here = Owner::here();
        assert_eq!(here.life(), Life::Lives);
        let other_start = Owner { started: Some("1".into()), ..here.clone() };
        assert_eq!(other_start.life(), Life::Gone, "its id was given to another process");
        let unknown = |process| Owner { process, started: None, ..here.clone() };
        assert_eq!(unknown(u32::MAX).life(), Life::Gone, "no such process");
        let other_host = Owner { host: "elsewhere".into(), boot: Some("other".into()), ..here.clone() };
        assert_eq!(other_host.life(), Life::OutOfSight);
        let container = Owner { namespace: Some("pid:[1]".into()), ..here.clone() };
        assert_eq!(container.life(), Life::OutOfSight);
        let before_restart = Owner { boot: Some("other".into()), ..here.clone() };
        assert_eq!(before_restart.life_seen_from(here), Life::Gone);
    }

    /// Else a run whose process was killed stays "running" until the parent of that process asks.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_nobody_waited_for_is_gone() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let owner = Owner {
            process: child.id(),
            started: system::look(child.id()).started(),
            ..Owner::here().clone()
        };
        assert_eq!(owner.life(), Life::Lives);
        child.kill().unwrap();
        while owner.life() == Life::Lives {
            std::thread::yield_now();
        }
        assert_eq!(owner.life(), Life::Gone);
        child.wait().unwrap();
        assert_eq!(owner.life(), Life::Gone);
    }
}
