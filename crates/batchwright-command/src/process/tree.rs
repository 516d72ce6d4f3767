//! The processes of a child: its group, what descends from it, and what was ever seen to. Their memory, and their end.
//!
//! `getrusage` of children is the maximum over all that were ever waited for, and even the one of a single child begins at what its *parent* held when it
//! was started: a small program under a large one seems large. So processes are looked at in `/proc`, each by its own high-water mark. Linux only;
//! elsewhere no memory is known, and descendants that left the group are not found.

use std::time::Duration;

/// Time between looks, at least and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// A look may cost this part of one core's time (0.5%): a machine with thousands of processes is looked at less often.
const SHARE: u32 = 200;

/// The processes of one child.
pub(crate) struct Tree {
    processes: proc::Processes,
    /// The most that they held at one look, in bytes.
    peak: Option<u64>,
    /// When to look again.
    due: Duration,
}

impl Tree {
    /// Of the child with this process id, which is that of its group.
    pub(crate) fn new(leader: i32) -> Self {
        Self { processes: proc::Processes::new(leader), peak: None, due: Duration::ZERO }
    }

    /// Looks, if it is time to; `now` counts from any moment.
    pub(crate) fn look_if_due(&mut self, now: Duration) {
        if now >= self.due {
            let before = proc::cpu_time();
            self.look();
            let cost = proc::cpu_time().saturating_sub(before);
            self.due = now + (cost * SHARE).clamp(PAUSE.0, PAUSE.1);
        }
    }

    /// Finds the processes of now, and sums what each of them has held at most.
    ///
    /// The sum is that of their high-water marks: an upper bound where they were not at it together, or share pages. What is taken and lost between two
    /// looks by a process that ends is not seen.
    pub(crate) fn look(&mut self) {
        self.peak = self.peak.max(self.processes.look());
    }

    /// Bytes; `None` where the system does not say, or the child ended before the first look.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.peak
    }

    /// Kills all that were found, but the leader.
    pub(crate) fn kill_descendants(&self) {
        self.processes.kill_descendants();
    }
}

#[cfg(target_os = "linux")]
mod proc {
    use crate::process::oom_kills::number;
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use rustix::time::{ClockId, clock_gettime};
    use std::collections::HashMap;
    use std::fs;
    use std::time::Duration;

    /// What this thread has computed. By the wall clock a look would seem dear whenever the machine is busy, as it is in a study.
    pub(crate) fn cpu_time() -> Duration {
        clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
    }

    /// Process ids are used again; with the time of its start (in clock ticks since boot) one is unique.
    pub(crate) struct Processes {
        leader: i32,
        /// Process id and start of all of the last look.
        known: HashMap<i32, u64>,
    }

    /// A line of `/proc/PID/stat`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Stat {
        id: i32,
        parent: i32,
        group: i32,
        start: u64,
    }

    impl Processes {
        pub(crate) fn new(leader: i32) -> Self {
            Self { leader, known: HashMap::new() }
        }

        pub(crate) fn look(&mut self) -> Option<u64> {
            self.known = members(&all(), self.leader, &self.known);
            self.known.keys().filter_map(|id| high_water_mark(*id)).reduce(u64::saturating_add)
        }

        pub(crate) fn kill_descendants(&self) {
            for (&id, &start) in self.known.iter().filter(|(id, _)| **id != self.leader) {
                let Some(Ok(process)) = Pid::from_raw(id).map(|id| pidfd_open(id, PidfdFlags::empty()))
                else {
                    continue;
                };
                // The descriptor holds one process; only if that one is still ours is it killed.
                if stat(id).is_some_and(|stat| stat.start == start) {
                    // It may have ended just now.
                    let _ = pidfd_send_signal(&process, Signal::KILL);
                }
            }
        }
    }

    /// Who belongs to the leader: its group, children of who belongs, and who did before (its parent may be gone since).
    fn members(all: &[Stat], leader: i32, before: &HashMap<i32, u64>) -> HashMap<i32, u64> {
        let mut members = HashMap::new();
        // Until nothing is added: a child may stand before its parent.
        loop {
            let belongs = |stat: &&Stat| {
                stat.group == leader
                    || members.contains_key(&stat.parent)
                    || before.get(&stat.id) == Some(&stat.start)
            };
            let found: HashMap<_, _> = all.iter().filter(belongs).map(|stat| (stat.id, stat.start)).collect();
            if found.len() == members.len() {
                return found;
            }
            members = found;
        }
    }

    fn all() -> Vec<Stat> {
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        entries.filter_map(|entry| stat(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
    }

    fn stat(id: i32) -> Option<Stat> {
        parse_stat(id, &fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Fields after the name, which may hold spaces and parentheses: state, parent, group, ..., start as the twentieth.
    fn parse_stat(id: i32, line: &str) -> Option<Stat> {
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let [_, parent, group, ..] = fields[..] else { return None };
        let start = fields.get(19)?.parse().ok()?;
        Some(Stat { id, parent: parent.parse().ok()?, group: group.parse().ok()?, start })
    }

    /// The most that a process ever held in memory, in bytes; `None` for one that has ended.
    fn high_water_mark(id: i32) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        Some(number(&status, "VmHWM:")? * 1024)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_name_may_hold_anything() {
            let line = "7 (a) b (x) R 1 5 5 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 1234 99 1";
            let stat = Stat { id: 7, parent: 1, group: 5, start: 1234 };
            assert_eq!(parse_stat(7, line), Some(stat));
            assert_eq!(parse_stat(7, "7 (a) R 1 5"), None);
        }

        /// Workers in groups of their own would be left behind; somebody else's process, under an id that was used again, would be killed.
        #[test]
        fn who_belongs() {
            let stat = |id, parent, group, start| Stat { id, parent, group, start };
            let all = [
                stat(3, 4, 3, 1), // in its own group, child of one that stands later
                stat(4, 10, 4, 1),
                stat(5, 1, 10, 1), // orphan in the group
                stat(6, 1, 6, 1),  // orphan in its own group, known before
                stat(7, 1, 7, 2),  // id used again
                stat(8, 6, 8, 1),
                stat(9, 1, 9, 1),
                stat(10, 1, 10, 1),
            ];
            let before = HashMap::from([(6, 1), (7, 1), (99, 1)]);
            let mut ids: Vec<i32> = members(&all, 10, &before).into_keys().collect();
            ids.sort_unstable();
            assert_eq!(ids, [3, 4, 5, 6, 8, 10]);
        }

        #[test]
        fn this_process_is_seen_with_its_memory() {
            let id = std::process::id() as i32;
            let seen = all().into_iter().find(|stat| stat.id == id).unwrap();
            assert_eq!(seen.parent, std::os::unix::process::parent_id() as i32);
            assert!(high_water_mark(id).unwrap() > 1 << 20);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod proc {
    use crate::process::oom_kills::number;
    pub(crate) struct Processes;

    pub(crate) fn cpu_time() -> std::time::Duration {
        std::time::Duration::ZERO
    }

    impl Processes {
        pub(crate) fn new(_leader: i32) -> Self {
            Self
        }

        pub(crate) fn look(&mut self) -> Option<u64> {
            None
        }

        pub(crate) fn kill_descendants(&self) {}
    }
}
