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

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::Domain;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// Against the distribution of a library.
    #[test]
    fn the_upper_tail_is_that_of_the_normal_distribution() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        for k in -60..=60 {
            let z = f64::from(k) / 10.0;
            assert!((above(z) - normal.sf(z)).abs() < 1e-9, "{z}");
        }
        assert_eq!(above(f64::INFINITY), above(30.0));
    }

    /// The mean of a normal value above z is density(z) / above(z).
    #[test]
    fn draws_lie_above_the_bound_and_have_the_right_mean() {
        let mut random = RandomStream::new(1, Domain::Search, 9, 0);
        for z in [-9.0, -1.0, 0.0, 2.0, 4.0] {
            let draws: Vec<f64> = (0..4000).map(|_| drawn_above(z, &mut random)).collect();
            assert!(draws.iter().all(|draw| *draw >= z.max(-FARTHEST) && draw.is_finite()), "{z}");
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let exact = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() / above(z);
            assert!((mean - exact).abs() < 0.06, "{z}: {mean} {exact}");
        }
    }
}
