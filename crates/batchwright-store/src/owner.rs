//! The process that trains a run or a study, and whether it still lives.
//!
//! A process id alone does not tell: it is given to another process later, after a restart of the
//! machine at the latest. So an owner is the process together with its start time, and with what
//! its id is valid in: the host, its boot and the namespace of process ids (a container has its
//! own). Left out: who may become an owner (`claim`).

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

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
                started: system::started(process),
                boot: system::boot(),
                namespace: system::namespace(),
                host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            }
        })
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
            (true, _) if self.started == system::started(self.process) && self.exists() => Life::Lives,
            // The same host, started again; or another process with the same id.
            (true, _) | (false, true) => Life::Gone,
            (false, false) => Life::OutOfSight,
        }
    }

    /// Whether a process has this id. Where the start time is known, it has told already.
    fn exists(&self) -> bool {
        self.started.is_some() || system::exists(self.process)
    }
}

/// What Linux tells of processes, in `/proc`.
#[cfg(target_os = "linux")]
mod system {
    /// The start time in clock ticks since the boot; `None` where there is no such process, where
    /// it has ended and only its parent does not know yet, and without `/proc`.
    pub(super) fn started(process: u32) -> Option<String> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The second field is the name of the program in parentheses; it may contain anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?;
        // Field 22; the state is field 3.
        if matches!(state, "Z" | "X") { None } else { fields.nth(18).map(str::to_owned) }
    }

    pub(super) fn boot() -> Option<String> {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().to_owned())
    }

    pub(super) fn namespace() -> Option<String> {
        Some(std::fs::read_link("/proc/self/ns/pid").ok()?.display().to_string())
    }

    pub(super) use super::by_signal::exists;
}

/// What other systems tell.
#[cfg(not(target_os = "linux"))]
mod system {
    /// The start time as `ps` prints it; `None` where there is no such process.
    pub(super) fn started(process: u32) -> Option<String> {
        let ps = std::process::Command::new("ps")
            .args(["-o", "lstart=", "-p", &process.to_string()])
            .env("LC_ALL", "C")
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn boot() -> Option<String> {
        None
    }

    pub(super) fn namespace() -> Option<String> {
        None
    }

    pub(super) use super::by_signal::exists;
}

mod by_signal {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    /// Whether a process has this id, also of another user.
    pub(super) fn exists(process: u32) -> bool {
        let id = i32::try_from(process).ok().and_then(Pid::from_raw);
        id.is_some_and(|id| !matches!(test_kill_process(id), Err(Errno::SRCH)))
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
        let owner =
            Owner { process: child.id(), started: system::started(child.id()), ..Owner::here().clone() };
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
