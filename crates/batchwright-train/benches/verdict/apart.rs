//! Situations that no threshold was chosen on: other data, sizes and networks than in `chosen`.

use crate::sets::{Kind, Set};
use crate::situation::{
    Diverged, HEALTHY, Improving, Overfitting, Situation, Unclear, Underfitting, adam, sgd,
};
use batchwright_nn::{Activation, Model, Optimizer};
use batchwright_train::{Decay, Duration};

fn digits(limit: Option<u32>, noise: f64) -> Set {
    Set::Digits { limit, noise }
}

fn drawn(kind: Kind, train: usize, validation: usize) -> Set {
    Set::Drawn { kind, train, validation }
}

pub(crate) fn situations() -> Vec<Situation> {
    [healthy(), overfitting(), underfitting(), diverged(), unclear()].into_iter().flatten().collect()
}

fn healthy() -> Vec<Situation> {
    let clouds = |classes, width, apart| Kind::Clouds { classes, width, apart };
    let gelu = Model { activation: Activation::GeluTanh, ..Model::mlp(&[48]) };
    vec![
        sgd("600 digits, 30 epochs", digits(Some(600), 0.0), &[32], 0.02, 30.0, HEALTHY),
        Situation { model: gelu, ..adam("digits, gelu", digits(None, 0.0), &[48], 0.001, 25.0, HEALTHY) },
        Situation {
            batch_size: 256,
            ..sgd("digits, batch 256", digits(None, 0.0), &[64], 0.1, 20.0, HEALTHY)
        },
        Situation { batch_size: 8, ..sgd("digits, batch 8", digits(None, 0.0), &[64], 0.004, 8.0, HEALTHY) },
        Situation {
            decay: Decay::Linear,
            ..sgd("digits, linear decay", digits(None, 0.0), &[128], 0.03, 15.0, HEALTHY)
        },
        sgd("two clouds, half right", drawn(clouds(2, 10, 0.8), 3_000, 300), &[], 0.005, 20.0, HEALTHY),
        sgd("seven clouds", drawn(clouds(7, 12, 3.0), 1_500, 170), &[32], 0.02, 20.0, HEALTHY),
        sgd("13 validation samples", drawn(clouds(2, 6, 3.0), 110, 13), &[64], 0.02, 20.0, HEALTHY),
        adam("xor", drawn(Kind::Xor, 1_500, 160), &[32], 0.005, 60.0, HEALTHY),
        sgd("rings", drawn(Kind::Rings { noise: 0.12 }, 1_000, 120), &[24], 0.05, 60.0, HEALTHY),
        sgd(
            "plane, little noise",
            drawn(Kind::Plane { width: 5, noise: 0.1 }, 700, 80),
            &[],
            0.01,
            20.0,
            HEALTHY,
        ),
        sgd(
            "plane, much noise",
            drawn(Kind::Plane { width: 5, noise: 1.5 }, 5_000, 600),
            &[],
            0.002,
            15.0,
            HEALTHY,
        ),
        adam(
            "product",
            drawn(Kind::Product { width: 2, noise: 0.1 }, 1_500, 170),
            &[64],
            0.003,
            80.0,
            HEALTHY,
        ),
        sgd(
            "friedman, slow",
            drawn(Kind::Friedman { noise: 0.1 }, 1_500, 170),
            &[32],
            0.001,
            10.0,
            &[Improving],
        ),
    ]
}

fn overfitting() -> Vec<Situation> {
    let is = &[Overfitting];
    let clouds = |classes, width, apart| Kind::Clouds { classes, width, apart };
    vec![
        sgd("300 digits, 30% noise", digits(Some(300), 0.3), &[96], 0.03, 120.0, is),
        adam("digits, 15% noise", digits(None, 0.15), &[128], 0.002, 80.0, is),
        adam("800 digits, 25% noise", digits(Some(800), 0.25), &[64, 64], 0.001, 100.0, is),
        adam("two clouds by heart", drawn(clouds(2, 20, 1.2), 120, 60), &[64], 0.003, 150.0, is),
        sgd("five clouds by heart", drawn(clouds(5, 15, 1.5), 200, 150), &[256], 0.05, 200.0, is),
        adam(
            "product, 80 samples",
            drawn(Kind::Product { width: 6, noise: 0.3 }, 80, 120),
            &[128],
            0.003,
            300.0,
            is,
        ),
        adam("board, 60 samples", drawn(Kind::Board, 60, 200), &[128], 0.005, 500.0, is),
        adam(
            "noise on a plane",
            drawn(Kind::Plane { width: 20, noise: 2.0 }, 150, 100),
            &[256],
            0.002,
            200.0,
            is,
        ),
        sgd("coins", drawn(Kind::RandomLabels { classes: 2, width: 20 }, 200, 60), &[64], 0.05, 150.0, is),
    ]
}

fn underfitting() -> Vec<Situation> {
    let is = &[Underfitting];
    vec![
        adam("digits, adamw, rate 1e-7", digits(None, 0.0), &[64], 1e-7, 20.0, is),
        sgd("digits, rate 3e-6", digits(None, 0.0), &[32], 3e-6, 15.0, is),
        adam("digits, three units, 100 ep", digits(None, 0.0), &[2], 0.005, 100.0, is),
        sgd("board, linear", drawn(Kind::Board, 1_000, 120), &[], 0.02, 40.0, is),
        sgd("board, two units", drawn(Kind::Board, 2_000, 240), &[2], 0.02, 60.0, is),
        sgd("rings, one unit", drawn(Kind::Rings { noise: 0.1 }, 1_000, 120), &[1], 0.02, 60.0, is),
        sgd(
            "product, linear",
            drawn(Kind::Product { width: 2, noise: 0.1 }, 1_500, 160),
            &[],
            0.005,
            30.0,
            is,
        ),
        sgd("plane, rate 1e-7", drawn(Kind::Plane { width: 8, noise: 0.3 }, 800, 90), &[16], 1e-7, 20.0, is),
        Situation {
            model: Model { dropout: 0.95, ..Model::mlp(&[32]) },
            ..sgd("digits, dropout 0.95", digits(None, 0.0), &[32], 0.01, 60.0, is)
        },
        Situation {
            optimizer: Optimizer::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.5 },
            ..sgd("digits, decay 0.5", digits(None, 0.0), &[64], 0.02, 40.0, is)
        },
    ]
}

fn diverged() -> Vec<Situation> {
    let is = &[Diverged];
    vec![
        sgd("digits, rate 30", digits(None, 0.0), &[128], 30.0, 8.0, is),
        adam("digits, adamw, rate 10", digits(None, 0.0), &[32], 10.0, 15.0, is),
        sgd("plane, rate 2", drawn(Kind::Plane { width: 10, noise: 0.3 }, 900, 100), &[], 2.0, 10.0, is),
        sgd("product, rate 5", drawn(Kind::Product { width: 4, noise: 0.1 }, 900, 100), &[32], 5.0, 20.0, is),
        sgd("moons, rate 300", drawn(Kind::Moons { noise: 0.2 }, 600, 100), &[32, 32], 300.0, 20.0, is),
    ]
}

fn unclear() -> Vec<Situation> {
    let is = &[Unclear];
    vec![Situation {
        duration: Duration::Steps(3),
        ..sgd("digits, 3 steps", digits(None, 0.0), &[64], 0.02, 1.0, is)
    }]
}
