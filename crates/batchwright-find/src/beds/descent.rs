//! The step of the noisy quadratic: SGD with or without momentum, Nesterov's form of it, Adam.
//!
//! Directions are independent of each other. The curvature is along the axes, so Adam scales each
//! direction by itself: an easier problem for it than a rotated one, where directions mix.
//!
//! Left out: what a loss or a step costs, and when a run ends (`quadratic`).

use serde::{Deserialize, Serialize};

/// How the weights follow from the gradients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BedOptimizer {
    /// SGD, with the momentum of the bed.
    #[default]
    Sgd,
    /// Adam, as in [`AdamStep`]. It has no use for the momentum of the bed.
    Adam,
}

/// One step of SGD in one direction is linear in its weight w, its velocity v and the noise e of
/// the gradient:
///
/// ```text
/// w' = matrix[0][0] w + matrix[0][1] v + noise[0] e
/// v' = matrix[1][0] w + matrix[1][1] v + noise[1] e
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearStep {
    /// From (w, v) to (w', v').
    pub matrix: [[f64; 2]; 2],
    /// What a noise of 1 adds to w' and v'.
    pub noise: [f64; 2],
}

impl LinearStep {
    /// The step at a curvature: v' = momentum v + g, and w' = w - rate v', or with Nesterov w' = w -
    /// rate (g + momentum v'), where g = curvature w + e.
    pub fn new(curvature: f64, learning_rate: f64, momentum: f64, nesterov: bool) -> Self {
        let (of_g, of_v) = if nesterov { (1.0 + momentum, momentum * momentum) } else { (1.0, momentum) };
        let (of_g, of_v) = (-learning_rate * of_g, -learning_rate * of_v);
        Self { matrix: [[1.0 + of_g * curvature, of_v], [curvature, momentum]], noise: [of_g, 1.0] }
    }

    /// The step of E[w^2], E[w v] and E[v^2], where the noise has this variance.
    pub fn moments(&self, [ww, wv, vv]: [f64; 3], variance: f64) -> [f64; 3] {
        let ([[a, b], [c, d]], [x, y]) = (self.matrix, self.noise);
        [
            a * a * ww + 2.0 * a * b * wv + b * b * vv + x * x * variance,
            a * c * ww + (a * d + b * c) * wv + b * d * vv + x * y * variance,
            c * c * ww + 2.0 * c * d * wv + d * d * vv + y * y * variance,
        ]
    }
}

/// Adam as PyTorch's `Adam`: means of g and g^2 with the factors 0.9 and 0.999, both corrected for
/// their start at 0, and 1e-8 beside the root.
///
/// The second factor is that of a batch of 32. A larger batch has a shorter memory in steps, at
/// least that of 0.9, so that the memory in samples stays the same.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    learning_rate: f64,
    square_factor: f64,
}

const MEAN_FACTOR: f64 = 0.9;
const SQUARE_FACTOR: f64 = 0.999;
const SQUARE_BATCH: f64 = 32.0;
const BESIDE_ROOT: f64 = 1e-8;

impl AdamStep {
    /// The steps of a batch size at a rate.
    pub fn new(batch_size: u64, learning_rate: f64) -> Self {
        let square_factor = SQUARE_FACTOR.powf(batch_size as f64 / SQUARE_BATCH).max(MEAN_FACTOR);
        Self { learning_rate, square_factor }
    }

    /// Step number `step`, from 1: moves the weights, the means of g and the means of g^2, where g =
    /// h w + noise. All are `[dims]`.
    pub fn apply(&self, step: u64, h: &[f64], noise: &[f64], [w, mean, square]: [&mut [f64]; 3]) {
        let power = |factor: f64| 1.0 - factor.powi(step.try_into().unwrap_or(i32::MAX));
        let beta = self.square_factor;
        // Both corrections are the same for all directions.
        let (rate, root) = (self.learning_rate / power(MEAN_FACTOR), power(beta).sqrt().recip());
        let directions = w.iter_mut().zip(mean).zip(square).zip(h.iter().zip(noise));
        for (((w, mean), square), (h, noise)) in directions {
            let g = h * *w + noise;
            *mean = MEAN_FACTOR * *mean + (1.0 - MEAN_FACTOR) * g;
            *square = beta * *square + (1.0 - beta) * g * g;
            *w -= rate * *mean / (square.sqrt() * root + BESIDE_ROOT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: [[f64; 2]; 3] = [[0.3, -0.2], [-0.6, 0.1], [0.05, -0.9]];
    /// Weights after each step, per batch size. The largest has the shortest memory there is.
    const ADAM: [(u64, [[f64; 2]; 3]); 3] = [
        (
            32,
            [
                [1.300000001111111, 1.3000000114285708],
                [1.1211433639860195, 1.1113695482543446],
                [0.9366621543902373, 1.1275443122794762],
            ],
        ),
        (
            512,
            [
                [1.300000001111111, 1.3000000114285708],
                [1.1206463885499929, 1.1118698823970161],
                [0.9356653830928584, 1.1279543672605494],
            ],
        ),
        (
            8192,
            [
                [1.300000001111111, 1.3000000114285708],
                [1.1176025121652073, 1.1147655502656248],
                [0.9296540376217423, 1.1303378645298767],
            ],
        ),
    ];

    /// A first step is the rate in the direction of the gradient, whatever its size; errors of the
    /// means and of their corrections show later. Golden values are from `tests/oracle/adam.py`.
    #[test]
    fn adam_takes_the_steps_of_the_definition() {
        for (batch_size, golden) in ADAM {
            let (mut w, mut mean, mut square) = ([1.5, 1.5], [0.0; 2], [0.0; 2]);
            for (step, (noise, golden)) in NOISE.iter().zip(golden).enumerate() {
                let state = [&mut w[..], &mut mean[..], &mut square[..]];
                AdamStep::new(batch_size, 0.2).apply(step as u64 + 1, &[1.0, 0.25], noise, state);
                assert!((w[0] - golden[0]).abs() < 1e-13, "{batch_size}, step {step}: {w:?}");
                assert!((w[1] - golden[1]).abs() < 1e-13, "{batch_size}, step {step}: {w:?}");
            }
        }
    }
}
