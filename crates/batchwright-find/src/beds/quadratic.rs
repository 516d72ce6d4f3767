//! SGD or Adam on a noisy quadratic (Zhang et al. 2019), with a virtual clock.
//!
//! ```text
//! h_i = i^-spectrum                       curvature of direction i
//! g   = h w + sqrt(noise h / B) xi        gradient of a batch of B samples, xi ~ N(0, 1)
//! v   = momentum v + g;  w = w - lr v     start: w_i = sqrt(start)
//!       nesterov: w = w - lr (g + momentum v);  Adam: see `AdamStep`
//! val_loss = sum(h w^2) / 2 * exp(eval_noise z)
//! seconds of a step = (alpha + beta max(B, flat)) * exp(jitter z)
//! ```
//!
//! In the form of moments, the recursion of E[w^2] replaces w. It is deterministic, with exact
//! steps to a target. Sampled runs cross a target earlier than their expectation does. Adam divides
//! by what it has seen, so it has no such recursion: it can only be sampled.

use crate::beds::descent::{AdamStep, BedOptimizer, LinearStep};
use crate::beds::ledger::{DIVERGED, Ledger};
use crate::beds::normal::FastNormal;
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
    /// How the weights follow from the gradients.
    pub optimizer: BedOptimizer,
    /// Momentum of SGD, in 0..1.
    pub momentum: f64,
    /// Whether SGD uses its momentum in Nesterov's form.
    pub nesterov: bool,
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
            optimizer: BedOptimizer::Sgd,
            momentum: 0.0,
            nesterov: false,
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
        let h = self.curvatures();
        let state = State::new(self, request, &h).ok_or_else(no_moments)?;
        let random = RandomStream::new(request.seed, Domain::Bed, request.batch_size, 0);
        Ok(Box::new(Run {
            bed: self,
            ledger: Ledger::new(request),
            h,
            state,
            random,
            normal: FastNormal::new(),
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

fn no_moments() -> TrialError {
    TrialError::Failed("Adam has no moments in closed form; use Form::Sampled".to_owned())
}

/// Vectors `[dims]`.
enum State {
    /// E[w^2] of SGD without momentum.
    Plain { ww: Vec<f64> },
    /// E[w^2], E[w v], E[v^2].
    Moments { moments: Vec<[f64; 3]>, steps: Vec<LinearStep> },
    /// `scale`: standard deviation of the gradient.
    Sgd { w: Vec<f64>, v: Vec<f64>, scale: Vec<f64> },
    /// `state`: weights, means of the gradient and of its square. `noise` is that of one step.
    Adam { step: AdamStep, state: [Vec<f64>; 3], scale: Vec<f64>, noise: Vec<f64> },
}

impl State {
    /// `None` if the optimizer does not have the form.
    fn new(bed: &Quadratic, request: &TrialRequest, h: &[f64]) -> Option<Self> {
        let (batch_size, lr) = (request.batch_size, request.learning_rate);
        let zeros = || vec![0.0; h.len()];
        let w = || vec![bed.start.sqrt(); h.len()];
        let scale = || h.iter().map(|h| (bed.noise / batch_size as f64 * h).sqrt()).collect();
        match (bed.form, bed.optimizer) {
            (Form::Moments, BedOptimizer::Adam) => None,
            (Form::Moments, BedOptimizer::Sgd) if bed.momentum == 0.0 => {
                Some(Self::Plain { ww: vec![bed.start; h.len()] })
            }
            (Form::Moments, BedOptimizer::Sgd) => Some(Self::Moments {
                moments: vec![[bed.start, 0.0, 0.0]; h.len()],
                steps: h.iter().map(|&h| LinearStep::new(h, lr, bed.momentum, bed.nesterov)).collect(),
            }),
            (Form::Sampled, BedOptimizer::Sgd) => Some(Self::Sgd { w: w(), v: zeros(), scale: scale() }),
            (Form::Sampled, BedOptimizer::Adam) => Some(Self::Adam {
                step: AdamStep::new(batch_size, lr),
                state: [w(), zeros(), zeros()],
                scale: scale(),
                noise: zeros(),
            }),
        }
    }
}

struct Run<'a> {
    bed: &'a Quadratic,
    ledger: Ledger,
    h: Vec<f64>,
    state: State,
    random: RandomStream,
    normal: FastNormal,
    seconds: f64,
}

impl Run<'_> {
    fn step(&mut self) {
        let lr = self.ledger.request.learning_rate;
        let noise = self.bed.noise / self.ledger.request.batch_size as f64;
        let h = &self.h;
        let normal = || self.normal.draw(&mut self.random);
        match &mut self.state {
            State::Plain { ww } => plain_moments(h, ww, lr, noise),
            State::Moments { moments, steps } => {
                for ((moments, step), h) in moments.iter_mut().zip(steps).zip(h) {
                    *moments = step.moments(*moments, noise * h);
                }
            }
            State::Sgd { w, v, scale } => {
                let (mu, nesterov) = (self.bed.momentum, self.bed.nesterov);
                sgd_step(h, scale, [w, v], (mu, nesterov, lr), normal);
            }
            State::Adam { step, state: [w, mean, square], scale, noise } => {
                // All at once, so that the arithmetic of the step is a loop without calls.
                fill_noise(noise, scale, normal);
                step.apply(self.ledger.step + 1, h, noise, [w, mean, square]);
            }
        }
        let jitter = self.factor(self.bed.jitter);
        self.seconds += self.bed.step_seconds(self.ledger.request.batch_size) * jitter;
        self.ledger.step += 1;
    }

    /// A random factor whose ln has this standard deviation.
    fn factor(&mut self, sd: f64) -> f64 {
        let noisy = sd > 0.0 && self.bed.form == Form::Sampled;
        if noisy { (sd * self.normal.draw(&mut self.random)).exp() } else { 1.0 }
    }

    fn loss(&mut self) -> f64 {
        let of_weights = |w: &[f64]| self.h.iter().zip(w).map(|(h, w)| h * w * w).sum::<f64>();
        let twice: f64 = match &self.state {
            State::Plain { ww } => self.h.iter().zip(ww).map(|(h, ww)| h * ww).sum(),
            State::Moments { moments, .. } => self.h.iter().zip(moments).map(|(h, it)| h * it[0]).sum(),
            State::Sgd { w, .. } | State::Adam { state: [w, ..], .. } => of_weights(w),
        };
        let loss = twice / 2.0 * self.factor(self.bed.eval_noise);
        if loss <= DIVERGED { loss } else { f64::NAN }
    }
}

/// s <- (1 - a h)^2 s + a^2 noise h, s = E[w^2], `noise` per batch.
fn plain_moments(h: &[f64], ww: &mut [f64], lr: f64, noise: f64) {
    for (ww, h) in ww.iter_mut().zip(h) {
        *ww = (1.0 - lr * h).powi(2) * *ww + lr * lr * h * noise;
    }
}

fn sgd_step(
    h: &[f64],
    scale: &[f64],
    [w, v]: [&mut [f64]; 2],
    (mu, nesterov, lr): (f64, bool, f64),
    mut normal: impl FnMut() -> f64,
) {
    for (((w, v), h), scale) in w.iter_mut().zip(v).zip(h).zip(scale) {
        let g = h * *w + scale * normal();
        *v = mu * *v + g;
        *w -= lr * if nesterov { g + mu * *v } else { *v };
    }
}

fn fill_noise(noise: &mut [f64], scale: &[f64], mut normal: impl FnMut() -> f64) {
    noise.iter_mut().zip(scale).for_each(|(noise, scale)| *noise = scale * normal());
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
    /// too. Sampled runs must average to the moments, with momentum of either form too.
    #[test]
    fn sampled_runs_average_to_the_moments() {
        for (momentum, nesterov) in [(0.0, false), (0.8, false), (0.8, true)] {
            let moments = Quadratic { momentum, nesterov, ..Quadratic::default() };
            let sampled = Quadratic { form: Form::Sampled, ..moments.clone() };
            let mean = (0..400).map(|seed| last_loss(&sampled, seed, 40)).sum::<f64>() / 400.0;
            let exact = last_loss(&moments, 0, 40);
            assert!((mean / exact - 1.0).abs() < 0.03, "{momentum} {nesterov}: {mean} {exact}");
        }
    }

    /// Without momentum all recursions are mathematically the same.
    #[test]
    fn the_moment_recursions_agree_without_momentum() {
        let h = [1.0, 0.5];
        for nesterov in [false, true] {
            let (mut plain, mut moments) = ([1.0, 1.0], [[1.0, 0.0, 0.0]; 2]);
            for _ in 0..50 {
                plain_moments(&h, &mut plain, 0.3, 0.01);
                for (moments, h) in moments.iter_mut().zip(h) {
                    *moments = LinearStep::new(h, 0.3, 0.0, nesterov).moments(*moments, 0.01 * h);
                }
            }
            assert!(plain.iter().zip(moments).all(|(a, b)| (a - b[0]).abs() < 1e-12));
        }
    }

    /// Without noise the loss is that of one trajectory. PyTorch writes Nesterov's form as here;
    /// others look ahead with the weights, which is another sequence at the same rate.
    #[test]
    fn nesterov_without_noise_takes_the_steps_of_the_definition() {
        let bed = Quadratic { dims: 1, noise: 0.0, momentum: 0.5, nesterov: true, ..Quadratic::default() };
        // v: 1, 1.35;  w: 1 - 0.1 (1 + 0.5) = 0.85, 0.85 - 0.1 (0.85 + 0.675) = 0.6975.
        for form in [Form::Moments, Form::Sampled] {
            let bed = Quadratic { form, ..bed.clone() };
            assert!((last_loss(&bed, 0, 2) - 0.6975 * 0.6975 / 2.0).abs() < 1e-15, "{form:?}");
        }
    }

    /// Adam moves every weight by about the rate, however small its curvature: after two steps
    /// without noise the loss is the start's, times (1 - 2 rate)^2, to first order.
    #[test]
    fn adam_is_sampled_or_refused() {
        let moments = Quadratic { optimizer: BedOptimizer::Adam, noise: 0.0, ..Quadratic::default() };
        let sampled = Quadratic { form: Form::Sampled, ..moments.clone() };
        let start: f64 = sampled.curvatures().iter().sum::<f64>() / 2.0;
        assert!((last_loss(&sampled, 0, 2) / start - 0.64).abs() < 1e-3);
        let request =
            TrialRequest { batch_size: 1, learning_rate: 0.1, seed: 0, max_samples: 9, eval_samples: 1 };
        assert!(matches!(moments.start(&request), Err(TrialError::Failed(_))));
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
