//! What this process holds of memory, a limit on it, and how it stands to its parent: what a probe of a batch size needs of the system. Linux only; elsewhere
//! nothing is known or limited, and the plan alone decides.

/// Bytes of private writable memory: what [`limit_growth`] limits. `None` where the system does not say.
pub(crate) fn held() -> Option<u64> {
    field(&std::fs::read_to_string("/proc/self/status").ok()?, "VmData:").map(|kilobytes| kilobytes * 1024)
}

/// The number after `name` at the start of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| if words.next() == Some(name) { words.next()?.parse().ok() } else { None })
}

/// Lets this process take `bytes` more than it holds now; an allocation beyond that fails. A limit that is already lower stays.
///
/// What is limited is writable memory (`RLIMIT_DATA`), not the address space: allocators reserve addresses of 64 MiB a thread that they never use.
#[cfg(target_os = "linux")]
pub(crate) fn limit_growth(bytes: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(held) = held() else { return Ok(()) };
    let old = getrlimit(Resource::Data);
    let current = [old.current, Some(held.saturating_add(bytes))].into_iter().flatten().min();
    Ok(setrlimit(Resource::Data, Rlimit { current, maximum: old.maximum })?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_growth(_bytes: u64) -> std::io::Result<()> {
    Ok(())
}

/// Makes this process the first to go: it dies with its parent, leaves no core file, and is killed before any other where the machine runs out of memory.
#[cfg(target_os = "linux")]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    // A system that does not let it has no such choice of victims.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kilobytes taken for bytes, or another field for this one, would make the limit wrong by far.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_held_grows_with_what_is_taken() {
        let before = held().unwrap();
        let more = std::hint::black_box(vec![1u8; 64 << 20]);
        let grown = held().unwrap().saturating_sub(before);
        // Other tests take and return memory meanwhile.
        assert!((32 << 20..256 << 20).contains(&grown), "{grown} for {}", more.len());
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "VmDataX:\t 7 kB\nVmData:\t 360 kB\n";
        assert_eq!((field(text, "VmData:"), field(text, "VmPeak:")), (Some(360), None));
    }
}
