//! The convolution with a third to a sixth of the multiplications (Winograd).
//!
//! Images are cut into tiles of 4 x 4 outputs. The `n x n` inputs of a tile are turned into values
//! at `n n` points (`transform`), and so are the weights (`filters`). At each point the convolution
//! is then one matrix product, `[tiles, channels] x [channels, outputs]`. A window of 3 x 3 needs 36
//! products for 16 outputs instead of 144, one of 5 x 5 needs 64 instead of 400. The backward pass
//! is the transpose of the same steps, with the same products, and it turns each tile only once for
//! both gradients.
//!
//! It computes the same function as [`Conv`] and has its parameters. Rounding errors are larger: with
//! 5 x 5, on average some 1e-6 of the outputs' standard deviation, and up to 5e-5 of that of the weights'
//! gradient where few samples are summed.
//!
//! The gradient of the weights is summed in parts whose number depends on the layer and on the
//! number of samples, not on the number of threads.

mod filters;
mod tiles;
mod transform;

use crate::compute::gemm::{gemm_alone, gemm_scratch};
use crate::compute::isa::Isa;
use crate::compute::matrix::{Matrix, MatrixMut};
use crate::compute::precision::Arithmetic;
use crate::compute::vector::LANES;
use crate::layer::conv::Conv;
use crate::layer::elementwise::add_rows;
use crate::layer::winograd::tiles::{AddInputs, Block, Inputs, Outputs, Slopes, Tiles};
use crate::layer::winograd::transform::Points;
use crate::layer::{Backward, Forward, Layer, Parameter, Pass};

/// Numbers in the values of a block of tiles, of its inputs and its outputs together: half of a
/// second-level cache of 1 MiB.
const BLOCK: usize = 131_072;
/// Least tiles in a block: about the rows of a tile of the product.
const LEAST_TILES: usize = 14;
/// Most parts of the sum over samples, and so most threads of a backward pass. The more there are, the
/// more memory they move.
const MOST_PARTS: usize = 8;
/// Numbers in all parts; there are two parts at least.
const PARTS: usize = 2_097_152;
/// Tiles that make a part of the sum worth its memory traffic.
const PART_TILES: usize = 128;

/// A convolution that is computed at points.
#[derive(Debug)]
pub(crate) struct Winograd {
    conv: Conv,
    tiles: Tiles,
    /// Pairs of points.
    pairs: Pairs,
}

/// Which transforms.
#[derive(Debug, Clone, Copy)]
enum Pairs {
    /// For windows of 3 x 3.
    Two,
    /// For windows of 5 x 5.
    Three,
}

/// Buffers that the threads share: all sizes are those of [`Winograd::scratch`].
struct Shared<'a> {
    /// The weights as values, `[n n, channels, outputs]`; `[n n, outputs, channels]` in a backward
    /// pass.
    filters: &'a mut [f32],
    /// Parts of the gradient of `filters`, and what `filters::gradient` needs.
    parts: &'a mut [f32],
    half: &'a mut [f32],
    /// The rest, a share for each thread.
    rest: &'a mut [f32],
}

impl Winograd {
    /// `conv` in this form, if the form suits it: it must have one group and whole vectors of
    /// channels and outputs, its window must be square, of 3 or 5 taps, without stride or dilation,
    /// and at least half of the multiplications must be saved.
    pub(crate) fn of(conv: &Conv) -> Option<Self> {
        let window = &conv.window;
        let pairs = match window.size {
            [3, 3] => Pairs::Two,
            [5, 5] => Pairs::Three,
            _ => return None,
        };
        let plain = window.stride == [1, 1] && window.dilation == [1, 1] && conv.groups == 1;
        let whole = conv.channels.is_multiple_of(LANES) && conv.outputs.is_multiple_of(LANES);
        let tiles = Tiles::new(window);
        let products = pairs.points().saturating_mul(tiles.count());
        let saves = products <= window.positions().saturating_mul(window.taps()) / 2;
        (plain && whole && saves).then(|| Self { tiles, pairs, conv: conv.clone() })
    }

    /// Pairs of a channel and an output.
    fn numbers(&self) -> usize {
        self.conv.channels.saturating_mul(self.conv.outputs)
    }

    /// Numbers in the weights as values.
    fn filters(&self) -> usize {
        self.pairs.points().saturating_mul(self.numbers())
    }

    /// Most tiles whose values are in memory at a time.
    fn block(&self) -> usize {
        let numbers =
            self.pairs.points().saturating_mul(self.conv.channels.saturating_add(self.conv.outputs));
        (BLOCK / numbers.max(1)).max(LEAST_TILES)
    }

    /// Most parts of the sum over samples.
    fn parts(&self) -> usize {
        (PARTS / self.filters().max(1)).clamp(2, MOST_PARTS)
    }

    /// Samples in each part but the last.
    fn part_samples(&self, samples: usize) -> usize {
        let parts = (samples * self.tiles.count() / PART_TILES).clamp(1, self.parts());
        samples.div_ceil(parts)
    }

    /// Numbers that a thread works in.
    fn share(&self) -> usize {
        let channels = self.conv.channels.saturating_add(self.conv.outputs);
        let values = self.pairs.points().saturating_mul(self.block()).saturating_mul(channels);
        gemm_scratch(1).saturating_add(values)
    }

    fn share_out<'a>(&self, scratch: &'a mut [f32]) -> Shared<'a> {
        let (filters, rest) = scratch.split_at_mut(self.filters());
        let (parts, rest) = rest.split_at_mut(self.parts() * self.filters());
        let (half, rest) = rest.split_at_mut(self.half());
        Shared { filters, parts, half, rest }
    }

    fn half(&self) -> usize {
        let (n, r) = self.pairs.along();
        (n * r).saturating_mul(self.numbers())
    }

    fn forward<const PAIRS: usize>(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.conv.weights());
        let bias = self.conv.bias.then_some(bias);
        let Shared { filters, rest, .. } = self.share_out(pass.scratch);
        filters::values::<PAIRS>(pass.compute, weight, filters);
        let (isa, filters) = (pass.compute.isa(), &*filters);
        let (inputs, outputs) = (self.inputs(), self.outputs());
        pass.compute.blocks(pass.samples, 1, [y], rest, |first, [y], scratch| {
            let images = &x[first * inputs..][..y.len() / outputs * inputs];
            for block in self.blocks(y.len() / outputs) {
                let mut room = Room::new(self, scratch, block.count);
                isa.run_vectors(Inputs::<PAIRS> { block, images, values: room.inputs });
                room.outputs(isa, filters);
                let block = Block { channels: self.conv.outputs, ..block };
                isa.run_vectors(Outputs::<PAIRS> { block, values: room.slopes, bias, images: y });
            }
        });
    }

    /// The gradients of the weights and, if it is wanted, of the input.
    fn backward<const PAIRS: usize>(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, dy, dx, gradient, add, .. } = buffers;
        let (dw, db) = gradient.split_at_mut(self.conv.weights());
        let Shared { filters, parts, half, rest } = self.share_out(pass.scratch);
        let wants_dx = dx.is_some();
        if wants_dx {
            // `parts` is not used yet.
            let values = &mut parts[..filters.len()];
            filters::values::<PAIRS>(pass.compute, &parameters[..self.conv.weights()], values);
            filters::transpose(pass.compute, values, filters, [self.conv.channels, self.conv.outputs]);
        }
        let (isa, filters, samples) = (pass.compute.isa(), &*filters, self.part_samples(pass.samples));
        let parts = &mut parts[..pass.samples.div_ceil(samples) * self.filters()];
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let slices = [(&mut *parts, self.filters()), (dx.unwrap_or_default(), samples * inputs)];
        pass.compute.chunks(slices, rest, true, |part, [sums, dx], scratch| {
            let samples = part * samples..((part + 1) * samples).min(pass.samples);
            let x = &x[samples.start * inputs..samples.end * inputs];
            let dy = &dy[samples.start * outputs..samples.end * outputs];
            dx.fill(0.0);
            for block in self.blocks(samples.len()) {
                let mut room = Room::new(self, scratch, block.count);
                isa.run_vectors(Inputs::<PAIRS> { block, images: x, values: room.inputs });
                let of_outputs = Block { channels: self.conv.outputs, ..block };
                isa.run_vectors(Slopes::<PAIRS> { block: of_outputs, images: dy, values: room.slopes });
                room.add_gradient(isa, sums, block.start > 0);
                if wants_dx {
                    room.input_slopes(isa, filters);
                    isa.run_vectors(AddInputs::<PAIRS> { block, values: room.inputs, images: dx });
                }
            }
        });
        filters::gradient::<PAIRS>(pass.compute, parts, half, dw, add);
        if self.conv.bias {
            add_rows(pass, dy, db, add);
        }
    }

    /// All tiles of `samples` images, in blocks; for their inputs.
    fn blocks(&self, samples: usize) -> impl Iterator<Item = Block> {
        let (all, most) = (samples * self.tiles.count(), self.block());
        let (tiles, channels) = (self.tiles, self.conv.channels);
        (0..all).step_by(most).map(move |start| Block {
            tiles,
            start,
            count: most.min(all - start),
            channels,
        })
    }
}

impl Pairs {
    /// Points and taps along an axis.
    fn along(self) -> (usize, usize) {
        match self {
            Self::Two => (Points::<2>::COUNT, Points::<2>::TAPS),
            Self::Three => (Points::<3>::COUNT, Points::<3>::TAPS),
        }
    }

    /// Points of a tile.
    fn points(self) -> usize {
        self.along().0 * self.along().0
    }
}

/// The values of a block of tiles, and the products of a thread.
struct Room<'a> {
    layer: &'a Winograd,
    /// Tiles in the block.
    count: usize,
    /// Of the inputs or, later, of their gradient, `[n n, tiles, channels]`.
    inputs: &'a mut [f32],
    /// Of the outputs, or of their gradient, `[n n, tiles, outputs]`.
    slopes: &'a mut [f32],
    /// Scratch of a product.
    scratch: &'a mut [f32],
}

impl<'a> Room<'a> {
    fn new(layer: &'a Winograd, share: &'a mut [f32], count: usize) -> Self {
        let tiles = layer.pairs.points() * count;
        let (scratch, rest) = share.split_at_mut(gemm_scratch(1));
        let (inputs, rest) = rest.split_at_mut(tiles * layer.conv.channels);
        Self { layer, count, inputs, slopes: &mut rest[..tiles * layer.conv.outputs], scratch }
    }

    /// The values of the outputs.
    fn outputs(&mut self, isa: Isa, filters: &[f32]) {
        let (count, channels, outputs) = (self.count, self.layer.conv.channels, self.layer.conv.outputs);
        for point in 0..self.layer.pairs.points() {
            let x =
                Matrix::new(&self.inputs[point * count * channels..][..count * channels], count, channels);
            let filter =
                Matrix::new(&filters[point * channels * outputs..][..channels * outputs], channels, outputs);
            let y = &mut self.slopes[point * count * outputs..][..count * outputs];
            let y = MatrixMut::strided(y, count, outputs, outputs);
            gemm_alone(Arithmetic::single(isa), self.scratch, x, filter, y, false);
        }
    }

    /// The gradient of the values of the weights, written to `sums` or added to it.
    fn add_gradient(&mut self, isa: Isa, sums: &mut [f32], add: bool) {
        let (count, channels, outputs) = (self.count, self.layer.conv.channels, self.layer.conv.outputs);
        for (point, sums) in sums.chunks_exact_mut(channels * outputs).enumerate() {
            let x =
                Matrix::new(&self.inputs[point * count * channels..][..count * channels], count, channels);
            let dy = Matrix::new(&self.slopes[point * count * outputs..][..count * outputs], count, outputs);
            let sums = MatrixMut::strided(sums, channels, outputs, outputs);
            gemm_alone(Arithmetic::single(isa), self.scratch, x.transposed(), dy, sums, add);
        }
    }

    /// The gradient of the values of the inputs, in the place of the values.
    fn input_slopes(&mut self, isa: Isa, filters: &[f32]) {
        let (count, channels, outputs) = (self.count, self.layer.conv.channels, self.layer.conv.outputs);
        for point in 0..self.layer.pairs.points() {
            let dy = Matrix::new(&self.slopes[point * count * outputs..][..count * outputs], count, outputs);
            let filter =
                Matrix::new(&filters[point * channels * outputs..][..channels * outputs], outputs, channels);
            let dx = &mut self.inputs[point * count * channels..][..count * channels];
            let dx = MatrixMut::strided(dx, count, channels, channels);
            gemm_alone(Arithmetic::single(isa), self.scratch, dy, filter, dx, false);
        }
    }
}

impl Layer for Winograd {
    fn inputs(&self) -> usize {
        self.conv.inputs()
    }

    fn outputs(&self) -> usize {
        self.conv.outputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        self.conv.visit_parameters(visit);
    }

    /// As the definition counts them, so that networks can be compared.
    fn multiply_adds(&self) -> u128 {
        self.conv.multiply_adds()
    }

    fn scratch(&self, threads: usize) -> usize {
        let shared = self.filters().saturating_mul(1 + self.parts()).saturating_add(self.half());
        self.share().saturating_mul(threads).saturating_add(shared)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        match self.pairs {
            Pairs::Two => self.forward::<2>(pass, buffers),
            Pairs::Three => self.forward::<3>(pass, buffers),
        }
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        match self.pairs {
            Pairs::Two => self.backward::<2>(pass, buffers),
            Pairs::Three => self.backward::<3>(pass, buffers),
        }
    }
}
