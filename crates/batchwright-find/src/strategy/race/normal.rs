//! The normal distribution: its upper tail and the draw of a value above a bound.

use batchwright_data::RandomStream;
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// Beyond this many standard deviations tails are not computed.
const FARTHEST: f64 = 8.0;

/// Probability that a standard normal value is above `z`.
pub(crate) fn above(z: f64) -> f64 {
    0.5 * erfc(z.clamp(-FARTHEST, 30.0) / SQRT_2)
}

/// A standard normal value above `z`.
pub(crate) fn drawn_above(z: f64, random: &mut RandomStream) -> f64 {
    let z = z.clamp(-FARTHEST, FARTHEST);
    let tail = (random.unit_f64() * above(z)).clamp(1e-15, 1.0 - 1e-15);
    (SQRT_2 * erfc_inv(2.0 * tail)).max(z)
}
