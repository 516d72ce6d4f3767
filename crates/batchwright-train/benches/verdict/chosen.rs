//! The situations on which thresholds were chosen.

use crate::sets::{Kind, Set};
use crate::situation::{
    Converged, Diverged, HEALTHY, Improving, Overfitting, Situation, Unclear, Underfitting, adam, sgd,
};
use batchwright_nn::{Activation, Model, Optimizer};
use batchwright_train::{Decay, Duration, RunVerdictKind};

const DIGITS: Set = Set::Digits { limit: None, noise: 0.0 };

fn digits(limit: u32, noise: f64) -> Set {
    Set::Digits { limit: Some(limit), noise }
}

fn drawn(kind: Kind, train: usize, validation: usize) -> Set {
    Set::Drawn { kind, train, validation }
}

pub(crate) fn situations() -> Vec<Situation> {
    [healthy(), overfitting(), underfitting(), diverged(), hard_to_tell()].into_iter().flatten().collect()
}

fn healthy() -> Vec<Situation> {
    let clouds = |apart| Kind::Clouds { classes: 3, width: 4, apart };
    vec![
        sgd("digits by default", DIGITS, &[64], 0.02, 20.0, HEALTHY),
        sgd("digits, 3 epochs", DIGITS, &[64], 0.02, 3.0, HEALTHY),
        sgd("digits, 100 epochs", DIGITS, &[64], 0.02, 100.0, HEALTHY),
        adam("digits, adamw", DIGITS, &[64], 0.001, 20.0, HEALTHY),
        sgd("digits, linear", DIGITS, &[], 0.02, 20.0, HEALTHY),
        Situation { decay: Decay::Cosine, ..sgd("digits, cosine", DIGITS, &[64], 0.05, 20.0, HEALTHY) },
        sgd("digits, low rate", DIGITS, &[64], 0.0005, 10.0, &[Improving]),
        sgd("clouds that overlap", drawn(clouds(1.5), 2_000, 250), &[], 0.02, 30.0, HEALTHY),
        sgd("clouds, mlp", drawn(clouds(1.5), 4_000, 500), &[16], 0.02, 15.0, HEALTHY),
        sgd("few clouds", drawn(clouds(4.0), 120, 14), &[64], 0.02, 20.0, HEALTHY),
        sgd("moons", drawn(Kind::Moons { noise: 0.15 }, 800, 200), &[32], 0.05, 60.0, HEALTHY),
        adam("board", drawn(Kind::Board, 2_000, 250), &[64, 64], 0.003, 60.0, HEALTHY),
        sgd(
            "plane with noise",
            drawn(Kind::Plane { width: 8, noise: 0.7 }, 1_000, 125),
            &[],
            0.005,
            30.0,
            HEALTHY,
        ),
        adam("sine", drawn(Kind::Sine { noise: 0.2 }, 800, 100), &[64], 0.005, 100.0, HEALTHY),
        sgd("friedman", drawn(Kind::Friedman { noise: 0.2 }, 2_000, 250), &[64], 0.02, 20.0, HEALTHY),
        sgd(
            "heavy tails",
            drawn(Kind::HeavyTails { width: 5 }, 1_000, 125),
            &[],
            0.002,
            20.0,
            &[Converged, Improving, Unclear],
        ),
    ]
}

fn overfitting() -> Vec<Situation> {
    let is = &[Overfitting];
    let labels = Kind::RandomLabels { classes: 5, width: 10 };
    vec![
        sgd("200 digits, noise", digits(200, 0.2), &[64], 0.02, 200.0, is),
        sgd("digits, 10% noise", Set::Digits { limit: None, noise: 0.1 }, &[128], 0.02, 100.0, is),
        sgd("digits, 20% noise", Set::Digits { limit: None, noise: 0.2 }, &[128], 0.05, 60.0, is),
        sgd("500 digits, 40% noise", digits(500, 0.4), &[64], 0.05, 100.0, is),
        sgd("labels at random", drawn(labels, 300, 100), &[128], 0.05, 200.0, is),
        adam(
            "clouds by heart",
            drawn(Kind::Clouds { classes: 3, width: 8, apart: 1.0 }, 150, 40),
            &[256],
            0.002,
            200.0,
            is,
        ),
        adam(
            "noisy moons by heart",
            drawn(Kind::Moons { noise: 0.5 }, 100, 100),
            &[128, 128],
            0.003,
            300.0,
            is,
        ),
        adam(
            "plane, 80 samples",
            drawn(Kind::Plane { width: 20, noise: 1.5 }, 80, 200),
            &[128],
            0.003,
            300.0,
            is,
        ),
        adam(
            "friedman, 100 samples",
            drawn(Kind::Friedman { noise: 0.5 }, 100, 100),
            &[256],
            0.003,
            400.0,
            is,
        ),
    ]
}

fn underfitting() -> Vec<Situation> {
    let is: &[RunVerdictKind] = &[Underfitting];
    // Too small or too tightly held, and yet still falling in some runs.
    let still_falling: &[RunVerdictKind] = &[Underfitting, Improving];
    let sigmoid = |name, rate, epochs| Situation {
        model: Model { activation: Activation::Tanh, dropout: 0.0, ..Model::mlp(&[32]) },
        ..sgd(name, DIGITS, &[32], rate, epochs, is)
    };
    vec![
        sgd("digits, rate 1e-6", DIGITS, &[64], 1e-6, 20.0, is),
        sgd("digits, rate 1e-5", DIGITS, &[64], 1e-5, 20.0, &[Underfitting, Improving]),
        sigmoid("digits, tanh, rate 1e-6", 1e-6, 20.0),
        sgd("digits, two units", DIGITS, &[2], 0.02, 60.0, still_falling),
        sgd("digits, one unit", DIGITS, &[1], 0.02, 60.0, still_falling),
        Situation {
            model: Model { dropout: 0.9, ..Model::mlp(&[16]) },
            ..sgd("digits, dropout 0.9", DIGITS, &[16], 0.02, 60.0, still_falling)
        },
        Situation {
            optimizer: Optimizer::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.2 },
            ..sgd("digits, weight decay", DIGITS, &[64], 0.02, 40.0, still_falling)
        },
        sgd("moons, linear", drawn(Kind::Moons { noise: 0.1 }, 800, 200), &[], 0.02, 60.0, is),
        sgd("xor, linear", drawn(Kind::Xor, 800, 100), &[], 0.02, 40.0, is),
        sgd("rings, linear", drawn(Kind::Rings { noise: 0.1 }, 800, 100), &[], 0.02, 40.0, is),
        sgd("sine, linear", drawn(Kind::Sine { noise: 0.1 }, 800, 100), &[], 0.01, 40.0, is),
        sgd("friedman, rate 1e-6", drawn(Kind::Friedman { noise: 0.2 }, 1_000, 125), &[64], 1e-6, 20.0, is),
        sgd(
            "labels at random, many",
            drawn(Kind::RandomLabels { classes: 3, width: 5 }, 3_000, 300),
            &[],
            0.01,
            20.0,
            is,
        ),
    ]
}

fn diverged() -> Vec<Situation> {
    let is: &[RunVerdictKind] = &[Diverged];
    vec![
        sgd("digits, rate 10", DIGITS, &[64], 10.0, 10.0, is),
        sgd("digits, rate 2", DIGITS, &[64], 2.0, 20.0, is),
        adam("digits, adamw, rate 3", DIGITS, &[64], 3.0, 20.0, is),
        sgd("plane, rate 0.5", drawn(Kind::Plane { width: 20, noise: 0.5 }, 1_000, 125), &[], 0.5, 20.0, is),
        sgd("friedman, rate 1", drawn(Kind::Friedman { noise: 0.2 }, 1_000, 125), &[64], 1.0, 20.0, is),
        sgd(
            "clouds, rate 100",
            drawn(Kind::Clouds { classes: 4, width: 6, apart: 1.0 }, 1_000, 125),
            &[32],
            100.0,
            20.0,
            is,
        ),
    ]
}

fn hard_to_tell() -> Vec<Situation> {
    vec![
        Situation {
            duration: Duration::Steps(2),
            ..sgd("digits, 2 steps", DIGITS, &[64], 0.02, 1.0, &[Unclear])
        },
        sgd(
            "14 validation samples",
            drawn(Kind::Clouds { classes: 3, width: 4, apart: 1.0 }, 120, 14),
            &[64],
            0.05,
            200.0,
            &[Overfitting, Unclear],
        ),
        // On fresh samples the loss rises by 2 to 17%.
        sgd("100 digits, 300 epochs", digits(100, 0.0), &[64], 0.02, 300.0, &[Converged, Overfitting]),
    ]
}
