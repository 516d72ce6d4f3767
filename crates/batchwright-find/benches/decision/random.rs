//! Beds that no strategy was tuned on: drawn at random, fixed by a seed.
//!
//! | field | drawn from |
//! |---|---|
//! | `dims` | 50 to 300 |
//! | `spectrum` | 0.5 to 1.5 |
//! | `noise` | 0.05 to 10, its log evenly |
//! | `momentum` | 0 or 0.9, one in three |
//! | `lr` | from 1e-5..1e-3 to 3..30, logs evenly; both ends times 1 - `momentum` |
//! | `eval_noise` | 0, or 0.01 to 0.06 |
//! | `jitter` | 0 to 0.1 |
//! | `alpha` | 5e-4 to 0.1, its log evenly |
//! | `beta` | 1e-5 to 5e-4, its log evenly |
//! | `flat` | 0, or 16 to 512 |
//! | `cap` | none, or 90 to 3000, one in four |
//! | `sizes` | doublings from 4 to 4096, or the same with 1.5 times each between, or 11 sizes that double roughly |
//! | `target` | 0.3% to 2% of the loss at the start, its log evenly |
//!
//! A draw counts only if the best training takes 20 to 3,000 steps, and if half the target can be
//! reached at the best size in four times these steps. Otherwise rounding or luck would decide the
//! answer.

use batchwright_data::{Domain, RandomStream};

use crate::bed::Bed;
use crate::dice::Dice;
use crate::subject::Subject;
use crate::{measure, moments};

/// Part of the key of these streams.
const STREAM: u64 = 2;
/// Fewest and most steps of the best training.
const STEPS: [f64; 2] = [20.0, 3000.0];

/// The `number`th draw of a seed; `None` if it does not count.
pub(crate) fn subject(seed: u64, number: u64) -> Option<Subject> {
    let bed = draw(seed, number);
    let truth = measure::truth(&bed)?;
    let best = truth.sizes.iter().find(|size| size.batch_size == truth.best_size)?;
    let steps = best.steps.filter(|steps| (STEPS[0]..=STEPS[1]).contains(steps))?;
    let harder = Bed { target: bed.target / 2.0, ..bed.clone() };
    let rates: Vec<f64> = (-4..=2).map(|k| best.lr * 2f64.powi(k)).collect();
    let reachable = moments::fastest(&harder, best.batch_size, &rates, (4.0 * steps) as u64).1.is_finite();
    reachable.then_some(Subject { bed, truth })
}

fn draw(seed: u64, number: u64) -> Bed {
    let mut dice = Dice(RandomStream::new(seed, Domain::Bed, number, STREAM));
    let momentum = if dice.one_in(3) { 0.9 } else { 0.0 };
    let law = Bed {
        name: format!("random-{seed}-{number}"),
        dims: dice.even(50.0, 301.0) as usize,
        spectrum: dice.even(0.5, 1.5),
        noise: dice.log_even(0.05, 10.0),
        momentum,
        lr: [dice.log_even(1e-5, 1e-3) * (1.0 - momentum), dice.log_even(3.0, 30.0) * (1.0 - momentum)],
        ..Bed::default()
    };
    let start_loss = law.curvatures().iter().sum::<f64>() * law.start / 2.0;
    Bed {
        target: start_loss * dice.log_even(0.003, 0.02),
        eval_noise: if dice.one_in(2) { 0.0 } else { dice.even(0.01, 0.06) },
        jitter: dice.even(0.0, 0.1),
        alpha: dice.log_even(5e-4, 0.1),
        beta: dice.log_even(1e-5, 5e-4),
        flat: if dice.one_in(2) { 0 } else { 1 << dice.below(4, 10) },
        cap: if dice.one_in(4) { dice.log_even(90.0, 3000.0) as u64 } else { law.cap },
        sizes: sizes(&mut dice),
        ..law
    }
}

fn sizes(dice: &mut Dice) -> Vec<u64> {
    let doublings = || (2..=12).map(|k| 1u64 << k);
    let mut sizes: Vec<u64> = match dice.below(0, 3) {
        0 => doublings().collect(),
        1 => doublings().flat_map(|size| [size, size * 3 / 2]).collect(),
        _ => doublings().map(|size| (size as f64 * dice.even(0.75, 1.4)) as u64).collect(),
    };
    sizes.dedup();
    sizes
}
