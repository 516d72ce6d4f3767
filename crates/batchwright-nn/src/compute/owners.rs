//! Which thread owns which numbers of all parameters.
//!
//! What one core writes and another reads costs several times as much where the cores have no cache
//! in common. So each thread computes the gradient of the columns of a dense layer that it also
//! updates, and that it reads in the next forward pass: the division here is that of the products
//! (`gemm`). Numbers that no product divides by columns are divided evenly.

use crate::compute::context::{Compute, SharedPtr};
use std::ops::Range;

/// Numbers of a unit, where no product divides them.
pub(crate) const UNIT: usize = 4_096;

/// Calls what it is given with the length of each span, and the length of its units.
type Spans<'a> = dyn FnMut(&mut dyn FnMut(usize, usize)) + 'a;

/// Numbers of all spans below which a second thread does not pay.
const PARALLEL_NUMBERS: usize = 16_384;

/// All numbers as spans, each divided into units.
#[derive(Debug)]
pub(crate) struct Owners {
    spans: Vec<Span>,
    units: usize,
}

/// Numbers whose units are divided evenly among the threads.
#[derive(Debug)]
struct Span {
    numbers: Range<usize>,
    /// Numbers of a unit; the last one may have fewer.
    unit: usize,
    /// Units of the spans before.
    first: usize,
}

impl Span {
    fn units(&self) -> usize {
        self.numbers.len().div_ceil(self.unit)
    }
}

impl Owners {
    /// The spans that `visit` names, one after the other.
    pub(crate) fn new(visit: &mut Spans) -> Self {
        let (mut spans, mut end, mut units) = (Vec::new(), 0usize, 0);
        visit(&mut |len, unit| {
            let span = Span { numbers: end..end.saturating_add(len), unit: unit.max(1), first: units };
            (end, units) = (span.numbers.end, units + span.units());
            spans.push(span);
        });
        Self { spans, units }
    }

    /// Units of all spans.
    pub(crate) fn units(&self) -> usize {
        self.units
    }

    fn numbers(&self) -> usize {
        self.spans.last().map_or(0, |span| span.numbers.end)
    }

    /// Runs `body` for each unit, on the thread that owns it, or on the calling thread if the numbers
    /// are few. Each of `slices` has all numbers; `body` gets the first of the unit's numbers, its
    /// part of each slice, and its number in `sums`, which has one for each unit, or is empty. Mark
    /// it as in [`Compute::rows`].
    ///
    /// # Panics
    /// If a slice has another length.
    pub(crate) fn each<const N: usize>(
        &self,
        compute: &Compute,
        slices: [&mut [f32]; N],
        sums: &mut [f32],
        body: impl Fn(usize, [&mut [f32]; N], &mut f32) + Sync,
    ) {
        let all = self.numbers();
        assert!(slices.iter().all(|slice| slice.len() == all), "{all} numbers in each slice");
        assert!(sums.is_empty() || sums.len() == self.units, "a sum for each of {} units", self.units);
        let wants_sums = !sums.is_empty();
        let threads = if all < PARALLEL_NUMBERS { 1 } else { compute.threads() };
        let (bases, sums, isa) = (slices.map(SharedPtr::new), SharedPtr::new(sums), compute.isa());
        let work = |thread: usize| {
            for span in &self.spans {
                let units = span.units();
                for unit in units * thread / threads..units * (thread + 1) / threads {
                    let first = span.numbers.start + unit * span.unit;
                    let len = span.unit.min(span.numbers.end - first);
                    let mut unused = 0.0;
                    // SAFETY: units are disjoint ranges within the slices and have one number each in
                    // the sums, both of checked lengths; each unit is given to one thread, and `run`
                    // returns only when all are done, while the caller's exclusive borrows last.
                    let (numbers, sum) = unsafe {
                        let part = |i: usize| std::slice::from_raw_parts_mut(bases[i].get().add(first), len);
                        let sum =
                            if wants_sums { &mut *sums.get().add(span.first + unit) } else { &mut unused };
                        (std::array::from_fn(part), sum)
                    };
                    isa.run(
                        #[inline(always)]
                        || body(first, numbers, sum),
                    );
                }
            }
        };
        if threads == 1 {
            work(0);
        } else {
            compute.team.run(&work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_visited_once_and_every_unit_has_its_sum() {
        let lens = [(10_000, 4_000), (0, 3), (7_000, 7_000), (1, 100)];
        let owners = Owners::new(&mut |span| lens.into_iter().for_each(|(len, unit)| span(len, unit)));
        assert_eq!(owners.units(), 5);
        for threads in 1..=4 {
            let (mut numbers, mut sums) = (vec![0.0; 17_001], vec![0.0; 5]);
            owners.each(&Compute::new(threads), [&mut numbers], &mut sums, |first, [numbers], sum| {
                for (i, number) in numbers.iter_mut().enumerate() {
                    *number += (first + i) as f32;
                    *sum += 1.0;
                }
            });
            assert_eq!(numbers, (0..17_001).map(|i| i as f32).collect::<Vec<_>>(), "{threads} threads");
            assert_eq!(sums, [4_000.0, 4_000.0, 2_000.0, 7_000.0, 1.0]);
        }
    }
}
