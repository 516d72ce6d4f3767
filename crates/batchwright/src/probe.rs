//! Runs one micro-batch size in a child process and tells how that ended. Whatever the child does (run out of memory, crash, hang), this process only
//! waits for it: weights, order and random numbers of whoever asks are in another process and stay as they are.

use crate::args::ProbeLengthArg;
use crate::flags::Flags;
use crate::process_memory::kills_for_memory;
use crate::signals::Signals;
use batchwright_find::{ProbeLength, ProbeOutcome};
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Lines of a failed child's errors that are kept.
const LAST_LINES: usize = 5;

/// Starts children that train one network on one data set.
pub(crate) struct Prober<'a> {
    /// What every child is told: data, network, memory limit, threads.
    pub(crate) flags: Flags,
    /// A child that has not ended then is killed.
    pub(crate) deadline: Option<Instant>,
    pub(crate) signals: &'a Signals,
}

/// How a child ended.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    /// Whether the kernel killed some process for want of memory meanwhile.
    kernel_killed: bool,
}

impl Prober<'_> {
    /// Runs one size.
    pub(crate) fn run(&self, micro_batch_size: u64, length: ProbeLength) -> ProbeOutcome {
        match self.child(micro_batch_size, length).and_then(|child| self.wait(child)) {
            Ok(Some(ended)) => judge(&ended),
            Ok(None) if self.signals.came() => ProbeOutcome::Failed { reason: "interrupted".to_owned() },
            Ok(None) => ProbeOutcome::Failed {
                reason: "it had not ended when the time was over (--budget), and was killed".to_owned(),
            },
            Err(error) => ProbeOutcome::Failed { reason: format!("its process cannot be run: {error}") },
        }
    }

    fn child(&self, micro_batch_size: u64, length: ProbeLength) -> io::Result<Child> {
        let mut size = Flags::default();
        size.value("micro-batch-size", micro_batch_size);
        size.name_of(
            "length",
            &match length {
                ProbeLength::Short => ProbeLengthArg::Short,
                ProbeLength::Long => ProbeLengthArg::Long,
            },
        );
        Command::new(std::env::current_exe()?)
            .arg("probe")
            .args(size.words())
            .args(self.flags.words())
            // glibc keeps what reading the data gave back, up to 32 MiB a piece, and would train in it: then neither the limit nor what is measured
            // were those of the training. With a fixed threshold all large pieces go back to the system.
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .env("MALLOC_TRIM_THRESHOLD_", "131072")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// Waits for the end, which is the child's own, or by the deadline or a signal (`None`). The child is reaped in any case.
    fn wait(&self, mut child: Child) -> io::Result<Option<Ended>> {
        let kills = kills_for_memory();
        let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
        let ended = self.watch(&mut child);
        if !matches!(ended, Ok(Some(_))) {
            // It may have ended by itself just now; the wait tells.
            let _ = child.kill();
            child.wait()?;
        }
        let [stdout, stderr] = [stdout, stderr].map(|text| text.join().unwrap_or_default());
        let kernel_killed = kills_for_memory() > kills;
        Ok(ended?.map(|status| Ended { status, stdout, stderr, kernel_killed }))
    }

    fn watch(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        loop {
            let status = child.try_wait()?;
            let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if status.is_some() || late || self.signals.came() {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
    }
}

/// Reads a pipe to its end beside the waiting, for a child that fills it would never end.
fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is all that there is to tell.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What the end of a child says about its size. Memory is the cause only where something shows it: the child's own word, an allocation that failed, or a
/// killed process while the kernel killed for memory.
fn judge(ended: &Ended) -> ProbeOutcome {
    if ended.status.success() {
        return serde_json::from_str(&ended.stdout).unwrap_or_else(|error| ProbeOutcome::Failed {
            reason: format!("its process printed no outcome: {error}"),
        });
    }
    // A process that a signal ended has no code.
    let by_signal = ended.status.code().is_none();
    let allocation = |line: &&str| line.starts_with("memory allocation of ");
    if let (true, Some(line)) = (by_signal, ended.stderr.lines().find(allocation)) {
        return ProbeOutcome::DoesNotFit { reason: format!("its process died: {line}") };
    }
    if by_signal && ended.kernel_killed {
        let reason = "its process was killed while the kernel killed for want of memory";
        return ProbeOutcome::DoesNotFit { reason: reason.to_owned() };
    }
    let mut last: Vec<&str> = ended.stderr.lines().rev().take(LAST_LINES).collect();
    last.reverse();
    let said = if last.is_empty() { "without a word".to_owned() } else { last.join(" / ") };
    ProbeOutcome::Failed { reason: format!("its process ended with {}, {said}", ended.status) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    const KILLED: i32 = 9;
    const ABORTED: i32 = 6;
    /// Wait statuses keep the code in the second byte.
    const EXIT_1: i32 = 1 << 8;

    fn judged(raw: i32, stdout: &str, stderr: &str, kernel_killed: bool) -> ProbeOutcome {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        judge(&Ended { status: ExitStatus::from_raw(raw), stdout, stderr, kernel_killed })
    }

    /// A bug that is taken for a lack of memory makes the answer too small without a word; the reverse ends a search that could go on.
    #[test]
    fn memory_is_the_cause_only_where_something_shows_it() {
        let fits = |raw, stderr, kernel| match judged(raw, "", stderr, kernel) {
            ProbeOutcome::DoesNotFit { reason } => (true, reason),
            ProbeOutcome::Failed { reason } => (false, reason),
            other => panic!("{other:?}"),
        };
        let allocation = "x\nmemory allocation of 4096 bytes failed\n";
        for (raw, stderr, kernel, memory, says) in [
            (ABORTED, allocation, false, true, "4096 bytes"),
            (KILLED, "", true, true, "kernel"),
            (KILLED, "", false, false, "signal: 9"),
            (ABORTED, "assertion failed", false, false, "assertion failed"),
            (EXIT_1, "error: no such file", true, false, "no such file"),
            (EXIT_1, allocation, false, false, "exit status: 1"),
        ] {
            let (by_memory, reason) = fits(raw, stderr, kernel);
            assert_eq!(by_memory, memory, "{reason}");
            assert!(reason.contains(says), "{reason}");
        }
    }

    /// A child that ends well without a word (another program under our name) must not count as a size that runs.
    #[test]
    fn an_outcome_is_what_the_child_says() {
        let refused = ProbeOutcome::DoesNotFit { reason: "too large".to_owned() };
        assert_eq!(judged(0, &serde_json::to_string(&refused).unwrap(), "", false), refused);
        assert!(matches!(judged(0, "", "", false), ProbeOutcome::Failed { .. }));
    }
}
