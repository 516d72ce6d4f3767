//! The convolution of images (more exactly, the cross-correlation, as in other libraries).
//!
//! It is a matrix product: each row of the left factor holds what the window covers at one position.
//! This matrix would be as many times larger than the image as the window has taps, so only a block
//! of its rows exists at any time, in the scratch of the thread that multiplies it. The gradient of
//! the weights is divided among threads by weights and not by samples, so that each weight's sum has one order.
//!
//! The weight is stored `[height, width, channels of a group, outputs]`: a matrix that the product
//! reads in place. Files contain `[outputs, channels of a group, height, width]`.

use crate::compute::gemm::{gemm_alone, gemm_scratch};
use crate::compute::matrix::{Matrix, MatrixMut};
use crate::layer::elementwise::add_rows;
use crate::layer::window::Window;
use crate::layer::{Backward, Forward, Init, Layer, Parameter, Pass, Stored};
use std::ops::Range;

/// Numbers in a block of window contents: half of a second-level cache of 512 KiB.
const BLOCK: usize = 65_536;
/// Least positions in a block: about the rows of one tile of the product.
const LEAST_POSITIONS: usize = 16;
/// Multiply-adds below which a second thread does not pay.
const GRAIN: usize = 500_000;

/// A convolution.
#[derive(Debug, Clone)]
pub(crate) struct Conv {
    pub(crate) window: Window,
    /// Channels that come in.
    pub(crate) channels: usize,
    /// Channels that go out.
    pub(crate) outputs: usize,
    /// Parts of the channels that do not see each other; divides both numbers of channels.
    pub(crate) groups: usize,
    pub(crate) bias: bool,
    /// Standard deviation of the initial weights.
    pub(crate) deviation: f64,
}

impl Conv {
    /// Channels of a group that come in.
    fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// Channels of a group that go out.
    fn group_outputs(&self) -> usize {
        self.outputs / self.groups
    }

    /// Numbers of a group under the window, `k`.
    fn depth(&self) -> usize {
        self.window.taps().saturating_mul(self.group_channels())
    }

    /// Numbers in the weight.
    pub(crate) fn weights(&self) -> usize {
        self.depth() * self.outputs
    }

    /// Positions whose window contents are in memory at a time. It depends on the layer alone,
    /// because sums over positions are divided by it.
    fn block(&self) -> usize {
        (BLOCK / self.depth().max(1)).max(LEAST_POSITIONS)
    }

    /// Whether each window is one whole pixel, so that the image is the matrix.
    fn is_pointwise(&self) -> bool {
        let Window { size, stride, input, output, .. } = self.window;
        size == [1, 1] && stride == [1, 1] && input == output
    }

    /// The weight of a group, `[k, outputs of a group]`.
    fn weight<'a>(&self, weight: &'a [f32], group: usize) -> Matrix<'a> {
        self.outputs_of(&weight[..self.weights()], group, self.depth())
    }

    /// A group's columns of `rows` rows that have all outputs.
    fn outputs_of<'a>(&self, numbers: &'a [f32], group: usize, rows: usize) -> Matrix<'a> {
        let outputs = self.group_outputs();
        Matrix::strided(&numbers[group * outputs..], rows, outputs, self.outputs)
    }

    fn outputs_of_mut<'a>(&self, numbers: &'a mut [f32], group: usize, rows: usize) -> MatrixMut<'a> {
        let outputs = self.group_outputs();
        MatrixMut::strided(&mut numbers[group * outputs..], rows, outputs, self.outputs)
    }

    /// Whether what a tap covers at one position after the other lies side by side in the image.
    fn is_grey(&self) -> bool {
        self.channels == 1 && self.window.stride == [1, 1]
    }

    /// As [`Conv::contents`], one tap after the other: with a single channel this copies whole rows
    /// of the image instead of a few numbers at a time.
    fn contents_by_tap<'a>(
        &self,
        x: &[f32],
        positions: Range<usize>,
        part: Range<usize>,
        room: &'a mut [f32],
    ) -> Matrix<'a> {
        let rows = positions.len();
        let Window { size, output, input, padding, dilation, .. } = self.window;
        let room = &mut room[..rows * part.len()];
        for (to, tap) in room.chunks_exact_mut(rows).zip(part.clone()) {
            // The column of the image under the tap at position `column` is `column + shift - left`.
            let (left, shift) = (padding[1], tap % size[1] * dilation[1]);
            let (mut at, mut position) = (0, positions.start);
            while at < rows {
                let (image, [row, column]) = (
                    position / self.window.positions(),
                    self.window.place(position % self.window.positions()),
                );
                let count = (output[1] - column).min(rows - at);
                let to = &mut to[at..at + count];
                let first = left.saturating_sub(column + shift).min(count);
                let end = (input[1] + left).saturating_sub(column + shift).clamp(first, count);
                if let Some(row) = self.window.along(0, [row, 0], tap / size[1]) {
                    let from = (image * input[0] + row) * input[1];
                    to[..first].fill(0.0);
                    if first < end {
                        let from = from + column + first + shift - left;
                        to[first..end].copy_from_slice(&x[from..from + end - first]);
                    }
                    to[end..].fill(0.0);
                } else {
                    to.fill(0.0);
                }
                (at, position) = (at + count, position + count);
            }
        }
        Matrix::new(room, part.len(), rows).transposed()
    }

    /// Calls `visit` for each run of a group's numbers under the window that are side by side in
    /// the image: their place and number under the window, and their place in the image (`None`
    /// beside it).
    #[inline(always)]
    fn runs(&self, place: [usize; 2], group: usize, mut visit: impl FnMut(usize, usize, Option<usize>)) {
        let (window, channels) = (&self.window, self.group_channels());
        let width = window.size[1];
        let side_by_side = self.groups == 1 && window.dilation[1] == 1;
        for y in 0..window.size[0] {
            let at = y * width * channels;
            let Some(row) = window.along(0, place, y).map(|row| row * window.input[1]) else {
                visit(at, width * channels, None);
                continue;
            };
            if side_by_side {
                let left = place[1] * window.stride[1];
                let first = window.padding[1].saturating_sub(left).min(width);
                let end = (window.input[1] + window.padding[1]).saturating_sub(left).clamp(first, width);
                visit(at, first * channels, None);
                let image = (end > first).then(|| (row + left + first - window.padding[1]) * channels);
                visit(at + first * channels, (end - first) * channels, image);
                visit(at + end * channels, (width - end) * channels, None);
                continue;
            }
            for x in 0..width {
                let column = window.along(1, place, x);
                let image = column.map(|column| (row + column) * self.channels + group * channels);
                visit(at + x * channels, channels, image);
            }
        }
    }

    /// What the window covers at each of `positions` (counted through all samples): numbers `part`
    /// of a group's `k`. `room` has `positions * part` numbers.
    fn contents<'a>(
        &self,
        x: &'a [f32],
        positions: Range<usize>,
        part: Range<usize>,
        group: usize,
        room: &'a mut [f32],
    ) -> Matrix<'a> {
        let rows = positions.len();
        if self.is_pointwise() {
            let first = positions.start * self.channels + group * self.group_channels() + part.start;
            return Matrix::strided(&x[first..], rows, part.len(), self.channels);
        }
        if self.is_grey() {
            return self.contents_by_tap(x, positions, part, room);
        }
        let (inputs, area) = (self.inputs(), self.window.positions());
        let room = &mut room[..rows * part.len()];
        for (row, position) in room.chunks_exact_mut(part.len()).zip(positions) {
            let image = &x[position / area * inputs..][..inputs];
            self.runs(self.window.place(position % area), group, |at, len, from| {
                // The part of the run that is in `part`.
                let (start, end) = (at.max(part.start), (at + len).min(part.end));
                if start >= end {
                    return;
                }
                let to = &mut row[start - part.start..end - part.start];
                match from {
                    Some(from) => to.copy_from_slice(&image[from + start - at..][..to.len()]),
                    None => to.fill(0.0),
                }
            });
        }
        Matrix::new(room, rows, part.len())
    }

    /// Adds the gradient of window contents, `[positions, k]`, to that of the images.
    fn scatter(&self, contents: &[f32], positions: Range<usize>, group: usize, dx: &mut [f32]) {
        let (inputs, area) = (self.inputs(), self.window.positions());
        for (row, position) in contents.chunks_exact(self.depth()).zip(positions) {
            let image = &mut dx[position / area * inputs..][..inputs];
            self.runs(self.window.place(position % area), group, |at, len, to| {
                let Some(to) = to else { return };
                for (to, &from) in image[to..to + len].iter_mut().zip(&row[at..at + len]) {
                    *to += from;
                }
            });
        }
    }

    fn weight_gradient(&self, pass: &mut Pass, x: &[f32], dy: &[f32], dw: &mut [f32], add: bool) {
        let (depth, outputs, block) = (self.depth(), self.outputs, self.block());
        let arithmetic = pass.arithmetic();
        let rows = pass.samples * self.window.positions();
        let grain = GRAIN / (rows * self.group_outputs()).max(1);
        pass.compute.blocks(depth, grain, [dw], pass.scratch, |first, [dw], scratch| {
            let (scratch, room) = scratch.split_at_mut(gemm_scratch(1));
            let numbers = dw.len() / outputs;
            for (index, dy) in dy.chunks(block * outputs).enumerate() {
                let rows = dy.len() / outputs;
                let positions = index * block..index * block + rows;
                for group in 0..self.groups {
                    let x = self.contents(x, positions.clone(), first..first + numbers, group, room);
                    let dy = self.outputs_of(dy, group, rows);
                    let dw = self.outputs_of_mut(dw, group, numbers);
                    gemm_alone(arithmetic, scratch, x.transposed(), dy, dw, add || index > 0);
                }
            }
        });
    }

    fn input_gradient(&self, pass: &mut Pass, weight: &[f32], dy: &[f32], dx: &mut [f32]) {
        let (depth, outputs, block) = (self.depth(), self.outputs, self.block());
        let (inputs, area) = (self.inputs(), self.window.positions());
        let arithmetic = pass.arithmetic();
        let grain = GRAIN / (area * depth * self.group_outputs()).max(1);
        pass.compute.blocks(pass.samples, grain, [dx], pass.scratch, |first, [dx], scratch| {
            let (scratch, room) = scratch.split_at_mut(gemm_scratch(1));
            dx.fill(0.0);
            let dy = &dy[first * area * outputs..][..dx.len() / inputs * area * outputs];
            for (index, dy) in dy.chunks(block * outputs).enumerate() {
                let rows = dy.len() / outputs;
                for group in 0..self.groups {
                    let weight = self.weight(weight, group).transposed();
                    let dy = self.outputs_of(dy, group, rows);
                    let room = &mut room[..rows * depth];
                    gemm_alone(
                        arithmetic,
                        scratch,
                        dy,
                        weight,
                        MatrixMut::strided(room, rows, depth, depth),
                        false,
                    );
                    self.scatter(room, index * block..index * block + rows, group, dx);
                }
            }
        });
    }
}

impl Layer for Conv {
    fn inputs(&self) -> usize {
        self.window.pixels().saturating_mul(self.channels)
    }

    fn outputs(&self) -> usize {
        self.window.positions().saturating_mul(self.outputs)
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let [height, width] = self.window.size;
        let shape = [height, width, self.group_channels(), self.outputs];
        let init = Init::Normal(self.deviation);
        visit(Parameter { name: "weight", shape: &shape, stored: Stored::RowMajor(&[3, 2, 0, 1]), init });
        if self.bias {
            visit(Parameter::vector("bias", &[self.outputs], Init::Zero));
        }
    }

    fn multiply_adds(&self) -> u128 {
        let outputs = self.window.positions() as u128 * self.outputs as u128;
        outputs.saturating_mul(self.depth() as u128)
    }

    fn scratch(&self, threads: usize) -> usize {
        let contents = self.block().saturating_mul(self.depth());
        gemm_scratch(1).saturating_add(contents).saturating_mul(threads)
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, y, .. } = buffers;
        let (weight, bias) = parameters.split_at(self.weights());
        let (depth, outputs, block) = (self.depth(), self.outputs, self.block());
        let arithmetic = pass.arithmetic();
        let rows = pass.samples * self.window.positions();
        let grain = GRAIN / (depth * self.group_outputs()).max(1);
        pass.compute.blocks(rows, grain, [y], pass.scratch, |first, [y], scratch| {
            let (scratch, room) = scratch.split_at_mut(gemm_scratch(1));
            for (index, y) in y.chunks_mut(block * outputs).enumerate() {
                let rows = y.len() / outputs;
                let start = first + index * block;
                if self.bias {
                    y.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(bias));
                }
                for group in 0..self.groups {
                    let x = self.contents(x, start..start + rows, 0..depth, group, room);
                    let y = self.outputs_of_mut(y, group, rows);
                    gemm_alone(arithmetic, scratch, x, self.weight(weight, group), y, self.bias);
                }
            }
        });
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, dy, dx, gradient, add, .. } = buffers;
        let (dw, db) = gradient.split_at_mut(self.weights());
        self.weight_gradient(pass, x, dy, dw, add);
        if self.bias {
            add_rows(pass, dy, db, add);
        }
        if let Some(dx) = dx {
            self.input_gradient(pass, parameters, dy, dx);
        }
    }
}
