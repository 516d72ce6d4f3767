//! Pools: the maximum or the mean of each channel under a window.

use crate::layer::elementwise::GRAIN;
use crate::layer::window::Window;
use crate::layer::{Backward, Forward, Layer, Pass};

/// What is taken of the numbers under the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The largest. What lies beside the image is left out.
    Max,
    /// The mean. What lies beside the image counts as zero.
    Mean,
}

/// A pool. The window has no dilation.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) kind: Kind,
    pub(crate) window: Window,
    pub(crate) channels: usize,
}

impl Pool {
    /// What each number under the window counts in a mean.
    fn share(&self) -> f32 {
        1.0 / self.window.taps() as f32
    }
}

impl Layer for Pool {
    fn inputs(&self) -> usize {
        self.window.pixels().saturating_mul(self.channels)
    }

    fn outputs(&self) -> usize {
        self.window.positions().saturating_mul(self.channels)
    }

    /// In the backward pass of a maximum, what is left of the gradient at each channel.
    fn scratch(&self, threads: usize) -> usize {
        threads.saturating_mul(self.channels)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let (channels, window, share) = (self.channels, self.window, self.share());
        let (inputs, area) = (self.inputs(), window.positions());
        let (x, rows) = (buffers.x, pass.samples * area);
        let grain = GRAIN / (window.taps() * channels).max(1);
        pass.compute.rows(
            rows,
            grain,
            [buffers.y],
            #[inline(always)]
            |first, [y]| {
                for (row, y) in y.chunks_exact_mut(channels).enumerate() {
                    let (sample, position) = ((first + row) / area, (first + row) % area);
                    let image = &x[sample * inputs..][..inputs];
                    let place = window.place(position);
                    match self.kind {
                        Kind::Max => {
                            y.fill(f32::NEG_INFINITY);
                            window.each_pixel(place, |_, pixel| {
                                for (y, &x) in y.iter_mut().zip(&image[pixel * channels..][..channels]) {
                                    // A number that is none must stay visible.
                                    *y = if x > *y || x.is_nan() { x } else { *y };
                                }
                            });
                        }
                        Kind::Mean => {
                            y.fill(0.0);
                            window.each_pixel(place, |_, pixel| {
                                for (y, &x) in y.iter_mut().zip(&image[pixel * channels..][..channels]) {
                                    *y += x;
                                }
                            });
                            y.iter_mut().for_each(|y| *y *= share);
                        }
                    }
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { x, y, dy, dx: Some(dx), .. } = buffers else { return };
        let (channels, window, share) = (self.channels, self.window, self.share());
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let (grain, once) = (GRAIN / inputs.max(1), window.covers_once());
        pass.compute.blocks(
            pass.samples,
            grain,
            [dx],
            pass.scratch,
            #[inline(always)]
            |first, [dx], scratch| {
                if !once {
                    dx.fill(0.0);
                }
                let left = &mut scratch[..channels];
                for (sample, dx) in dx.chunks_exact_mut(inputs).enumerate() {
                    let x = &x[(first + sample) * inputs..][..inputs];
                    let of_sample = (first + sample) * outputs..(first + sample + 1) * outputs;
                    let rows =
                        y[of_sample.clone()].chunks_exact(channels).zip(dy[of_sample].chunks_exact(channels));
                    for (position, (y, dy)) in rows.enumerate() {
                        let place = window.place(position);
                        match self.kind {
                            Kind::Max => {
                                // The first pixel that is the maximum gets the gradient.
                                left.copy_from_slice(dy);
                                window.each_pixel(place, |_, pixel| {
                                    let at = pixel * channels..(pixel + 1) * channels;
                                    let pixels = dx[at.clone()].iter_mut().zip(&x[at]);
                                    for (((dx, x), y), left) in pixels.zip(y).zip(&mut *left) {
                                        let taken = if x == y { *left } else { 0.0 };
                                        *dx = taken + if once { 0.0 } else { *dx };
                                        *left -= taken;
                                    }
                                });
                            }
                            Kind::Mean => window.each_pixel(place, |_, pixel| {
                                let at = pixel * channels..(pixel + 1) * channels;
                                for (dx, dy) in dx[at].iter_mut().zip(dy) {
                                    *dx = dy * share + if once { 0.0 } else { *dx };
                                }
                            }),
                        }
                    }
                }
            },
        );
    }
}
