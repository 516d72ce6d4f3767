//! Batch norm (Ioffe and Szegedy 2015): each channel minus its mean, divided by its standard
//! deviation, then scaled and moved by parameters.
//!
//! In training, mean and variance are those of the micro-batch, over samples and positions; the variance in
//! the division is the biased one. In evaluation, they are the running ones. The engine moves these
//! towards those of each step: the mean over its micro-batches, with the unbiased variance. A
//! channel with a single number in a micro-batch has variance 0, so its output is the bias whatever comes in.

use crate::layer::elementwise::GRAIN;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass};

/// Added to a variance, so that a constant channel is not divided by zero.
pub(crate) const EPSILON: f32 = 1e-5;

/// A batch norm over samples of `[positions, channels]`.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    pub(crate) channels: usize,
    /// Positions of a sample: the pixels of an image, or 1.
    pub(crate) positions: usize,
}

impl BatchNorm {
    /// Numbers of a channel in a micro-batch.
    fn count(&self, samples: usize) -> f64 {
        (samples * self.positions) as f64
    }

    /// Samples from which on a second thread pays.
    fn grain(&self) -> usize {
        GRAIN / (self.channels * self.positions).max(1)
    }

    /// Writes two sums for each sample and channel, `[b, 2, channels]`, and returns them. `each`
    /// gets the index of a row, `[channels]`, and adds its terms.
    #[inline(always)]
    fn sums<'a>(
        &self,
        pass: &Pass,
        work: &'a mut [f32],
        each: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
    ) -> &'a [f32] {
        let (channels, positions) = (self.channels, self.positions);
        pass.compute.rows(
            pass.samples,
            self.grain(),
            [&mut *work],
            #[inline(always)]
            |first, [sums]| {
                sums.fill(0.0);
                for (sample, sums) in sums.chunks_exact_mut(2 * channels).enumerate() {
                    let (one, two) = sums.split_at_mut(channels);
                    let start = (first + sample) * positions;
                    (start..start + positions).for_each(|row| each(row, one, two));
                }
            },
        );
        work
    }

    /// Writes mean, biased variance and 1 / standard deviation of each channel. Two passes: the
    /// mean of squares minus the square of the mean loses all digits where the mean is large.
    fn moments(&self, pass: &Pass, x: &[f32], work: &mut [f32], held: &mut [f32]) {
        let channels = self.channels;
        let count = self.count(pass.samples);
        let (mean, rest) = held.split_at_mut(channels);
        let (variance, scale) = rest.split_at_mut(channels);
        let sums = self.sums(pass, work, |row, sum, _| {
            for (sum, &x) in sum.iter_mut().zip(&x[row * channels..][..channels]) {
                *sum += x;
            }
        });
        for (channel, mean) in mean.iter_mut().enumerate() {
            *mean = (total(sums, channel, 2 * channels) / count) as f32;
        }
        let mean = &*mean;
        let sums = self.sums(pass, work, |row, sum, _| {
            for ((sum, &x), &mean) in sum.iter_mut().zip(&x[row * channels..][..channels]).zip(mean) {
                *sum += (x - mean) * (x - mean);
            }
        });
        for (channel, (variance, scale)) in variance.iter_mut().zip(scale).enumerate() {
            *variance = (total(sums, channel, 2 * channels) / count) as f32;
            *scale = inverse(*variance);
        }
    }

    /// Writes mean and unbiased variance of a micro-batch, each times its samples.
    fn observe(&self, samples: usize, mean: &[f32], variance: &[f32], observed: &mut [f32], add: bool) {
        let (of_mean, of_variance) = observed.split_at_mut(self.channels);
        let count = self.count(samples);
        let unbiased = (count / (count - 1.0).max(1.0)) as f32;
        let samples = samples as f32;
        let old = |sum: &f32| if add { *sum } else { 0.0 };
        of_mean.iter_mut().zip(mean).for_each(|(sum, mean)| *sum = old(sum) + samples * mean);
        of_variance.iter_mut().zip(variance).for_each(|(sum, variance)| {
            *sum = old(sum) + samples * unbiased * variance;
        });
    }
}

/// Sum over the rows of `sums`, in order, `width` numbers each, of the number at `at`.
fn total(sums: &[f32], at: usize, width: usize) -> f64 {
    sums[at..].iter().step_by(width).map(|&sum| f64::from(sum)).sum()
}

/// 1 / standard deviation.
#[inline(always)]
fn inverse(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

impl Layer for BatchNorm {
    fn inputs(&self) -> usize {
        self.positions.saturating_mul(self.channels)
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        visit(Parameter::vector("weight", &[self.channels], Init::One));
        visit(Parameter::vector("bias", &[self.channels], Init::Zero));
    }

    fn visit_statistics(&self, visit: &mut dyn FnMut(Parameter)) {
        visit(Parameter::vector("running_mean", &[self.channels], Init::Zero));
        visit(Parameter::vector("running_var", &[self.channels], Init::One));
    }

    fn mixes_samples(&self) -> bool {
        true
    }

    /// Mean, variance and 1 / standard deviation of each channel.
    fn held(&self) -> usize {
        3usize.saturating_mul(self.channels)
    }

    /// Two sums for each channel.
    fn work(&self) -> usize {
        2usize.saturating_mul(self.channels)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, statistics, x, held, work, y, .. } = buffers;
        let channels = self.channels;
        let moments = if pass.training.is_some() {
            self.moments(pass, x, work, held);
            held
        } else {
            statistics
        };
        let (mean, variance) = moments[..2 * channels].split_at(channels);
        let (weight, bias) = parameters.split_at(channels);
        let scale = &mut work[..channels];
        for ((scale, &weight), &variance) in scale.iter_mut().zip(weight).zip(variance) {
            *scale = weight * inverse(variance);
        }
        let scale = &*scale;
        let rows = pass.samples * self.positions;
        pass.compute.rows(
            rows,
            GRAIN / channels,
            [y],
            #[inline(always)]
            |first, [y]| {
                let x = x[first * channels..].chunks_exact(channels);
                for (y, x) in y.chunks_exact_mut(channels).zip(x) {
                    let of_channel = mean.iter().zip(scale).zip(bias);
                    for ((y, &x), ((&mean, &scale), &bias)) in y.iter_mut().zip(x).zip(of_channel) {
                        *y = (x - mean) * scale + bias;
                    }
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, held, work, dy, dx, gradient, observed, add, .. } = buffers;
        let channels = self.channels;
        let (mean, rest) = held.split_at(channels);
        let (variance, inverse) = rest.split_at(channels);
        self.observe(pass.samples, mean, variance, observed, add);
        self.sums(pass, work, |row, slopes, products| {
            let numbers = x[row * channels..].iter().zip(&dy[row * channels..]).zip(mean);
            for ((slope, product), ((&x, &dy), &mean)) in slopes.iter_mut().zip(products).zip(numbers) {
                *slope += dy;
                *product += dy * (x - mean);
            }
        });
        let (weight, count) = (&parameters[..channels], self.count(pass.samples));
        let (dw, db) = gradient.split_at_mut(channels);
        for channel in 0..channels {
            let (scale, inverse) = (f64::from(weight[channel]), f64::from(inverse[channel]));
            let slope = total(work, channel, 2 * channels);
            let product = total(work, channels + channel, 2 * channels) * inverse;
            let old = if add { [dw[channel], db[channel]] } else { [0.0; 2] };
            dw[channel] = old[0] + product as f32;
            db[channel] = old[1] + slope as f32;
            // Each sum was read and makes room: the share of all numbers in the gradient of one is
            // `work[channel] + work[channels + channel] * (x - mean)`.
            work[channel] = (-scale * inverse * slope / count) as f32;
            work[channels + channel] = (-scale * inverse * inverse * product / count) as f32;
        }
        let Some(dx) = dx else { return };
        let (constant, linear) = work[..2 * channels].split_at(channels);
        pass.compute.rows(
            pass.samples * self.positions,
            GRAIN / channels,
            [dx],
            #[inline(always)]
            |first, [dx]| {
                let rows = x[first * channels..]
                    .chunks_exact(channels)
                    .zip(dy[first * channels..].chunks_exact(channels));
                for (dx, (x, dy)) in dx.chunks_exact_mut(channels).zip(rows) {
                    let of_channel = mean.iter().zip(weight).zip(inverse).zip(constant.iter().zip(linear));
                    for (((dx, &x), &dy), (((&mean, &weight), &inverse), (&constant, &linear))) in
                        dx.iter_mut().zip(x).zip(dy).zip(of_channel)
                    {
                        *dx = dy * weight * inverse + constant + linear * (x - mean);
                    }
                }
            },
        );
    }
}
