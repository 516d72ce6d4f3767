//! SGD on a noisy quadratic (Zhang et al. 2019), with a virtual clock.
//!
//! ```text
//! h_i = i^-spectrum                       curvature of direction i
//! g   = h w + sqrt(noise h / B) xi        gradient of a batch of B samples, xi ~ N(0, 1)
//! v   = momentum v + g;  w = w - lr v     start: w_i = sqrt(start)
//! val_loss = sum(h w^2) / 2 * exp(eval_noise z)
//! seconds of a step = (alpha + beta max(B, flat)) * exp(jitter z)
//! ```
//!
//! In the form of moments, the recursion of E[w^2] replaces w. It is deterministic, with exact
//! steps to a target. Sampled runs cross a target earlier than their expectation does.

use crate::beds::ledger::{DIVERGED, Ledger};
use crate::trial::step_cost::{StepMeasurement, StepTime};
use crate::trial::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use batchwright_data::{Domain, RandomStream};

/// What a trial computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Expected values, the same for every seed. `eval_noise` and `jitter` are not used.
    Moments,
    /// One random run.
    Sampled,
}

/// The test bed, see the [module](super). The default is bed C: 100 directions, h = 1/i, no
/// momentum, as moments.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    /// What a trial computes.
    pub form: Form,
    /// Number of directions.
    pub dims: usize,
    /// Exponent of the curvatures.
    pub spectrum: f64,
    /// Variance of the gradient of one sample in direction i, divided by h_i.
    pub noise: f64,
    /// Momentum, in 0..1.
    pub momentum: f64,
    /// w_i^2 at the start.
    pub start: f64,
    /// Standard deviation of the ln of a measured loss.
    pub eval_noise: f64,
    /// Standard deviation of the ln of a step's seconds.
    pub jitter: f64,
    /// Constant seconds of a step, whatever its size.
    pub alpha: f64,
    /// Seconds per sample.
    pub beta: f64,
    /// Below this size a step takes as long as at this size.
    pub flat: u64,
    /// Largest size that fits.
    pub cap: u64,
    /// The assumed number of training samples.
    pub samples: u64,
}

impl Default for Quadratic {
    fn default() -> Self {
        Self {
            form: Form::Moments,
            dims: 100,
            spectrum: 1.0,
            noise: 1.0,
            momentum: 0.0,
            start: 1.0,
            eval_noise: 0.0,
            jitter: 0.0,
            alpha: 0.01,
            beta: 1e-4,
            flat: 0,
            cap: u64::MAX,
            samples: 50_000,
        }
    }
}

impl Quadratic {
    /// Seconds of a step, without jitter.
    pub fn step_seconds(&self, batch_size: u64) -> f64 {
        self.alpha + self.beta * batch_size.max(self.flat) as f64
    }

    fn check(&self, batch_size: u64) -> Result<(), TrialError> {
        if batch_size <= self.cap {
            return Ok(());
        }
        // One byte a sample.
        let reason = format!("it needs {batch_size} bytes, {} are available", self.cap);
        Err(TrialError::DoesNotFit { batch_size, reason })
    }

    fn curvatures(&self) -> Vec<f64> {
        (1..=self.dims).map(|i| (i as f64).powf(-self.spectrum)).collect()
    }
}

impl Workload for Quadratic {
    fn samples(&self) -> Option<u64> {
        Some(self.samples)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        self.check(request.batch_size)?;
        let state = match self.form {
            Form::Moments => State::Moments {
                ww: vec![self.start; self.dims],
                wv: vec![0.0; self.dims],
                vv: vec![0.0; self.dims],
            },
            Form::Sampled => {
                State::Sampled { w: vec![self.start.sqrt(); self.dims], v: vec![0.0; self.dims] }
            }
        };
        let random = RandomStream::new(request.seed, Domain::Bed, request.batch_size, 0);
        Ok(Box::new(Run {
            bed: self,
            ledger: Ledger::new(request),
            h: self.curvatures(),
            state,
            random,
            seconds: 0.0,
        }))
    }

    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        self.check(batch_size)?;
        let median = self.step_seconds(batch_size);
        Ok(StepTime { median, low: median, high: median }.into())
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        Some(batch_size)
    }

    /// McCandlish's law with a noise scale of `noise * dims`, which is its value at the start for a
    /// flat spectrum. Only a starting point.
    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        1.0 / (1.0 + self.noise * self.dims as f64 / batch_size as f64)
    }

    fn metrics(&self) -> Vec<String> {
        vec!["val_loss".to_owned()]
    }
}

/// Vectors `[dims]`.
enum State {
    /// E[w^2], E[w v], E[v^2].
    Moments {
        ww: Vec<f64>,
        wv: Vec<f64>,
        vv: Vec<f64>,
    },
    Sampled {
        w: Vec<f64>,
        v: Vec<f64>,
    },
}

struct Run<'a> {
    bed: &'a Quadratic,
    ledger: Ledger,
    h: Vec<f64>,
    state: State,
    random: RandomStream,
    seconds: f64,
}

impl Run<'_> {
    fn step(&mut self) {
        let (mu, lr) = (self.bed.momentum, self.ledger.request.learning_rate);
        let noise = self.bed.noise / self.ledger.request.batch_size as f64;
        let (h, random) = (&self.h, &mut self.random);
        match &mut self.state {
            State::Moments { ww, .. } if mu == 0.0 => plain_moments(h, ww, lr, noise),
            State::Moments { ww, wv, vv } => heavy_ball_moments(h, ww, wv, vv, (mu, lr, noise)),
            State::Sampled { w, v } => {
                for ((w, v), h) in w.iter_mut().zip(v).zip(h) {
                    *v = mu * *v + h * *w + (noise * h).sqrt() * random.normal();
                    *w -= lr * *v;
                }
            }
        }
        let jitter =
            if self.noisy(self.bed.jitter) { (self.bed.jitter * self.random.normal()).exp() } else { 1.0 };
        self.seconds += self.bed.step_seconds(self.ledger.request.batch_size) * jitter;
        self.ledger.step += 1;
    }

    fn noisy(&self, sd: f64) -> bool {
        sd > 0.0 && self.bed.form == Form::Sampled
    }

    fn loss(&mut self) -> f64 {
        let loss: f64 = match &self.state {
            State::Moments { ww, .. } => self.h.iter().zip(ww).map(|(h, ww)| h * ww).sum(),
            State::Sampled { w, .. } => self.h.iter().zip(w).map(|(h, w)| h * w * w).sum(),
        };
        let noise = if self.noisy(self.bed.eval_noise) {
            (self.bed.eval_noise * self.random.normal()).exp()
        } else {
            1.0
        };
        let loss = loss / 2.0 * noise;
        if loss <= DIVERGED { loss } else { f64::NAN }
    }
}

/// s <- (1 - a h)^2 s + a^2 noise h, s = E[w^2], `noise` per batch.
fn plain_moments(h: &[f64], ww: &mut [f64], lr: f64, noise: f64) {
    for (ww, h) in ww.iter_mut().zip(h) {
        *ww = (1.0 - lr * h).powi(2) * *ww + lr * lr * h * noise;
    }
}

/// v' = mu v + h w + e, w' = w - a v', squared and averaged.
fn heavy_ball_moments(
    h: &[f64],
    ww: &mut [f64],
    wv: &mut [f64],
    vv: &mut [f64],
    (mu, lr, noise): (f64, f64, f64),
) {
    for (((ww, wv), vv), h) in ww.iter_mut().zip(wv).zip(vv).zip(h) {
        let new_vv = mu * mu * *vv + 2.0 * mu * h * *wv + h * h * *ww + noise * h;
        let w_new_v = mu * *wv + h * *ww;
        *ww += lr * (lr * new_vv - 2.0 * w_new_v);
        *wv = w_new_v - lr * new_vv;
        *vv = new_vv;
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
        let val_loss = self.loss();
        Ok(Some(self.ledger.row(self.bed.samples, self.seconds, val_loss)))
    }

    fn can_pause(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_loss(bed: &Quadratic, seed: u64, steps: u64) -> f64 {
        let request = TrialRequest {
            batch_size: 16,
            learning_rate: 0.1,
            seed,
            max_samples: 16 * steps,
            eval_samples: 16 * steps,
        };
        bed.start(&request).unwrap().next_row().unwrap().unwrap().val_loss.unwrap()
    }

    /// The moments are the reference of all other tests, so a wrong recursion would make them wrong
    /// too. Sampled runs must average to the moments, with momentum too.
    #[test]
    fn sampled_runs_average_to_the_moments() {
        for momentum in [0.0, 0.8] {
            let moments = Quadratic { momentum, ..Quadratic::default() };
            let sampled = Quadratic { form: Form::Sampled, ..moments.clone() };
            let mean = (0..400).map(|seed| last_loss(&sampled, seed, 40)).sum::<f64>() / 400.0;
            let exact = last_loss(&moments, 0, 40);
            assert!((mean / exact - 1.0).abs() < 0.03, "momentum {momentum}: {mean} {exact}");
        }
    }

    /// Without momentum both recursions are mathematically the same.
    #[test]
    fn the_two_moment_recursions_agree_without_momentum() {
        let (h, mut plain) = ([1.0, 0.5], [1.0, 1.0]);
        let (mut ww, mut wv, mut vv) = (plain, [0.0; 2], [0.0; 2]);
        for _ in 0..50 {
            plain_moments(&h, &mut plain, 0.3, 0.01);
            heavy_ball_moments(&h, &mut ww, &mut wv, &mut vv, (0.0, 0.3, 0.01));
        }
        assert!(plain.iter().zip(ww).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn divergence_and_misfits_are_reported_as_such() {
        let bed = Quadratic { cap: 64, ..Quadratic::default() };
        let request = TrialRequest {
            batch_size: 64,
            learning_rate: 9.0,
            seed: 0,
            max_samples: 10_000,
            eval_samples: 64,
        };
        let mut trial = bed.start(&request).unwrap();
        let rows: Vec<_> = std::iter::from_fn(|| trial.next_row().unwrap()).collect();
        assert!(rows.last().unwrap().val_loss.unwrap().is_nan());
        let too_large = TrialRequest { batch_size: 65, ..request };
        assert!(matches!(bed.start(&too_large), Err(TrialError::DoesNotFit { batch_size: 65, .. })));
        assert!(matches!(bed.measure_steps(65, 0.1), Err(TrialError::DoesNotFit { .. })));
    }
}
