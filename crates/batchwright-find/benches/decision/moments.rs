//! Steps of SGD to the target by the expected loss: exact moments, no runs. They find the
//! neighbourhood of the best rate at low cost.

use batchwright_find::beds::LinearStep;

use crate::bed::Bed;

/// A rate with an expected loss this large has diverged.
const DIVERGED: f64 = 1e6;
/// Steps between two tests for divergence.
const LOOK: u64 = 64;

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
/// takes more than `limit` steps.
fn expected_steps(bed: &Bed, batch_size: u64, learning_rate: f64, limit: u64) -> Option<u64> {
    let every = bed.eval_every(batch_size);
    let mut moments = Moments::new(bed, batch_size, bed.law_rate(batch_size, learning_rate));
    for step in 1..=limit {
        moments.step();
        if step % every == 0 || step % LOOK == 0 {
            let loss = moments.loss();
            if step % every == 0 && loss < bed.target {
                return Some(step);
            }
            if loss.is_nan() || loss >= DIVERGED {
                return None;
            }
        }
    }
    None
}

/// E[w^2], E[w v] and E[v^2] of each direction.
struct Moments {
    h: Vec<f64>,
    steps: Vec<LinearStep>,
    ww: Vec<f64>,
    wv: Vec<f64>,
    vv: Vec<f64>,
    momentum: f64,
    rate: f64,
    /// Variance of the gradient of a batch, divided by the curvature.
    noise: f64,
}

impl Moments {
    fn new(bed: &Bed, batch_size: u64, rate: f64) -> Self {
        let (h, zeros) = (bed.curvatures(), vec![0.0; bed.dims]);
        Self {
            steps: h.iter().map(|&h| bed.step(h, rate)).collect(),
            h,
            ww: vec![bed.start; bed.dims],
            wv: zeros.clone(),
            vv: zeros,
            momentum: bed.momentum,
            rate,
            noise: bed.noise / bed.law_size(batch_size) as f64,
        }
    }

    fn step(&mut self) {
        let (a, noise) = (self.rate, self.noise);
        if self.momentum == 0.0 {
            // Then w does not depend on v, and half of the work is enough.
            for (ww, h) in self.ww.iter_mut().zip(&self.h) {
                let kept = 1.0 - a * h;
                *ww = kept * kept * *ww + a * a * noise * h;
            }
            return;
        }
        let moments = self.ww.iter_mut().zip(&mut self.wv).zip(&mut self.vv);
        for (((ww, wv), vv), (step, h)) in moments.zip(self.steps.iter().zip(&self.h)) {
            [*ww, *wv, *vv] = step.moments([*ww, *wv, *vv], noise * h);
        }
    }

    fn loss(&self) -> f64 {
        self.h.iter().zip(&self.ww).map(|(h, ww)| h * ww).sum::<f64>() / 2.0
    }
}
