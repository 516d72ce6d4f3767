//! The time that a study has used, over all processes that worked on it.

use crate::study::journal::Moment;
use crate::trial::Workload;
use std::time::{Duration, Instant};

/// Stands still while known answers are given again: that time was used before.
#[derive(Debug, Default)]
pub(crate) struct StudyClock {
    before: Duration,
    since: Option<Instant>,
}

impl StudyClock {
    /// Runs from now on.
    pub(crate) fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    pub(crate) fn runs(&self) -> bool {
        self.since.is_some()
    }

    /// Puts a clock that stands still forward.
    pub(crate) fn set(&mut self, used: Duration) {
        self.before = self.before.max(used);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.before + self.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// When the study will have used this much.
    pub(crate) fn when(&self, used: Duration) -> Option<Instant> {
        Instant::now().checked_add(used.saturating_sub(self.elapsed()))
    }

    pub(crate) fn moment(&self, workload: &dyn Workload) -> Moment {
        Moment { seconds: self.elapsed().as_secs_f64(), memory: workload.memory() }
    }
}
