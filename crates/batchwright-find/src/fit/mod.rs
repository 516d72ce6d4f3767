//! The largest micro-batch that runs, found by running it.
//!
//! - this file: the search
//! - `record`: runs, their outcomes and the answer
//! - `among`: the search in a range or a list of sizes
//!
//! Left out: how a size is run (in a child process, under which limit), and the planned memory.
//! Both are given by the caller. Nothing here computes an answer, so that no size is returned that
//! did not run.
//!
//! Three rules make the answer exact. A size that was not run is never returned, and no size above
//! the cap is run. From a first guess the search goes up or down in strides of 1, 2, 4, ... samples
//! and then bisects. A correct guess costs two runs, a bad one twice the number of digits of its
//! error. The search does not halve sizes: halving 128 to 64 wastes a third if 100 fits. A size
//! that ran briefly is confirmed by a longer run, because memory may be allocated late. If the
//! longer run fails, the size below is confirmed instead.

pub(crate) mod among;
pub(crate) mod record;

use crate::fit::record::{FitEnd, FitSearch, ProbeLength, ProbeOutcome, ProbeRecord, Ran};
use std::ops::RangeInclusive;

/// Before the first guess, these fractions of it are run: their memory shows how memory grows, and
/// their speed shows what is normal.
const PILOTS: [u64; 3] = [8, 4, 2];
/// If the fastest step of a size takes this many times the time per sample of a smaller size, its
/// memory was swapped: caches slow a step by a factor of about two, swapping by a hundred.
const CLIFF: f64 = 10.0;

/// Searches for the largest size in 1..=`cap` that `probe` can run, starting at the guess `start`.
/// A cap of 0 counts as 1.
///
/// The answer is exact if a size that fits always fits, and all smaller sizes fit too.
///
/// ```
/// use batchwright_find::{ProbeOutcome, Ran, largest_that_runs};
///
/// let found = largest_that_runs(32, 1_000, &mut |size, _| match size {
///     ..=100 => ProbeOutcome::Runs(Ran { seconds_per_sample: Some(1e-3), ..Ran::default() }),
///     _ => ProbeOutcome::DoesNotFit { reason: "only 100 places".to_owned() },
/// });
/// assert_eq!((found.largest_that_fits, found.smallest_that_failed), (Some(100), Some(101)));
/// ```
pub fn largest_that_runs(
    start: u64,
    cap: u64,
    probe: &mut dyn FnMut(u64, ProbeLength) -> ProbeOutcome,
) -> FitSearch {
    largest_within(start, 1..=cap.max(1), 1, probe)
}

/// Searches for the largest of `sizes` (not empty) that `probe` can run, starting at the guess
/// `start`, in strides that begin with `stride`.
pub(crate) fn largest_within(
    start: u64,
    sizes: RangeInclusive<u64>,
    stride: u64,
    probe: &mut dyn FnMut(u64, ProbeLength) -> ProbeOutcome,
) -> FitSearch {
    let mut search = Search { probe, probes: Vec::new() };
    let start = start.clamp(*sizes.start(), *sizes.end());
    let (bracket, end) = match search.short_then_long(start, Bracket::new(sizes.clone()), stride) {
        Ok(bracket) if bracket.ran.is_none() => (bracket, search.none_fits()),
        Ok(bracket) => (bracket, FitEnd::Found),
        Err(end) => (Bracket::new(sizes), end),
    };
    let failed = search.smallest_failed();
    FitSearch { largest_that_fits: bracket.ran, smallest_that_failed: failed, end, probes: search.probes }
}

/// What is known of the border between sizes that run and sizes that do not.
struct Bracket {
    /// The largest size that ran.
    ran: Option<u64>,
    /// The smallest size that did not run.
    failed: Option<u64>,
    /// The smallest and the largest size that may be run.
    least: u64,
    cap: u64,
}

impl Bracket {
    fn new(sizes: RangeInclusive<u64>) -> Self {
        let (least, cap) = sizes.into_inner();
        Self { ran: None, failed: None, least, cap }
    }

    /// Whether running this size would give new information.
    fn open_at(&self, size: u64) -> bool {
        size >= self.least
            && self.ran.is_none_or(|ran| size > ran)
            && self.failed.is_none_or(|failed| size < failed)
    }

    /// The size to run next: one stride beyond what is known, or the middle between both ends;
    /// `None` if the border is known.
    fn next(&self, stride: u64) -> Option<u64> {
        let size = match (self.ran, self.failed) {
            (Some(ran), Some(failed)) => ran + (failed - ran) / 2,
            (Some(ran), None) => ran.saturating_add(stride).min(self.cap),
            (None, Some(failed)) => failed.saturating_sub(stride).max(self.least),
            (None, None) => self.cap,
        };
        self.open_at(size).then_some(size)
    }
}

struct Search<'a> {
    probe: &'a mut dyn FnMut(u64, ProbeLength) -> ProbeOutcome,
    probes: Vec<ProbeRecord>,
}

impl Search<'_> {
    /// First the border for short runs. Then, from there downwards, the border for long runs.
    fn short_then_long(&mut self, start: u64, mut bracket: Bracket, stride: u64) -> Result<Bracket, FitEnd> {
        for size in PILOTS.map(|part| start / part) {
            if bracket.open_at(size) {
                self.run(size, ProbeLength::Short, &mut bracket)?;
            }
        }
        self.find_border(start, ProbeLength::Short, &mut bracket, stride)?;
        let Some(largest) = bracket.ran else { return Ok(bracket) };
        let mut confirmed = Bracket::new(bracket.least..=largest);
        self.find_border(largest, ProbeLength::Long, &mut confirmed, 1)?;
        Ok(confirmed)
    }

    fn find_border(
        &mut self,
        start: u64,
        length: ProbeLength,
        bracket: &mut Bracket,
        mut stride: u64,
    ) -> Result<(), FitEnd> {
        let mut next = if bracket.open_at(start) { Some(start) } else { bracket.next(stride) };
        while let Some(size) = next {
            self.run(size, length, bracket)?;
            next = bracket.next(stride);
            stride = stride.saturating_mul(2);
        }
        Ok(())
    }

    fn run(&mut self, size: u64, length: ProbeLength, bracket: &mut Bracket) -> Result<(), FitEnd> {
        let mut outcome = self.judged(size, length);
        if matches!(outcome, ProbeOutcome::Spills { .. }) {
            // Another program may have used the machine at that moment. Swapped memory is slow
            // every time.
            outcome = self.judged(size, length);
        }
        match outcome {
            ProbeOutcome::Runs(_) => bracket.ran = Some(size),
            ProbeOutcome::DoesNotFit { .. } | ProbeOutcome::Spills { .. } => bracket.failed = Some(size),
            ProbeOutcome::NoStep => return Err(FitEnd::NoStep { micro_batch_size: size }),
            ProbeOutcome::Failed { reason } => {
                return Err(FitEnd::Failed { micro_batch_size: size, reason });
            }
        }
        Ok(())
    }

    /// Runs a size and records the outcome.
    fn judged(&mut self, micro_batch_size: u64, length: ProbeLength) -> ProbeOutcome {
        let outcome = match (self.probe)(micro_batch_size, length) {
            ProbeOutcome::Runs(ran) => self.run_or_spill(micro_batch_size, ran),
            other => other,
        };
        self.probes.push(ProbeRecord { micro_batch_size, length, outcome: outcome.clone() });
        outcome
    }

    /// Changes a run that is far slower than a smaller size into a spill. A smaller size counts as
    /// no faster than its clock can tell: a program of a thousand steps a millisecond would
    /// otherwise spill whenever the machine is busy for a moment.
    fn run_or_spill(&self, size: u64, ran: Ran) -> ProbeOutcome {
        let Some(seconds) = ran.seconds_per_sample else { return ProbeOutcome::Runs(ran) };
        let smaller = self.probes.iter().filter(|probe| probe.micro_batch_size < size);
        let fastest = smaller.filter_map(|probe| probe.ran()?.at_most_per_sample());
        let slowdown = seconds / fastest.fold(f64::INFINITY, f64::min);
        if slowdown > CLIFF { ProbeOutcome::Spills { slowdown } } else { ProbeOutcome::Runs(ran) }
    }

    /// The smallest size whose last run did not fit. A size that was slow once and then ran
    /// normally does not count.
    fn smallest_failed(&self) -> Option<u64> {
        let later_ran = |at: usize, size| {
            self.probes[at..].iter().any(|probe| probe.micro_batch_size == size && probe.ran().is_some())
        };
        let failed = self.probes.iter().enumerate().filter(|(at, probe)| {
            matches!(probe.outcome, ProbeOutcome::DoesNotFit { .. } | ProbeOutcome::Spills { .. })
                && !later_ran(*at, probe.micro_batch_size)
        });
        failed.map(|(_, probe)| probe.micro_batch_size).min()
    }

    /// The last run was that of the smallest size.
    fn none_fits(&self) -> FitEnd {
        let reason = match self.probes.last().map(|probe| &probe.outcome) {
            Some(ProbeOutcome::DoesNotFit { reason }) => reason.clone(),
            _ => "the smallest size does not run".to_owned(),
        };
        FitEnd::NoneFits { reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs(seconds_per_sample: f64) -> ProbeOutcome {
        ProbeOutcome::Runs(Ran { steps: 3, seconds_per_sample: Some(seconds_per_sample), ..Ran::default() })
    }

    fn too_large() -> ProbeOutcome {
        ProbeOutcome::DoesNotFit { reason: "too large".to_owned() }
    }

    /// Short runs fit up to `short`, long runs up to `long`.
    fn search(start: u64, cap: u64, short: u64, long: u64) -> FitSearch {
        largest_that_runs(start, cap, &mut |size, length| {
            let limit = if length == ProbeLength::Short { short } else { long };
            if size <= limit { runs(1e-3) } else { too_large() }
        })
    }

    proptest! {
        /// A search that halves, stops at a power of two, or trusts its guess returns a size that
        /// is too small. One that trusts its cap returns one that is too large.
        #[test]
        fn the_border_is_found_from_any_start(start: u64, cap in 1u64.., limit: u64) {
            let found = search(start, cap, limit, limit);
            let expected = limit.min(cap);
            prop_assert_eq!(found.largest_that_fits, (limit > 0).then_some(expected));
            prop_assert_eq!(found.smallest_that_failed, (limit < cap).then_some(expected + 1));
            prop_assert!(found.probes.iter().all(|probe| (1..=cap).contains(&probe.micro_batch_size)));
            prop_assert!(found.probes.len() <= 3 + 2 * 64 + 2, "{} runs", found.probes.len());
        }

        /// If memory is allocated late, the answer of short runs would fail in the middle of a
        /// training.
        #[test]
        fn what_is_returned_was_confirmed(start in 0u64..5_000, cap in 1u64..5_000, short in 0u64..5_000, long in 0u64..5_000) {
            let found = search(start, cap, short, long);
            let expected = short.min(long).min(cap);
            prop_assert_eq!(found.largest_that_fits, (expected > 0).then_some(expected));
            let last = found.probes.iter().rev().find(|probe| Some(probe.micro_batch_size) == found.largest_that_fits);
            prop_assert!(last.is_none_or(|probe| probe.length == ProbeLength::Long && probe.ran().is_some()));
        }
    }

    /// Each run is a training: a guess that the plan knows to be right must not cost twenty of
    /// them.
    #[test]
    fn a_right_guess_costs_few_runs() {
        let found = search(1_000, 60_000, 1_000, 1_000);
        let sizes: Vec<u64> = found.probes.iter().map(|probe| probe.micro_batch_size).collect();
        assert_eq!(sizes, [125, 250, 500, 1_000, 1_001, 1_000]);
    }

    /// If nothing fits, the search must end, and it must report the reason.
    #[test]
    fn where_one_sample_does_not_fit_the_reason_is_given() {
        let found = search(64, 128, 0, 0);
        assert_eq!(found.end, FitEnd::NoneFits { reason: "too large".to_owned() });
        assert_eq!((found.largest_that_fits, found.smallest_that_failed), (None, Some(1)));
    }

    /// If a crash counts as "does not fit", the answer is too small. If it counts as "runs", the
    /// answer is too large.
    #[test]
    fn another_failure_is_no_statement_about_memory() {
        let found = largest_that_runs(64, 1_000, &mut |size, _| match size {
            ..=50 => runs(1e-3),
            _ => ProbeOutcome::Failed { reason: "the disk is full".to_owned() },
        });
        assert_eq!(found.end, FitEnd::Failed { micro_batch_size: 64, reason: "the disk is full".to_owned() });
        assert_eq!((found.largest_that_fits, found.smallest_that_failed), (None, None));
    }

    /// A size with swapped memory runs to the end, twenty times slower. The largest size would be
    /// the worst.
    #[test]
    fn a_size_that_spills_is_no_candidate() {
        for start in [1, 70, 500] {
            let found =
                largest_that_runs(start, 1_000, &mut |size, _| runs(if size <= 77 { 1e-3 } else { 2e-2 }));
            assert_eq!(
                (found.largest_that_fits, found.smallest_that_failed),
                (Some(77), Some(78)),
                "{start}"
            );
        }
    }

    /// Lines that take 2 us and 3 ms to arrive say the same of a step: that it is short.
    #[test]
    fn below_the_resolution_of_its_clock_no_size_spills() {
        let timed = |size: u64, seconds: f64| {
            let per_sample = |seconds| Some(seconds / size as f64);
            ProbeOutcome::Runs(Ran {
                seconds_per_sample: per_sample(seconds),
                resolution_per_sample: per_sample(0.01),
                ..Ran::default()
            })
        };
        let found =
            largest_that_runs(1, 100, &mut |size, _| timed(size, if size == 64 { 3e-3 } else { 2e-6 }));
        assert_eq!(found.largest_that_fits, Some(100));
        let found = largest_that_runs(1, 100, &mut |size, _| timed(size, if size > 64 { 2.0 } else { 0.02 }));
        assert_eq!(found.smallest_that_failed, Some(65), "above it the cliff is seen");
    }

    /// A backup that starts at this moment must not make the answer smaller.
    #[test]
    fn one_slow_run_is_no_cliff() {
        let mut first = true;
        let found = largest_that_runs(40, 100, &mut |size, _| {
            let disturbed = size == 40 && std::mem::take(&mut first);
            runs(if disturbed { 1.0 } else { 1e-3 })
        });
        assert_eq!(found.largest_that_fits, Some(100));
        assert!(matches!(found.probes[3].outcome, ProbeOutcome::Spills { .. }), "it is told: {found:?}");
    }

    /// Programs that read the JSON depend on these names.
    #[test]
    fn a_run_in_json_names_its_end() {
        let json = |outcome| {
            let record = ProbeRecord { micro_batch_size: 8, length: ProbeLength::Long, outcome };
            let json = serde_json::to_value(&record).unwrap();
            assert_eq!(serde_json::from_value::<ProbeRecord>(json.clone()).unwrap(), record);
            json
        };
        assert_eq!(
            json(too_large()),
            serde_json::json!({"micro_batch_size": 8, "length": "long", "end": "does_not_fit", "reason": "too large"})
        );
        assert_eq!(json(runs(0.5))["seconds_per_sample"], 0.5);
    }
}
