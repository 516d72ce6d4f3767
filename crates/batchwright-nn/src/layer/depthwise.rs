//! The convolution that keeps channels apart: each channel that comes in gives one that goes out.
//!
//! A matrix product with a single column would use one lane in sixteen. Channels lie side by side,
//! so here they are the lanes. The weight is stored `[height, width, 1, channels]`.

use crate::layer::elementwise::add_rows;
use crate::layer::window::Window;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Stored};

/// Multiply-adds below which a second thread does not pay.
const GRAIN: usize = 100_000;

/// A convolution with as many groups as channels, of which as many come in as go out.
#[derive(Debug)]
pub(crate) struct Depthwise {
    pub(crate) window: Window,
    pub(crate) channels: usize,
    pub(crate) bias: bool,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

impl Depthwise {
    fn weights(&self) -> usize {
        self.window.taps() * self.channels
    }

    /// Each tap's sum over all positions of all samples.
    fn weight_gradient(&self, pass: &Pass, x: &[f32], dy: &[f32], dw: &mut [f32], add: bool) {
        let (channels, window, inputs) = (self.channels, self.window, self.inputs());
        let area = window.positions();
        let grain = GRAIN / (pass.samples * area * channels).max(1);
        pass.compute.rows(
            window.taps(),
            grain,
            [dw],
            #[inline(always)]
            |first, [dw]| {
                if !add {
                    dw.fill(0.0);
                }
                for (position, dy) in dy.chunks_exact(channels).enumerate() {
                    let image = &x[position / area * inputs..][..inputs];
                    let place = window.place(position % area);
                    for (tap, dw) in dw.chunks_exact_mut(channels).enumerate() {
                        let tap = [(first + tap) / window.size[1], (first + tap) % window.size[1]];
                        let Some(pixel) = window.pixel(place, tap) else { continue };
                        let x = &image[pixel * channels..][..channels];
                        dw.iter_mut().zip(dy).zip(x).for_each(|((dw, dy), x)| *dw += dy * x);
                    }
                }
            },
        );
    }

    fn input_gradient(&self, pass: &Pass, weight: &[f32], dy: &[f32], dx: &mut [f32]) {
        let (channels, window) = (self.channels, self.window);
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let grain = GRAIN / (outputs * window.taps()).max(1);
        pass.compute.rows(
            pass.samples,
            grain,
            [dx],
            #[inline(always)]
            |first, [dx]| {
                dx.fill(0.0);
                for (dx, dy) in dx.chunks_exact_mut(inputs).zip(dy[first * outputs..].chunks_exact(outputs)) {
                    for (position, dy) in dy.chunks_exact(channels).enumerate() {
                        window.each_pixel(window.place(position), |tap, pixel| {
                            let dx = dx[pixel * channels..][..channels].iter_mut();
                            let weight = &weight[tap * channels..][..channels];
                            dx.zip(dy).zip(weight).for_each(|((dx, dy), weight)| *dx += dy * weight);
                        });
                    }
                }
            },
        );
    }
}

impl Layer for Depthwise {
    fn inputs(&self) -> usize {
        self.window.pixels().saturating_mul(self.channels)
    }

    fn outputs(&self) -> usize {
        self.window.positions().saturating_mul(self.channels)
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let [height, width] = self.window.size;
        let shape = [height, width, 1, self.channels];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: "weight", shape: &shape, stored: Stored::RowMajor(&[3, 2, 0, 1]), init });
        if self.bias {
            visit(Parameter::vector("bias", &[self.channels], Init::Zero));
        }
    }

    fn multiply_adds(&self) -> u128 {
        let outputs = self.window.positions() as u128 * self.channels as u128;
        outputs.saturating_mul(self.window.taps() as u128)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.weights());
        let (channels, window, inputs) = (self.channels, self.window, self.inputs());
        let area = window.positions();
        let grain = GRAIN / self.weights().max(1);
        pass.compute.rows(
            pass.samples * area,
            grain,
            [y],
            #[inline(always)]
            |first, [y]| {
                for (row, y) in y.chunks_exact_mut(channels).enumerate() {
                    if self.bias {
                        y.copy_from_slice(bias);
                    } else {
                        y.fill(0.0);
                    }
                    let position = first + row;
                    let image = &x[position / area * inputs..][..inputs];
                    window.each_pixel(window.place(position % area), |tap, pixel| {
                        let x = &image[pixel * channels..][..channels];
                        let weight = &weight[tap * channels..][..channels];
                        y.iter_mut().zip(x).zip(weight).for_each(|((y, x), weight)| *y += x * weight);
                    });
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, dy, dx, gradient, add, .. } = buffers;
        let (dw, db) = gradient.split_at_mut(self.weights());
        self.weight_gradient(pass, x, dy, dw, add);
        if self.bias {
            add_rows(pass, dy, db, add);
        }
        if let Some(dx) = dx {
            self.input_gradient(pass, &parameters[..self.weights()], dy, dx);
        }
    }
}
