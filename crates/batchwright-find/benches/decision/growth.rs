//! How the cost grows with the number of sizes and with the range of rates: the bed `plain` with
//! more of either.

use crate::bed::Bed;

const COUNTS: [usize; 3] = [5, 10, 20];
const DECADES: [i32; 3] = [2, 4, 8];
/// The range that is divided by any number of sizes.
const RANGE: [f64; 2] = [16.0, 1024.0];
/// In a growing range each size is the square root of 2 times the one before, around this size.
const MIDDLE: f64 = 144.0;
/// The middle of every range of rates: a third of the best rate at the best size, so that the
/// middle is not the answer.
const MIDDLE_RATE: f64 = 0.3;

pub(crate) fn beds() -> Vec<Bed> {
    let divided = COUNTS.map(|count| with_sizes(format!("{count} sizes, one range"), divided(count)));
    let growing = COUNTS.map(|count| with_sizes(format!("{count} sizes, growing"), growing(count)));
    [divided, growing, DECADES.map(with_decades)].into_iter().flatten().collect()
}

fn with_sizes(name: String, sizes: impl Iterator<Item = f64>) -> Bed {
    Bed { name, sizes: sizes.map(|size| size.round() as u64).collect(), ..Bed::default() }
}

fn divided(count: usize) -> impl Iterator<Item = f64> {
    let [low, high] = RANGE;
    (0..count).map(move |k| low * (high / low).powf(k as f64 / (count - 1) as f64))
}

fn growing(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |k| MIDDLE * 2f64.powf((k as f64 - (count - 1) as f64 / 2.0) / 2.0))
}

fn with_decades(decades: i32) -> Bed {
    let half = 10f64.powi(decades / 2);
    Bed {
        name: format!("{decades} decades of rates"),
        lr: [MIDDLE_RATE / half, MIDDLE_RATE * half],
        ..Bed::default()
    }
}
