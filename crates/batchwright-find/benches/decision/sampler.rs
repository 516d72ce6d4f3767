//! The median number of steps that sampled runs need to reach the target: many runs of one size and
//! rate in parallel, evaluation by evaluation.
//!
//! Between two evaluations nothing is observed, and the law is linear with normal noise. So the
//! state of a direction after all steps between them is drawn at once, exactly, from its
//! conditional distribution. At small sizes this saves most of the work.

use batchwright_data::{Domain, RandomStream};

use crate::bed::Bed;
use crate::normal::Normal;

/// A run has diverged at this loss.
const DIVERGED: f64 = 1e6;
/// Part of the key of these streams. Trials of studies have 0 there, so no run is both.
const STREAM: u64 = 1;

/// How (w, v) of one direction moves from one evaluation to the next: a matrix, and the Cholesky
/// factor of the noise.
#[derive(Debug, Clone, Copy)]
struct Jump {
    matrix: [[f64; 2]; 2],
    w_noise: f64,
    v_noise: [f64; 2],
}

impl Jump {
    /// `steps` steps of v' = momentum v + h w + noise xi, w' = w - lr v'.
    fn new(h: f64, momentum: f64, lr: f64, noise: f64, steps: u64) -> Self {
        let step = [[1.0 - lr * h, -lr * momentum], [h, momentum]];
        let one = [-lr * noise, noise];
        let (mut matrix, mut covariance) = ([[1.0, 0.0], [0.0, 1.0]], [[0.0; 2]; 2]);
        for _ in 0..steps {
            matrix = product(step, matrix);
            covariance = product(product(step, covariance), transposed(step));
            for (row, a) in covariance.iter_mut().zip(one) {
                row[0] += a * one[0];
                row[1] += a * one[1];
            }
        }
        let w_noise = covariance[0][0].sqrt();
        let shared = if w_noise > 0.0 { covariance[0][1] / w_noise } else { 0.0 };
        let own = (covariance[1][1] - shared * shared).max(0.0).sqrt();
        Self { matrix, w_noise, v_noise: [shared, own] }
    }
}

fn product(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    a.map(|row| [row[0] * b[0][0] + row[1] * b[1][0], row[0] * b[0][1] + row[1] * b[1][1]])
}

fn transposed(a: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
}

/// Draws the runs of one bed.
pub(crate) struct Sampler<'a> {
    bed: &'a Bed,
    h: Vec<f64>,
    normal: Normal,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(bed: &'a Bed) -> Self {
        Self { bed, h: bed.curvatures(), normal: Normal::new() }
    }

    /// Median of the steps to the target of `runs` runs of at most `limit` steps; infinite if half
    /// of them or more miss it. The same `key` gives the same runs.
    pub(crate) fn median_steps(
        &self,
        batch_size: u64,
        learning_rate: f64,
        runs: usize,
        limit: u64,
        key: u64,
    ) -> f64 {
        let every = self.bed.eval_every(batch_size);
        let rate = self.bed.law_rate(batch_size, learning_rate);
        let jumps = self.jumps(batch_size, rate, every);
        let mut stream = RandomStream::new(key ^ learning_rate.to_bits(), Domain::Bed, batch_size, STREAM);
        let mut states = vec![(self.bed.start.sqrt(), 0.0); runs * self.h.len()];
        let mut live: Vec<usize> = (0..runs).collect();
        let (mut hits, enough) = (Vec::new(), runs / 2 + 1);
        for evaluation in 1..=limit / every {
            live.retain(|&run| {
                let state = &mut states[run * self.h.len()..][..self.h.len()];
                let loss = self.advance(state, &jumps, &mut stream);
                if loss < self.bed.target {
                    hits.push((evaluation * every) as f64);
                }
                loss >= self.bed.target && loss < DIVERGED
            });
            if hits.len() >= enough || hits.len() + live.len() < enough {
                break;
            }
        }
        median_of(hits, runs)
    }

    fn jumps(&self, batch_size: u64, rate: f64, steps: u64) -> Vec<Jump> {
        let noise = |h: f64| (self.bed.noise * h / batch_size as f64).sqrt();
        self.h.iter().map(|&h| Jump::new(h, self.bed.momentum, rate, noise(h), steps)).collect()
    }

    /// Moves one run to its next evaluation. Returns its measured loss.
    fn advance(&self, state: &mut [(f64, f64)], jumps: &[Jump], stream: &mut RandomStream) -> f64 {
        let twice = if self.bed.momentum == 0.0 {
            self.advance_plain(state, jumps, stream)
        } else {
            self.advance_heavy_ball(state, jumps, stream)
        };
        match self.bed.eval_noise {
            0.0 => twice / 2.0,
            sd => twice / 2.0 * (sd * self.normal.draw(stream)).exp(),
        }
    }

    /// Without momentum w does not depend on v. Returns sum h w^2.
    fn advance_plain(&self, state: &mut [(f64, f64)], jumps: &[Jump], stream: &mut RandomStream) -> f64 {
        let mut sum = 0.0;
        for (((w, _), jump), h) in state.iter_mut().zip(jumps).zip(&self.h) {
            *w = jump.matrix[0][0] * *w + jump.w_noise * self.normal.draw(stream);
            sum += h * *w * *w;
        }
        sum
    }

    fn advance_heavy_ball(&self, state: &mut [(f64, f64)], jumps: &[Jump], stream: &mut RandomStream) -> f64 {
        let mut sum = 0.0;
        for ((state, jump), h) in state.iter_mut().zip(jumps).zip(&self.h) {
            let ((w, v), [of_w, of_v]) = (*state, jump.matrix);
            let first = self.normal.draw(stream);
            // A jump of one step has a single noise. It moves w by -lr times what it adds to v.
            let second = if jump.v_noise[1] > 0.0 { self.normal.draw(stream) } else { 0.0 };
            state.0 = of_w[0] * w + of_w[1] * v + jump.w_noise * first;
            state.1 = of_v[0] * w + of_v[1] * v + jump.v_noise[0] * first + jump.v_noise[1] * second;
            sum += h * state.0 * state.0;
        }
        sum
    }
}

/// The median of `runs` values, of which the smallest are given, ascending. The others are infinite
/// or larger.
fn median_of(least: Vec<f64>, runs: usize) -> f64 {
    let at = |k: usize| least.get(k).copied().unwrap_or(f64::INFINITY);
    (at((runs - 1) / 2) + at(runs / 2)) / 2.0
}
