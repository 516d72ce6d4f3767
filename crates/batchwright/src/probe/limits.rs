//! What a probe of a batch size asks the system to do with its process: limit its memory, and end
//! it with its parent. Linux only; elsewhere nothing is limited, and the plan alone decides.

/// Lets this process take `bytes` more than it holds now; a larger allocation fails. A limit that
/// is already lower stays.
///
/// The limit is one of writable memory (`RLIMIT_DATA`), not of the address space: allocators
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

/// Makes this process expendable: it dies with its parent, writes no core file, and is the first to
/// be killed if the machine runs out of memory.
#[cfg(target_os = "linux")]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    // A system without this file does not choose which process it kills.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn be_expendable() -> std::io::Result<()> {
    Ok(())
}
