//! Tells whoever watches a run from outside what its curve says so far.

use batchwright_store::{RunNow, Store};
use batchwright_train::Verdict;
use std::time::{Duration, Instant};

/// Least time between two verdicts so far. Each looks at all rows: of a run that is evaluated every few
/// steps they would take its time.
const INTERVAL: Duration = Duration::from_millis(500);

/// Tells it until it is dropped.
pub(crate) struct RunTeller<'a> {
    store: &'a Store,
    run: &'a str,
    told: Instant,
}

impl<'a> RunTeller<'a> {
    pub(crate) fn new(store: &'a Store, run: &'a str) -> Self {
        Self { store, run, told: Instant::now() }
    }

    /// Whether the last verdict is old enough for another one. A run that takes no time has none.
    pub(crate) fn wants_verdict(&self) -> bool {
        self.told.elapsed() >= INTERVAL
    }

    pub(crate) fn tell(&mut self, verdict: &Verdict) {
        // Whoever watches sees less; the run lacks nothing.
        let _ = self.store.tell_now(self.run, &RunNow { verdict: verdict.clone() });
        self.told = Instant::now();
    }
}

impl Drop for RunTeller<'_> {
    fn drop(&mut self) {
        self.store.forget_now(self.run);
    }
}
