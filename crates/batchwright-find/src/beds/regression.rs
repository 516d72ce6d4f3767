//! SGD on linear regression, x ~ N(0, I_d), no label noise.
//!
//! With e the error of the weights, a batch's gradient is (1/B) sum of x (x . e), and the best rate B / (B + d + 1) shrinks the expected |e|^2 by
//! 1 - rate a step. So the expected loss falls by a factor r in ceil(ln r / ln(1 + B / (d + 1))) steps; single runs scatter around that.

use crate::beds::ledger::{DIVERGED, Ledger};
use crate::trial::step_cost::{StepMeasurement, StepTime};
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use batchwright_data::{Domain, RandomStream};

/// The bed. `val_loss` is |e|^2, 1 at the start: a fall by r is the target `val_loss < 1/r`.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Dimensions, at least 1.
    pub dims: usize,
    /// Seconds of a step.
    pub alpha: f64,
    /// Seconds of a sample.
    pub beta: f64,
    /// The pretended number of training samples.
    pub samples: u64,
}

impl Default for Regression {
    fn default() -> Self {
        Self { dims: 31, alpha: 0.01, beta: 1e-4, samples: 1000 }
    }
}

impl Regression {
    /// The rate that shrinks the expected error fastest.
    pub fn best_rate(&self, batch_size: u64) -> f64 {
        batch_size as f64 / (batch_size as f64 + self.dims as f64 + 1.0)
    }

    /// Steps in which the *expected* |e|^2 falls by `fall` at the best rate.
    pub fn expected_steps(&self, batch_size: u64, fall: f64) -> u64 {
        let per_step = (batch_size as f64 / (self.dims as f64 + 1.0)).ln_1p();
        (fall.ln() / per_step).ceil() as u64
    }
}

impl Workload for Regression {
    fn samples(&self) -> Option<u64> {
        Some(self.samples)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let mut e = vec![0.0; self.dims.max(1)];
        e[0] = 1.0;
        let random = RandomStream::new(request.seed, Domain::Bed, request.batch_size, 1);
        Ok(Box::new(Run { bed: self, ledger: Ledger::new(request), e, random }))
    }

    fn pace(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        let median = self.alpha + self.beta * batch_size as f64;
        Ok(StepTime { median, low: median, high: median }.into())
    }

    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        self.best_rate(batch_size)
    }

    fn metrics(&self) -> Vec<String> {
        vec!["val_loss".to_owned()]
    }
}

struct Run<'a> {
    bed: &'a Regression,
    ledger: Ledger,
    /// `[dims]`.
    e: Vec<f64>,
    random: RandomStream,
}

impl Run<'_> {
    fn step(&mut self) {
        let batch_size = self.ledger.request.batch_size;
        let mut gradient = vec![0.0; self.e.len()];
        let mut x = vec![0.0; self.e.len()];
        for _ in 0..batch_size {
            x.fill_with(|| self.random.normal());
            let error: f64 = x.iter().zip(&self.e).map(|(x, e)| x * e).sum();
            gradient.iter_mut().zip(&x).for_each(|(g, x)| *g += error * x);
        }
        let rate = self.ledger.request.learning_rate / batch_size as f64;
        self.e.iter_mut().zip(gradient).for_each(|(e, g)| *e -= rate * g);
        self.ledger.step += 1;
    }
}

impl Trial for Run<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        let Some(steps) = self.ledger.steps_to_next_evaluation() else {
            return Ok(None);
        };
        for _ in 0..steps {
            self.step();
        }
        let loss: f64 = self.e.iter().map(|e| e * e).sum();
        let (step, samples) = (self.ledger.step, self.ledger.samples());
        let seconds = step as f64 * self.bed.alpha + samples as f64 * self.bed.beta;
        let val_loss = if loss <= DIVERGED { loss } else { f64::NAN };
        Ok(Some(self.ledger.row(self.bed.samples, seconds, val_loss)))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed form is the oracle of the study's tests: a slip in it would move them all.
    #[test]
    fn expected_steps_are_the_published_ones() {
        let bed = Regression::default();
        let sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024];
        let steps = sizes.map(|size| bed.expected_steps(size, 1e4));
        assert_eq!(steps, [300, 152, 79, 42, 23, 14, 9, 6, 5, 3]);
    }

    /// One step from |e|^2 = 1 by hand: along e the factor is 1 - a Q/B with Q ~ chi^2_B, across it a^2 Q chi^2_{d-1} / B^2. So vectors are
    /// sampled as they should be, not only in the mean (1 - rate) but in spread.
    #[test]
    fn one_step_has_the_right_distribution() {
        let bed = Regression::default();
        let (size, runs) = (8, 2000);
        let rate = bed.best_rate(size);
        let request = |seed| TrialRequest {
            batch_size: size,
            learning_rate: rate,
            seed,
            max_samples: size,
            eval_samples: size,
        };
        let losses: Vec<f64> = (0..runs)
            .map(|seed| bed.start(&request(seed)).unwrap().next_row().unwrap().unwrap().val_loss.unwrap())
            .collect();
        let mut random = RandomStream::new(5, Domain::Bed, 9, 9);
        let mut chi2 = |freedom| (0..freedom).map(|_| random.normal().powi(2)).sum::<f64>();
        let scalar: Vec<f64> = (0..runs)
            .map(|_| {
                let (q, across, b) = (chi2(size), chi2(30), size as f64);
                (1.0 - rate * q / b).powi(2) + rate * rate * q * across / (b * b)
            })
            .collect();
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let sd = |x: &[f64]| (x.iter().map(|v| (v - mean(x)).powi(2)).sum::<f64>() / x.len() as f64).sqrt();
        assert!((mean(&losses) - (1.0 - rate)).abs() < 0.02, "{} {}", mean(&losses), 1.0 - rate);
        assert!((sd(&losses) / sd(&scalar) - 1.0).abs() < 0.08, "{} {}", sd(&losses), sd(&scalar));
    }
}
