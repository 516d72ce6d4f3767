//! Finds out how a child ended, with the evidence for it.
//!
//! Only a failed end is analysed. A child that exits with 0 is healthy, whatever it printed. If a
//! child was made to end, the reason for that is the answer; but one that fell silent after a message
//! that memory had run out has hung because of it, as the others do where one process of several dies.
//! A lack of memory is named as the cause
//! only where something shows it: a bug that is taken for a lack of memory would make the answer of
//! a study too small, and nobody would notice.

use crate::process::end::{ChildEnd, Death, MemoryPlace};
use crate::process::limits::StopCause;
use crate::process::line::Tail;
use crate::process::messages;
use rustix::process::Signal;

/// Lines that are shown of a crash.
const CRASH_LINES: usize = 5;

/// What is known about an end.
pub(crate) struct Facts<'a> {
    /// Why it was made to end, if it was.
    pub(crate) stopped: Option<StopCause>,
    pub(crate) death: Death,
    pub(crate) stdout: &'a Tail,
    pub(crate) stderr: &'a Tail,
    /// Which of the kernel's counters of out-of-memory kills moved while the child ran.
    pub(crate) oom_kill: Option<&'static str>,
}

/// How a child ended.
pub(crate) fn diagnose(facts: &Facts) -> ChildEnd {
    match facts.stopped {
        Some(StopCause::Requested) => ChildEnd::Stopped,
        Some(StopCause::Deadline(limit)) => ChildEnd::Deadline { limit },
        Some(StopCause::Silence { limit, started }) => {
            facts.out_of_memory_message().unwrap_or(ChildEnd::Silent { limit, started })
        }
        None if facts.death == Death::Code(0) => ChildEnd::Finished,
        None => facts.out_of_memory().or_else(|| facts.bad_flag()).unwrap_or_else(|| facts.crash()),
    }
}

impl<'a> Facts<'a> {
    /// Standard error first: most programs print their last message there.
    fn tails(&self) -> [&'a Tail; 2] {
        [self.stderr, self.stdout]
    }

    fn out_of_memory_message(&self) -> Option<ChildEnd> {
        let message = |tail| messages::out_of_memory(tail, self.death.by(Signal::ABORT));
        let (place, line) = self.tails().into_iter().find_map(message)?;
        Some(ChildEnd::OutOfMemory { place, evidence: line.trim().to_owned() })
    }

    fn out_of_memory(&self) -> Option<ChildEnd> {
        if let Some(told) = self.out_of_memory_message() {
            return Some(told);
        }
        let killed = self.death.by(Signal::KILL) || self.tails().into_iter().any(messages::reports_kill);
        let counter = self.oom_kill.filter(|_| killed)?;
        let evidence = format!("a process was killed ({}); {counter}", self.death);
        Some(ChildEnd::OutOfMemory { place: MemoryPlace::Host, evidence })
    }

    fn bad_flag(&self) -> Option<ChildEnd> {
        let Death::Code(code) = self.death else { return None };
        let line = self.tails().into_iter().find_map(|tail| messages::bad_flag(tail, code))?;
        Some(ChildEnd::BadFlag { evidence: line.trim().to_owned() })
    }

    fn crash(&self) -> ChildEnd {
        let lines = self.tails().map(|tail| tail.last(CRASH_LINES));
        let last_lines = lines.into_iter().find(|lines| !lines.is_empty()).unwrap_or_default();
        ChildEnd::Crashed { death: self.death, last_lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const KILLED: Death = Death::Signal(9);
    const COUNTER: &str = "the kernel's oom_kill counter moved meanwhile";

    fn diagnosed(death: Death, stderr: &str, oom_kill: Option<&'static str>) -> ChildEnd {
        let (stdout, mut tail) = (Tail::default(), Tail::default());
        stderr.lines().for_each(|line| tail.push(line));
        diagnose(&Facts { stopped: None, death, stdout: &stdout, stderr: &tail, oom_kill })
    }

    /// A warning on a healthy trial's stderr would make a good batch size a failed one.
    #[test]
    fn a_healthy_end_is_healthy_whatever_was_printed() {
        for line in [
            "error: no GPU",
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.",
            "Killed",
        ] {
            assert_eq!(diagnosed(Death::Code(0), line, Some(COUNTER)), ChildEnd::Finished);
        }
    }

    /// A lack of memory is the cause only where a line, or a kill and a counter, show it.
    #[test]
    fn memory_is_the_cause_only_where_something_shows_it() {
        let allocation = "x\nmemory allocation of 4096 bytes failed";
        for (death, stderr, oom_kill, starts) in [
            (Death::Signal(6), allocation, None, "out of memory: memory allocation of 4096 bytes failed"),
            (Death::Code(134), allocation, None, "out of memory: memory allocation"),
            (
                KILLED,
                "",
                Some(COUNTER),
                "out of memory: a process was killed (signal 9); the kernel's oom_kill counter",
            ),
            (Death::Code(137), "", Some(COUNTER), "out of memory: a process was killed (exit code 137)"),
            (Death::Code(1), "exitcode: -9 (pid: 7)", Some(COUNTER), "out of memory: a process was killed"),
            (KILLED, "", None, "it ended with signal 9, without a word"),
            (Death::Code(137), "Killed", None, "it ended with exit code 137: Killed"),
            (
                Death::Code(1),
                "error: no such file",
                Some(COUNTER),
                "it ended with exit code 1: error: no such file",
            ),
            (Death::Code(1), allocation, None, "it ended with exit code 1: x / memory allocation"),
            (Death::Signal(11), "memory usage 3 GiB", None, "it ended with signal 11: memory usage 3 GiB"),
        ] {
            let end = diagnosed(death, stderr, oom_kill).to_string();
            assert!(end.starts_with(starts), "{end}");
        }
    }

    /// Whose memory ran out decides what to do: accumulate, or fewer loaders.
    #[test]
    fn the_place_and_the_line_are_told() {
        let line = "RuntimeError: CUDA error: out of memory";
        let end = ChildEnd::OutOfMemory { place: MemoryPlace::Gpu, evidence: line.to_owned() };
        assert_eq!(diagnosed(Death::Code(1), &format!("Traceback\n{line}"), None), end);
    }

    /// A program that a signal ended did not refuse its flags, whatever it printed.
    #[test]
    fn flags_are_refused_by_a_code_not_by_a_signal() {
        let line = "train.py: error: unrecognized arguments: --lr";
        assert!(
            matches!(diagnosed(Death::Code(2), line, None), ChildEnd::BadFlag { evidence } if evidence == line)
        );
        assert!(matches!(diagnosed(Death::Signal(11), line, None), ChildEnd::Crashed { .. }));
    }

    /// A trial that was stopped would be reported as killed.
    #[test]
    fn who_was_made_to_end_did_not_crash() {
        let tail = Tail::default();
        let limit = Duration::from_secs(3);
        for (cause, end) in [
            (StopCause::Requested, ChildEnd::Stopped),
            (StopCause::Deadline(limit), ChildEnd::Deadline { limit }),
            (StopCause::Silence { limit, started: true }, ChildEnd::Silent { limit, started: true }),
        ] {
            for death in [KILLED, Death::Signal(15), Death::Code(0)] {
                let facts = Facts {
                    stopped: Some(cause),
                    death,
                    stdout: &tail,
                    stderr: &tail,
                    oom_kill: Some(COUNTER),
                };
                assert_eq!(diagnose(&facts), end);
            }
        }
    }

    /// One process of several runs out of memory, and the others wait for it until they are stopped.
    #[test]
    fn who_hangs_after_a_lack_of_memory_lacked_it() {
        let (stdout, mut stderr) = (Tail::default(), Tail::default());
        stderr.push("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.");
        let silence = StopCause::Silence { limit: Duration::from_secs(3), started: true };
        for (cause, memory) in [(silence, true), (StopCause::Requested, false)] {
            let facts = Facts {
                stopped: Some(cause),
                death: KILLED,
                stdout: &stdout,
                stderr: &stderr,
                oom_kill: None,
            };
            assert_eq!(matches!(diagnose(&facts), ChildEnd::OutOfMemory { .. }), memory);
        }
    }

    #[test]
    fn a_crash_has_its_last_words() {
        let lines: String = (0..9).map(|number| format!("{number}\n")).collect();
        let last_lines = ["4", "5", "6", "7", "8"].map(str::to_owned).into();
        assert_eq!(
            diagnosed(Death::Code(3), &lines, None),
            ChildEnd::Crashed { death: Death::Code(3), last_lines }
        );
    }
}
