//! The parameters that a backward pass works with: those of a network that stays as it is, or those
//! that the pass updates as soon as it has their gradient.
//!
//! An update right after the gradient of a layer finds it in the caches. It cannot wait for the
//! norm of the whole gradient, so it is only for steps whose gradient is neither clipped nor the sum
//! of several micro-batches.

use crate::compute::context::Compute;
use crate::compute::owners::{Owners, UNIT};
use crate::layer::take::{take_end, take_end_mut};
use crate::rule::Rule;

/// The parameters of a sequence of layers.
pub(crate) enum Weights<'a> {
    Kept(&'a [f32]),
    Updated(Updated<'a>),
}

impl<'a> Weights<'a> {
    /// Removes the parameters of the last layer and returns them.
    pub(crate) fn take_end(&mut self, len: usize, units: usize) -> Self {
        match self {
            Self::Kept(numbers) => Self::Kept(take_end(numbers, len)),
            Self::Updated(updated) => Self::Updated(updated.take_end(len, units)),
        }
    }
}

/// Parameters, and what their update needs.
pub(crate) struct Updated<'a> {
    pub(crate) rule: Rule,
    pub(crate) weights: &'a mut [f32],
    /// First and second moments, or what the optimizer has instead; the second may be empty.
    pub(crate) moments: [&'a mut [f32]; 2],
    /// Sum of the squares of the gradient, one for each unit of the owners.
    pub(crate) squares: &'a mut [f32],
}

impl<'a> Updated<'a> {
    /// Removes the last parameters and returns them.
    pub(crate) fn take_end(&mut self, len: usize, units: usize) -> Self {
        let [first, second] = &mut self.moments;
        let second_len = if second.is_empty() { 0 } else { len };
        Self {
            rule: self.rule,
            weights: take_end_mut(&mut self.weights, len),
            moments: [take_end_mut(first, len), take_end_mut(second, second_len)],
            squares: take_end_mut(&mut self.squares, units),
        }
    }

    /// As [`Updated::apply`], for few parameters, on the calling thread.
    pub(crate) fn apply_alone(self, gradient: &[f32]) {
        let Self { rule, weights, moments, squares } = self;
        for (sum, unit) in squares.iter_mut().zip(gradient.chunks(UNIT)) {
            *sum = squares_of(unit);
        }
        if squares.iter().all(|sum| sum.is_finite()) {
            rule.apply(weights, moments, gradient);
        }
    }

    /// Updates all parameters with their gradient, unless one of its numbers is not finite.
    pub(crate) fn apply(self, compute: &Compute, owners: &Owners, gradient: &mut [f32]) {
        let Self { rule, weights, moments, squares } = self;
        sum_squares(compute, owners, gradient, squares);
        if squares.iter().all(|sum| sum.is_finite()) {
            rule.apply_all(compute, owners, weights, moments, gradient);
        }
    }
}

/// The sum of the squares of each unit.
pub(crate) fn sum_squares(compute: &Compute, owners: &Owners, numbers: &mut [f32], sums: &mut [f32]) {
    owners.each(
        compute,
        [numbers],
        sums,
        #[inline(always)]
        |_, [unit], sum| *sum = squares_of(unit),
    );
}

/// Sum of squares, with 64 running sums: a single one would have to wait for each addition.
#[inline(always)]
pub(crate) fn squares_of(numbers: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 64];
    let mut chunks = numbers.chunks_exact(64);
    for chunk in &mut chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane += number * number;
        }
    }
    lanes.iter().sum::<f32>() + chunks.remainder().iter().map(|number| number * number).sum::<f32>()
}
