//! Dropout: in training each number is zeroed with probability p and the others are scaled by 1 /
//! (1 - p).
//!
//! Which numbers are zeroed is a pure function of (seed, layer, sample, epoch): the same units of a
//! sample are zeroed whatever batch it is in, so that micro-batches, resuming and another batch
//! size change nothing.

use crate::layer::{Backward, Draw, Forward, Layer, Pass};
use batchwright_data::{Domain, RandomStream};

/// Dropout over `width` numbers per sample.
#[derive(Debug)]
pub(crate) struct Dropout {
    pub(crate) width: usize,
    /// Probability of zeroing, in 0..1; resolved to 1/65536.
    pub(crate) probability: f64,
    /// A number that is unique in the network, so that layers draw different random numbers.
    pub(crate) index: u64,
}

/// Draws the factors of one sample in one layer, each 0 or 1 / (1 - p).
#[derive(Debug)]
pub(crate) struct Mask {
    stream: RandomStream,
    /// Of 65536 draws, how many give zero.
    threshold: u32,
    scale: f32,
}

impl Mask {
    /// For sample number `sample` of a batch; `probability` and `index` are those of [`Dropout`].
    pub(crate) fn new(probability: f64, index: u64, draw: Draw, sample: usize) -> Self {
        let threshold = (probability * 65_536.0).round() as u32;
        let id = u64::from(draw.ids[sample]);
        Self {
            stream: RandomStream::new(draw.seed, Domain::Dropout, draw.epoch, index << 32 | id),
            threshold,
            scale: (65_536.0 / f64::from(65_536 - threshold.min(65_535))) as f32,
        }
    }

    /// Fills in the next factors.
    pub(crate) fn fill(&mut self, factors: &mut [f32]) {
        for pair in factors.chunks_mut(2) {
            let word = self.stream.next_u32();
            for (factor, draw) in pair.iter_mut().zip([word & 0xffff, word >> 16]) {
                *factor = if draw < self.threshold { 0.0 } else { self.scale };
            }
        }
    }
}

impl Layer for Dropout {
    fn inputs(&self) -> usize {
        self.width
    }

    fn outputs(&self) -> usize {
        self.width
    }

    /// The factors of each sample.
    fn kept(&self) -> usize {
        self.width
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { x, kept, y, .. } = buffers;
        let Some(draw) = pass.training else {
            y.copy_from_slice(x);
            return;
        };
        let width = self.width;
        pass.compute.rows(
            pass.samples,
            16,
            [kept, y],
            #[inline(always)]
            |first, [kept, y]| {
                for (i, (factors, y)) in
                    kept.chunks_exact_mut(width).zip(y.chunks_exact_mut(width)).enumerate()
                {
                    let sample = first + i;
                    Mask::new(self.probability, self.index, draw, sample).fill(factors);
                    for ((y, &factor), &x) in y.iter_mut().zip(&*factors).zip(&x[sample * width..]) {
                        *y = x * factor;
                    }
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Some(dx) = buffers.dx else { return };
        pass.compute.rows(
            dx.len(),
            16_384,
            [dx],
            #[inline(always)]
            |first, [dx]| {
                for ((dx, &dy), &factor) in
                    dx.iter_mut().zip(&buffers.dy[first..]).zip(&buffers.kept[first..])
                {
                    *dx = dy * factor;
                }
            },
        );
    }
}
