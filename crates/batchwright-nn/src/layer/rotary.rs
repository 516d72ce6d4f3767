//! Rotary positions: queries and keys are turned by angles that grow with their position, so that
//! their product depends on how far apart they are (Su et al. 2021).
//!
//! Number i of a head's first half is turned with number i of its second half, as in Llama.

use crate::layer::Pass;

/// Positions after which the slowest pair has not yet turned once.
const BASE: f64 = 10_000.0;

/// Turns the queries and the keys of an attention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotary {
    /// Positions of a sample.
    pub(crate) length: usize,
    pub(crate) heads: usize,
    /// Numbers of a head, an even count.
    pub(crate) head: usize,
}

impl Rotary {
    /// Numbers of scratch: cosine and sine of each pair's angle, at each position.
    pub(crate) fn scratch(&self) -> usize {
        self.length.saturating_mul(self.head)
    }

    /// Turns the first two of the three parts of `qkv [b, length, 3, heads, head]`, or, as the
    /// backward pass needs it, turns them back.
    pub(crate) fn turn(&self, pass: &mut Pass, qkv: &mut [f32], back: bool) {
        let (length, head, half) = (self.length, self.head, self.head / 2);
        let table = &mut pass.scratch[..length * head];
        self.fill(table, if back { -1.0 } else { 1.0 });
        let (table, width) = (&*table, 3 * self.heads * head);
        pass.compute.rows(
            pass.samples * length,
            64,
            [qkv],
            #[inline(always)]
            |first, [qkv]| {
                for (i, row) in qkv.chunks_exact_mut(width).enumerate() {
                    let angles = &table[(first + i) % length * head..][..head];
                    let (cosines, sines) = angles.split_at(half);
                    for part in row[..2 * self.heads * head].chunks_exact_mut(head) {
                        let (x, y) = part.split_at_mut(half);
                        for (((x, y), &cosine), &sine) in x.iter_mut().zip(y).zip(cosines).zip(sines) {
                            (*x, *y) = (*x * cosine - *y * sine, *y * cosine + *x * sine);
                        }
                    }
                }
            },
        );
    }

    /// `[length, 2, head / 2]`: the cosines of a position, then its sines times `sign`.
    pub(crate) fn fill(&self, table: &mut [f32], sign: f64) {
        let half = self.head / 2;
        for (position, angles) in table.chunks_exact_mut(self.head).enumerate() {
            let (cosines, sines) = angles.split_at_mut(half);
            for (pair, (cosine, sine)) in cosines.iter_mut().zip(sines).enumerate() {
                let angle = position as f64 * BASE.powf(-(pair as f64) / half as f64);
                (*cosine, *sine) = (angle.cos() as f32, (sign * angle.sin()) as f32);
            }
        }
    }
}
