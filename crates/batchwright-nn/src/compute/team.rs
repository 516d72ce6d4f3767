//! A few threads that run the same closure together, and wait for it by spinning briefly.
//!
//! A training step of a small network is a dozen parallel regions of some ten microseconds each. A general pool puts its workers to
//! sleep between them, and waking one costs as much as the work; this team meets within a fraction of a microsecond while
//! regions follow each other closely, and parks its workers when they do not. It has no queue, no stealing and no nesting.

use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// Rounds of [`std::hint::spin_loop`] before a worker parks: some 100 microseconds, longer than the serial part between two regions of
/// a step, shorter than what anybody would notice.
const SPINS_BEFORE_PARK: u32 = 4_000;
/// Rounds before whoever waits for a region to end gives its time slice away, for when there are more threads than cores.
const SPINS_BEFORE_YIELD: u32 = 20_000;

type Job = *const (dyn Fn(usize) + Sync);

struct Shared {
    /// Counts regions; a worker runs when it moves on.
    region: AtomicU64,
    /// The closure of the current region; written only between regions.
    job: UnsafeCell<Option<Job>>,
    /// Workers still in the current region.
    running: AtomicUsize,
    stop: AtomicBool,
    panicked: AtomicBool,
    /// One flag a worker: parked, or about to park.
    parked: Vec<AtomicBool>,
}

// SAFETY: `job` is written by the team's owner while no worker is in a region (`running` is 0), and read by workers only after they
// have seen `region` move on (release/acquire).
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// A team of threads. It can be moved to another thread but not shared: one region at a time.
pub(super) struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    not_sync: PhantomData<Cell<()>>,
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Team").field("threads", &self.threads()).finish()
    }
}

impl Team {
    /// A team of `threads` threads, of which the caller's is one.
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            region: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            running: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            parked: (1..threads).map(|_| AtomicBool::new(false)).collect(),
        });
        // A worker that cannot be started (a limit on threads) is one thread less, not an error: results do not depend on it.
        let workers = (1..threads)
            .map_while(|index| {
                let shared = Arc::clone(&shared);
                thread::Builder::new()
                    .name(format!("batchwright-{index}"))
                    .spawn(move || work(&shared, index))
                    .ok()
            })
            .collect();
        Self { shared, workers, not_sync: PhantomData }
    }

    pub(super) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `body(0)`, `body(1)`, … `body(threads - 1)`, each on a thread of its own, and returns when all are done.
    ///
    /// # Panics
    /// If a call panicked.
    pub(super) fn run(&self, body: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            return body(0);
        }
        let shared = &*self.shared;
        // SAFETY: the lifetime is erased, but `finish` waits for all workers before this function returns or unwinds. No worker
        // reads `job` now: all have left the previous region.
        unsafe {
            let job: Job = std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), Job>(body);
            *shared.job.get() = Some(job);
        }
        shared.running.store(self.workers.len(), Ordering::Relaxed);
        shared.region.fetch_add(1, Ordering::SeqCst);
        for (worker, parked) in self.workers.iter().zip(&shared.parked) {
            if parked.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        let finish = WaitOnDrop(shared);
        body(0);
        drop(finish);
        assert!(!shared.panicked.load(Ordering::Relaxed), "a thread of the team panicked");
    }
}

/// Waits for the workers even when the caller's own part unwinds: they still hold the borrowed closure.
struct WaitOnDrop<'a>(&'a Shared);

impl Drop for WaitOnDrop<'_> {
    fn drop(&mut self) {
        let mut spins = 0;
        while self.0.running.load(Ordering::Acquire) > 0 {
            spins += 1;
            if spins < SPINS_BEFORE_YIELD {
                std::hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.region.fetch_add(1, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker's panic was already passed on by `run`.
            let _ = worker.join();
        }
    }
}

fn work(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        seen = wait_for_region(shared, index, seen);
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        // SAFETY: `region` moved on after `job` was written, and the owner keeps the closure alive until `running` is 0.
        let outcome =
            unsafe { (*shared.job.get()).map(|job| catch_unwind(AssertUnwindSafe(|| (*job)(index)))) };
        if !matches!(outcome, Some(Ok(()))) {
            shared.panicked.store(true, Ordering::Relaxed);
        }
        shared.running.fetch_sub(1, Ordering::Release);
    }
}

/// Returns the number of the next region after `seen`.
fn wait_for_region(shared: &Shared, index: usize, seen: u64) -> u64 {
    for _ in 0..SPINS_BEFORE_PARK {
        let region = shared.region.load(Ordering::Acquire);
        if region != seen {
            return region;
        }
        std::hint::spin_loop();
    }
    let parked = &shared.parked[index - 1];
    loop {
        // The flag goes up before the last look at `region`: either this look sees the new region, or the owner sees the flag.
        parked.store(true, Ordering::SeqCst);
        let region = shared.region.load(Ordering::SeqCst);
        if region != seen {
            parked.store(false, Ordering::SeqCst);
            return region;
        }
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_runs_every_region_once() {
        let team = Team::new(3);
        let counts: Vec<AtomicUsize> = (0..team.threads()).map(|_| AtomicUsize::new(0)).collect();
        for _ in 0..10_000 {
            team.run(&|thread| {
                counts[thread].fetch_add(1, Ordering::Relaxed);
            });
        }
        assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 10_000));
    }

    #[test]
    fn a_panic_on_a_worker_reaches_the_caller_and_the_team_can_be_dropped() {
        let team = Team::new(2);
        let outcome = catch_unwind(AssertUnwindSafe(|| team.run(&|thread| assert_eq!(thread, 0))));
        assert!(outcome.is_err());
    }
}
