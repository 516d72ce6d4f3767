//! Standard normal numbers in a few nanoseconds each, from the words of a `RandomStream`: the
//! ziggurat of Marsaglia and Tsang 2000 in Doornik's form (2005), which takes its layer and its
//! abscissa from different bits. A truth needs hundreds of millions of them.

use batchwright_data::RandomStream;

const LAYERS: usize = 128;
/// Start of the tail, and area of each layer.
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

pub(crate) struct Normal {
    /// Right ends of the layers, from the base; the last one is 0.
    ends: [f64; LAYERS + 1],
}

impl Normal {
    pub(crate) fn new() -> Self {
        let mut ends = [0.0; LAYERS + 1];
        let mut height = density(TAIL);
        (ends[0], ends[1]) = (AREA / height, TAIL);
        for k in 2..LAYERS {
            ends[k] = (-2.0 * (AREA / ends[k - 1] + height).ln()).sqrt();
            height = density(ends[k]);
        }
        Self { ends }
    }

    #[inline]
    pub(crate) fn draw(&self, stream: &mut RandomStream) -> f64 {
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
