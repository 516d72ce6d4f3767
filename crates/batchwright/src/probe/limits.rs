//! What a probe of a batch size asks the system to do with its process: limit its memory, and end
//! it when its parent ends. Linux only. On other systems nothing is limited, and only the plan
//! decides.

/// Lets this process take `bytes` more than it holds now. A larger allocation fails. A limit that
/// is already lower is kept.
///
/// The limit is on writable memory (`RLIMIT_DATA`), not on the address space, because allocators
/// reserve 64 MiB of addresses per thread that they never use.
#[cfg(target_os = "linux")]
pub(crate) fn limit_growth(bytes: u64) -> std::io::Result<()> {
    use batchwright_command::system::data_memory;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(held) = data_memory() else { return Ok(()) };
    let old = getrlimit(Resource::Data);
    let current = [old.current, Some(held.saturating_add(bytes))].into_iter().flatten().min();
    Ok(setrlimit(Resource::Data, Rlimit { current, maximum: old.maximum })?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_growth(_bytes: u64) -> std::io::Result<()> {
    Ok(())
}

/// Makes this process the first one to end: it is killed when its parent ends, writes no core file,
/// and is the first to be killed if the machine runs out of memory.
#[cfg(target_os = "linux")]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    // Without this file, the system cannot be told which process to kill first.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    Ok(())
}
