//! Steps of SGD to the target by the expected loss: exact moments, no runs. They find the
//! neighbourhood of the best rate at low cost.
//!
//! A step of the moments of a direction is an affine map, and so are two of them, four of them and
//! so on. From these powers the loss after any number of steps follows in a few products, and the
//! first evaluation below the target by bisection.

use batchwright_find::beds::LinearStep;

use crate::bed::Bed;

/// A rate with an expected loss this large has diverged.
const DIVERGED: f64 = 1e6;

/// The rate of fewest expected steps, with these steps. If none reaches the target within `limit`
/// steps: the lowest rate and infinity.
pub(crate) fn fastest(bed: &Bed, batch_size: u64, rates: &[f64], limit: u64) -> (f64, f64) {
    let mut fastest = (rates[0], f64::INFINITY);
    // From the highest rate down: high rates diverge or arrive early, and then limit the steps of
    // lower ones.
    for &rate in rates.iter().rev() {
        let limit = if fastest.1.is_finite() { fastest.1 as u64 } else { limit };
        if let Some(steps) = expected_steps(bed, batch_size, rate, limit) {
            fastest = (rate, steps as f64);
        }
    }
    fastest
}

/// The first evaluation at which the expected loss is below the target; `None` where it diverges or
/// takes more than `limit` steps. A loss that is below the target only for a while, less than from
/// some power of two evaluations to the next, may be missed.
pub(crate) fn expected_steps(bed: &Bed, batch_size: u64, learning_rate: f64, limit: u64) -> Option<u64> {
    let every = bed.eval_every(batch_size);
    let h = bed.curvatures();
    let loss = |moments: &[[f64; 3]]| h.iter().zip(moments).map(|(h, it)| h * it[0]).sum::<f64>() / 2.0;
    // `powers[k]` is 2^k evaluations.
    let mut powers: Vec<Vec<Affine>> = vec![to_next_evaluation(bed, &h, batch_size, learning_rate)];
    let (mut evaluations, mut moments) = (0, vec![[bed.start, 0.0, 0.0]; h.len()]);
    loop {
        let last = &powers[powers.len() - 1];
        let after = applied(last, &vec![[bed.start, 0.0, 0.0]; h.len()]);
        let loss = loss(&after);
        if loss < bed.target {
            break;
        }
        evaluations = 1 << (powers.len() - 1);
        if evaluations * every > limit || loss.is_nan() || loss >= DIVERGED {
            return None;
        }
        moments = after;
        powers.push(last.iter().map(|map| map.then(map)).collect());
    }
    // The target lies after `evaluations`, within the last power, of which the first half is done.
    for (k, power) in powers.iter().enumerate().rev().skip(2) {
        let after = applied(power, &moments);
        if loss(&after) >= bed.target {
            (evaluations, moments) = (evaluations + (1 << k), after);
        }
    }
    let steps = (evaluations + 1) * every;
    (steps <= limit).then_some(steps)
}

fn to_next_evaluation(bed: &Bed, h: &[f64], batch_size: u64, learning_rate: f64) -> Vec<Affine> {
    let rate = bed.law_rate(batch_size, learning_rate);
    let noise = bed.noise / bed.law_size(batch_size) as f64;
    let every = bed.eval_every(batch_size);
    h.iter().map(|&h| Affine::step(bed.step(h, rate), noise * h).power(every)).collect()
}

fn applied(maps: &[Affine], moments: &[[f64; 3]]) -> Vec<[f64; 3]> {
    maps.iter().zip(moments).map(|(map, &moments)| map.of(moments)).collect()
}

/// E[w^2], E[w v] and E[v^2] of one direction after some steps, from those before: a matrix, of
/// which the columns are given, and a constant.
#[derive(Debug, Clone, Copy)]
struct Affine {
    columns: [[f64; 3]; 3],
    constant: [f64; 3],
}

impl Affine {
    /// No step.
    const IDENTITY: Self =
        Self { columns: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], constant: [0.0; 3] };

    fn step(step: LinearStep, variance: f64) -> Self {
        let columns = Self::IDENTITY.columns.map(|unit| step.moments(unit, 0.0));
        Self { columns, constant: step.moments([0.0; 3], variance) }
    }

    fn linear(&self, x: [f64; 3]) -> [f64; 3] {
        let [a, b, c] = self.columns;
        std::array::from_fn(|row| a[row] * x[0] + b[row] * x[1] + c[row] * x[2])
    }

    fn of(&self, x: [f64; 3]) -> [f64; 3] {
        let moved = self.linear(x);
        std::array::from_fn(|row| moved[row] + self.constant[row])
    }

    /// This, then `next`.
    fn then(&self, next: &Self) -> Self {
        Self { columns: self.columns.map(|column| next.linear(column)), constant: next.of(self.constant) }
    }

    fn power(self, mut times: u64) -> Self {
        let (mut power, mut square) = (Self::IDENTITY, self);
        while times > 0 {
            if times % 2 == 1 {
                power = power.then(&square);
            }
            square = square.then(&square);
            times /= 2;
        }
        power
    }
}
