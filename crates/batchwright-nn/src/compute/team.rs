//! A few threads that share the parts of one piece of work, and wait for each other by spinning
//! briefly.
//!
//! A training step of a small network has about a dozen parallel regions of about ten microseconds
//! each. A general thread pool puts its workers to sleep between them, and waking one takes as long
//! as the work. While regions follow each other closely, this team starts one within a fraction of
//! a microsecond; otherwise it parks its workers. Each thread takes the part with its own number, so
//! that it finds in its caches what it wrote in the region before. On a busy machine a worker may
//! not get a core in time. So any free thread then does the part of one that is late. The team has
//! no queue, and regions cannot be nested.

use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a worker spins before it parks: longer than the serial part between two regions of a
/// step, but too short to be noticed. It is a time, not a number of rounds: a pause instruction
/// takes 3 cycles on some processors and 140 on others. Waking a parked worker costs 10 to 50
/// microseconds.
const SPIN: Duration = Duration::from_micros(200);
/// Number of checks between two pauses. A virtual machine's host takes the processor away from a
/// thread that pauses in a tight loop (pause-loop exiting: 3,000 pauses less than 128 cycles
/// apart), and gives it back some hundreds of microseconds later.
const ROUNDS: u32 = 256;
/// Number of checks after which a thread that waits for the end of a part yields its time slice.
/// The worker may be waiting for the same core.
const SPINS_BEFORE_YIELD: u32 = 20_000;

type Job = *const (dyn Fn(usize) + Sync);

struct Shared {
    /// Number of the current region.
    region: AtomicU64,
    /// For each part, the last region in which a thread took it.
    taken: Vec<AtomicU64>,
    /// The closure of the current region; written only between regions.
    job: UnsafeCell<Option<Job>>,
    /// Parts that workers have finished in the current region.
    finished: AtomicUsize,
    stop: AtomicBool,
    panicked: AtomicBool,
    /// One flag per worker: it is parked, or about to park.
    parked: Vec<AtomicBool>,
}

// SAFETY: `job` is written by the team's owner only while no part is taken and unfinished. A thread
// that reads it has taken a part of the current region (acquire), and the owner waits for that part
// to be finished (release) before it writes again.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// Takes a part of `region` for the calling thread, unless it is taken or the region is over.
    fn take(&self, part: usize, region: u64) -> bool {
        // All parts are taken in every region, so the part was last taken in the region before,
        // unless it is taken now or this region is over.
        // The first look is cheap: a failing exchange would take the cache line from the others.
        self.taken[part].load(Ordering::Relaxed) == region - 1
            && self.taken[part]
                .compare_exchange(region - 1, region, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// The parts that a thread tries to take, its own first.
    fn parts(&self, thread: usize) -> impl Iterator<Item = usize> {
        let count = self.taken.len();
        (0..count).map(move |nth| (thread + nth) % count)
    }
}

/// A team of threads. It can be moved to another thread but not shared, because only one region
/// runs at a time.
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
    /// A team of `threads` threads, the caller's included.
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            region: AtomicU64::new(0),
            taken: (0..threads).map(|_| AtomicU64::new(0)).collect(),
            job: UnsafeCell::new(None),
            finished: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            parked: (1..threads).map(|_| AtomicBool::new(false)).collect(),
        });
        // If a worker cannot be started (a limit on threads), the others do its parts.
        let workers = (1..threads)
            .map_while(|index| {
                let shared = Arc::clone(&shared);
                let builder = thread::Builder::new().name(format!("batchwright-{index}"));
                builder.spawn(move || work(&shared, index)).ok()
            })
            .collect();
        Self { shared, workers, not_sync: PhantomData }
    }

    pub(super) fn threads(&self) -> usize {
        self.shared.taken.len()
    }

    /// Calls `body(0)`, `body(1)`, … `body(threads - 1)`, each once, on any threads that are free,
    /// and returns when all are done.
    ///
    /// # Panics
    /// If a call panicked.
    pub(super) fn run(&self, body: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            return (0..self.threads()).for_each(body);
        }
        let shared = &*self.shared;
        // SAFETY: the lifetime is erased, but this function neither returns nor unwinds before
        // every part that was taken is finished (`Region`), and afterwards none can be taken. No
        // worker reads `job` now, because no part is taken.
        unsafe {
            let job: Job = std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), Job>(body);
            *shared.job.get() = Some(job);
        }
        shared.finished.store(0, Ordering::Relaxed);
        shared.panicked.store(false, Ordering::Relaxed);
        let number = shared.region.load(Ordering::Relaxed) + 1;
        // SeqCst because of the parked flags: see `wait_for_region`.
        shared.region.store(number, Ordering::SeqCst);
        for (worker, parked) in self.workers.iter().zip(&shared.parked) {
            if parked.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        let mut region = Region { shared, number, left: self.threads() };
        for part in shared.parts(0) {
            if shared.take(part, number) {
                region.left -= 1;
                body(part);
            }
        }
        drop(region);
        assert!(!shared.panicked.swap(false, Ordering::Relaxed), "a thread of the team panicked");
    }
}

/// Ends a region even when the caller's own part unwinds: takes the parts that no thread has begun,
/// and waits for those that are running.
struct Region<'a> {
    shared: &'a Shared,
    number: u64,
    /// Parts that the caller has not taken.
    left: usize,
}

impl Drop for Region<'_> {
    fn drop(&mut self) {
        self.left -= self.shared.parts(0).filter(|&part| self.shared.take(part, self.number)).count();
        let mut spins = 0;
        while self.shared.finished.load(Ordering::Acquire) < self.left {
            spins += 1;
            if spins > SPINS_BEFORE_YIELD {
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
            // `run` has already passed on a worker's panic.
            let _ = worker.join();
        }
    }
}

fn work(shared: &Shared, index: usize) {
    let mut region = 0;
    loop {
        region = wait_for_region(shared, index, region);
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        for part in shared.parts(index) {
            if !shared.take(part, region) {
                continue;
            }
            // SAFETY: `job` was written before the region began, and the owner keeps the closure
            // alive until this part is finished.
            let job = unsafe { *shared.job.get() };
            // SAFETY: as above.
            let outcome = job.map(|job| catch_unwind(AssertUnwindSafe(|| unsafe { (*job)(part) })));
            if !matches!(outcome, Some(Ok(()))) {
                shared.panicked.store(true, Ordering::Relaxed);
            }
            shared.finished.fetch_add(1, Ordering::Release);
        }
    }
}

/// Returns the number of the next region after `seen`.
fn wait_for_region(shared: &Shared, index: usize, seen: u64) -> u64 {
    let began = Instant::now();
    while began.elapsed() < SPIN {
        for _ in 0..ROUNDS {
            let region = shared.region.load(Ordering::Acquire);
            if region != seen {
                return region;
            }
        }
        std::hint::spin_loop();
    }
    let parked = &shared.parked[index - 1];
    loop {
        // The flag is set before the last check of the region. So either this check sees the new
        // region, or the owner sees the flag.
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
    fn every_part_of_every_region_runs_once() {
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
    fn a_panic_in_any_part_reaches_the_caller_and_the_team_can_be_dropped() {
        let team = Team::new(2);
        for part in 0..2 {
            let outcome = catch_unwind(AssertUnwindSafe(|| team.run(&|this| assert_ne!(this, part))));
            assert!(outcome.is_err(), "part {part}");
        }
    }
}
