//! Runs one micro-batch size in a child process and reports how it ended. The child may run out of
//! memory, crash or hang; this process only waits for it. The caller's weights, sample order and
//! random numbers are in another process and do not change.
//!
//! Left out: how a child is controlled, and how its end is recognised
//! ([`batchwright_command::process`]).

use crate::args::values::ProbeLengthArg;
use crate::args::words::Flags;
use crate::shell::signals::Signals;
use batchwright_command::process::{Child, ChildEnd, ChildEvent, ChildSpec, Limits, OutputStream};
use batchwright_find::{ProbeLength, ProbeOutcome};
use std::ffi::OsString;
use std::io;
use std::time::{Duration, Instant};

/// How often the program checks for a signal.
const LOOK: Duration = Duration::from_millis(10);

/// Starts children that train one network on one data set.
pub(crate) struct Prober<'a> {
    /// Flags that every child gets: data, network, memory limit, threads.
    pub(crate) flags: Flags,
    /// A child that is still running at this time is killed.
    pub(crate) deadline: Option<Instant>,
    pub(crate) signals: &'a Signals,
}

impl Prober<'_> {
    /// Runs one size.
    pub(crate) fn run(&self, micro_batch_size: u64, length: ProbeLength) -> ProbeOutcome {
        let started = self.words(micro_batch_size, length).map(|words| self.spec(words).start());
        match started {
            Ok(Ok(child)) => self.wait(child),
            Ok(Err(error)) => failed(format!("its process cannot be run: {error}")),
            Err(error) => failed(format!("this program is not found: {error}")),
        }
    }

    fn words(&self, micro_batch_size: u64, length: ProbeLength) -> io::Result<Vec<OsString>> {
        let mut size = Flags::default();
        size.value("micro-batch-size", micro_batch_size);
        size.name_of(
            "length",
            &match length {
                ProbeLength::Short => ProbeLengthArg::Short,
                ProbeLength::Long => ProbeLengthArg::Long,
            },
        );
        let start = [std::env::current_exe()?.into_os_string(), "probe".into()];
        Ok(start.into_iter().chain(size.words().iter().chain(self.flags.words()).cloned()).collect())
    }

    fn spec(&self, words: Vec<OsString>) -> ChildSpec {
        // glibc keeps memory that was freed after reading the data, in pieces of up to 32 MiB, and
        // would use it for training. Then neither the limit nor the measurement would be about the
        // training alone. With a fixed threshold, all large pieces are returned to the system.
        let thresholds = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];
        let limits = Limits {
            deadline: self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
            start_timeout: None,
            silence: None,
            grace: Duration::ZERO,
        };
        let environment = thresholds.map(|name| (name.into(), "131072".into())).into();
        ChildSpec { environment, limits, ..ChildSpec::new(words) }
    }

    /// Waits for the child to end: by itself, at the deadline or by a signal.
    fn wait(&self, mut child: Child) -> ProbeOutcome {
        let mut printed = String::new();
        loop {
            match child.next(LOOK) {
                // JSON does not need line ends.
                ChildEvent::Line(line) if line.stream == OutputStream::Stdout => printed += &line.text,
                ChildEvent::Ended(ended) => return judge(&ended.end, &printed),
                ChildEvent::Line(_) | ChildEvent::Quiet { .. } => {}
            }
            if self.signals.came() {
                child.stop();
            }
        }
    }
}

fn failed(reason: String) -> ProbeOutcome {
    ProbeOutcome::Failed { reason }
}

/// Derives the outcome for a size from the end of its child and from what the child printed.
fn judge(end: &ChildEnd, printed: &str) -> ProbeOutcome {
    match end {
        ChildEnd::Finished => serde_json::from_str(printed)
            .unwrap_or_else(|error| failed(format!("its process printed no outcome: {error}"))),
        ChildEnd::OutOfMemory { evidence, .. } => {
            ProbeOutcome::DoesNotFit { reason: format!("its process died: {evidence}") }
        }
        ChildEnd::Deadline { .. } => {
            failed("it had not ended when the time was over (--budget), and was killed".to_owned())
        }
        ChildEnd::Stopped => failed("interrupted".to_owned()),
        other => failed(format!("its process failed: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_command::process::{Death, MemoryPlace};

    /// A bug that is mistaken for a lack of memory makes the answer too small, without a message.
    /// In the opposite case a search ends that could continue.
    #[test]
    fn only_a_lack_of_memory_says_that_a_size_does_not_fit() {
        let memory = ChildEnd::OutOfMemory {
            place: MemoryPlace::Host,
            evidence: "memory allocation of 9 bytes failed".to_owned(),
        };
        let reason = "its process died: memory allocation of 9 bytes failed".to_owned();
        assert_eq!(judge(&memory, ""), ProbeOutcome::DoesNotFit { reason });
        let crash = ChildEnd::Crashed { death: Death::Signal(9), last_lines: vec!["x".to_owned()] };
        for (end, says) in [
            (crash, "its process failed: it ended with signal 9: x"),
            (ChildEnd::Deadline { limit: Duration::ZERO }, "(--budget)"),
            (ChildEnd::Stopped, "interrupted"),
        ] {
            let ProbeOutcome::Failed { reason } = judge(&end, "") else { panic!("{end:?}") };
            assert!(reason.contains(says), "{reason}");
        }
    }

    /// A child that ends without an error but prints nothing (another program under our name) must
    /// not count as a size that runs.
    #[test]
    fn an_outcome_is_what_the_child_says() {
        let refused = ProbeOutcome::DoesNotFit { reason: "too large".to_owned() };
        assert_eq!(judge(&ChildEnd::Finished, &serde_json::to_string(&refused).unwrap()), refused);
        assert!(matches!(judge(&ChildEnd::Finished, ""), ProbeOutcome::Failed { .. }));
    }
}
