//! What the kernel says about kills for want of memory: counters of the machine and of our control group. Linux only; elsewhere nothing is known.

use std::fs;
use std::path::PathBuf;

/// The counters at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryKills {
    machine: Option<u64>,
    group: Option<u64>,
}

impl MemoryKills {
    pub(crate) fn now() -> Self {
        let count = |path: PathBuf| number(&fs::read_to_string(path).ok()?, "oom_kill");
        Self { machine: count("/proc/vmstat".into()), group: group_files().into_iter().find_map(count) }
    }

    /// What was counted since an earlier moment, in words; `None` where it was nothing. It tells of some process, not which.
    pub(crate) fn since(self, before: Self) -> Option<&'static str> {
        let moved =
            |now: Option<u64>, before: Option<u64>| now.zip(before).is_some_and(|(now, before)| now > before);
        if moved(self.group, before.group) {
            Some("the control group's oom_kill counter moved meanwhile")
        } else if moved(self.machine, before.machine) {
            Some("the kernel's oom_kill counter moved meanwhile")
        } else {
            None
        }
    }
}

/// Where our control group may count, by the second version of control groups or the first. A child is in our group unless it leaves it.
fn group_files() -> Vec<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let file = |line: &str| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        match controllers {
            "" => Some(format!("/sys/fs/cgroup{path}/memory.events").into()),
            "memory" => Some(format!("/sys/fs/cgroup/memory{path}/memory.oom_control").into()),
            _ => None,
        }
    };
    groups.lines().filter_map(file).collect()
}

/// The whole number after `name` at the start of a line.
pub(crate) fn number(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| if words.next() == Some(name) { words.next()?.parse().ok() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter that is not there would count as one that moved.
    #[test]
    fn only_a_counter_that_moved_tells() {
        let kills = |machine, group| MemoryKills { machine, group };
        let since = |now: MemoryKills, before| now.since(before);
        assert_eq!(since(kills(Some(2), Some(0)), kills(Some(2), Some(0))), None);
        assert_eq!(since(kills(Some(2), None), kills(None, Some(0))), None);
        assert!(since(kills(Some(3), None), kills(Some(2), None)).unwrap().starts_with("the kernel"));
        assert!(since(kills(Some(3), Some(1)), kills(Some(2), Some(0))).unwrap().starts_with("the control"));
    }

    #[test]
    fn numbers_are_found_by_their_whole_name() {
        let text = "VmHWMX:\t 7 kB\nVmHWM:\t 360 kB\noom_kill_x 9\noom_kill 2\n";
        assert_eq!(
            (number(text, "VmHWM:"), number(text, "oom_kill"), number(text, "VmPeak:")),
            (Some(360), Some(2), None)
        );
    }
}
