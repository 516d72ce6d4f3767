//! What the system's own files tell: `/proc` and control groups, about processes, memory and the
//! processor.
//!
//! Each number is looked up by its name, and nothing else of its file has to be there. Sandboxes
//! and old kernels leave fields out; a reader of whole files would then know nothing at all. Linux
//! only: elsewhere these files do not exist, and every answer is `None` or empty.
//!
//! Left out: energy counters (they belong to the measurement of energy).

use std::fs;
use std::path::{Path, PathBuf};

/// The identity of a process, from `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessStat {
    pub(crate) id: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    /// When it started, in clock ticks since boot. Process ids are used again; id and start
    /// together are unique.
    pub(crate) start: u64,
}

/// All processes that run now.
pub(crate) fn processes() -> Vec<ProcessStat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| process(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// The process with this id; `None` where it has ended.
pub(crate) fn process(id: i32) -> Option<ProcessStat> {
    parse_stat(id, &read(format!("/proc/{id}/stat"))?)
}

/// Fields after the name, which may hold spaces and parentheses: state, parent, group, ..., and the
/// start as the twentieth.
fn parse_stat(id: i32, line: &str) -> Option<ProcessStat> {
    let (_, fields) = line.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let [_, parent, group, ..] = fields[..] else { return None };
    let start = fields.get(19)?.parse().ok()?;
    Some(ProcessStat { id, parent: parent.parse().ok()?, group: group.parse().ok()?, start })
}

/// The most memory that a process ever held (its high-water mark), in bytes; `None` where it has
/// ended.
pub(crate) fn peak_memory(id: i32) -> Option<u64> {
    kilobytes(&read(format!("/proc/{id}/status"))?, "VmHWM:")
}

/// Bytes of private writable memory of this process: what `RLIMIT_DATA` limits.
pub fn data_memory() -> Option<u64> {
    kilobytes(&read("/proc/self/status")?, "VmData:")
}

/// Bytes of private memory of this process that it has really used: without what is only reserved,
/// as most of a thread's stack.
pub fn resident_memory() -> Option<u64> {
    kilobytes(&read("/proc/self/status")?, "RssAnon:")
}

/// The signals that this process ignores: bit `n - 1` stands for signal `n`.
pub fn ignored_signals() -> Option<u64> {
    parse_ignored(&read("/proc/self/status")?)
}

fn parse_ignored(status: &str) -> Option<u64> {
    u64::from_str_radix(field(status, "SigIgn:")?, 16).ok()
}

/// Bytes that this process may still take: what the kernel calls available, or what is left of the
/// control group's limit if that is less.
pub fn available_memory() -> Option<u64> {
    let available = kilobytes(&read("/proc/meminfo")?, "MemAvailable:")?;
    let group = |file: &str| read(Path::new("/sys/fs/cgroup").join(file))?.trim().parse::<u64>().ok();
    let limit = group("memory.max").map(|max| max.saturating_sub(group("memory.current").unwrap_or(0)));
    Some(available.min(limit.unwrap_or(u64::MAX)))
}

/// The processor's name.
pub fn processor_name() -> Option<String> {
    let info = read("/proc/cpuinfo")?;
    let (_, name) = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'))?;
    Some(name.trim().to_owned())
}

/// How many processes of the machine the kernel has killed because memory ran out.
pub(crate) fn oom_kills_of_machine() -> Option<u64> {
    number(&read("/proc/vmstat")?, "oom_kill")
}

/// How many processes of our control group the kernel has killed because memory ran out. A child is
/// in our group unless it leaves it.
pub(crate) fn oom_kills_of_group() -> Option<u64> {
    let groups = read("/proc/self/cgroup")?;
    groups.lines().filter_map(kill_counter).find_map(|file| number(&read(file)?, "oom_kill"))
}

/// The file that counts the kills of a control group, by a line of `/proc/self/cgroup`. Version 2
/// of control groups has one hierarchy without a name, version 1 has one for memory.
fn kill_counter(line: &str) -> Option<PathBuf> {
    let (_, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    match controllers {
        "" => Some(format!("/sys/fs/cgroup{path}/memory.events").into()),
        "memory" => Some(format!("/sys/fs/cgroup/memory{path}/memory.oom_control").into()),
        _ => None,
    }
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    number(text, name)?.checked_mul(1024)
}

fn number(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.parse().ok()
}

/// The word after `name`, in the first line that starts with this word.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(name)).then(|| words.next()).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = "7 (a) b (x) R 1 5 5 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 1234 99 1";
        let stat = ProcessStat { id: 7, parent: 1, group: 5, start: 1234 };
        assert_eq!(parse_stat(7, line), Some(stat));
        assert_eq!(parse_stat(7, "7 (a) R 1 5"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_seen_with_its_memory() {
        let id = std::process::id() as i32;
        let stat = processes().into_iter().find(|stat| stat.id == id).unwrap();
        assert_eq!(stat.parent, std::os::unix::process::parent_id() as i32);
        assert!(peak_memory(id).unwrap() > 1 << 20);
    }

    #[test]
    fn numbers_are_found_by_their_whole_name() {
        let text = "VmHWMX:\t 7 kB\nVmHWM:\t 360 kB\noom_kill_x 9\noom_kill 2\n";
        assert_eq!(
            (number(text, "VmHWM:"), number(text, "oom_kill"), number(text, "VmPeak:")),
            (Some(360), Some(2), None)
        );
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "VmDataX:\t 7 kB\nVmData:\t 360 kB\n";
        assert_eq!((field(text, "VmData:"), field(text, "VmPeak:")), (Some("360"), None));
        assert_eq!(kilobytes(text, "VmData:"), Some(360 << 10));
    }

    /// A study under `nohup` would end with the terminal that it was made to outlive.
    #[test]
    fn what_is_ignored_is_read_off() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(parse_ignored(status), Some(0x1001));
        assert_eq!(parse_ignored("Name:\tSigIgn:\n"), None);
    }

    /// Kilobytes taken for bytes, or another field for this one, would make a limit wrong by far.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_held_grows_with_what_is_taken() {
        let before = (data_memory().unwrap(), resident_memory().unwrap());
        let more = std::hint::black_box(vec![1u8; 64 << 20]);
        let grown = [
            data_memory().unwrap().saturating_sub(before.0),
            resident_memory().unwrap().saturating_sub(before.1),
        ];
        // Other tests take and return memory meanwhile.
        assert!(
            grown.iter().all(|grown| (32 << 20..256 << 20).contains(grown)),
            "{grown:?} for {}",
            more.len()
        );
    }

    /// Kilobytes taken for bytes, or a limit of the control group taken for "unlimited", would be
    /// wrong by a factor of a thousand.
    #[test]
    fn available_memory_is_plausible() {
        let plausible = |bytes| (1 << 24..1 << 50).contains(&bytes);
        // Elsewhere than on Linux it is unknown.
        assert!(available_memory().map_or(!cfg!(target_os = "linux"), plausible), "{:?}", available_memory());
    }

    /// A kill in our own group would be missed, or one of another group be taken for ours.
    #[test]
    fn both_versions_of_control_groups_have_a_counter() {
        let file = |line| kill_counter(line).and_then(|file| file.to_str().map(str::to_owned));
        assert_eq!(file("0::/a/b").unwrap(), "/sys/fs/cgroup/a/b/memory.events");
        assert_eq!(file("4:memory:/a").unwrap(), "/sys/fs/cgroup/memory/a/memory.oom_control");
        assert_eq!(file("8:pids:/"), None);
    }
}
