//! A list of numbers that begins at a cache line, as vectors of 64 bytes want it.
//!
//! An allocator promises 16 bytes. A vector of AVX-512 that is not at a multiple of 64 lies in two cache
//! lines, and each of its reads and writes takes two: steps of a GPT were 10 to 20% slower for it on an Intel
//! processor. A small list may be at such a place in one process and not in the next.
//!
//! Left out: where within a list a tensor begins. Most have a multiple of 16 numbers.

use std::ops::{Deref, DerefMut};

/// Numbers in a cache line.
const LINE: usize = 16;
const LINE_BYTES: usize = LINE * size_of::<f32>();

/// Numbers of memory that a list takes beyond its own.
pub(crate) const SPARE: usize = LINE - 1;

/// A list of a fixed length.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// Never grows, so it stays where it is.
    room: Vec<f32>,
    start: usize,
    len: usize,
}

impl Numbers {
    /// So many zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let room = vec![0.0f32; len.saturating_add(SPARE)];
        let start = room.as_ptr().align_offset(LINE_BYTES).min(SPARE);
        Self { room, start, len }
    }
}

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.room[self.start..self.start + self.len]
    }
}

impl DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.room[self.start..self.start + self.len]
    }
}

impl Clone for Numbers {
    /// The copy begins at a cache line of its own.
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_a_cache_line_and_has_its_length() {
        for len in [0, 1, 15, 16, 17, 1_000, 100_000] {
            let mut numbers = Numbers::zeros(len);
            assert_eq!(numbers.len(), len);
            assert!(numbers.iter().all(|number| *number == 0.0));
            assert!(numbers.as_ptr().addr().is_multiple_of(LINE_BYTES), "{len}");
            numbers.fill(1.0);
            let copy = numbers.clone();
            assert!(copy == numbers && copy.iter().sum::<f32>() == len as f32);
            assert!(copy.as_ptr().addr().is_multiple_of(LINE_BYTES), "a copy of {len}");
        }
    }
}
