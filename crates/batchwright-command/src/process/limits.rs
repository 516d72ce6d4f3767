//! When a child is asked to end, and when it is killed. Pure: the time comes in, a signal comes
//! out.

use rustix::process::Signal;
use std::time::Duration;

/// How long a child may run, be silent, and take to end. All times are by the wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From its start; `None`: no limit.
    pub deadline: Option<Duration>,
    /// From its start to its first output. Programs compile, load data and fill caches before they
    /// print.
    pub start_timeout: Option<Duration>,
    /// Between outputs, after the first one.
    pub silence: Option<Duration>,
    /// Between asking it to end (SIGTERM) and killing it (SIGKILL).
    pub grace: Duration,
}

impl Default for Limits {
    /// No deadline, ten minutes to the first output, no limit of silence after it, five seconds to
    /// end.
    fn default() -> Self {
        Self {
            deadline: None,
            start_timeout: Some(Duration::from_secs(600)),
            silence: None,
            grace: Duration::from_secs(5),
        }
    }
}

/// Why a child was made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// Its handle was dropped, or asked to stop it.
    Requested,
    Deadline(Duration),
    Silence {
        limit: Duration,
        /// Whether it had ever printed.
        started: bool,
    },
}

/// What is known of a child at one time. Times count from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    pub(crate) now: Duration,
    pub(crate) last_output: Option<Duration>,
    pub(crate) stop_requested: bool,
}

/// Checks the limits of one child.
pub(crate) struct Watchdog {
    limits: Limits,
    /// Why it was asked to end, and when.
    asked: Option<(StopCause, Duration)>,
    killed: bool,
}

impl Watchdog {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, asked: None, killed: false }
    }

    /// Why the child was asked to end; `None` where it was not.
    pub(crate) fn cause(&self) -> Option<StopCause> {
        self.asked.map(|(cause, _)| cause)
    }

    /// The signal to send now. Each signal is due once.
    pub(crate) fn due_signal(&mut self, snapshot: Snapshot) -> Option<Signal> {
        match self.asked {
            None => {
                self.asked = Some((self.exceeded(snapshot)?, snapshot.now));
                Some(Signal::TERM)
            }
            Some((_, since)) if !self.killed && snapshot.now.saturating_sub(since) >= self.limits.grace => {
                self.killed = true;
                Some(Signal::KILL)
            }
            Some(_) => None,
        }
    }

    fn exceeded(&self, Snapshot { now, last_output, stop_requested }: Snapshot) -> Option<StopCause> {
        if stop_requested {
            return Some(StopCause::Requested);
        }
        if let Some(limit) = self.limits.deadline.filter(|limit| now >= *limit) {
            return Some(StopCause::Deadline(limit));
        }
        let started = last_output.is_some();
        let limit = if started { self.limits.silence } else { self.limits.start_timeout };
        let silent = now.saturating_sub(last_output.unwrap_or_default());
        let limit = limit.filter(|limit| silent >= *limit)?;
        Some(StopCause::Silence { limit, started })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn watchdog() -> Watchdog {
        Watchdog::new(Limits {
            deadline: Some(seconds(100)),
            start_timeout: Some(seconds(60)),
            silence: Some(seconds(10)),
            grace: seconds(5),
        })
    }

    fn at(now: u64, last_output: Option<u64>, stop_requested: bool) -> Snapshot {
        Snapshot { now: seconds(now), last_output: last_output.map(seconds), stop_requested }
    }

    /// A program that compiles for half a minute would be taken for one that hangs.
    #[test]
    fn silence_counts_from_the_last_output_and_has_a_limit_of_its_own_before_the_first() {
        let mut child = watchdog();
        assert_eq!(child.due_signal(at(59, None, false)), None);
        assert_eq!(child.due_signal(at(60, None, false)), Some(Signal::TERM));
        assert_eq!(child.cause(), Some(StopCause::Silence { limit: seconds(60), started: false }));
        let mut child = watchdog();
        assert_eq!(child.due_signal(at(59, Some(50), false)), None);
        assert_eq!(child.due_signal(at(60, Some(50), false)), Some(Signal::TERM));
        assert_eq!(child.cause(), Some(StopCause::Silence { limit: seconds(10), started: true }));
    }

    /// A child that ignores SIGTERM would live forever; one that is killed at once could not save
    /// its state.
    #[test]
    fn a_child_is_asked_once_and_killed_once_after_its_grace() {
        let mut child = watchdog();
        let signals: Vec<_> =
            [99, 100, 101, 104, 105, 106, 200].map(|now| child.due_signal(at(now, Some(99), false))).into();
        assert_eq!(signals, [None, Some(Signal::TERM), None, None, Some(Signal::KILL), None, None]);
        assert_eq!(child.cause(), Some(StopCause::Deadline(seconds(100))));
    }

    /// A trial that was stopped at its target must not be reported as one that reached its deadline
    /// while it was ending.
    #[test]
    fn the_first_cause_stays_the_cause() {
        let mut child = watchdog();
        assert_eq!(child.due_signal(at(99, Some(99), true)), Some(Signal::TERM));
        assert_eq!(child.due_signal(at(150, Some(99), true)), Some(Signal::KILL));
        assert_eq!(child.cause(), Some(StopCause::Requested));
    }

    #[test]
    fn without_limits_nothing_is_due() {
        let none = Limits { deadline: None, start_timeout: None, silence: None, grace: seconds(0) };
        assert_eq!(Watchdog::new(none).due_signal(at(u64::MAX, None, false)), None);
    }
}
