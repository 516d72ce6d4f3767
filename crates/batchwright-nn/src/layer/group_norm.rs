//! Group norm (Wu and He 2018): the channels of a sample in groups; each group minus its mean,
//! divided by its standard deviation, then scaled and moved by parameters for each channel. It
//! depends on no other sample, so it is the same in training and evaluation, at any batch size.

use crate::layer::batch_norm::EPSILON;
use crate::layer::elementwise::GRAIN;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass};

/// A group norm over samples of `[positions, channels]`.
#[derive(Debug)]
pub(crate) struct GroupNorm {
    pub(crate) channels: usize,
    /// Positions of a sample: the pixels of an image, or 1.
    pub(crate) positions: usize,
    /// Divides the channels.
    pub(crate) groups: usize,
}

impl GroupNorm {
    /// Channels of a group.
    fn width(&self) -> usize {
        self.channels / self.groups
    }

    fn grain(&self) -> usize {
        GRAIN / (self.channels * self.positions).max(1)
    }

    /// Mean and 1 / standard deviation of a group of one sample, `x`.
    fn moments(&self, x: &[f32], group: usize) -> [f32; 2] {
        let width = self.width();
        let rows = || x.chunks_exact(self.channels).map(|row| &row[group * width..][..width]);
        let count = (width * self.positions) as f64;
        let sum: f64 = rows().map(|row| f64::from(row.iter().sum::<f32>())).sum();
        let mean = (sum / count) as f32;
        let square = |row: &[f32]| f64::from(row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>());
        let variance = (rows().map(square).sum::<f64>() / count) as f32;
        [mean, 1.0 / (variance + EPSILON).sqrt()]
    }

    /// Writes the gradient of the input of one sample. `sums` has, for each channel, the sum of the
    /// gradient of the output and that of its product with the normalised input.
    fn input_gradient(&self, sample: &Sample, sums: &[f32], weight: &[f32], dx: &mut [f32]) {
        let (channels, width) = (self.channels, self.width());
        let (slopes, products) = sums.split_at(channels);
        let count = (width * self.positions) as f32;
        for (group, moments) in sample.moments.chunks_exact(2).enumerate() {
            let (mean, inverse) = (moments[0], moments[1]);
            let of = group * width..(group + 1) * width;
            let weight = &weight[of.clone()];
            let weighted =
                |sums: &[f32]| weight.iter().zip(sums).map(|(weight, sum)| weight * sum).sum::<f32>() / count;
            let (slope, product) = (weighted(&slopes[of.clone()]), weighted(&products[of.clone()]));
            let rows = sample.x.chunks_exact(channels).zip(sample.dy.chunks_exact(channels));
            for (dx, (x, dy)) in dx.chunks_exact_mut(channels).zip(rows) {
                let numbers = x[of.clone()].iter().zip(&dy[of.clone()]).zip(weight);
                for (dx, ((x, dy), weight)) in dx[of.clone()].iter_mut().zip(numbers) {
                    let normalised = (x - mean) * inverse;
                    *dx = inverse * (dy * weight - slope - normalised * product);
                }
            }
        }
    }
}

/// One sample in the backward pass.
struct Sample<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    /// Mean and 1 / standard deviation of each group.
    moments: &'a [f32],
}

impl Layer for GroupNorm {
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

    /// In the backward pass: for each channel, the sum of the gradient of the output and that of
    /// its product with the normalised input.
    fn work(&self) -> usize {
        2usize.saturating_mul(self.channels)
    }

    /// Mean and 1 / standard deviation of each group.
    fn kept(&self) -> usize {
        2usize.saturating_mul(self.groups)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, kept, work, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.channels);
        let (numbers, width) = (self.inputs(), self.width());
        // In evaluation nothing is kept; then the moments go to the working memory.
        let moments = if kept.is_empty() { &mut work[..pass.samples * self.kept()] } else { kept };
        pass.compute.rows(
            pass.samples,
            self.grain(),
            [y, moments],
            #[inline(always)]
            |first, [y, moments]| {
                let samples = x[first * numbers..].chunks_exact(numbers);
                let moments = moments.chunks_exact_mut(2 * self.groups);
                for ((y, x), moments) in y.chunks_exact_mut(numbers).zip(samples).zip(moments) {
                    for (group, moments) in moments.chunks_exact_mut(2).enumerate() {
                        let [mean, inverse] = self.moments(x, group);
                        moments.copy_from_slice(&[mean, inverse]);
                        let of = group * width..(group + 1) * width;
                        let rows = y.chunks_exact_mut(self.channels).zip(x.chunks_exact(self.channels));
                        for (y, x) in rows {
                            let parameters = weight[of.clone()].iter().zip(&bias[of.clone()]);
                            let numbers = y[of.clone()].iter_mut().zip(&x[of.clone()]);
                            for ((y, x), (weight, bias)) in numbers.zip(parameters) {
                                *y = (x - mean) * inverse * weight + bias;
                            }
                        }
                    }
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, kept, work, dy, dx, gradient, add, .. } = buffers;
        let (channels, numbers, width) = (self.channels, self.inputs(), self.width());
        let sample = |index: usize| Sample {
            x: &x[index * numbers..][..numbers],
            dy: &dy[index * numbers..][..numbers],
            moments: &kept[index * 2 * self.groups..][..2 * self.groups],
        };
        pass.compute.rows(
            pass.samples,
            self.grain(),
            [&mut *work],
            #[inline(always)]
            |first, [sums]| {
                sums.fill(0.0);
                for (index, sums) in sums.chunks_exact_mut(2 * channels).enumerate() {
                    let Sample { x, dy, moments } = sample(first + index);
                    let (slopes, products) = sums.split_at_mut(channels);
                    for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
                        for channel in 0..channels {
                            let moments = &moments[channel / width * 2..][..2];
                            slopes[channel] += dy[channel];
                            products[channel] += dy[channel] * (x[channel] - moments[0]) * moments[1];
                        }
                    }
                }
            },
        );
        let (dw, db) = gradient.split_at_mut(channels);
        if !add {
            dw.fill(0.0);
            db.fill(0.0);
        }
        for sums in work.chunks_exact(2 * channels) {
            db.iter_mut().zip(&sums[..channels]).for_each(|(db, sum)| *db += sum);
            dw.iter_mut().zip(&sums[channels..]).for_each(|(dw, sum)| *dw += sum);
        }
        let Some(dx) = dx else { return };
        let (work, weight) = (&*work, &parameters[..channels]);
        pass.compute.rows(
            pass.samples,
            self.grain(),
            [dx],
            #[inline(always)]
            |first, [dx]| {
                for (index, dx) in dx.chunks_exact_mut(numbers).enumerate() {
                    let sums = &work[(first + index) * 2 * channels..][..2 * channels];
                    self.input_gradient(&sample(first + index), sums, weight, dx);
                }
            },
        );
    }
}
