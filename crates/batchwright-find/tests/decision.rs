//! The arithmetic of the bench `decision`, compared with the beds themselves. A benchmark has no
//! tests of its own, so its files are read from here.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "the rest is used by the benchmark")]

#[path = "../benches/decision/bed.rs"]
mod bed;
#[path = "../benches/decision/jump.rs"]
mod jump;
#[path = "../benches/decision/moments.rs"]
mod moments;
#[path = "../benches/decision/motion.rs"]
mod motion;
#[path = "../benches/decision/sampler.rs"]
mod sampler;

use batchwright_find::beds::{BedOptimizer, Form, LinearStep, Quadratic};
use batchwright_find::{TrialRequest, Workload};
use bed::Bed;
use jump::Jump;
use sampler::Sampler;

/// Plain, heavy ball, Nesterov.
const FORMS: [(f64, bool); 3] = [(0.0, false), (0.9, false), (0.9, true)];

const RUNS: usize = 1001;

/// A jump must end where its steps end: the mean exactly, and the covariance as the steps of the
/// moments give it.
#[test]
fn a_jump_is_its_steps() {
    for (momentum, nesterov) in FORMS {
        let (step, noise) = (LinearStep::new(0.3, 0.4, momentum, nesterov), 0.7);
        let jump = Jump::new(step, noise, 7);
        let mut state = [1.5, -0.5];
        let mut moments = [0.0; 3];
        for _ in 0..7 {
            state = step.matrix.map(|row| row[0] * state[0] + row[1] * state[1]);
            moments = step.moments(moments, noise * noise);
        }
        let jumped = jump.matrix.map(|row| row[0] * 1.5 + row[1] * -0.5);
        let [shared, own] = jump.v_noise;
        let covariance = [jump.w_noise.powi(2), jump.w_noise * shared, shared * shared + own * own];
        for (ours, steps) in jumped.iter().chain(&covariance).zip(state.iter().chain(&moments)) {
            assert!((ours - steps).abs() < 1e-13, "{momentum} {nesterov}: {ours} {steps}");
        }
    }
}

/// The sampler and the trials of studies must draw the same law: the truth comes from the one, the
/// answers from the other. Their medians agree within their error.
#[test]
fn the_sampler_takes_as_long_as_trials() {
    let adam = Bed { optimizer: BedOptimizer::Adam, ..Bed::default() };
    let sgd = FORMS.map(|(momentum, nesterov)| Bed { momentum, nesterov, ..Bed::default() });
    for (bed, rate) in sgd.into_iter().zip([0.2, 0.01, 0.01]).chain([(adam, 0.01)]) {
        let bed = Bed { dims: 30, eval_noise: 0.05, ..bed };
        let sampled = Sampler::new(&bed).median_steps(16, rate, RUNS, 2000, 0);
        let mut trials: Vec<f64> = (0..RUNS as u64).map(|seed| trial_steps(&bed, rate, seed)).collect();
        trials.sort_by(f64::total_cmp);
        assert!((sampled / trials[RUNS / 2] - 1.0).abs() < 0.025, "{bed:?}: {sampled} {}", trials[RUNS / 2]);
    }
}

fn trial_steps(bed: &Bed, learning_rate: f64, seed: u64) -> f64 {
    let (batch_size, eval_samples) = (16, bed.eval_samples);
    let request = TrialRequest { batch_size, learning_rate, seed, max_samples: 32_000, eval_samples };
    let law = Quadratic { form: Form::Sampled, ..bed.law() };
    let mut trial = law.start(&request).unwrap();
    let mut rows = std::iter::from_fn(|| trial.next_row().unwrap());
    rows.find(|row| row.val_loss.unwrap() < bed.target).map_or(f64::INFINITY, |row| row.step as f64)
}

/// A race between rates must name one whose own runs are about as fast as those of the best: the
/// search goes on from there.
#[test]
fn the_first_of_many_rates_is_nearly_the_best() {
    let bed = Bed { dims: 30, optimizer: BedOptimizer::Adam, ..Bed::default() };
    let rates: Vec<f64> = (0..14).map(|k| 0.002 * 1.5f64.powi(k)).collect();
    let sampler = Sampler::new(&bed);
    let (rate, _) = sampler.first(64, &rates, 5, 5000, 1).unwrap();
    let median = |rate: f64| sampler.median_steps(64, rate, 501, 5000, 2);
    let best = rates.iter().map(|&rate| median(rate)).fold(f64::INFINITY, f64::min);
    assert!(median(rate) < 1.25 * best, "{rate}: {} {best}", median(rate));
    assert_eq!(sampler.first(64, &[1e-9], 5, 100, 1), None);
}
