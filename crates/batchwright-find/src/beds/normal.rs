//! Standard normal numbers in a few nanoseconds each, from the words of a `RandomStream`: the
//! ziggurat of Marsaglia and Tsang 2000 in Doornik's form (2005), which takes its layer and its
//! abscissa from different bits. The truth of a bed needs hundreds of millions of them, and a study
//! millions.

use batchwright_data::RandomStream;

const LAYERS: usize = 128;
/// Start of the tail, and area of each layer.
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

/// Draws from the standard normal distribution.
#[derive(Debug, Clone)]
pub struct FastNormal {
    /// Right ends of the layers, from the base; the last one is 0.
    ends: [f64; LAYERS + 1],
}

impl Default for FastNormal {
    fn default() -> Self {
        Self::new()
    }
}

impl FastNormal {
    /// Computes the layers: keep one, it serves any number of streams.
    pub fn new() -> Self {
        let mut ends = [0.0; LAYERS + 1];
        let mut height = density(TAIL);
        (ends[0], ends[1]) = (AREA / height, TAIL);
        for k in 2..LAYERS {
            ends[k] = (-2.0 * (AREA / ends[k - 1] + height).ln()).sqrt();
            height = density(ends[k]);
        }
        Self { ends }
    }

    /// The next number. It takes two words of the stream, rarely more.
    #[inline]
    pub fn draw(&self, stream: &mut RandomStream) -> f64 {
        loop {
            let bits = stream.next_u64();
            let layer = bits as usize % LAYERS;
            let x = ((bits >> 11) as f64 * (2.0 / (1u64 << 53) as f64) - 1.0) * self.ends[layer];
            if x.abs() < self.ends[layer + 1] {
                return x;
            }
            if layer == 0 {
                return tail(stream).copysign(x);
            }
            let (low, high) = (density(self.ends[layer]), density(self.ends[layer + 1]));
            if low + stream.unit_f64() * (high - low) < density(x) {
                return x;
            }
        }
    }
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

/// A draw from beyond [`TAIL`] (Marsaglia 1964).
fn tail(stream: &mut RandomStream) -> f64 {
    loop {
        let x = -(1.0 - stream.unit_f64()).ln() / TAIL;
        let y = -(1.0 - stream.unit_f64()).ln();
        if 2.0 * y >= x * x {
            return TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_data::Domain;

    /// A slip in the layers or in the tail shows in the shares beyond 1, 2, 3 and 4, each within
    /// five standard errors of the table of the distribution.
    #[test]
    fn shares_are_those_of_the_normal_distribution() {
        let (normal, mut stream) = (FastNormal::new(), RandomStream::new(7, Domain::Bed, 0, 0));
        let draws: Vec<f64> = (0..4_000_000).map(|_| normal.draw(&mut stream)).collect();
        let count = draws.len() as f64;
        for (beyond, share) in [(1.0, 0.158655), (2.0, 0.0227501), (3.0, 0.00134990), (4.0, 3.16712e-5)] {
            let error = 5.0 * (share / count).sqrt();
            for sign in [-1.0, 1.0] {
                let found = draws.iter().filter(|&&x| sign * x > beyond).count() as f64 / count;
                assert!((found - share).abs() < error, "beyond {beyond}: {found} for {share}");
            }
        }
        let square = draws.iter().map(|x| x * x).sum::<f64>() / count;
        assert!((square - 1.0).abs() < 5.0 * (2.0 / count).sqrt(), "{square}");
    }
}
