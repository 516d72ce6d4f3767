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
#[path = "../benches/decision/step_pass.rs"]
mod step_pass;
#[path = "../benches/decision/workload.rs"]
mod workload;

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::{BedOptimizer, Form, LinearStep, Quadratic};
use batchwright_find::{StepMeasurement, StepTime, TrialRequest, TrialRow, Workload};
use bed::Bed;
use jump::Jump;
use sampler::Sampler;
use std::collections::BTreeMap;
use workload::{Meter, Metered};

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

/// Bisection must find the evaluation that the recursion of the bed finds step by step, also where
/// an evaluation is several steps; and nothing where the loss stays above the target.
#[test]
fn expected_steps_are_those_of_the_bed_in_moments() {
    for (momentum, nesterov) in FORMS {
        for (batch_size, rate) in [(4, 0.002), (16, 0.01), (64, 0.05), (1024, 0.1), (4, 0.5), (64, 9.0)] {
            let bed = Bed { momentum, nesterov, ..Bed::default() };
            let steps = moments::expected_steps(&bed, batch_size, rate, 4000);
            let law = Quadratic { form: Form::Moments, ..bed.law() };
            let found = first_step(&law, &bed, (batch_size, rate, 0), 4000 * batch_size);
            assert_eq!(steps, found, "{momentum} {nesterov} {batch_size} {rate}");
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
    let steps = first_step(&bed.law(), bed, (16, learning_rate, seed), 32_000);
    steps.map_or(f64::INFINITY, |steps| steps as f64)
}

fn first_step(
    law: &Quadratic,
    bed: &Bed,
    (batch_size, learning_rate, seed): (u64, f64, u64),
    max_samples: u64,
) -> Option<u64> {
    let eval_samples = bed.eval_samples;
    let request = TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples };
    let mut trial = law.start(&request).unwrap();
    let mut rows = std::iter::from_fn(|| trial.next_row().unwrap());
    rows.find(|row| row.val_loss.unwrap() < bed.target).map(|row| row.step)
}

/// With an evaluation every 64 steps the medians of many rates are equal. Within the 64 steps before
/// them the smooth ones must still tell a slow rate from a fast one.
#[test]
fn smooth_steps_see_between_evaluations() {
    let bed = Bed { dims: 30, eval_samples: 64 * 64, ..Bed::default() };
    let sampler = Sampler::new(&bed);
    let mut before = f64::INFINITY;
    for rate in [0.05, 0.06, 0.07, 0.08, 0.1] {
        let median = sampler.median_steps(64, rate, RUNS, 5000, 0);
        let smooth = sampler.smooth_steps(64, rate, RUNS, 5000, 0);
        assert_eq!(median % 64.0, 0.0);
        assert!(median - 64.0 < smooth && smooth <= median, "{rate}: {smooth} {median}");
        assert!(smooth < before, "{rate}: {smooth} {before}");
        before = smooth;
    }
    assert_eq!(sampler.smooth_steps(64, 1e-9, 5, 640, 0), f64::INFINITY);
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

/// Step times were free, and exact: then a strategy that measures them more often looks better
/// than it is.
#[test]
fn a_pass_costs_its_steps_and_has_their_error() {
    let mut stream = RandomStream::new(0, Domain::Bed, 0, 99);
    let exact = StepTime { median: 0.125, low: 0.125, high: 0.125 };
    for (seconds, cost) in [(0.5, 0.5), (0.55, 0.625), (0.0, 0.375)] {
        let measured = step_pass::measure(0.125, 0.0, seconds, &mut stream);
        assert_eq!(measured, StepMeasurement { own_seconds: Some(cost), ..exact.into() });
    }
    // 400 steps: the median's ln has the standard deviation sqrt(pi / 2) 0.2 / 20, and its interval
    // holds the true median in 95% of the passes.
    let passes: Vec<StepTime> =
        (0..2000).map(|_| step_pass::measure(0.001, 0.2, 0.408, &mut stream).step_time).collect();
    let square = passes.iter().map(|pass| (pass.median / 0.001).ln().powi(2)).sum::<f64>() / 2000.0;
    assert!((square.sqrt() / 0.012533 - 1.0).abs() < 0.06, "{}", square.sqrt());
    let held = passes.iter().filter(|pass| (pass.low..=pass.high).contains(&0.001)).count();
    assert!((1870..1930).contains(&held), "{held}");
}

#[test]
fn a_meter_counts_trials_and_step_times_apart() {
    let (bed, meter) = (Bed::default(), Meter::default());
    let metered = Metered::new(&bed, &meter, 0);
    metered.measure_steps(64, 0.0).unwrap();
    assert!((meter.of_step_times() - 3.0 * 0.0164).abs() < 1e-12);
    rows(&metered, 64, 640);
    assert_eq!((meter.of_step_times() * 1e9).round(), (3.0 * 0.0164e9f64).round());
    assert!((meter.seconds() - 13.0 * 0.0164).abs() < 1e-12, "{}", meter.seconds());
}

/// Equal sizes must be equal in steps and seconds at the same rate, and yet be different runs: a
/// study would see at once that two identical runs are the same training.
#[test]
fn a_size_that_acts_as_another_differs_by_luck_alone() {
    let acts_as = BTreeMap::from([(65, 64)]);
    for (noise, is_same) in [(0.0, true), (1.0, false)] {
        let (bed, meter) = (Bed { noise, acts_as: acts_as.clone(), ..Bed::default() }, Meter::default());
        let metered = Metered::new(&bed, &meter, 0);
        let (one, other) = (rows(&metered, 64, 6400), rows(&metered, 65, 6500));
        assert_eq!((one.len(), other.len()), (100, 100));
        for (one, other) in one.iter().zip(&other) {
            assert_eq!((one.step, one.seconds), (other.step, other.seconds));
            assert_eq!((one.samples, other.samples), (64 * one.step, 65 * one.step));
            assert_eq!(one.val_loss == other.val_loss, is_same);
        }
        let median = |size| Sampler::new(&bed).median_steps(size, 0.1, 501, 5000, 0);
        assert!((median(64) / median(65) - 1.0).abs() < 0.02);
    }
}

fn rows(metered: &Metered, batch_size: u64, max_samples: u64) -> Vec<TrialRow> {
    let request = TrialRequest { batch_size, learning_rate: 0.1, seed: 5, max_samples, eval_samples: 64 };
    let mut trial = metered.start(&request).unwrap();
    std::iter::from_fn(|| trial.next_row().unwrap()).collect()
}
