//! The processes of a child: its group, their descendants, and all that once belonged to them.
//! Finds them, measures their memory, kills what is left.
//!
//! Why not `getrusage`: for children it gives the maximum over all children that were ever waited
//! for, and the value of a single child starts at what its *parent* held when it was started. A
//! small program that a large one starts seems large. So each process is looked up in `/proc`, with
//! its own high-water mark. Linux only: elsewhere memory is not known, and descendants that left
//! the group are not found.

use crate::process::card_memory::CardMemory;
use crate::system::{ProcessStat, peak_memory, processes};
use std::collections::HashMap;
use std::time::Duration;

/// Time between two scans, at least and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// A scan may take one part in this many of one core's time (0.5%): a machine with thousands of
/// processes is scanned less often.
const SHARE: u32 = 200;

/// The processes of one child.
pub(crate) struct ProcessTree {
    /// The child itself; its process id is also that of its group.
    leader: i32,
    /// The guardian of the child, which is none of its processes, but the parent of those that lost
    /// theirs.
    guardian: Option<i32>,
    /// Process id and start time of all members at the last scan.
    members: HashMap<i32, u64>,
    /// The most that they held at one scan, in bytes.
    peak: Option<u64>,
    /// The most that one of them ever held, in bytes.
    largest: Option<u64>,
    /// What they hold on graphics cards.
    cards: CardMemory,
    next_scan: Duration,
}

impl ProcessTree {
    pub(crate) fn new(leader: i32, guardian: Option<i32>, cards: CardMemory) -> Self {
        Self {
            leader,
            guardian,
            members: HashMap::new(),
            peak: None,
            largest: None,
            cards,
            next_scan: Duration::ZERO,
        }
    }

    /// Scans if it is time to; `now` counts from any fixed moment.
    pub(crate) fn scan_if_due(&mut self, now: Duration) {
        if now >= self.next_scan {
            let before = thread_time();
            self.scan();
            let cost = thread_time().saturating_sub(before);
            self.next_scan = now + (cost * SHARE).clamp(PAUSE.0, PAUSE.1);
        }
    }

    /// Finds the current processes and adds up their high-water marks.
    ///
    /// The sum is an upper bound: the processes need not have held so much at the same time, and
    /// they may share pages. Memory that a process takes and gives back by ending between two scans
    /// is not seen.
    pub(crate) fn scan(&mut self) {
        self.members = members(&processes(), self.leader, self.guardian, &self.members);
        let held: Vec<u64> = self.members.keys().filter_map(|id| peak_memory(*id)).collect();
        self.peak = self.peak.max(held.iter().copied().reduce(u64::saturating_add));
        self.largest = self.largest.max(held.into_iter().max());
        self.cards.scan(&self.members);
    }

    /// Bytes; `None` where the system does not tell, or the child ended before the first scan.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.peak
    }

    /// The most that one process ever held, in bytes.
    pub(crate) fn largest(&self) -> Option<u64> {
        self.largest
    }

    /// The most that they were seen to hold on graphics cards, in bytes.
    pub(crate) fn card_peak(&self) -> Option<u64> {
        self.cards.peak()
    }

    /// Kills all members but the leader.
    pub(crate) fn kill_descendants(&self) {
        for (&id, &start) in self.members.iter().filter(|(id, _)| **id != self.leader) {
            kill(id, start);
        }
    }
}

/// Who belongs to the leader: its group, children of members and of the guardian, and earlier
/// members, whose parent may have ended since.
fn members(
    all: &[ProcessStat],
    leader: i32,
    guardian: Option<i32>,
    before: &HashMap<i32, u64>,
) -> HashMap<i32, u64> {
    closure(all, |stat| {
        stat.group == leader || guardian == Some(stat.parent) || before.get(&stat.id) == Some(&stat.start)
    })
}

/// The processes that are chosen, and all below them.
fn closure(all: &[ProcessStat], chosen: impl Fn(&ProcessStat) -> bool) -> HashMap<i32, u64> {
    let mut members = HashMap::new();
    // Until a pass adds nothing: a child may be listed before its parent.
    loop {
        let belongs = |stat: &&ProcessStat| chosen(stat) || members.contains_key(&stat.parent);
        let found: HashMap<_, _> = all.iter().filter(belongs).map(|stat| (stat.id, stat.start)).collect();
        if found.len() == members.len() {
            return found;
        }
        members = found;
    }
}

/// All processes below this one.
#[cfg(target_os = "linux")]
pub(crate) fn descendants(of: i32) -> Vec<ProcessStat> {
    below(processes(), of)
}

#[cfg(any(target_os = "linux", test))]
fn below(all: Vec<ProcessStat>, of: i32) -> Vec<ProcessStat> {
    let below = closure(&all, |stat| stat.parent == of);
    all.into_iter().filter(|stat| below.contains_key(&stat.id)).collect()
}

/// Kills the process with this id, if it is still the one that started then.
#[cfg(target_os = "linux")]
pub(crate) fn kill(id: i32, start: u64) {
    use crate::system::process;
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    // A descriptor stands for one process, even if the id is used again after the check below.
    let descriptor = Pid::from_raw(id).map(|id| pidfd_open(id, PidfdFlags::empty()));
    let Some(Ok(descriptor)) = descriptor else { return };
    if process(id).is_some_and(|stat| stat.start == start) {
        // It may have ended just now.
        let _ = pidfd_send_signal(&descriptor, Signal::KILL);
    }
}

#[cfg(not(target_os = "linux"))]
fn kill(_id: i32, _start: u64) {}

/// What this thread has computed. By the wall clock a scan would seem expensive whenever the
/// machine is busy, as it is during a study.
#[cfg(target_os = "linux")]
fn thread_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn thread_time() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Workers in groups of their own would be left behind, or a stranger's process would be killed
    /// because it has an id that was used before.
    #[test]
    fn who_belongs() {
        let stat = |id, parent, group, start| ProcessStat { id, parent, group, start };
        let all = [
            stat(3, 4, 3, 1), // in its own group, child of one that is listed later
            stat(4, 10, 4, 1),
            stat(5, 1, 10, 1), // orphan in the group
            stat(6, 1, 6, 1),  // orphan in its own group, a member before
            stat(7, 1, 7, 2),  // id used again
            stat(8, 6, 8, 1),
            stat(9, 1, 9, 1),
            // A group that is none of this container's is 0, as is the parent of its first process.
            stat(1, 0, 0, 1),
            stat(2, 0, 0, 1),
            stat(10, 1, 10, 1),
        ];
        let before = HashMap::from([(6, 1), (7, 1), (99, 1)]);
        let mut ids: Vec<i32> = members(&all, 10, None, &before).into_keys().collect();
        ids.sort_unstable();
        assert_eq!(ids, [3, 4, 5, 6, 8, 10]);
        assert_eq!(below(all.to_vec(), 4).iter().map(|stat| stat.id).collect::<Vec<_>>(), [3]);
        assert!(below(all.to_vec(), 99).is_empty());
        let mut adopted: Vec<i32> = members(&all, 10, Some(1), &HashMap::new()).into_keys().collect();
        adopted.sort_unstable();
        assert_eq!(adopted, [3, 4, 5, 6, 7, 8, 9, 10], "what lost its parent is its guardian's");
    }
}
