//! The gradient that an engine computes, against differences of the loss that it computes: for the
//! tests of networks whose engines are not built from a [`crate::Model`].

use crate::cpu::CpuEngine;
use crate::engine::Engine;
use batchwright_data::Batch;

/// Steps of the differences: a power of two, at which neither rounding nor the fifth derivative
/// counts.
const STEP: f32 = 1.0 / 128.0;

/// Loss of the batch in training, dropout on.
pub(super) fn loss(engine: &mut CpuEngine, batch: &Batch) -> f64 {
    let sum = engine.gradient(batch).unwrap();
    engine.accumulated = 0;
    sum.loss
}

/// Derivative of the loss along `direction`, places among the weights with their shares: five
/// points, exact for polynomials of degree 4.
pub(super) fn slope(engine: &mut CpuEngine, batch: &Batch, direction: &[(usize, f32)]) -> f64 {
    let start = engine.weights.clone();
    let mut loss = |steps: f32| {
        engine.weights.clone_from(&start);
        direction.iter().for_each(|&(at, share)| engine.weights[at] += steps * STEP * share);
        loss(engine, batch)
    };
    let (near, far) = (loss(1.0) - loss(-1.0), loss(2.0) - loss(-2.0));
    engine.weights = start;
    (8.0 * near - far) / (12.0 * f64::from(STEP))
}

/// Checks the gradient of each parameter: its error is below `tolerance` times the largest.
pub(super) fn check_gradient(engine: &mut CpuEngine, batch: &Batch, tolerance: f64) {
    loss(engine, batch);
    let gradient = engine.gradient[..engine.parameters].to_vec();
    let largest = gradient.iter().fold(0.0f32, |most, g| most.max(g.abs()));
    assert!(largest > 0.05, "the gradient vanishes: {:?}", engine.passes.network());
    for (at, &ours) in gradient.iter().enumerate() {
        let expected = slope(engine, batch, &[(at, 1.0)]);
        let error = (f64::from(ours) - expected).abs() / f64::from(largest);
        let network = || engine.passes.network();
        assert!(error < tolerance, "parameter {at}: {ours}, differences {expected}, of {:?}", network());
    }
}
