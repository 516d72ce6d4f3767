//! SGD on linear regression, x ~ N(0, I_d), no label noise.
//!
//! With the error e of the weights, the gradient of a batch is (1/B) sum of x (x . e). The best
//! rate B / (B + d + 1) reduces the expected |e|^2 by the factor 1 - rate per step. So the expected
//! loss decreases by a factor r in ceil(ln r / ln(1 + B / (d + 1))) steps. Single runs scatter
//! around that.

use crate::beds::ledger::{DIVERGED, Ledger};
use crate::trial::step_cost::{StepMeasurement, StepTime};
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use batchwright_data::{Domain, RandomStream};

/// The test bed. `val_loss` is |e|^2, and it is 1 at the start: a decrease by the factor r is the
/// target `val_loss < 1/r`.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Dimensions, at least 1.
    pub dims: usize,
    /// Constant seconds of a step.
    pub alpha: f64,
    /// Seconds per sample.
    pub beta: f64,
    /// The assumed number of training samples.
    pub samples: u64,
}

impl Default for Regression {
    fn default() -> Self {
        Self { dims: 31, alpha: 0.01, beta: 1e-4, samples: 1000 }
    }
}

impl Regression {
    /// The rate that reduces the expected error fastest.
    pub fn best_rate(&self, batch_size: u64) -> f64 {
        batch_size as f64 / (batch_size as f64 + self.dims as f64 + 1.0)
    }

    /// Steps in which the *expected* |e|^2 decreases by the factor `fall` at the best rate.
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

    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
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

    /// The closed form is the reference of the study's tests: an error in it would move them all.
    #[test]
    fn expected_steps_are_the_published_ones() {
        let bed = Regression::default();
        let sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024];
        let steps = sizes.map(|size| bed.expected_steps(size, 1e4));
        assert_eq!(steps, [300, 152, 79, 42, 23, 14, 9, 6, 5, 3]);
    }

    /// One step from |e|^2 = 1, computed by hand: along e the factor is 1 - a Q/B with Q ~ chi^2_B,
    /// across it a^2 Q chi^2_{d-1} / B^2. So not only the mean (1 - rate) of the sampled vectors
    /// must be right, but also their spread.
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
