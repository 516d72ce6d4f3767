//! Causal multi-head attention (Vaswani et al. 2017): each position takes a mean of what this and
//! the earlier positions offer, weighted by how well their keys fit its query. Parameters are named
//! and shaped as those of PyTorch's `MultiheadAttention`.
//!
//! The weights of the means (the probabilities) are computed again in the backward pass, from
//! queries, keys and one logarithm for each row. Kept, they would take `heads * length` numbers for
//! each position, which grows with the length and soon exceeds all else that a block keeps; computed
//! again, they cost one product of the six that attention has, or about one percent of a step at a
//! length of 64 and a width of 128. Rows of queries go in blocks, so that products stop at the last
//! key that a block may see, and a thread's room does not grow with the square of the length.

use crate::compute::gemm::{gemm_alone, gemm_scratch};
use crate::compute::matrix::{Matrix, MatrixMut};
use crate::compute::precision::Arithmetic;
use crate::layer::dropout::Mask;
use crate::layer::linear::Linear;
use crate::layer::rotary::Rotary;
use crate::layer::squares;
use crate::layer::{Backward, Draw, Forward, Layer, Parameter, Pass, Squares};
use crate::math::{exp, largest, sums};
use std::ops::Range;

/// Queries of a block.
const BLOCK: usize = 32;

/// Causal multi-head attention over a sequence.
#[derive(Debug)]
pub(crate) struct Attention {
    /// Positions of a sample.
    pub(crate) length: usize,
    /// Numbers at each position, a multiple of `heads`.
    pub(crate) width: usize,
    pub(crate) heads: usize,
    /// Whether queries and keys are turned by their position.
    pub(crate) rotary: bool,
    /// Probability of leaving out a position in a mean, in training.
    pub(crate) dropout: f64,
    /// As [`crate::layer::dropout::Dropout::index`].
    pub(crate) index: u64,
    /// Standard deviations of the initial weights: of the projection to queries, keys and values,
    /// and of that of the result.
    pub(crate) deviations: [f64; 2],
}

impl Attention {
    /// Numbers of a head.
    fn head(&self) -> usize {
        self.width / self.heads
    }

    /// What comes before and after attention itself.
    fn projections(&self) -> [Linear; 2] {
        let linear = |outputs, deviation| Linear {
            inputs: self.width,
            outputs,
            positions: self.length,
            bias: true,
            deviation,
        };
        [linear(self.width.saturating_mul(3), self.deviations[0]), linear(self.width, self.deviations[1])]
    }

    fn turn(&self, pass: &mut Pass, qkv: &mut [f32], back: bool) {
        if self.rotary {
            Rotary { length: self.length, heads: self.heads, head: self.head() }.turn(pass, qkv, back);
        }
    }

    /// Numbers of room for the products of one block: probabilities, their slopes, and the factors
    /// of dropout.
    fn block_room(&self) -> usize {
        self.length.saturating_mul(3 * BLOCK)
    }

    /// From `qkv [b, length, 3, heads, head]` to `attended [b, length, heads, head]`, and where it
    /// is wanted the logarithm of each row's sum of exponentials, `logs [b, heads, length]`.
    fn attend(&self, pass: &mut Pass, qkv: &[f32], attended: &mut [f32], logs: &mut [f32]) {
        let (arithmetic, draw) = (pass.arithmetic(), pass.training);
        let (numbers, rows) = (self.length * self.width, self.heads * self.length);
        pass.compute.blocks(
            pass.samples,
            1,
            [attended, logs],
            pass.scratch,
            #[inline(always)]
            |first, [attended, logs], room| {
                let mut room = Room::new(arithmetic, self.length, room);
                let mut logs = logs.chunks_exact_mut(rows);
                for (i, attended) in attended.chunks_exact_mut(numbers).enumerate() {
                    let qkv = self.heads(&qkv[(first + i) * 3 * numbers..][..3 * numbers]);
                    let mut mask = self.mask(draw, first + i);
                    let mut logs = logs.next();
                    for (head, block) in self.blocks() {
                        self.attend_block(
                            &mut room,
                            qkv,
                            (head, block),
                            attended,
                            logs.as_deref_mut(),
                            mask.as_mut(),
                        );
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn attend_block(
        &self,
        room: &mut Room,
        qkv: Heads,
        (head, block): (usize, Range<usize>),
        attended: &mut [f32],
        mut logs: Option<&mut [f32]>,
        mut mask: Option<&mut Mask>,
    ) {
        let (keys, scale) = (block.end, self.scale());
        let [query, key, value] = [(0, block.clone()), (1, 0..keys), (2, 0..keys)]
            .map(|(part, positions)| qkv.view(part, head, positions));
        let Room { arithmetic, scratch, scores, factors, .. } = room;
        let scores = &mut scores[..block.len() * keys];
        let view = MatrixMut::strided(scores, block.len(), keys, keys);
        gemm_alone(*arithmetic, scratch, query, key.transposed(), view, false);
        for (row, scores) in block.clone().zip(scores.chunks_exact_mut(keys)) {
            let (seen, unseen) = scores.split_at_mut(row + 1);
            unseen.fill(0.0);
            let log = soften(seen, scale);
            if let Some(logs) = &mut logs {
                logs[head * self.length + row] = log;
            }
            if let Some(mask) = &mut mask {
                let factors = &mut factors[..seen.len()];
                mask.fill(factors);
                seen.iter_mut().zip(factors).for_each(|(share, factor)| *share *= *factor);
            }
        }
        let scores = Matrix::new(scores, block.len(), keys);
        let to = &mut attended[block.start * self.width + head * self.head()..];
        let to = MatrixMut::strided(to, block.len(), self.head(), self.width);
        gemm_alone(*arithmetic, scratch, scores, value, to, false);
    }

    /// The slopes of queries, keys and values, `dqkv`, from those of what attention put out.
    fn attend_back(&self, pass: &mut Pass, from: &Attended, dqkv: &mut [f32]) {
        let (arithmetic, draw) = (pass.arithmetic(), pass.training);
        let (numbers, rows) = (self.length * self.width, self.heads * self.length);
        pass.compute.blocks(
            pass.samples,
            1,
            [dqkv],
            pass.scratch,
            #[inline(always)]
            |first, [dqkv], room| {
                let mut room = Room::new(arithmetic, self.length, room);
                for (i, dqkv) in dqkv.chunks_exact_mut(3 * numbers).enumerate() {
                    let sample = first + i;
                    dqkv.fill(0.0);
                    let from = Attended {
                        qkv: &from.qkv[sample * 3 * numbers..][..3 * numbers],
                        attended: &from.attended[sample * numbers..][..numbers],
                        slopes: &from.slopes[sample * numbers..][..numbers],
                        logs: &from.logs[sample * rows..][..rows],
                    };
                    let mut mask = self.mask(draw, sample);
                    for (head, block) in self.blocks() {
                        self.attend_block_back(&mut room, &from, (head, block), dqkv, mask.as_mut());
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn attend_block_back(
        &self,
        room: &mut Room,
        from: &Attended,
        (head, block): (usize, Range<usize>),
        dqkv: &mut [f32],
        mut mask: Option<&mut Mask>,
    ) {
        let (keys, size, width) = (block.end, block.len(), self.width);
        let qkv = self.heads(from.qkv);
        let [query, key, value] = [(0, block.clone()), (1, 0..keys), (2, 0..keys)]
            .map(|(part, positions)| qkv.view(part, head, positions));
        let at = |row: usize| row * width + head * self.head();
        let dy = Matrix::strided(&from.slopes[at(block.start)..], size, self.head(), width);
        let Room { arithmetic, scratch, scores, slopes, factors } = room;
        let (scores, slopes) = (&mut scores[..size * keys], &mut slopes[..size * keys]);
        let view = MatrixMut::strided(scores, size, keys, keys);
        gemm_alone(*arithmetic, scratch, query, key.transposed(), view, false);
        let view = MatrixMut::strided(slopes, size, keys, keys);
        gemm_alone(*arithmetic, scratch, dy, value.transposed(), view, false);
        let rows = scores.chunks_exact_mut(keys).zip(slopes.chunks_exact_mut(keys));
        for (row, (shares, slopes)) in block.clone().zip(rows) {
            let [attended, slope] =
                [from.attended, from.slopes].map(|numbers| &numbers[at(row)..][..self.head()]);
            let [mean] = sums(attended, slope, |attended, slope| [attended * slope]);
            let factors = mask.as_deref_mut().map(|mask| {
                mask.fill(&mut factors[..=row]);
                &factors[..=row]
            });
            let log = from.logs[head * self.length + row];
            self.soften_back(shares, slopes, row + 1, [log, mean], factors);
        }
        let [shares, slopes] = [&*scores, &*slopes].map(|numbers| Matrix::new(numbers, size, keys));
        for (part, positions, a, b, add) in [
            (0, block, slopes, key, false),
            (1, 0..keys, slopes.transposed(), query, true),
            (2, 0..keys, shares.transposed(), dy, true),
        ] {
            let to = &mut dqkv[positions.start * 3 * width + part * width + head * self.head()..];
            let to = MatrixMut::strided(to, positions.len(), self.head(), 3 * width);
            gemm_alone(*arithmetic, scratch, a, b, to, add);
        }
    }

    /// One row of scores and of the slopes of its probabilities: the scores become the
    /// probabilities that the forward pass used, the slopes those of the scores.
    #[inline(always)]
    fn soften_back(
        &self,
        scores: &mut [f32],
        slopes: &mut [f32],
        seen: usize,
        [log, mean]: [f32; 2],
        factors: Option<&[f32]>,
    ) {
        let scale = self.scale();
        scores[seen..].fill(0.0);
        slopes[seen..].fill(0.0);
        let (scores, slopes) = (&mut scores[..seen], &mut slopes[..seen]);
        match factors {
            None => {
                for (score, slope) in scores.iter_mut().zip(slopes) {
                    *score = exp(scale * *score - log);
                    *slope = *score * (*slope - mean) * scale;
                }
            }
            Some(factors) => {
                for ((score, slope), factor) in scores.iter_mut().zip(slopes).zip(factors) {
                    let share = exp(scale * *score - log);
                    *slope = share * (*slope * factor - mean) * scale;
                    *score = share * factor;
                }
            }
        }
    }

    /// Every head with every block of queries.
    fn blocks(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let length = self.length;
        let blocks = move || (0..length).step_by(BLOCK).map(move |start| start..length.min(start + BLOCK));
        (0..self.heads).flat_map(move |head| blocks().map(move |block| (head, block)))
    }

    fn heads<'a>(&self, qkv: &'a [f32]) -> Heads<'a> {
        Heads { qkv, width: self.width, head: self.head() }
    }

    /// What scores are multiplied with, so that their variance does not grow with the width.
    fn scale(&self) -> f32 {
        1.0 / (self.head() as f32).sqrt()
    }

    /// Which positions a sample leaves out. The backward pass draws the same in the same order.
    fn mask(&self, draw: Option<Draw>, sample: usize) -> Option<Mask> {
        let draw = draw.filter(|_| self.dropout > 0.0)?;
        Some(Mask::new(self.dropout, self.index, draw, sample))
    }
}

/// What the backward pass has of the forward pass, and the slopes of its output.
struct Attended<'a> {
    qkv: &'a [f32],
    attended: &'a [f32],
    slopes: &'a [f32],
    logs: &'a [f32],
}

/// Queries, keys and values of one sample, `[length, 3, heads, head]`.
#[derive(Clone, Copy)]
struct Heads<'a> {
    qkv: &'a [f32],
    width: usize,
    head: usize,
}

impl<'a> Heads<'a> {
    /// The queries (0), keys (1) or values (2) of a head at these positions.
    fn view(self, part: usize, head: usize, positions: Range<usize>) -> Matrix<'a> {
        let start = positions.start * 3 * self.width + part * self.width + head * self.head;
        Matrix::strided(&self.qkv[start..], positions.len(), self.head, 3 * self.width)
    }
}

/// What a thread works in.
struct Room<'a> {
    arithmetic: Arithmetic,
    /// Of the matrix product.
    scratch: &'a mut [f32],
    scores: &'a mut [f32],
    slopes: &'a mut [f32],
    factors: &'a mut [f32],
}

impl<'a> Room<'a> {
    fn new(arithmetic: Arithmetic, length: usize, room: &'a mut [f32]) -> Self {
        let (scratch, rest) = room.split_at_mut(gemm_scratch(1));
        let (scores, rest) = rest.split_at_mut(BLOCK * length);
        let (slopes, factors) = rest.split_at_mut(BLOCK * length);
        Self { arithmetic, scratch, scores, slopes, factors }
    }
}

/// Softmax of `scale * scores`, in place; the logarithm of the sum of the exponentials.
#[inline(always)]
fn soften(scores: &mut [f32], scale: f32) -> f32 {
    let most = largest(scores);
    scores.iter_mut().for_each(|score| *score = exp(scale * (*score - most)));
    let [total] = sums(scores, scores, |score, _| [score]);
    let share = 1.0 / total;
    scores.iter_mut().for_each(|score| *score *= share);
    scale * most + total.ln()
}

impl Layer for Attention {
    fn inputs(&self) -> usize {
        self.length.saturating_mul(self.width)
    }

    fn outputs(&self) -> usize {
        self.inputs()
    }

    fn visit_parameters(&self, visit: &mut dyn FnMut(Parameter)) {
        let names = [["in_proj_weight", "in_proj_bias"], ["out_proj.weight", "out_proj.bias"]];
        for (projection, names) in self.projections().iter().zip(names) {
            projection.visit_named(names, visit);
        }
    }

    /// Queries, keys, values, the result before its projection, and a logarithm for each row.
    fn kept(&self) -> usize {
        self.work().saturating_add(self.heads.saturating_mul(self.length))
    }

    /// Queries, keys, values and the result, or their slopes.
    fn work(&self) -> usize {
        self.inputs().saturating_mul(4)
    }

    /// Of the two projections, and of the products with keys and values at the positions that each
    /// position may see.
    fn multiply_adds(&self) -> u128 {
        let length = self.length as u128;
        let seen = length * (length + 1) / 2;
        let [inwards, outwards] = self.projections().map(|projection| projection.multiply_adds());
        let projections = inwards.saturating_add(outwards);
        projections.saturating_add(seen.saturating_mul(2 * self.width as u128))
    }

    fn squares_room(&self) -> usize {
        self.projections().iter().map(Layer::squares_room).max().unwrap_or(0)
    }

    /// Its projections do it.
    fn squares(&self, _pass: &mut Pass, _buffers: &mut Backward, _squares: &mut Squares) {}

    fn scratch(&self, threads: usize) -> usize {
        let room = gemm_scratch(1).saturating_add(self.block_room());
        let rotary = Rotary { length: self.length, heads: self.heads, head: self.head() };
        threads.saturating_mul(room).max(rotary.scratch())
    }

    fn forward(&self, pass: &mut Pass, buffers: Forward) {
        let Forward { parameters, x, kept, work, y, .. } = buffers;
        let numbers = pass.samples * self.inputs();
        let room = if pass.training.is_some() { kept } else { work };
        let (qkv, rest) = room.split_at_mut(3 * numbers);
        let (attended, logs) = rest.split_at_mut(numbers);
        let [inwards, outwards] = self.projections();
        let (before, after) = parameters.split_at(inwards.numbers());
        inwards.forward(pass, Forward::stateless(before, x, qkv));
        self.turn(pass, qkv, false);
        self.attend(pass, qkv, attended, logs);
        outwards.forward(pass, Forward::stateless(after, attended, y));
    }

    fn backward(&self, pass: &mut Pass, buffers: Backward) {
        let Backward { parameters, x, kept, work, dy, dx, gradient, add, .. } = buffers;
        let numbers = pass.samples * self.inputs();
        let (qkv, rest) = kept.split_at(3 * numbers);
        let (attended, logs) = rest.split_at(numbers);
        let (dqkv, slopes) = work.split_at_mut(3 * numbers);
        let [inwards, outwards] = self.projections();
        let (before, after) = parameters.split_at(inwards.numbers());
        let (gradient_before, gradient_after) = gradient.split_at_mut(inwards.numbers());
        let slopes = &mut slopes[..numbers];
        let outer = Backward::stateless(after, attended, dy, Some(slopes), gradient_after, add);
        squares::backward(&outwards, pass, outer);
        self.attend_back(pass, &Attended { qkv, attended, slopes, logs }, dqkv);
        self.turn(pass, dqkv, true);
        let inner = Backward::stateless(before, x, dqkv, dx, gradient_before, add);
        squares::backward(&inwards, pass, inner);
    }
}
