//! Layer norm and RMS norm: each position's numbers, scaled to variance one or to mean square one,
//! then times a weight for each place (Ba et al. 2016; Zhang and Sennrich 2019).

use crate::layer::elementwise::add_rows;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass};
use crate::math::sums;

/// Positions per thread below which a second one does not pay.
const GRAIN: usize = 32;

/// Which norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormKind {
    /// Mean zero, variance one, then weight and bias: PyTorch's `LayerNorm`.
    Layer,
    /// Mean square one, then weight: PyTorch's `RMSNorm`.
    RootMeanSquare,
}

impl NormKind {
    /// What is added to the variance, so that equal numbers do not divide by zero: PyTorch's
    /// defaults.
    pub(crate) fn epsilon(self) -> f32 {
        match self {
            Self::Layer => 1e-5,
            Self::RootMeanSquare => f32::EPSILON,
        }
    }
}

/// A norm over `width` numbers at each position.
#[derive(Debug)]
pub(crate) struct Norm {
    pub(crate) kind: NormKind,
    /// Positions of a sample: 1, or the length of a sequence.
    pub(crate) positions: usize,
    pub(crate) width: usize,
}

impl Norm {
    fn centred(&self) -> bool {
        self.kind == NormKind::Layer
    }

    /// Mean and one over the deviation of one position's numbers. An RMS norm takes the mean as
    /// zero.
    #[inline(always)]
    fn moments(&self, x: &[f32]) -> [f32; 2] {
        let width = self.width as f32;
        let mean = if self.centred() { sums(x, x, |x, _| [x])[0] / width } else { 0.0 };
        let [squares] = sums(x, x, |x, _| [(x - mean) * (x - mean)]);
        [mean, 1.0 / (squares / width + self.kind.epsilon()).sqrt()]
    }

    /// Gradients of weight and bias, or their sums with what is there. Each thread sums columns of
    /// its own, from the first position to the last.
    fn parameter_gradient(&self, pass: &Pass, buffers: &mut Backward) {
        let (width, add) = (self.width, buffers.add);
        let (dw, db) = buffers.gradient.split_at_mut(width);
        let (x, dy, kept) = (buffers.x, buffers.dy, buffers.kept);
        let rows = || x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(kept.chunks_exact(2));
        let grain = if dy.len() < 32_768 { width } else { 16 };
        if !add {
            dw.fill(0.0);
            db.fill(0.0);
        }
        pass.compute.rows(
            width,
            grain,
            [dw],
            #[inline(always)]
            |first, [dw]| {
                for ((x, dy), moments) in rows() {
                    let (mean, scale) = (moments[0], moments[1]);
                    for ((dw, &x), &dy) in dw.iter_mut().zip(&x[first..]).zip(&dy[first..]) {
                        *dw += dy * ((x - mean) * scale);
                    }
                }
            },
        );
        if self.centred() {
            add_rows(pass, dy, db, true);
        }
    }
}

impl Layer for Norm {
    fn inputs(&self) -> usize {
        self.positions.saturating_mul(self.width)
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        visit(Parameter::vector("weight", &[self.width], Init::One));
        if self.centred() {
            visit(Parameter::vector("bias", &[self.width], Init::Zero));
        }
    }

    /// Mean and one over the deviation, at each position.
    fn kept(&self) -> usize {
        self.positions.saturating_mul(2)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, kept, y, .. } = buffers;
        let width = self.width;
        let (weight, bias) = parameters.split_at(width);
        let one = |x: &[f32], y: &mut [f32]| {
            let [mean, scale] = self.moments(x);
            if bias.is_empty() {
                for ((y, &x), &weight) in y.iter_mut().zip(x).zip(weight) {
                    *y = x * scale * weight;
                }
            } else {
                for (((y, &x), &weight), &bias) in y.iter_mut().zip(x).zip(weight).zip(bias) {
                    *y = (x - mean) * scale * weight + bias;
                }
            }
            [mean, scale]
        };
        let positions = pass.samples * self.positions;
        if pass.training.is_none() {
            return pass.compute.rows(
                positions,
                GRAIN,
                [y],
                #[inline(always)]
                |first, [y]| {
                    for (y, x) in y.chunks_exact_mut(width).zip(x[first * width..].chunks_exact(width)) {
                        one(x, y);
                    }
                },
            );
        }
        pass.compute.rows(
            positions,
            GRAIN,
            [y, kept],
            #[inline(always)]
            |first, [y, kept]| {
                let rows = y.chunks_exact_mut(width).zip(x[first * width..].chunks_exact(width));
                for ((y, x), kept) in rows.zip(kept.chunks_exact_mut(2)) {
                    kept.copy_from_slice(&one(x, y));
                }
            },
        );
    }

    fn backward(&self, pass: &mut Pass, mut buffers: Backward) {
        self.parameter_gradient(pass, &mut buffers);
        let Backward { parameters, x, kept, dy, dx: Some(dx), .. } = buffers else { return };
        let width = self.width;
        let weight = &parameters[..width];
        let centred = if self.centred() { 1.0 } else { 0.0 };
        pass.compute.rows(
            pass.samples * self.positions,
            GRAIN,
            [dx],
            #[inline(always)]
            |first, [dx]| {
                let rows =
                    x[first * width..].chunks_exact(width).zip(dy[first * width..].chunks_exact(width));
                let rows = rows.zip(kept[2 * first..].chunks_exact(2));
                for (dx, ((x, dy), moments)) in dx.chunks_exact_mut(width).zip(rows) {
                    let (mean, scale) = (moments[0], moments[1]);
                    for ((dx, &dy), &weight) in dx.iter_mut().zip(dy).zip(weight) {
                        *dx = dy * weight;
                    }
                    // Moving along the numbers themselves, or all of them by the same, changes nothing
                    // of the result: that part of the slope is taken out.
                    let [all, along] = sums(dx, x, |slope, x| [slope, slope * ((x - mean) * scale)]);
                    let (all, along) = (centred * all / width as f32, along / width as f32);
                    for (dx, &x) in dx.iter_mut().zip(x) {
                        *dx = scale * (*dx - all - (x - mean) * scale * along);
                    }
                }
            },
        );
    }
}
