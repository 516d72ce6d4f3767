//! The wall-clock time that a command may take, and how much of it is left.

use std::time::{Duration, Instant};

/// When the command began, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    budget: Duration,
}

impl Deadline {
    pub(crate) fn new(started: Instant, budget: Duration) -> Self {
        Self { started, budget }
    }

    /// Wall-clock time of the whole command.
    pub(crate) fn budget(self) -> Duration {
        self.budget
    }

    pub(crate) fn left(self) -> Duration {
        self.budget.saturating_sub(self.started.elapsed())
    }

    pub(crate) fn is_over(self) -> bool {
        self.started.elapsed() >= self.budget
    }

    /// `None` where the time is later than the clock can represent.
    pub(crate) fn at(self) -> Option<Instant> {
        self.started.checked_add(self.budget)
    }
}
