//! The threads and the instruction set of one network, and loops over rows that run on them.
//!
//! Left out: the matrix product (`gemm`).

use crate::compute::isa::Isa;
use crate::compute::team::Team;

/// The threads and the instruction set that the passes of one network run on.
#[derive(Debug)]
pub struct Compute {
    pub(super) team: Team,
    isa: Isa,
}

impl Compute {
    /// Uses `threads` threads (at least one: the caller's) and the fastest instruction set of this
    /// processor.
    pub fn new(threads: usize) -> Self {
        Self::with_isa(threads, Isa::detect())
    }

    /// Like [`Compute::new`], but with a given instruction set. If this processor lacks it, the
    /// fastest one that it has is used.
    pub fn with_isa(threads: usize, isa: Isa) -> Self {
        Self { team: Team::new(threads.max(1)), isa: isa.or_fastest() }
    }

    /// Number of threads, the caller's included.
    pub fn threads(&self) -> usize {
        self.team.threads()
    }

    /// The instruction set in use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Runs `body` on disjoint blocks of rows, in parallel if there are at least `2 * grain` rows.
    ///
    /// Slice `i` of `slices` has `rows * widths[i]` numbers; `body` gets the first row of its block
    /// and the block's part of each slice. It is compiled for the instruction set in use, but only
    /// if it is inlined: mark it `#[inline(always)]`.
    ///
    /// # Panics
    /// If a slice's length is not `rows * width`.
    pub fn rows<const N: usize>(
        &self,
        rows: usize,
        grain: usize,
        slices: [&mut [f32]; N],
        body: impl Fn(usize, [&mut [f32]; N]) + Sync,
    ) {
        self.blocks(
            rows,
            grain,
            slices,
            &mut [],
            #[inline(always)]
            |first, slices, _| body(first, slices),
        );
    }

    /// As [`Compute::rows`]; `body` also gets room of its own to work in, a share of `scratch`.
    ///
    /// # Panics
    /// As [`Compute::rows`].
    pub(crate) fn blocks<const N: usize>(
        &self,
        rows: usize,
        grain: usize,
        slices: [&mut [f32]; N],
        scratch: &mut [f32],
        body: impl Fn(usize, [&mut [f32]; N], &mut [f32]) + Sync,
    ) {
        let widths = slices.each_ref().map(|slice| {
            assert!(
                rows == 0 && slice.is_empty() || rows > 0 && slice.len().is_multiple_of(rows),
                "{} numbers in {rows} rows",
                slice.len()
            );
            slice.len().checked_div(rows).unwrap_or(0)
        });
        let parts = self.threads().min(rows / grain.max(1)).max(1);
        let share = scratch.len() / self.threads();
        if parts == 1 {
            return self.isa.run(
                #[inline(always)]
                || body(0, slices, &mut scratch[..share]),
            );
        }
        let bases = slices.map(SharedPtr::new);
        let scratch = SharedPtr::new(scratch);
        let isa = self.isa;
        self.team.run(&|part| {
            if part >= parts {
                return;
            }
            let (first, end) = (rows * part / parts, rows * (part + 1) / parts);
            // SAFETY: the blocks of different parts are disjoint row ranges within the slices,
            // whose lengths were checked above, and `run` returns only when all threads are done,
            // while the caller's exclusive borrow lasts.
            let block = std::array::from_fn(|i| unsafe {
                std::slice::from_raw_parts_mut(
                    bases[i].get().add(first * widths[i]),
                    (end - first) * widths[i],
                )
            });
            // SAFETY: as above; there are `threads` shares, and `part` is below that.
            let scratch = unsafe { std::slice::from_raw_parts_mut(scratch.get().add(part * share), share) };
            isa.run(
                #[inline(always)]
                || body(first, block, scratch),
            );
        });
    }

    /// Runs `body` on chunk after chunk, in parallel if that is wanted. Each of `slices` comes with
    /// the length of its chunks; the last chunk may be shorter. An empty slice has empty chunks, the
    /// others have as many as the first. `body` gets the number of its chunk, the chunk of each
    /// slice, and room of its own, a share of `scratch`. Mark it as in [`Compute::rows`].
    ///
    /// # Panics
    /// If the numbers of chunks differ.
    pub(crate) fn chunks<const N: usize>(
        &self,
        slices: [(&mut [f32], usize); N],
        scratch: &mut [f32],
        parallel: bool,
        body: impl Fn(usize, [&mut [f32]; N], &mut [f32]) + Sync,
    ) {
        let lens = slices.each_ref().map(|(slice, len)| (slice.len(), (*len).max(1)));
        let count = lens.first().map_or(0, |(all, len)| all.div_ceil(*len));
        let agree = lens.iter().all(|&(all, len)| all == 0 || all.div_ceil(len) == count);
        assert!(agree, "{lens:?} have different numbers of chunks");
        let (threads, isa) = (if parallel && count > 1 { self.threads() } else { 1 }, self.isa);
        let share = scratch.len() / threads;
        let bases = slices.map(|(slice, _)| SharedPtr::new(slice));
        let scratch = SharedPtr::new(scratch);
        let work = |thread: usize| {
            for index in count * thread / threads..count * (thread + 1) / threads {
                // SAFETY: chunks are disjoint ranges within the slices, each is given to one
                // thread, and `run` returns only when all threads are done, while the caller's
                // exclusive borrow lasts. There are `threads` shares of the scratch.
                let (chunk, room) = unsafe {
                    let chunk = std::array::from_fn(|i| {
                        let (all, len) = lens[i];
                        let (start, end) = ((index * len).min(all), ((index + 1) * len).min(all));
                        std::slice::from_raw_parts_mut(bases[i].get().add(start), end - start)
                    });
                    (chunk, std::slice::from_raw_parts_mut(scratch.get().add(thread * share), share))
                };
                isa.run(
                    #[inline(always)]
                    || body(index, chunk, room),
                );
            }
        };
        if threads == 1 {
            work(0);
        } else {
            self.team.run(&work);
        }
    }
}

/// A pointer that threads of a team may share. Each thread dereferences only its own part.
#[derive(Clone, Copy)]
pub(super) struct SharedPtr(*mut f32);

impl SharedPtr {
    /// A pointer to the first of `numbers`.
    pub(super) fn new(numbers: &mut [f32]) -> Self {
        Self(numbers.as_mut_ptr())
    }

    /// The pointer. This is a method so that closures capture the whole struct, which can be
    /// shared, and not the field.
    pub(super) fn get(self) -> *mut f32 {
        self.0
    }
}

// SAFETY: only the address is shared; the code that dereferences it says why its parts are
// disjoint.
unsafe impl Send for SharedPtr {}
// SAFETY: as above.
unsafe impl Sync for SharedPtr {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_visits_every_row_once_for_any_thread_count() {
        for threads in 1..=3 {
            let compute = Compute::new(threads);
            for rows in [0, 1, 2, 7, 64] {
                let (mut wide, mut narrow) = (vec![0.0; rows * 3], vec![0.0; rows]);
                compute.rows(rows, 1, [&mut wide, &mut narrow], |first, [wide, narrow]| {
                    for (i, value) in narrow.iter_mut().enumerate() {
                        *value += (first + i) as f32;
                        wide[i * 3 + 2] += *value;
                    }
                });
                let expected: Vec<f32> = (0..rows).map(|row| row as f32).collect();
                assert_eq!(narrow, expected, "{threads} threads");
                assert!(wide.chunks(3).zip(&expected).all(|(row, &value)| row == [0.0, 0.0, value]));
            }
        }
    }

    #[test]
    fn each_part_has_room_of_its_own() {
        for threads in 1..=3 {
            let compute = Compute::new(threads);
            let (mut room, mut sums) = (vec![0.0; 5 * threads], vec![0.0; 90]);
            compute.blocks(90, 1, [&mut sums], &mut room, |first, [sums], room| {
                assert_eq!(room.len(), 5);
                for (i, sum) in sums.iter_mut().enumerate() {
                    room.fill((first + i) as f32);
                    *sum = room.iter().sum();
                }
            });
            assert!(sums.iter().enumerate().all(|(row, &sum)| sum == 5.0 * row as f32));
        }
    }
}
