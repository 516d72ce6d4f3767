//! Beds of one family, drawn at random and fixed by a seed: wider than `random`, and with the best
//! rate anywhere in the range of rates.
//!
//! | field | drawn from |
//! |---|---|
//! | `dims` | 50 to 300, its log evenly |
//! | `spectrum` | 0.5 to 1.8 |
//! | `noise` | 0.1 to 20, its log evenly |
//! | `start` | 0.7 to 5, its log evenly |
//! | `momentum` | 0.9 or 0.95, in the families that have one |
//! | `target` | 20% to 0.1% of the loss at the start, its log evenly |
//! | `eval_noise` | 0, 0.02 or 0.08 |
//! | `eval_samples` | 32, 64 or 256 |
//! | `jitter` | 0, 0.05 or 0.2 |
//! | `alpha`, `beta`, `flat` | one of the four [`CLOCKS`] |
//! | `sizes` | 5 to 11, from 2..64 (its log evenly) by a ratio of 2, 2, 2, 3 or the root of 2, up to 20,000 |
//! | `lr` | 2.5 to 5 decades; the best rate is at 30% to 85% of them |
//!
//! A draw counts only if the best training takes 30 to 3,000 steps. Otherwise rounding would decide
//! the answer, or a study would take too long here.

use batchwright_data::{Domain, RandomStream};
use batchwright_find::beds::BedOptimizer;

use crate::bed::Bed;
use crate::dice::Dice;
use crate::family::Family;
use crate::first_rates::first_rates;
use crate::measure;
use crate::sampler::Sampler;
use crate::subject::Subject;

/// Part of the key of these streams, before the number of the family.
const STREAM: u64 = 8;
const STEPS: [f64; 2] = [30.0, 3000.0];
/// The first steps that are found may be this much more than those of the best training.
const PRELIMINARY: f64 = 1.3;
/// Where the best rate is looked for, whatever the bed: the largest curvature is 1, so SGD diverges
/// below the upper end.
const ALL_RATES: [f64; 2] = [1e-4, 10.0];
const LARGEST: f64 = 20_000.0;
const FEWEST_SIZES: usize = 5;

/// Seconds of a step: middle values of `alpha` and `beta`, each drawn within a factor e, and
/// whether small sizes take as long as a larger one.
const CLOCKS: [(f64, f64, bool); 4] = [
    // Latency: a step takes long whatever its size.
    (0.1, 1e-5, false),
    // Throughput: every sample counts.
    (5e-4, 5e-4, false),
    // Flat, then every sample counts.
    (0.0, 1e-4, true),
    // Between the first two.
    (0.01, 1e-4, false),
];

/// The `number`th draw of a family and seed; `None` if it does not count.
pub(crate) fn subject(family: Family, seed: u64, number: u64) -> Option<Subject> {
    let mut dice = Dice(RandomStream::new(seed, Domain::Bed, number, STREAM + family as u64));
    let bed = Bed { name: format!("{family}-{seed}-{number}"), ..draw(family, &mut dice)? };
    let bed = Bed { lr: rates(&bed, &mut dice)?, ..bed };
    let truth = measure::truth(&bed)?;
    let best = truth.sizes.iter().find(|size| size.batch_size == truth.best_size)?;
    best.steps.is_some_and(counts).then_some(Subject { bed, truth })
}

fn counts(steps: f64) -> bool {
    (STEPS[0]..=STEPS[1]).contains(&steps)
}

/// `None` if too few of its sizes are allowed.
fn draw(family: Family, dice: &mut Dice) -> Option<Bed> {
    let law = law(family, dice);
    let start_loss = law.curvatures().iter().sum::<f64>() * law.start / 2.0;
    let (alpha, beta, has_flat) = dice.any(CLOCKS);
    let flat = dice.log_even(32.0, 1024.0) as u64;
    let bed = Bed {
        target: start_loss * dice.log_even(1e-3, 10f64.powf(-0.7)),
        eval_noise: dice.any([0.0, 0.02, 0.08]),
        eval_samples: dice.any([32, 64, 256]),
        jitter: dice.any([0.0, 0.05, 0.2]),
        alpha: alpha * dice.even(-1.0, 1.0).exp(),
        beta: beta * dice.even(-1.0, 1.0).exp(),
        flat: if has_flat { flat } else { 0 },
        sizes: sizes(dice),
        ..law
    };
    (bed.sizes.len() >= FEWEST_SIZES).then_some(bed)
}

fn law(family: Family, dice: &mut Dice) -> Bed {
    let momentum = dice.any([0.9, 0.95]);
    Bed {
        dims: dice.log_even(50.0, 300.0) as usize,
        spectrum: dice.even(0.5, 1.8),
        noise: dice.log_even(0.1, 20.0),
        start: dice.log_even(0.7, 5.0),
        optimizer: if family == Family::Adam { BedOptimizer::Adam } else { BedOptimizer::Sgd },
        momentum: if matches!(family, Family::Momentum | Family::Nesterov) { momentum } else { 0.0 },
        nesterov: family == Family::Nesterov,
        ..Bed::default()
    }
}

fn sizes(dice: &mut Dice) -> Vec<u64> {
    let count = dice.below(FEWEST_SIZES as u32, 12);
    let (first, ratio) = (dice.log_even(2.0, 64.0), dice.any([2f64.sqrt(), 2.0, 2.0, 2.0, 3.0]));
    let all = (0..count).map(|k| first * ratio.powf(f64::from(k))).filter(|&size| size <= LARGEST);
    let mut sizes: Vec<u64> = all.map(|size| size.round() as u64).collect();
    sizes.dedup();
    sizes
}

/// A range around the best rate; `None` if no size reaches the target, or in a number of steps that
/// will hardly count.
fn rates(bed: &Bed, dice: &mut Dice) -> Option<[f64; 2]> {
    let decades = dice.even(2.5, 5.0);
    let above = decades * (1.0 - dice.even(0.3, 0.85));
    let wide = Bed { lr: ALL_RATES, ..bed.clone() };
    let sizes = first_rates(&wide, &Sampler::new(&wide));
    let reached = sizes.iter().filter(|size| size.seconds.is_some());
    let best =
        reached.min_by(|a, b| a.seconds.partial_cmp(&b.seconds).unwrap_or(std::cmp::Ordering::Equal))?;
    let high = best.lr * 10f64.powf(above);
    // Sampled runs take about as many steps as these, or somewhat fewer.
    best.steps
        .is_some_and(|steps| counts(steps) || counts(steps / PRELIMINARY))
        .then_some([high / 10f64.powf(decades), high])
}
