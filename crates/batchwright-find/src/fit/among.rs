//! The largest size that runs among given sizes: every whole number of a range, or the members of a
//! list.
//!
//! Nothing is known beforehand about the program that runs them. So the search begins at the
//! smallest size and doubles: the first runs are those that most likely fit, and they show what is
//! normal.
//!
//! Left out: how the border is found (`fit`).

use crate::ask::sizes::BatchSizes;
use crate::fit::largest_within;
use crate::fit::record::{FitEnd, FitSearch, ProbeLength, ProbeOutcome};

/// Searches for the largest of these sizes that `probe` can run. In a range every whole number from
/// the lower end on is a candidate; in a list only its members are. Exact under the conditions of
/// [`largest_that_runs`](crate::largest_that_runs).
///
/// ```
/// use batchwright_find::{BatchSizes, ProbeOutcome, Ran, largest_among};
///
/// let mut probe = |size, _| match size {
///     ..=100 => ProbeOutcome::Runs(Ran::default()),
///     _ => ProbeOutcome::DoesNotFit { reason: "only 100 places".to_owned() },
/// };
/// let range = largest_among(&BatchSizes::parse("4..512")?, &mut probe);
/// assert_eq!((range.largest_that_fits, range.smallest_that_failed), (Some(100), Some(101)));
/// let list = largest_among(&BatchSizes::parse("4,64,96,128,512")?, &mut probe);
/// assert_eq!((list.largest_that_fits, list.smallest_that_failed), (Some(96), Some(128)));
/// # Ok::<(), batchwright_find::FindError>(())
/// ```
pub fn largest_among(
    sizes: &BatchSizes,
    probe: &mut dyn FnMut(u64, ProbeLength) -> ProbeOutcome,
) -> FitSearch {
    match *sizes.sizes() {
        [least, .., largest] if sizes.is_range() => largest_within(least, least..=largest, least, probe),
        _ => largest_of_list(sizes.sizes(), probe),
    }
}

/// The same search over positions in the list, from 1.
fn largest_of_list(sizes: &[u64], probe: &mut dyn FnMut(u64, ProbeLength) -> ProbeOutcome) -> FitSearch {
    let at = |place: u64| sizes[place as usize - 1];
    let mut search =
        largest_within(1, 1..=sizes.len() as u64, 1, &mut |place, length| probe(at(place), length));
    for probe in &mut search.probes {
        probe.micro_batch_size = at(probe.micro_batch_size);
    }
    match &mut search.end {
        FitEnd::Failed { micro_batch_size, .. } | FitEnd::NoStep { micro_batch_size } => {
            *micro_batch_size = at(*micro_batch_size);
        }
        FitEnd::Found | FitEnd::NoneFits { .. } => {}
    }
    search.largest_that_fits = search.largest_that_fits.map(at);
    search.smallest_that_failed = search.smallest_that_failed.map(at);
    search
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::record::Ran;
    use proptest::prelude::*;

    fn too_large() -> ProbeOutcome {
        ProbeOutcome::DoesNotFit { reason: "too large".to_owned() }
    }

    /// The search where sizes up to `limit` run, and the sizes that it ran.
    fn search(sizes: &BatchSizes, limit: u64) -> (FitSearch, Vec<u64>) {
        let found = largest_among(sizes, &mut |size, _| {
            if size <= limit { ProbeOutcome::Runs(Ran::default()) } else { too_large() }
        });
        let run = found.probes.iter().map(|probe| probe.micro_batch_size).collect();
        (found, run)
    }

    proptest! {
        /// The search must not only try doublings, and not try sizes outside the range.
        #[test]
        fn of_a_range_every_size_is_a_candidate(least in 1u64.., span: u64, limit: u64) {
            let largest = least.saturating_add(span);
            let sizes = BatchSizes::parse(&format!("{least}..{largest}")).unwrap();
            let (found, run) = search(&sizes, limit);
            let expected = limit.min(largest);
            prop_assert_eq!(found.largest_that_fits, (expected >= least).then_some(expected));
            prop_assert_eq!(found.smallest_that_failed, (limit < largest).then(|| (limit + 1).max(least)));
            prop_assert!(run.iter().all(|size| (least..=largest).contains(size)));
            prop_assert!(run.len() <= 2 * 64 + 2, "{} runs", run.len());
        }

        /// 97 lies between 96 and 128 and must not be run, because it is not in the list. The
        /// result must contain sizes, not positions.
        #[test]
        fn of_a_list_only_its_members_are(list in proptest::collection::vec(1u64..1_000, 1..30), limit in 0u64..1_100) {
            let sizes = BatchSizes::exactly(list.clone()).unwrap();
            let (found, run) = search(&sizes, limit);
            prop_assert_eq!(found.largest_that_fits, list.iter().copied().filter(|&size| size <= limit).max());
            prop_assert_eq!(found.smallest_that_failed, list.iter().copied().filter(|&size| size > limit).min());
            prop_assert!(run.iter().all(|size| list.contains(size)));
        }
    }

    /// Each run starts a new program: a search in small steps from the smallest size would need
    /// hundreds.
    #[test]
    fn the_search_doubles_then_bisects() {
        let (_, run) = search(&BatchSizes::parse("4..512").unwrap(), 100);
        assert_eq!(run, [4, 8, 16, 32, 64, 128, 96, 112, 104, 100, 102, 101, 100]);
        let (_, run) = search(&BatchSizes::parse("4,8,16,32,64,96,128,256,512").unwrap(), 100);
        assert_eq!(run, [4, 8, 32, 256, 96, 128, 96]);
    }

    /// Sizes below the given ones must not be tried, and no size may be run for ever.
    #[test]
    fn where_the_smallest_does_not_fit_one_run_says_so() {
        for sizes in ["4..512", "4,512", "4..4"] {
            let (found, run) = search(&BatchSizes::parse(sizes).unwrap(), 3);
            assert_eq!(found.end, FitEnd::NoneFits { reason: "too large".to_owned() });
            assert_eq!((found.smallest_that_failed, run), (Some(4), vec![4]));
        }
    }

    /// A crash at the third member of a list must not be reported as a crash of size 3.
    #[test]
    fn a_failure_names_its_size() {
        let crash = || ProbeOutcome::Failed { reason: "no such file".to_owned() };
        let sizes = BatchSizes::parse("4,8,16,32").unwrap();
        let found = largest_among(&sizes, &mut |size, _| {
            if size < 16 { ProbeOutcome::Runs(Ran::default()) } else { crash() }
        });
        assert_eq!(found.end, FitEnd::Failed { micro_batch_size: 32, reason: "no such file".to_owned() });
        let found = largest_among(&sizes, &mut |_, _| ProbeOutcome::NoStep);
        assert_eq!(found.end, FitEnd::NoStep { micro_batch_size: 4 });
    }
}
