//! Beds on which an assumption of a search may fail: step times with a cliff, a target that can
//! hardly be reached because of noise, a best rate that jumps, two optima in size, sizes that are
//! not powers of two.

use std::collections::BTreeMap;

use crate::bed::Bed;

pub(crate) fn beds() -> Vec<Bed> {
    vec![
        cliff("cliff-4", 128, 4.0),
        cliff("cliff-20", 64, 20.0),
        near_the_noise_floor(),
        rate_jump("rate-jump-at-64", 64),
        rate_jump("rate-jump-at-256", 256),
        two_optima(),
        Bed {
            name: "odd-sizes".to_owned(),
            sizes: vec![5, 7, 11, 17, 29, 47, 79, 127, 211, 347, 563, 919, 1511],
            ..Bed::default()
        },
    ]
}

/// Above a size a step takes `times` as long, as at the end of a cache or of the device's memory.
fn cliff(name: &str, above: u64, times: f64) -> Bed {
    let plain = Bed::default();
    let beyond = plain.sizes.iter().filter(|&&size| size > above);
    let seconds = beyond.map(|&size| (size, times * plain.step_seconds(size))).collect();
    Bed { name: name.to_owned(), seconds, ..plain }
}

/// At the lowest rate the loss settles near noise x lr x sum(h) / 4B: at size 64 that is the
/// target. Smaller sizes reach it only by luck, larger ones with low rates.
fn near_the_noise_floor() -> Bed {
    Bed {
        name: "noise-floor".to_owned(),
        dims: 20,
        spectrum: 0.5,
        noise: 10.0,
        target: 0.003,
        eval_noise: 0.05,
        alpha: 0.001,
        beta: 5e-4,
        lr: [1e-2, 3.0],
        sizes: (2..=10).map(|k| 1 << k).collect(),
        ..Bed::default()
    }
}

/// From one size up, the best rate is an eighth of what the smaller sizes predict.
fn rate_jump(name: &str, from: u64) -> Bed {
    let plain = Bed::default();
    let rate_factor = plain.sizes.iter().filter(|&&size| size >= from).map(|&size| (size, 8.0)).collect();
    Bed { name: name.to_owned(), rate_factor, ..plain }
}

/// Step times with which 64 is best, 512 is 5% worse, and the sizes between take half as long
/// again.
fn two_optima() -> Bed {
    let seconds = BTreeMap::from([
        (16, 0.0015),
        (32, 0.0025),
        (64, 0.0034),
        (128, 0.0088),
        (256, 0.0136),
        (512, 0.0115),
        (1024, 0.02),
        (2048, 0.04),
        (4096, 0.08),
    ]);
    Bed { name: "two-optima".to_owned(), seconds, alpha: 0.001, ..Bed::default() }
}
